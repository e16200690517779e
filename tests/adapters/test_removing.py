"""Blobs are removed while others put them, and by processes that are killed."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.adapters.contending import DIGEST, GRACE, begin, store
from tests.adapters.test_contract import DATA
from tests.adapters.test_killed import kill_at
from tests.children import end, start
from weighbridge.adapters.blobs.folder import FolderBlobs
from weighbridge.adapters.blobs.names import blob_name
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.ports import NoProgress
from weighbridge.usecases.fsck import fsck
from weighbridge.usecases.gc import collect

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["folder", "objects"])
def test_who_puts_what_is_old_and_there_keeps_it(tmp_path: Path, kind: str) -> None:
    """Two processes remove all that is old, again and again; another puts it meanwhile."""
    sweepers = [begin("sweep", kind, tmp_path) for _ in range(2)]
    ended = begin("put", kind, tmp_path).wait()
    (tmp_path / "done").touch()
    assert [sweeper.wait() for sweeper in sweepers] == [0, 0]
    assert ended == 0
    assert store(kind, tmp_path).read(DIGEST) == DATA


@pytest.mark.parametrize("kind", ["folder", "objects"])
def test_what_is_there_already_is_young_again_when_it_is_put(tmp_path: Path, kind: str) -> None:
    blobs = store(kind, tmp_path)
    blobs.put(DATA)
    os.utime(tmp_path / blob_name(DIGEST), (0, 0))
    assert next(iter(blobs.stored())).modified == 0
    blobs.put(DATA)
    assert next(iter(blobs.stored())).modified > blobs.now() - GRACE
    assert not blobs.remove(DIGEST, before=blobs.now() - GRACE)


def test_what_waited_long_on_its_way_is_young_when_it_arrives(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    incoming = blobs.incoming()
    incoming.write(DATA)
    incoming.close()
    (waiting,) = (tmp_path / "incoming").iterdir()
    os.utime(waiting, (0, 0))
    incoming.commit(DIGEST)
    assert next(iter(blobs.stored())).modified > blobs.now() - GRACE


def fill(root: Path) -> EmbeddedRegistry:
    """Make a registry with a release, waste and what a killed run left, all of it old."""
    registry = EmbeddedRegistry(root)
    kept = [registry.blobs.put(b"kept %d" % number) for number in range(2)]
    artifacts = [{"path": digest[7:], "digest": digest} for digest in kept]
    manifest = canonical_bytes({"spec": {"artifacts": artifacts, "dependencies": {}}})
    digest = registry.blobs.put(manifest)
    registry.change(lambda transaction: transaction.bind("demo", "1", digest))
    for number in range(3):
        registry.blobs.put(b"waste %d" % number)
    (root / "blobs/incoming/left").write_bytes(b"half")
    for path in (root / "blobs").rglob("*"):
        os.utime(path, (0, 0))
    return registry


def kill(root: Path, line: int) -> int:
    """Kill a process that clears away; what is left is sound, and is cleared away by the next."""
    fill(root).close()

    def work() -> None:
        kill_at(line)
        collect(EmbeddedRegistry(root), grace=GRACE, progress=NoProgress())

    ended = end(start(work))
    registry = EmbeddedRegistry(root)
    found = fsck(registry, progress=NoProgress())
    assert found.problems == ()
    assert found.blobs >= 3
    for path in (root / "blobs/incoming").iterdir():
        os.utime(path, (0, 0))
    collect(registry, grace=GRACE, progress=NoProgress())
    assert fsck(registry, progress=NoProgress()).blobs == 3
    assert list(registry.blobs.leftovers()) == []
    return ended


@pytest.mark.parametrize("line", [40, 250, 420])
def test_a_process_killed_while_it_clears_away(tmp_path: Path, line: int) -> None:
    assert kill(tmp_path / "store", line) == -signal.SIGKILL


@pytest.mark.slow
def test_a_process_killed_at_every_few_lines_while_it_clears_away(tmp_path: Path) -> None:
    endings: list[int] = []
    while not endings or endings[-1] == -signal.SIGKILL:
        line = 12 * len(endings) + 1
        endings.append(kill(tmp_path / str(line), line))
    assert endings[-1] == 0
    assert len(endings) > 25
