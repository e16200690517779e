from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from tests.probes.trees import content, reason, walked
from weighbridge.model.fact import MISSING, PathProblem
from weighbridge.probes import walk
from weighbridge.probes.tree import WorkTree


def test_a_walk_finds_hidden_files_in_the_order_of_their_names(root: Path) -> None:
    (root / "model/Z").touch()
    expected = ["model/.cache/extra.bin", "model/.hidden", "model/Z", "model/weights.bin"]
    assert walked(WorkTree(root)) == expected


def test_a_walk_of_the_whole_tree(root: Path) -> None:
    names = ["a.bin", "model/.cache/extra.bin", "model/.hidden", "model/weights.bin"]
    for path in ("", ".", "./"):
        assert walked(WorkTree(root), path) == names


def test_a_walk_follows_links_to_files_and_folders(root: Path) -> None:
    (root / "shared").mkdir()
    (root / "shared/x").write_bytes(b"x")
    (root / "model/file").symlink_to("../a.bin")
    (root / "model/folder").symlink_to("../shared")
    (root / "model/twin").symlink_to("../shared")
    tree = WorkTree(root)
    found = walked(tree)
    assert found[2:] == ["model/file", "model/folder/x", "model/twin/x", "model/weights.bin"]
    assert content(tree, "model/twin/x") == b"x"


@pytest.mark.parametrize(
    ("link", "target", "leads"),
    [
        ("model/up", "..", "."),
        ("model/here", ".", "model"),
        ("model/.cache/up", "..", "model"),
        ("model/.cache/top", "../..", "."),
    ],
)
def test_a_walk_ends_where_a_link_leads_back(
    root: Path, link: str, target: str, leads: str
) -> None:
    (root / link).symlink_to(target)
    found = walked(WorkTree(root))
    assert PathProblem(path=link, kind="cycle", target=leads) in found
    assert len(found) == 4


def test_a_walk_ends_where_two_folders_lead_into_each_other(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other/back").symlink_to("../model")
    (root / "model/on").symlink_to("../other")
    problems = [entry for entry in walked(WorkTree(root)) if isinstance(entry, PathProblem)]
    assert problems == [PathProblem(path="model/on/back", kind="cycle", target="model")]


def test_links_that_multiply_without_a_circle_are_given_up(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in range(40):
        folder = root / f"bomb/{level}"
        folder.mkdir(parents=True)
        for name in ("left", "right"):
            (folder / name).symlink_to(f"../{level + 1}")
    (root / "bomb/40").mkdir()
    monkeypatch.setattr(walk, "MOST_LINKED_FOLDERS", 100)
    found = walked(WorkTree(root), "bomb/0")
    assert 0 < len(found) < 200
    assert {entry.kind for entry in found if isinstance(entry, PathProblem)} == {"cycle"}


def test_names_that_are_not_utf8_are_told_and_left_alone(root: Path) -> None:
    for name in (b"caf\xe9", b"\xff.bin"):
        Path(os.fsdecode(os.fsencode(root / "model") + b"/" + name)).write_bytes(b"x")
    folder = Path(os.fsdecode(os.fsencode(root / "model") + b"/\xfe"))
    folder.mkdir()
    (folder / "below").touch()
    found = walked(WorkTree(root))
    problems = [entry for entry in found if isinstance(entry, PathProblem)]
    paths = ["model/caf\\xe9", "model/\\xfe", "model/\\xff.bin"]
    assert problems == [PathProblem(path=path, kind="encoding") for path in paths]
    assert len(found) == len(problems) + 3
    assert all(entry.encode() for entry in found if isinstance(entry, str))


def test_names_that_are_one_file_elsewhere(root: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "é.bin")
    for name in ("Weights.BIN", decomposed, "line\nbreak", "back\\slash"):
        (root / "model" / name).write_bytes(b"x")
    found = walked(WorkTree(root))
    problems = {p.kind: p for p in found if isinstance(p, PathProblem)}
    assert problems["collision"].path == "model/weights.bin"
    assert problems["collision"].target == "model/Weights.BIN"
    assert problems["not-nfc"].path == f"model/{decomposed}"
    assert problems["foreign"].path == "model/back\\slash"
    assert len(problems) == 3
    assert f"model/{decomposed}" in found
    assert content(WorkTree(root), "model/line\nbreak") == b"x"


def test_folders_two_hundred_levels_deep(root: Path) -> None:
    path = "/".join(["d"] * 200)
    (root / path).mkdir(parents=True)
    (root / path / "file").write_bytes(b"deep")
    tree = WorkTree(root)
    assert walked(tree, "d") == [f"{path}/file"]
    assert content(tree, f"{path}/file") == b"deep"


def test_folders_deeper_than_the_longest_path(tmp_path: Path) -> None:
    name, levels = "d" * 100, 100
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=here)
        inner = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    tree = WorkTree(tmp_path)
    (found,) = walked(tree, name)
    # Where no system would open anything, the walk ends: the folder counts as one not read.
    assert found == "/".join([name] * 41)
    assert reason(tree, found) == "it cannot be read: file name too long"


def test_a_walk_of_what_is_no_folder(root: Path) -> None:
    tree = WorkTree(root)
    assert walked(tree, "a.bin") == ["a.bin"]
    assert walked(tree, "nowhere") == ["nowhere"]
    assert reason(tree, "nowhere") == MISSING
