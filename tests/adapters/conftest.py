"""Every implementation of a port, under one name: the same tests run against each."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryRegistry
from tests.adapters.store_cases import HERE, StoreCase, damaging, make_case
from tests.object_stores import Conduct, storing
from tests.postgres_servers import postgres_registry
from tests.probes.s3_server import BUCKET, Store
from tests.remote_server import remote, serving, team_application
from weighbridge.adapters.blobs.folder import Folder
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.adapters.store_cases import Damage
    from weighbridge.adapters.remote.registry import RemoteRegistry
    from weighbridge.model.ports import BlobStore, Registry


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = "2026-01-01T00:00:00Z"

    def __call__(self) -> str:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "embedded", "postgres", "remote"])
def registry(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    if request.param == "remote":
        with remote_registry(tmp_path, clock) as found:
            yield found
        return
    made: Registry
    if request.param == "memory":
        made = MemoryRegistry(clock)
    elif request.param == "embedded":
        made = EmbeddedRegistry(tmp_path / "store", clock=clock)
    else:
        made = postgres_registry(request.getfixturevalue("postgres"), tmp_path, clock)
    yield made
    made.close()


@contextlib.contextmanager
def remote_registry(folder: Path, clock: Callable[[], str]) -> Iterator[RemoteRegistry]:
    """Serve an embedded registry that weighs nothing, and open it over HTTP."""
    behind = EmbeddedRegistry(folder / "behind", clock=clock)
    with serving(team_application(behind, clock, taking="plainly")) as address:
        made = remote(address, folder / "here")
        try:
            yield made
        finally:
            made.close()
            behind.close()


@pytest.fixture(params=[*HERE, "objects", "encrypted-objects", "remote"])
def store_case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreCase]:
    if request.param == "remote":
        with remote_registry(tmp_path, utc_now) as found:
            yield StoreCase(blobs=found.blobs, damage=_damaging_behind(tmp_path))
        return
    if request.param in HERE:
        yield make_case(request.param, tmp_path)
        return
    store, _ = request.getfixturevalue("own_store")
    store.objects.clear()
    yield make_case(request.param, tmp_path, f"s3://{BUCKET}/a prefix")


def _damaging_behind(folder: Path) -> Damage:
    """Damage what a server holds; what its client has kept of it is forgotten."""
    damage = damaging(Folder(folder / "behind" / "blobs"), "sha256")

    def both(digest: str, data: bytes) -> None:
        damage(digest, data)
        shutil.rmtree(folder / "here" / "cache", ignore_errors=True)

    return both


@pytest.fixture(scope="module")
def own_store() -> Iterator[tuple[Store, Conduct]]:
    """Serve a bucket one can write to."""
    with storing() as (store, conduct), pytest.MonkeyPatch.context() as patch:
        for name, value in store.environ.items():
            patch.setenv(name, value)
        yield store, conduct


@pytest.fixture(params=[*HERE, "objects", "encrypted-objects", "remote"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    if request.param == "remote":
        with remote_registry(tmp_path, utc_now) as found:
            yield found.blobs
        return
    if request.param in HERE:
        yield make_case(request.param, tmp_path).blobs
        return
    store, _ = request.getfixturevalue("own_store")
    store.objects.clear()
    yield make_case(request.param, tmp_path, f"s3://{BUCKET}/a prefix").blobs
