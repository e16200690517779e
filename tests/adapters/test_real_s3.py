"""A real S3 server of another maker keeps to what our own was told to do; it is slow to start."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.adapters import test_store_contract
from tests.adapters.store_cases import StoreCase, make_case
from tests.object_stores import real_store
from weighbridge.adapters.blobs.names import MARK
from weighbridge.adapters.blobs.objects import Objects
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.ports import NoProgress
from weighbridge.usecases.fsck import fsck
from weighbridge.usecases.gc import collect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.model.ports import BlobStore

pytestmark = pytest.mark.slow

CONTRACT = {
    name: test
    for name, test in vars(test_store_contract).items()
    if name.startswith("test_") and not hasattr(test, "pytestmark")
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("weed")
    with real_store(folder) as environ, pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        Objects("s3://blobs", work=folder).claim("begun", b"")  # which may take a while
        yield


@pytest.fixture(params=["objects", "encrypted-objects"])
def case(request: pytest.FixtureRequest, tmp_path: Path, server: None) -> StoreCase:
    assert server is None
    return make_case(request.param, tmp_path, f"s3://blobs/{os.urandom(8).hex()}")


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contract_is_kept(name: str, case: StoreCase) -> None:
    test: Callable[..., None] = CONTRACT[name]
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
    known = {"blobs": case.blobs, "store_case": case}
    test(**{argument: known[argument] for argument in wanted})
    assert set(wanted) <= set(known)


def keep(blobs: BlobStore, path: Path) -> str:
    incoming = blobs.incoming()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            incoming.write(chunk)
    digest = f"sha256:{incoming._hash.hexdigest()}"  # type: ignore[attr-defined] # of ours
    incoming.commit(digest)
    return digest


def test_a_release_is_kept_and_what_is_not_of_it_goes(tmp_path: Path, server: None) -> None:
    assert server is None
    address = f"s3://blobs/{os.urandom(8).hex()}"
    registry = EmbeddedRegistry(tmp_path / "registry", wanted=Wanted(address=address))
    weights = tmp_path / "weights"
    weights.write_bytes(os.urandom(40_000_000))
    file = keep(registry.blobs, weights)
    manifest = {"spec": {"artifacts": [{"path": "w", "digest": file}], "dependencies": {}}}
    release = registry.blobs.put(canonical_bytes(manifest))
    registry.change(lambda transaction: transaction.bind("demo", "1", release))
    waste = registry.blobs.put(b"nothing refers to this")
    assert registry.store is not None
    assert registry.store.conditional
    assert Objects(address, work=tmp_path).held(MARK) is not None
    found = collect(registry, grace=3600, progress=NoProgress())
    assert (found.kept, found.young, found.removed) == (2, 1, ())
    found = collect(registry, grace=-60, progress=NoProgress())
    assert [held.name for held in found.removed] == [waste]
    checked = fsck(registry, progress=NoProgress())
    assert (checked.blobs, checked.problems, checked.leftovers) == (2, (), ())
