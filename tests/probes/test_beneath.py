from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.children import public_folder
from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.probes.beneath import SWAPPED, Root
from weighbridge.probes.open_file import FileSource
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from pathlib import Path


class Swapping(Root):
    """Somebody else is at work between looking and opening."""

    def swap(self, path: str, target: str) -> None:
        place = self.path / path
        if stat.S_ISDIR(place.lstat().st_mode):
            place.rename(place.with_name("moved"))
        else:
            place.unlink()
        if target:
            place.symlink_to(target)
        else:
            os.mkfifo(place)


@pytest.mark.parametrize(
    ("swapped", "target"),
    [("model", ".."), ("model", "moved"), ("model/weights.bin", "../../secret")],
)
def test_a_path_swapped_for_a_link_is_not_entered(root: Path, swapped: str, target: str) -> None:
    beneath = Swapping(root)
    real = beneath.resolve("model/weights.bin")
    assert real == "model/weights.bin"
    beneath.swap(swapped, target)
    with pytest.raises(OSError, match=r"links|Not a directory"):
        beneath._open(real, os.O_RDONLY | os.O_NOFOLLOW)


class SwappedLate(Swapping):
    """The swap comes after the last look."""

    target = "../a.bin"

    def kind(self, path: str, real: str) -> str | PathProblem | Unavailable:
        found = super().kind(path, real)
        self.swap("model/weights.bin", self.target)
        return found


class Piped(SwappedLate):
    """A file becomes a pipe after the last look."""

    target = ""


def test_a_file_swapped_at_the_last_moment_is_refused(root: Path) -> None:
    assert SwappedLate(root).open("m", "model/weights.bin") == SWAPPED


def test_a_file_that_became_a_pipe_does_not_hang(root: Path) -> None:
    found = Piped(root).open("model/weights.bin", "model/weights.bin")
    assert found == PathProblem(path="model/weights.bin", kind="special")


def test_a_file_that_went_away_is_missing(root: Path) -> None:
    beneath = Root(root)
    assert beneath.resolve("a.bin") == "a.bin"
    (root / "a.bin").unlink()
    assert beneath.open("a.bin", "a.bin") == Unavailable(MISSING)


class Vanishing(Root):
    def kind(self, path: str, real: str) -> str | PathProblem | Unavailable:
        found = super().kind(path, real)
        (self.path / real).unlink()
        return found


def test_a_file_that_goes_away_at_the_last_moment_is_missing(root: Path) -> None:
    assert Vanishing(root).open("a.bin", "a.bin") == Unavailable(MISSING)


def test_a_file_tells_whether_it_was_written_to(root: Path) -> None:
    before = (root / "a.bin").stat()
    source = WorkTree(root).open("a.bin")
    assert isinstance(source, FileSource)
    with source:
        assert not source.changed()
        (root / "a.bin").write_bytes(b"b")
        os.utime(root / "a.bin", ns=(before.st_atime_ns, before.st_mtime_ns))
        assert source.changed()


@given(data=st.binary(max_size=300), offset=st.integers(0, 400), length=st.integers(0, 400))
def test_any_stretch_of_a_file_can_be_read(data: bytes, offset: int, length: int) -> None:
    with public_folder() as folder:
        (folder / "x").write_bytes(data)
        source = WorkTree(folder).open("x")
        assert isinstance(source, FileSource)
        with source:
            assert source.read_at(offset, length) == data[offset : offset + length]
            assert source.read(5) == data[:5]


def test_a_system_that_gives_a_few_bytes_at_a_time(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pread
    monkeypatch.setattr(
        os, "pread", lambda file, length, offset: real(file, min(length, 3), offset)
    )
    source = WorkTree(root).open("model/weights.bin")
    assert isinstance(source, FileSource)
    with source:
        assert source.read_at(1, 5) == b"eight"
        assert source.read_at(5, 100) == b"ts"
