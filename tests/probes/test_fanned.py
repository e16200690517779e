from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.adapters.memory import MemoryBlobs
from tests.formats.samples import SYSTEM, safetensors, two_tensors
from tests.probes.observing import Watching
from tests.probes.trees import release
from weighbridge.adapters.blobs.folder import FolderBlobs
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.limits import ProcessLimits
from weighbridge.model.ports import Located
from weighbridge.model.reading import Outcome
from weighbridge.model.structure import Structure
from weighbridge.probes.reading.engines import Threads
from weighbridge.probes.reading.fanned import FannedReading
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.reading.job import share_out
from weighbridge.probes.sealed_tree import SealedTree
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Item = TypeVar("Item")
T = TypeVar("T")

WEIGHTS = safetensors(two_tensors(), bytes(28))
PATHS = ("a.safetensors", "b.pkl", "c.bin", "nowhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.safetensors").write_bytes(WEIGHTS)
    (tmp_path / "b.pkl").write_bytes(SYSTEM)
    (tmp_path / "c.bin").write_bytes(bytes(70_000))
    return tmp_path


class Elsewhere:
    """An engine that is not here: it does the work, or gives it up."""

    remote = True
    workers = 2

    def __init__(self, error: str = "", *, silent: bool = False) -> None:
        self._error = error
        self._silent = silent

    def map_unordered(
        self, fn: Callable[[Item], T], items: Iterable[Item], *, window: int
    ) -> Iterator[Outcome[Item, T]]:
        assert window > 0
        for item in reversed(list(items)):
            yield Outcome(item, None if self._error or self._silent else fn(item), self._error)

    def close(self) -> None:
        """End nothing."""


@pytest.mark.parametrize("engine", [Threads(1), Threads(2), Elsewhere()])
@pytest.mark.parametrize("job", [1, 1 << 30])
def test_every_engine_observes_the_same(
    folder: Path, engine: Threads | Elsewhere, job: int
) -> None:
    reading = FannedReading(engine=engine, process=ProcessLimits(job=job))
    found = list(reading.read(WorkTree(folder), PATHS))
    assert sorted(path for path, _ in found) == sorted(PATHS)
    assert dict(found) == dict(Reading().read(WorkTree(folder), PATHS))


@pytest.mark.parametrize("engine", [Elsewhere("the cluster gave it up"), Elsewhere(silent=True)])
def test_what_an_engine_gives_up_is_read_here_for_the_digest_alone(
    folder: Path, engine: Elsewhere
) -> None:
    found = dict(FannedReading(engine=engine).read(WorkTree(folder), PATHS))
    whole = dict(Reading().read(WorkTree(folder), PATHS))
    for path, here in whole.items():
        there = found[path]
        if isinstance(here, ObservedFile):
            assert isinstance(there, ObservedFile)
            assert (there.digest, there.size) == (here.digest, here.size)
            assert isinstance(there.structure, Unavailable)
        else:
            assert there == here


def sealed(blobs: FolderBlobs | MemoryBlobs) -> SealedTree:
    artifacts = [
        {"path": path, "digest": blobs.put(data)}
        for path, data in (("w/a.safetensors", WEIGHTS), ("w/again.pkl", WEIGHTS))
    ]
    return SealedTree(release(*artifacts), blobs)


def test_a_sealed_release_is_read_from_its_blobs_under_its_own_names(tmp_path: Path) -> None:
    paths = ("w/a.safetensors", "w/again.pkl", "w/nowhere")
    tree = sealed(FolderBlobs(tmp_path))
    found = dict(FannedReading().read(tree, paths))
    assert found == dict(Reading().read(tree, paths))
    again = found["w/again.pkl"]
    assert isinstance(again, ObservedFile)
    assert isinstance(again.structure, Structure)
    assert "pickle" in dict(again.structure.metadata)["expected-format"]


def test_what_no_other_process_finds_is_read_here() -> None:
    tree = sealed(MemoryBlobs())
    found = dict(FannedReading().read(tree, ("w/a.safetensors",)))
    assert found == dict(Reading().read(tree, ("w/a.safetensors",)))


def test_progress_reaches_the_end(folder: Path) -> None:
    watching = Watching()
    dict(FannedReading(progress=watching).read(WorkTree(folder), PATHS))
    total = len(WEIGHTS) + len(SYSTEM) + 70_000
    assert watching.started == [("reading", total)]
    assert (watching.advanced, watching.finished) == (total, 1)


def test_digests_alone_need_no_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.probes.reading.isolated._PROGRAM", ("/nowhere",))
    reading = FannedReading(examine=False)
    found = dict(reading.read(WorkTree(folder), PATHS))
    assert found == dict(Reading(examine=False).read(WorkTree(folder), PATHS))
    shared = FannedReading(examine=False, process=ProcessLimits(job=1))
    assert dict(shared.read(WorkTree(folder), PATHS)) == found


def test_shares_are_filled_in_order_and_never_mix_roots() -> None:
    files = [Located("r", name, size) for name, size in (("a", 4), ("b", 4), ("c", 9), ("d", 1))]
    files += [Located("s", "e", 1), Located("r", "f", 1)]
    assert list(share_out(files, most=8)) == [
        ("r", ("a", "b"), 8),
        ("r", ("c",), 9),
        ("r", ("d",), 1),
        ("s", ("e",), 1),
        ("r", ("f",), 1),
    ]
    assert list(share_out([], most=8)) == []


def test_threads_do_all_and_never_more_than_the_window() -> None:
    at_once: list[int] = []
    running = 0
    lock = threading.Lock()

    def work(item: int) -> int:
        nonlocal running
        with lock:
            running += 1
            at_once.append(running)
        with lock:
            running -= 1
        return item * 2

    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(50):
            taken.append(item)
            yield item

    found: list[tuple[int, int | None]] = []
    for outcome in Threads(3).map_unordered(work, items(), window=4):
        assert len(taken) <= len(found) + 8
        found.append((outcome.item, outcome.value))
    assert sorted(found) == [(item, item * 2) for item in range(50)]
    assert max(at_once) <= 3


def test_what_a_function_raises_reaches_who_asked() -> None:
    def fail(item: int) -> int:
        raise ValueError(item)

    for workers in (1, 2):
        with pytest.raises(ValueError, match=r"\d"):
            list(Threads(workers).map_unordered(fail, range(5), window=2))
