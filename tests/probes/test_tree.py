from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.children import public_folder, tell_as_nobody
from tests.probes.trees import content, reason, refused, walked
from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.probes.tree import WorkTree


def test_files_and_folders(root: Path) -> None:
    tree = WorkTree(root)
    assert tree.kind("a.bin") == "file"
    assert tree.kind("model") == "directory"
    assert content(tree, "model/weights.bin") == b"weights"
    assert tree.link("model/weights.bin") is None
    assert tree.kind("nowhere") == Unavailable(MISSING)
    assert tree.kind("a.bin/below") == Unavailable(MISSING)
    assert reason(tree, "model") == "it is a directory"


def test_other_spellings_of_a_path(root: Path) -> None:
    tree = WorkTree(root)
    for path in ("./a.bin", "model//weights.bin", "model/./weights.bin"):
        assert isinstance(content(tree, path), bytes)
        assert tree.link(path) is None
    for path in ("model/", "./model", "model/."):
        assert tree.kind(path) == "directory"
        assert walked(tree, path) == walked(tree)


def test_a_file_with_a_slash_behind_it_is_not_there(root: Path) -> None:
    tree = WorkTree(root)
    assert tree.kind("a.bin/") == Unavailable(MISSING)
    assert tree.open("a.bin/") == Unavailable(MISSING)


@pytest.mark.parametrize("path", ["", ".", "./", "./."])
def test_the_folder_itself_is_no_artifact(root: Path, path: str) -> None:
    found = WorkTree(root).kind(path)
    assert isinstance(found, Unavailable)
    assert "own folder" in found.reason
    assert reason(WorkTree(root), path) == "it is a directory"


@pytest.mark.parametrize("path", ["../secret", "model/../../secret", "/etc/passwd", "..", "/"])
def test_no_path_climbs_out(root: Path, path: str) -> None:
    assert refused(WorkTree(root), path) == ("outside", path)
    assert walked(WorkTree(root), path) == [PathProblem(path=path, kind="outside", target=path)]


@pytest.mark.parametrize("path", ["a\0b", "\0", os.fsdecode(b"\xff"), "\ud800", "model/\udcff/x"])
def test_a_path_no_file_of_a_release_can_have(root: Path, path: str) -> None:
    assert refused(WorkTree(root), path) == ("encoding", "")


def test_a_path_longer_than_the_system_allows(root: Path) -> None:
    for path in ("x" * 300, "x/" * 3000):
        assert reason(WorkTree(root), path) == "it cannot be read: file name too long"


def test_links_inside_are_followed(root: Path) -> None:
    (root / "to_file").symlink_to("model/weights.bin")
    (root / "chain").symlink_to("to_file")
    (root / "to_folder").symlink_to("model")
    (root / "absolute").symlink_to(root / "a.bin")
    (root / "around").symlink_to(f"../{root.name}/a.bin")
    tree = WorkTree(root)
    assert {tree.kind(name) for name in ("to_file", "chain", "absolute", "around")} == {"file"}
    assert tree.kind("to_folder") == "directory"
    assert content(tree, "chain") == b"weights"
    assert content(tree, "to_folder/weights.bin") == b"weights"
    assert content(tree, "around") == b"a"
    assert tree.link("chain") == "model/weights.bin"
    assert tree.link("to_folder/weights.bin") == "model/weights.bin"
    assert walked(tree, "to_folder") == [
        f"to_folder/{name}" for name in (".cache/extra.bin", ".hidden", "weights.bin")
    ]


@pytest.mark.parametrize("target", ["../../secret", "/etc/passwd", "/nowhere/at/all", "../.."])
def test_links_out_are_not_followed(root: Path, target: str) -> None:
    (root / "model/link").symlink_to(target)
    tree = WorkTree(root)
    kind, leads = refused(tree, "model/link")
    assert kind == "outside"
    assert leads == os.path.realpath(root / "model" / target)
    assert PathProblem(path="model/link", kind="outside", target=leads) in walked(tree)


def test_nothing_below_a_link_out_is_reached(root: Path) -> None:
    (root / "out").symlink_to("..")
    assert refused(WorkTree(root), "out/secret")[0] == "outside"
    assert refused(WorkTree(root), "out/nothing")[0] == "outside"


def test_a_neighbour_whose_name_begins_alike_is_outside(root: Path) -> None:
    (root.parent / "release-2").mkdir()
    (root.parent / "release-2/x").touch()
    (root / "link").symlink_to("../release-2/x")
    assert refused(WorkTree(root), "link")[0] == "outside"


def test_a_link_to_nothing_inside_is_a_missing_file(root: Path) -> None:
    (root / "model/link").symlink_to("nothing")
    tree = WorkTree(root)
    assert tree.kind("model/link") == Unavailable(MISSING)
    assert "model/link" in walked(tree)
    assert tree.open("model/link") == Unavailable(MISSING)


def test_circles_of_links(root: Path) -> None:
    (root / "self").symlink_to("self")
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    for name in ("self", "one", "two", "one/below"):
        assert refused(WorkTree(root), name) == ("cycle", "")


def test_a_chain_of_a_thousand_links_is_not_followed(root: Path) -> None:
    for index in range(1000):
        (root / f"link{index}").symlink_to(f"link{index + 1}")
    assert refused(WorkTree(root), "link0") == ("cycle", "")


def test_hard_links_are_files(root: Path) -> None:
    (root / "model/twin.bin").hardlink_to(root / "a.bin")
    tree = WorkTree(root)
    assert content(tree, "model/twin.bin") == b"a"
    assert tree.link("model/twin.bin") is None


def test_holes_in_a_file_are_zeros(root: Path) -> None:
    with (root / "sparse").open("wb") as file:
        file.truncate(1 << 20)
        file.seek(1 << 19)
        file.write(b"x")
    data = content(WorkTree(root), "sparse")
    assert len(data) == 1 << 20
    assert data.count(0) == len(data) - 1


def test_nothing_but_files_is_opened(root: Path) -> None:
    os.mkfifo(root / "model/pipe")
    (root / "model/device").symlink_to("/dev/zero")
    short = Path(os.path.relpath(root / "model/socket"))  # a socket's name has at most 107 bytes
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(short))
        tree = WorkTree(root)
        assert refused(tree, "model/pipe") == ("special", "")
        assert refused(tree, "model/socket") == ("special", "")
        assert refused(tree, "model/device") == ("outside", "/dev/zero")
        assert {"model/pipe", "model/socket"} <= set(map(str, walked(tree)))


def test_a_device_is_special() -> None:
    assert refused(WorkTree(Path("/dev")), "zero") == ("special", "")


def test_the_root_of_the_file_system_is_a_tree_like_any_other(root: Path) -> None:
    assert content(WorkTree(Path("/")), str(root / "a.bin")[1:]) == b"a"


def test_a_tree_reached_through_a_link(root: Path) -> None:
    alias = root.parent / "alias"
    alias.symlink_to(root)
    tree = WorkTree(alias)
    assert tree.root == root.resolve()
    assert content(tree, "a.bin") == b"a"
    (root / "link").symlink_to(alias / "a.bin")
    assert tree.link("link") == "a.bin"


def test_a_tree_that_is_not_there(tmp_path: Path) -> None:
    tree = WorkTree(tmp_path / "nowhere")
    assert tree.kind("a") == Unavailable(MISSING)
    assert walked(tree, "a") == ["a"]


def test_a_link_to_a_name_that_is_not_utf8_shows_its_bytes(root: Path) -> None:
    odd = os.fsdecode(b"\xff.bin")
    (root / odd).write_bytes(b"odd")
    (root / "link").symlink_to(odd)
    tree = WorkTree(root)
    assert content(tree, "link") == b"odd"
    assert tree.link("link") == "\\xff.bin"


def test_what_may_not_be_read_is_not_there_to_be_judged() -> None:
    with public_folder() as folder:
        (folder / "model/closed").mkdir(parents=True)
        (folder / "model/closed/x").touch()
        (folder / "model/file").touch()
        (folder / "model/closed").chmod(0)
        (folder / "model/file").chmod(0)

        def look() -> str:
            tree = WorkTree(folder)
            assert walked(tree) == ["model/closed", "model/file"]
            assert tree.kind("model/file") == "file"
            paths = ("model/file", "model/closed", "model/closed/x")
            return ", ".join({reason(tree, path) for path in paths})

        assert tell_as_nobody(look) == "it may not be read"
        (folder / "model/closed").chmod(0o700)


def test_names_do_not_depend_on_the_locale(tmp_path: Path) -> None:
    for name in ("é.bin", "日本"):
        (tmp_path / name).touch()
    program = (
        "from pathlib import Path; from weighbridge.probes.tree import WorkTree; import sys;"
        "tree = WorkTree(Path(sys.argv[1])); names = list(tree.files(''));"
        "sys.stdout.buffer.write(' '.join(names).encode());"
        "sys.exit(any(tree.kind(name) != 'file' for name in names))"
    )
    latin = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], env=latin, capture_output=True, check=True
    )
    assert done.stdout.decode() == "é.bin 日本"
