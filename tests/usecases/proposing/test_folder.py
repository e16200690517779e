from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.usecases.folders import put
from tests.usecases.proposing.places import folder_of
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.proposing import folder as module
from weighbridge.usecases.proposing.folder import Folder, is_inside

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "content", "found", "unread"),
    [
        ("a.json", '{"a": [1, 2.50]}', ["a"], ""),
        ("a.json", "[1]", [], ""),
        ("a.json", "{", [], "a.json (not sound JSON)"),
        ("a.json", '{"a": 1, "a": 2}', [], "a.json (not sound JSON)"),
        ("a.json", b"\xff", [], "a.json (not sound JSON)"),
        ("a.json", '{"a":' * 100_000, [], "a.json (nested too deep)"),
        ("a.json", '{"a": ' + "9" * 5000 + "}", [], "a.json (not sound JSON)"),
        ("a.json", '{"a": NaN}', ["a"], ""),
        ("a.yaml", "a: 1", ["a"], ""),
        ("a.yaml", "", [], "a.yaml (the document is not a mapping)"),
        ("a.yaml", "a: 1\na: 2\nb: 3\n", ["a", "b"], "a.yaml (in part: "),
        ("a.yaml", "a: !!python/object:os.system {}\nb: 1\n", ["b"], "a.yaml (in part: "),
        ("a.yaml", b"a: \0", [], "a.yaml (the document holds a character"),
        ("a.yaml", b"\xff", [], "a.yaml (the document is not UTF-8)"),
        ("a.yaml", "a: " + "[" * 100_000, [], "a.yaml ("),
        ("a.yaml", "a: &a [*a]\n", [], "a.yaml ("),
    ],
)
def test_a_document_is_read_or_told_of(
    name: str, content: str | bytes, found: list[str], unread: str, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, {name: content})
    read = folder.mapping(name)
    assert set(found) <= set(read)
    assert [line.startswith(unread) for line in folder.unread] == ([True] if unread else [])


def test_an_alias_bomb_ends_at_a_budget(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
    )
    folder = folder_of(tmp_path, {"a.yaml": bomb})
    folder.mapping("a.yaml")
    assert len(folder.unread) == 1


def test_a_file_too_large_for_its_kind_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, "a.json", "{}")
    os.truncate(tmp_path / "a.json", 1 << 40)
    folder = Folder(WorkTree(tmp_path))
    assert folder.mapping("a.json") == {}
    assert folder.unread == [f"a.json (larger than {module.LIMITS.size} bytes)"]
    assert folder.start("a.json", 2) == b"{}"


def test_what_leads_out_or_is_no_file_is_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    put(tmp_path, "secret.json", '{"a": 1}')
    inside.mkdir()
    (inside / "out.json").symlink_to("../secret.json")
    (inside / "lost.json").symlink_to("nowhere")
    (inside / "here.json").symlink_to("real.json")
    put(inside, "real.json", '{"a": 1}')
    os.mkfifo(inside / "pipe.json")
    (inside / "folder.json").mkdir()
    folder = Folder(WorkTree(inside))
    found = {name: folder.mapping(f"{name}.json") for name in ("out", "pipe", "folder", "gone")}
    assert found == {"out": {}, "pipe": {}, "folder": {}, "gone": {}}
    assert folder.mapping("here.json") == {"a": 1}
    assert [line.split()[0] for line in folder.unread] == ["out.json", "pipe.json", "folder.json"]
    assert folder.kind("out.json") == ""
    assert folder.kind("../secret.json") == ""


def test_a_folder_in_a_tree_names_files_by_the_tree(tmp_path: Path) -> None:
    put(tmp_path, "a/b/c.json", "{")
    folder = Folder(WorkTree(tmp_path), "a/b")
    assert folder.mapping("c.json") == {}
    assert folder.at("./c.json") == "a/b/c.json"
    assert folder.files(".") == ["a/b/c.json"]
    assert folder.unread == ["a/b/c.json (not sound JSON)"]


@pytest.mark.parametrize("name", ["a", "a/../b", "..a"])
def test_a_path_below_the_folder_is_inside(name: str) -> None:
    assert is_inside(name)


@pytest.mark.parametrize("name", ["", ".", "a/..", "..", "../a", "/a", "a/../../b"])
def test_any_other_path_is_not(name: str) -> None:
    assert not is_inside(name)
