from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryBlobs, MemoryIncoming, MemorySource
from tests.probes.observing import (
    BIG,
    SAFETENSORS,
    Watching,
    file,
    observe,
    structure,
)
from tests.probes.trees import release
from weighbridge.adapters.blobs.folder import FolderBlobs
from weighbridge.codec.canonical import digest
from weighbridge.formats import registry
from weighbridge.formats.interface import Need
from weighbridge.model.errors import StorageError
from weighbridge.model.fact import (
    MISSING,
    PathProblem,
    Unavailable,
)
from weighbridge.model.limits import Limits
from weighbridge.model.structure import Structure
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.open_file import CHANGED
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.reading.one_pass import CHUNK
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from weighbridge.formats.interface import Reader


def test_a_file_is_weighed(root: Path) -> None:
    (root / "big.bin").write_bytes(BIG)
    (root / "empty").touch()
    seen = observe(root, "big.bin", "empty")
    assert (file(seen, "big.bin").size, file(seen, "big.bin").digest) == (len(BIG), digest(BIG))
    assert (file(seen, "empty").size, file(seen, "empty").digest) == (0, digest(b""))
    assert file(seen, "big.bin").link is None
    assert seen.problems == {}


def test_a_file_behind_a_link_says_so(root: Path) -> None:
    (root / "link").symlink_to("model/weights.bin")
    assert file(observe(root, "link"), "link").link == "model/weights.bin"


def test_what_cannot_be_had_is_said(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "out").symlink_to("../secret")
    seen = observe(root, "nowhere", "pipe", "out", ".")
    assert seen.files["nowhere"] == Unavailable(MISSING)
    assert seen.files["pipe"] == Unavailable("the path pipe is not followed (special)")
    assert seen.files["out"] == Unavailable("the path out is not followed (outside)")
    assert isinstance(seen.files["."], Unavailable)
    assert [problem.kind for problem in seen.problems] == ["special", "outside"]


def test_a_format_is_told_from_the_bytes_and_what_the_name_promises_is_noted(root: Path) -> None:
    for name in ("a.onnx", "b.safetensors", "c", "d.pt"):
        (root / name).write_bytes(SAFETENSORS)
    seen = observe(root, "a.onnx", "b.safetensors", "c", "d.pt")
    assert {structure(seen, name).format for name in seen.files} == {"safetensors"}
    assert structure(seen, "c").status == "complete"
    promised = {
        name: dict(structure(seen, name).metadata).get("expected-format") for name in seen.files
    }
    assert promised == {
        "a.onnx": "onnx",
        "b.safetensors": "safetensors",
        "c": None,
        "d.pt": "pickle,torch-zip",
    }


def test_an_unknown_format_is_never_complete(root: Path) -> None:
    (root / "x.onnx").write_bytes(b"no format begins like thi\0")
    found = structure(observe(root, "x.onnx"), "x.onnx")
    assert (found.format, found.status, found.coverage, found.size) == (
        "unknown",
        "incomplete",
        0,
        26,
    )
    assert found.reason
    assert dict(found.metadata)["expected-format"] == "onnx"


def test_over_the_budget_the_structure_is_incomplete_and_the_digest_is_right(root: Path) -> None:
    (root / "x").write_bytes(SAFETENSORS)
    probe = ArtifactProbe(WorkTree(root), reader=Reading(limits=Limits(window=1, header=1)))
    seen = probe.files(["x"])
    assert (structure(seen, "x").format, structure(seen, "x").status) == (
        "safetensors",
        "incomplete",
    )
    assert file(seen, "x").digest == digest(SAFETENSORS)


def careless(_size: int) -> Reader:
    yield Need(0, 2)
    return Structure(format="safetensors", status="complete")


def test_a_reader_that_does_not_mind_its_limits_is_incomplete(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "x.safetensors").write_bytes(SAFETENSORS)
    monkeypatch.setattr(registry, "reader", lambda _name, size, **_: careless(size))
    seen = ArtifactProbe(WorkTree(root), reader=Reading(limits=Limits(window=1))).files(
        ["x.safetensors"]
    )
    found = structure(seen, "x.safetensors")
    assert (found.format, found.status, found.coverage) == ("safetensors", "incomplete", 0)
    assert found.reason == "a reader asked for 2 bytes at once"
    assert dict(found.metadata) == {"expected-format": "safetensors"}
    assert file(seen, "x.safetensors").digest == digest(SAFETENSORS)


def test_every_byte_is_counted(root: Path) -> None:
    (root / "big.bin").write_bytes(BIG)
    (root / "x.safetensors").write_bytes(SAFETENSORS)
    watching = Watching()
    observe(root, "big.bin", "x.safetensors", "nowhere", progress=watching)
    assert watching.started == [("big.bin", len(BIG)), ("x.safetensors", len(SAFETENSORS))]
    assert watching.advanced == len(BIG) + len(SAFETENSORS)
    assert watching.finished == 2


def truncate(path: Path) -> None:
    os.truncate(path, CHUNK + 5)


def grow(path: Path) -> None:
    with path.open("ab") as opened:
        opened.write(b"more")


def rewrite(path: Path) -> None:
    before = path.stat()
    with path.open("r+b") as opened:
        opened.seek(-1, os.SEEK_END)
        opened.write(b"?")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [truncate, grow, rewrite])
def test_a_file_that_changes_while_it_is_read(root: Path, change: Callable[[Path], None]) -> None:
    path = root / "big.bin"
    path.write_bytes(BIG)
    store = MemoryBlobs()
    watching = Watching(lambda: change(path))
    reading = Reading(keep=store, progress=watching)
    assert observe(root, "big.bin", reader=reading).files["big.bin"] == CHANGED
    assert reading.kept == {}
    assert store.waiting == []
    assert watching.finished == 1


def test_a_file_replaced_while_it_is_read_is_never_a_mixture(root: Path) -> None:
    path = root / "big.bin"
    path.write_bytes(BIG)
    watching = Watching(lambda: (root / "a.bin").replace(path))
    # Losing its last name changes the file that is open; it might as well have gone unnoticed.
    assert observe(root, "big.bin", progress=watching).files["big.bin"] == CHANGED


def test_a_file_of_two_artifacts_is_read_once(root: Path) -> None:
    (root / "model/weights.bin").write_bytes(BIG)
    watching = Watching()
    observe(root, "model/weights.bin", "model", "model/weights.bin", progress=watching)
    assert watching.started.count(("model/weights.bin", len(BIG))) == 1


def test_copies_are_kept_when_they_are_asked_for(root: Path) -> None:
    (root / "b.bin").write_bytes(b"a")
    store = MemoryBlobs()
    reading = Reading(keep=store)
    observe(root, "a.bin", "b.bin", "model", reader=reading)
    assert set(reading.kept) == {digest(data) for data in (b"a", b"weights", b"extra", b"hidden")}
    assert sorted(map(id, reading.kept.values())) == sorted(map(id, store.waiting))
    assert all(copy.closed for copy in store.waiting)
    assert store.held == {}
    for name, copy in reading.kept.items():
        copy.commit(name)
    assert store.read(digest(b"weights")) == b"weights"


def test_copies_in_a_folder_leave_nothing_when_discarded(root: Path, tmp_path: Path) -> None:
    reading = Reading(keep=FolderBlobs(tmp_path / "blobs"))
    observe(root, "a.bin", "model", reader=reading)
    assert len(list((tmp_path / "blobs/incoming").iterdir())) == 4
    reading.discard()
    assert list((tmp_path / "blobs/incoming").iterdir()) == []


class Full(MemoryIncoming):
    """A store whose disk fills up at the second file."""

    def write(self, data: bytes) -> None:
        if len(self._store.waiting) > 1:
            raise StorageError("no space left")
        super().write(data)


class FullBlobs(MemoryBlobs):
    def incoming(self) -> MemoryIncoming:
        return Full(self)


def test_a_full_store_ends_the_observation_and_keeps_no_copy(root: Path) -> None:
    store = FullBlobs()
    watching = Watching()
    reading = Reading(keep=store, progress=watching)
    with pytest.raises(StorageError):
        observe(root, "a.bin", "model", reader=reading)
    reading.discard()
    assert store.waiting == []
    assert watching.finished == len(watching.started) == 1


def test_an_interruption_keeps_no_copy(root: Path) -> None:
    store = MemoryBlobs()
    reading = Reading(keep=store)

    def paths() -> Iterator[str]:
        yield "a.bin"
        yield "model/weights.bin"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(reading.read(WorkTree(root), paths()))
    reading.discard()
    assert store.waiting == []


class Failing(MemorySource):
    """A disk that breaks while it is read."""

    def read(self, length: int) -> bytes:
        raise OSError(5, "Input/output error", length)


class Short(MemorySource):
    """A disk that gives fewer bytes than it says, and knows of no change."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.size += 1

    def changed(self) -> bool:
        return False


class BrokenTree:
    """A tree on such a disk."""

    def __init__(self, disk: type[MemorySource]) -> None:
        self._disk = disk

    def kind(self, path: str) -> str | PathProblem | Unavailable:
        return "file" if path else Unavailable(MISSING)

    def files(self, path: str) -> Iterator[str | PathProblem]:
        yield path

    def link(self, path: str) -> str | None:
        return path or None

    def open(self, path: str) -> MemorySource:
        return self._disk(path.encode())

    def locate(self, path: str) -> None:
        """Say that nobody else can read it."""

    def sources(self, paths: Iterable[str]) -> Iterator[tuple[str, MemorySource, None]]:
        for path in paths:
            yield path, self.open(path), None


def test_a_disk_that_breaks_is_said() -> None:
    store = MemoryBlobs()
    watching = Watching()
    reading = Reading(keep=store, progress=watching)
    probe = ArtifactProbe(BrokenTree(Failing), reader=reading)
    seen = probe.artifacts(release({"path": "x"}).spec.artifacts)
    assert seen.files["x"] == Unavailable("the file cannot be read: input/output error")
    assert store.waiting == []
    assert watching.finished == 1


def test_a_file_that_is_shorter_than_its_size_has_changed() -> None:
    assert ArtifactProbe(BrokenTree(Short)).files(["x"]).files == {"x": CHANGED}
