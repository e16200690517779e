from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.new_folder import NewFolder
from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def test_files_appear_all_at_once(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "out"
    folder = NewFolder(place)
    folder.write("a", [b"on", b"e"])
    folder.write("b/c", [])
    folder.folder("d/e")
    assert not place.exists()
    folder.commit()
    assert (place / "a").read_bytes() == b"one"
    assert (place / "b/c").read_bytes() == b""
    assert list((place / "d/e").iterdir()) == []
    assert [path.name for path in place.parent.iterdir()] == ["out"]
    folder.discard()
    assert (place / "a").exists()


def test_an_empty_folder_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folder = NewFolder(tmp_path / "empty")
    folder.write("a", [b"x"])
    folder.commit()
    assert (tmp_path / "empty/a").read_bytes() == b"x"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("precious")
    for name in ("empty", "link", "file"):
        with pytest.raises(StorageError):
            NewFolder(tmp_path / name)


def test_what_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    folder = NewFolder(tmp_path / "out")
    folder.write("a/b", [b"x"])
    folder.discard()
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_written_over(tmp_path: Path) -> None:
    folder = NewFolder(tmp_path / "out")
    folder.write("a", [b"x"])
    for path in ("a", "a/b"):
        with pytest.raises(StorageError):
            folder.write(path, [b"y"])
    folder.discard()


def test_a_release_without_files_is_a_folder_all_the_same(tmp_path: Path) -> None:
    NewFolder(tmp_path / "out").commit()
    assert list((tmp_path / "out").iterdir()) == []
