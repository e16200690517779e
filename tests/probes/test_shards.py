from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.probes.reading.digesting import LANES, digest_all
from weighbridge.probes.reading.shards import Cut, ShardReading
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.probes.reading.digesting import Algorithm

LARGE = os.urandom(1 << 20) + b"end"


def cut(folder: Path, size: int, algorithm: Algorithm = "sha256") -> dict[str, object]:
    reading = ShardReading(shard_size=size, algorithm=algorithm)
    names = sorted(path.name for path in folder.iterdir())
    return dict(reading.read(WorkTree(folder), names))


@pytest.mark.parametrize("size", [1 << 10, 100_000, 1 << 20, 1 << 21])
@pytest.mark.parametrize("algorithm", ["sha256", "blake2b"])
def test_each_range_has_its_own_digest(tmp_path: Path, size: int, algorithm: Algorithm) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    (tmp_path / "small").write_bytes(b"small")
    (tmp_path / "empty").write_bytes(b"")
    wanted = tuple(
        hashlib.new(algorithm, LARGE[start : start + size]).hexdigest()
        for start in range(0, len(LARGE), size)
    )
    found = cut(tmp_path, size, algorithm)
    assert found["large"] == Cut(size=len(LARGE), digests=wanted)
    small = hashlib.new(algorithm, b"small").hexdigest()
    assert found["small"] == Cut(size=5, digests=(small,))
    assert found["empty"] == Cut(size=0, digests=())
    assert len(LARGE) // (1 << 10) > LANES


def test_a_file_of_another_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    found = dict(ShardReading(shard_size=1).read(WorkTree(tmp_path), ["a"], sizes={"a": 4}))
    assert found["a"] == Unavailable("the file is of another size: 5 bytes")


def test_what_is_no_file_is_passed_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/hostname")
    found = cut(tmp_path, 4)
    assert found["pipe"] == PathProblem(path="pipe", kind="special")
    assert isinstance(found["link"], PathProblem)


def test_a_file_that_grows_meanwhile_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(LARGE)
    reading = ShardReading(shard_size=1 << 19, progress=Growing(path))
    ((_, found),) = reading.read(WorkTree(tmp_path), ["a"])
    assert isinstance(found, Unavailable)
    assert "changed while it was read" in found.reason


class Growing:
    """Watches the reading, and writes to the file meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def start(self, what: str, total: int) -> None:
        """Begin."""

    def advance(self, amount: int) -> None:
        with self._path.open("ab") as file:
            file.write(b"x" * min(amount, 1))

    def finish(self) -> None:
        """End."""


def test_blake2b_is_a_digest_like_others() -> None:
    found = digest_all([iter([b"a", b"b"])], [2], algorithm="blake2b")
    assert found == [f"blake2b:{hashlib.blake2b(b'ab').hexdigest()}"]


def test_a_walk_that_follows_no_links_names_each(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_bytes(b"")
    for name, target in (("a", "folder"), ("b", "folder/file"), ("c", "/etc"), ("d", "gone")):
        (tmp_path / name).symlink_to(target)
    found = list(WorkTree(tmp_path, follow=False).files(""))
    assert found == [
        PathProblem(path="a", kind="link", target="folder"),
        PathProblem(path="b", kind="link", target="folder/file"),
        PathProblem(path="c", kind="link"),
        PathProblem(path="d", kind="link"),
        "folder/file",
    ]
