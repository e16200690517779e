"""Ask the artifact probe, and look at what it observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.probes.trees import release
from weighbridge.model.fact import (
    ObservedDirectory,
    ObservedFile,
    Unavailable,
)
from weighbridge.model.ports import NoProgress
from weighbridge.model.structure import Structure
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.reading.one_pass import CHUNK
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.model.ports import BlobReader, Progress
    from weighbridge.probes.artifacts import Observation

NONE = "sha256:" + "0" * 64
BIG = bytes(range(256)) * (CHUNK // 64)  # four chunks
HEADER = b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.ljust(64)
SAFETENSORS = len(HEADER).to_bytes(8, "little") + HEADER + b"x"


class Watching:
    """Progress that remembers, and may do something while a file is read."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.started: list[tuple[str, int]] = []
        self.advanced = 0
        self.finished = 0
        self._meanwhile = meanwhile

    def start(self, what: str, total: int) -> None:
        self.started.append((what, total))

    def advance(self, amount: int) -> None:
        if not self.advanced:
            self._meanwhile()
        self.advanced += amount

    def finish(self) -> None:
        self.finished += 1


def observe(
    root: Path,
    *paths: str,
    declared: str | None = None,
    blobs: BlobReader | None = None,
    progress: Progress | None = None,
    reader: Reading | None = None,
) -> Observation:
    artifacts = [{"path": path, **({"digest": declared} if declared else {})} for path in paths]
    reading = reader or Reading(progress=progress or NoProgress())
    probe = ArtifactProbe(WorkTree(root), reader=reading, blobs=blobs)
    return probe.artifacts(release(*artifacts).spec.artifacts)


def file(seen: Observation, path: str) -> ObservedFile:
    found = seen.files[path]
    assert isinstance(found, ObservedFile), found
    return found


def structure(seen: Observation, path: str) -> Structure:
    found = file(seen, path).structure
    assert isinstance(found, Structure)
    return found


def directory(seen: Observation, path: str = "model") -> ObservedDirectory:
    found = seen.directories[path]
    assert isinstance(found, ObservedDirectory), found
    return found


def trouble(seen: Observation, path: str = "model") -> str:
    found = seen.directories[path]
    assert isinstance(found, Unavailable)
    return found.reason
