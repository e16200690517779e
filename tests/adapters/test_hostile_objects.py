"""An object store that lies, breaks off or refuses: no wrong byte is ever taken for a blob."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_contract import DATA, digest_of
from tests.object_stores import Conduct, storing
from tests.probes.s3_server import BUCKET, Store
from weighbridge.adapters.blobs import objects, uploading
from weighbridge.adapters.blobs.names import blob_name
from weighbridge.adapters.blobs.objects import Objects
from weighbridge.adapters.blobs.store import Blobs
from weighbridge.model.errors import (
    NotFoundError,
    RegistryError,
    SettingsError,
    StorageError,
    UnavailableError,
    WeighbridgeError,
)
from weighbridge.model.ports import Located

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.probes.s3_server import Asked

ADDRESS = f"s3://{BUCKET}/store"
DIGEST = digest_of(DATA)
KEY = "store/" + blob_name(DIGEST)
LARGE = os.urandom(9_000_000)
LARGE_KEY = "store/" + blob_name(digest_of(LARGE))


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Store, Conduct]]:
    with storing() as (store, conduct), pytest.MonkeyPatch.context() as patch:
        for name, value in store.environ.items():
            patch.setenv(name, value)
        short = timedelta(milliseconds=1)
        backoff = {"init_backoff": short, "max_backoff": short}
        patch.setattr(objects, "_RETRY", {"max_retries": 1, "backoff": backoff})
        yield store, conduct


@pytest.fixture
def store(server: tuple[Store, Conduct]) -> Store:
    store, _ = server
    store.objects.clear()
    store.refusals.clear()
    store.short.clear()
    store.asked.clear()
    store.meanwhile = id
    return store


@pytest.fixture
def conduct(server: tuple[Store, Conduct], store: Store) -> Conduct:
    _, conduct = server
    conduct.ignores_conditions = False
    conduct.statuses.clear()
    conduct.spoil = lambda _, data: data
    assert store.objects == {}
    return conduct


@pytest.fixture
def blobs(store: Store, conduct: Conduct, tmp_path: Path) -> Blobs:
    assert store.objects == {}
    assert conduct.statuses == {}
    return Blobs(Objects(ADDRESS, work=tmp_path))


def put_large(blobs: Blobs) -> str:
    incoming = blobs.incoming()
    try:
        for start in range(0, len(LARGE), 1 << 20):
            incoming.write(LARGE[start : start + (1 << 20)])
        incoming.commit(digest_of(LARGE))
    finally:
        incoming.discard()
    return digest_of(LARGE)


def test_a_small_blob_is_put_under_its_name_at_once(blobs: Blobs, store: Store) -> None:
    assert blobs.put(DATA) == DIGEST
    assert store.objects == {KEY: DATA}
    assert blobs.where(DIGEST) == f"{ADDRESS}/{blob_name(DIGEST)}"
    assert blobs.locate(DIGEST) == Located(ADDRESS, blob_name(DIGEST), len(DATA))
    assert blobs.locate(digest_of(b"")) is None


def test_a_large_one_goes_up_while_it_is_written_and_is_seen_when_it_is_whole(
    blobs: Blobs, store: Store
) -> None:
    seen: list[set[str]] = []
    store.meanwhile = lambda _: seen.append({*store.objects})
    put_large(blobs)
    assert store.objects == {LARGE_KEY: LARGE}
    assert all(key == LARGE_KEY or "/incoming/" in key for keys in seen for key in keys)
    assert blobs.read(digest_of(LARGE)) == LARGE


def test_one_larger_than_can_be_copied_is_sent_again(
    blobs: Blobs, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "COPIED", 1 << 20)
    put_large(blobs)
    assert store.objects == {LARGE_KEY: LARGE}


def spoil_byte(key: str, data: bytes) -> bytes:
    return data if "/incoming/" in key else data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("large", [False, True])
def test_a_byte_that_was_changed_is_noticed_by_whoever_reads(
    blobs: Blobs, conduct: Conduct, *, large: bool
) -> None:
    conduct.spoil = spoil_byte
    digest = put_large(blobs) if large else blobs.put(DATA)
    with pytest.raises(RegistryError, match="damaged"):
        blobs.read(digest)


@pytest.mark.parametrize("keep", [-1, 0, None])
@pytest.mark.parametrize("large", [False, True])
def test_an_object_that_is_short_or_was_never_kept_is_no_blob(
    blobs: Blobs, conduct: Conduct, store: Store, keep: int | None, *, large: bool
) -> None:
    conduct.spoil = lambda _, data: None if keep is None else data[:keep]
    with pytest.raises(StorageError):
        put_large(blobs) if large else blobs.put(DATA)
    assert LARGE_KEY not in store.objects


def test_a_copy_that_is_short_is_no_blob(blobs: Blobs, conduct: Conduct) -> None:
    conduct.spoil = lambda key, data: data if "/incoming/" in key else data[:-1]
    with pytest.raises(StorageError, match="is not what was written") as caught:
        put_large(blobs)
    assert caught.value.faults[0].seen == "8999999 bytes"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_tried_again_and_what_stays_is_told(
    blobs: Blobs, conduct: Conduct, store: Store, status: int
) -> None:
    conduct.statuses["PUT"] = [status]
    assert blobs.put(DATA) == DIGEST
    conduct.statuses["PUT"] = [status] * 9
    store.objects.clear()
    with pytest.raises(StorageError, match="could not be written"):
        blobs.put(DATA)
    assert store.objects == {}


def test_an_upload_that_breaks_off_leaves_no_blob(blobs: Blobs, conduct: Conduct) -> None:
    conduct.statuses["PUT"] = [403] * 9
    with pytest.raises(StorageError, match="lacked the necessary privileges"):
        put_large(blobs)
    assert not blobs.has(digest_of(LARGE))


def test_a_store_that_does_not_answer_is_not_one_that_has_nothing(
    blobs: Blobs, store: Store
) -> None:
    blobs.put(DATA)
    store.refusals[KEY] = 500
    for question in (blobs.has, blobs.read, blobs.open, blobs.locate):
        with pytest.raises(UnavailableError, match="cannot be read"):
            question(DIGEST)
    store.refusals[""] = 403
    for listing in (blobs.stored, blobs.leftovers, blobs.foreign):
        with pytest.raises(UnavailableError, match="cannot be listed"):
            list(listing())


def test_an_answer_that_breaks_off_is_none(blobs: Blobs, store: Store) -> None:
    blobs.put(DATA)
    store.short.add(KEY)
    with pytest.raises(WeighbridgeError, match="cannot be read"):
        blobs.read(DIGEST)
    store.short.clear()
    assert blobs.read(DIGEST) == DATA


def test_an_object_that_vanishes_or_changes_while_it_is_read(blobs: Blobs, store: Store) -> None:
    blobs.put(DATA)

    def replace(asked: Asked) -> None:
        if asked.method == "GET":
            store.objects[KEY] = DATA[::-1]

    store.meanwhile = replace
    with pytest.raises(RegistryError, match="damaged"):
        blobs.read(DIGEST)
    store.meanwhile = id
    store.objects[KEY] = DATA
    with blobs.open(DIGEST) as source:
        assert source.read_at(0, 3) == DATA[:3]
        assert not source.changed()
        store.objects[KEY] = b"another"
        assert source.changed()
        del store.objects[KEY]
        assert source.changed()
    with pytest.raises(NotFoundError):
        blobs.read(DIGEST)


def test_little_is_asked_for_and_nothing_twice(blobs: Blobs, store: Store) -> None:
    put_large(blobs)
    store.asked.clear()
    with blobs.open(digest_of(LARGE)) as source:
        for offset in range(0, 200_000, 1_000):
            assert source.read_at(offset, 1_000) == LARGE[offset : offset + 1_000]
        assert b"".join(iter(lambda: source.read(100_000), b"")) == LARGE
    ranges = [one for one in store.reads(LARGE_KEY) if one is not None]
    assert len(ranges) == len(store.reads(LARGE_KEY)) == 3
    assert max(stop - start for start, stop in ranges) <= 8 << 20


def test_what_lies_among_the_blobs_is_named_and_left_alone(blobs: Blobs, store: Store) -> None:
    blobs.put(DATA)
    store.objects |= {"store/notes.txt": b"x", "store/sha256/ab/x": b"", "other/x": b""}
    store.objects["store/incoming/left"] = b"half"
    assert [held.name for held in blobs.stored()] == [DIGEST]
    assert [held.name for held in blobs.foreign()] == ["notes.txt", "sha256/ab/x"]
    assert [(held.name, held.size) for held in blobs.leftovers()] == [("incoming/left", 4)]
    assert blobs.remove("incoming/left", before=blobs.now())
    assert list(blobs.leftovers()) == []
    for name in ("notes.txt", "incoming/../notes.txt", "sha256/ab/x"):
        with pytest.raises(RegistryError):
            blobs.remove(name, before=blobs.now())
    assert "store/notes.txt" in store.objects


@pytest.mark.parametrize("ignores", [False, True])
def test_a_store_is_claimed_once(
    conduct: Conduct, tmp_path: Path, store: Store, *, ignores: bool
) -> None:
    conduct.ignores_conditions = ignores
    keyed = Objects(ADDRESS, work=tmp_path)
    assert keyed.claim("mark", b"ours") == (b"ours", not ignores)
    assert keyed.claim("mark", b"theirs")[0] == b"ours"
    assert store.objects == {"store/mark": b"ours"}


@pytest.mark.parametrize("address", ["s3://", "az://account/container"])
def test_an_address_that_names_no_store(tmp_path: Path, store: Store, address: str) -> None:
    with pytest.raises(SettingsError, match="is no store"):
        Objects(address, work=tmp_path)
    assert store.asked == []


def test_without_the_extra_one_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(UnavailableError, match="needs an extra") as caught:
        Objects(ADDRESS, work=tmp_path)
    assert caught.value.faults[0].help == ('pip install "weighbridge[objects]"',)
