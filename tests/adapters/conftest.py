"""Every implementation of a port, under one name: the same tests run against each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryBlobs, MemoryRegistry
from weighbridge.adapters.blobs import FolderBlobs, blob_path
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.ports import BlobStore, Registry

Damage = Callable[[str, bytes], None]


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = "2026-01-01T00:00:00Z"

    def __call__(self) -> str:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "embedded"])
def registry(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    made: Registry = (
        MemoryRegistry(clock)
        if request.param == "memory"
        else EmbeddedRegistry(tmp_path / "store", clock=clock)
    )
    yield made
    made.close()


@pytest.fixture
def blobs(registry: Registry) -> BlobStore:
    return registry.blobs


@pytest.fixture
def damage(blobs: BlobStore) -> Damage:
    """Replace a blob by other bytes, behind the store's back."""

    def replace(digest: str, data: bytes) -> None:
        if isinstance(blobs, MemoryBlobs):
            blobs.held[digest] = data
        else:
            assert isinstance(blobs, FolderBlobs)
            path = blob_path(blobs.root, digest)
            path.chmod(0o644)
            path.write_bytes(data)

    return replace
