"""Every implementation of a port, under one name: the same tests run against each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryRegistry
from tests.adapters.store_cases import HERE, Damage, StoreCase, make_case
from tests.object_stores import Conduct, storing
from tests.postgres_servers import postgres_registry
from tests.probes.s3_server import BUCKET, Store
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


@pytest.fixture(params=["memory", "embedded", "postgres"])
def registry(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    made: Registry
    if request.param == "memory":
        made = MemoryRegistry(clock)
    elif request.param == "embedded":
        made = EmbeddedRegistry(tmp_path / "store", clock=clock)
    else:
        made = postgres_registry(request.getfixturevalue("postgres"), tmp_path, clock)
    yield made
    made.close()


@pytest.fixture(params=[*HERE, "objects", "encrypted-objects"])
def store_case(request: pytest.FixtureRequest, tmp_path: Path) -> StoreCase:
    if request.param in HERE:
        return make_case(request.param, tmp_path)
    store, _ = request.getfixturevalue("own_store")
    store.objects.clear()
    return make_case(request.param, tmp_path, f"s3://{BUCKET}/a prefix")


@pytest.fixture(scope="module")
def own_store() -> Iterator[tuple[Store, Conduct]]:
    """Serve a bucket one can write to."""
    with storing() as (store, conduct), pytest.MonkeyPatch.context() as patch:
        for name, value in store.environ.items():
            patch.setenv(name, value)
        yield store, conduct


@pytest.fixture
def blobs(store_case: StoreCase) -> BlobStore:
    return store_case.blobs


@pytest.fixture
def damage(store_case: StoreCase) -> Damage:
    """Replace a blob by other bytes, behind the store's back."""
    return store_case.damage
