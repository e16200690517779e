"""What every registry and every store of blobs keeps to; `conftest` lists the implementations."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.errors import BoundError, NotFoundError, RegistryError

if TYPE_CHECKING:
    from tests.adapters.conftest import Damage
    from weighbridge.model.ports import BlobStore, Registry

DATA = bytes(range(256)) * 10
NONE = "sha256:" + "0" * 64
ONE = "sha256:" + "1" * 64
MALFORMED = [
    "",
    "sha256:",
    "sha256:../../etc/passwd",
    "sha256:" + "a" * 63,
    "sha256:" + "a" * 65,
    "sha256:" + "A" * 64,
    "sha256:" + "a" * 64 + "\n",
    "sha256:" + "٣" * 64,
    "sha512:" + "a" * 64,
    "a" * 64,
    "sha256:" + "a" * 61 + "/..",
]


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def bind(registry: Registry, name: str, version: str, digest: str) -> bool:
    return registry.change(lambda transaction: transaction.bind(name, version, digest))


def test_what_was_put_is_there(blobs: BlobStore) -> None:
    assert not blobs.has(digest_of(DATA))
    digest = blobs.put(DATA)
    assert digest == digest_of(DATA)
    assert blobs.has(digest)
    assert blobs.read(digest) == DATA
    assert blobs.put(DATA) == digest
    assert blobs.put(b"") == digest_of(b"")
    assert blobs.read(digest_of(b"")) == b""


def test_an_open_blob_is_read_forwards_and_anywhere(blobs: BlobStore) -> None:
    with blobs.open(blobs.put(DATA)) as source:
        assert source.size == len(DATA)
        assert source.read(10) == DATA[:10]
        assert source.read_at(100, 5) == DATA[100:105]
        assert source.read(10) == DATA[10:20]
        assert source.read_at(len(DATA) - 3, 10) == DATA[-3:]
        assert source.read_at(len(DATA) + 3, 10) == b""
        while source.read(1000):
            pass
        assert source.read(10) == b""
        assert not source.changed()


def test_what_was_not_put_is_not_there(blobs: BlobStore) -> None:
    assert not blobs.has(NONE)
    with pytest.raises(NotFoundError, match="0000"):
        blobs.read(NONE)
    with pytest.raises(NotFoundError, match="0000"):
        blobs.open(NONE)


@pytest.mark.parametrize("digest", MALFORMED)
def test_what_is_no_digest_is_refused(blobs: BlobStore, digest: str) -> None:
    for question in (blobs.has, blobs.read, blobs.open, blobs.where):
        with pytest.raises(RegistryError, match="is not a digest"):
            question(digest)
    incoming = blobs.incoming()
    with pytest.raises(RegistryError):
        incoming.commit(digest)


def test_a_place_is_named_in_words(blobs: BlobStore) -> None:
    assert digest_of(DATA).removeprefix("sha256:")[2:] in blobs.where(digest_of(DATA))


def test_bytes_on_their_way_are_seen_once_they_are_committed(blobs: BlobStore) -> None:
    incoming = blobs.incoming()
    for start in range(0, len(DATA), 100):
        incoming.write(DATA[start : start + 100])
    assert not blobs.has(digest_of(DATA))
    incoming.commit(digest_of(DATA))
    assert blobs.read(digest_of(DATA)) == DATA
    incoming.discard()
    assert blobs.read(digest_of(DATA)) == DATA


def test_bytes_that_are_discarded_are_never_seen(blobs: BlobStore) -> None:
    incoming = blobs.incoming()
    incoming.write(DATA)
    incoming.discard()
    incoming.discard()
    assert not blobs.has(digest_of(DATA))


def test_bytes_of_another_digest_are_refused(blobs: BlobStore) -> None:
    incoming = blobs.incoming()
    incoming.write(DATA)
    with pytest.raises(RegistryError) as caught:
        incoming.commit(NONE)
    assert caught.value.faults[0].seen == digest_of(DATA)
    assert caught.value.faults[0].wanted == NONE
    assert not blobs.has(NONE)
    assert not blobs.has(digest_of(DATA))


def test_two_writers_of_one_blob_leave_one_whole(blobs: BlobStore) -> None:
    writers = [blobs.incoming(), blobs.incoming()]
    for writer in writers:
        writer.write(DATA)
    for writer in writers:
        writer.commit(digest_of(DATA))
    assert blobs.read(digest_of(DATA)) == DATA


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA + b"x", b"x" * len(DATA)])
def test_a_damaged_blob_is_told_and_replaced(blobs: BlobStore, damage: Damage, data: bytes) -> None:
    digest = blobs.put(DATA)
    damage(digest, data)
    with pytest.raises(RegistryError, match="damaged") as caught:
        blobs.read(digest)
    assert caught.value.faults[0].seen == digest_of(data)
    assert blobs.put(DATA) == digest
    assert blobs.read(digest) == DATA


def test_a_damaged_blob_is_replaced_by_one_on_its_way(blobs: BlobStore, damage: Damage) -> None:
    digest = blobs.put(DATA)
    damage(digest, b"")
    incoming = blobs.incoming()
    incoming.write(DATA)
    incoming.commit(digest)
    assert blobs.read(digest) == DATA


def test_a_registry_that_was_never_used_holds_nothing(registry: Registry) -> None:
    assert registry.releases() == []


def test_a_name_is_bound_once_for_ever(registry: Registry) -> None:
    assert bind(registry, "ranker", "1.0", NONE)
    assert not bind(registry, "ranker", "1.0", NONE)
    with pytest.raises(BoundError) as caught:
        bind(registry, "ranker", "1.0", ONE)
    assert (caught.value.faults[0].seen, caught.value.faults[0].wanted) == (ONE, NONE)
    assert registry.releases() == [("ranker", "1.0", NONE)]


def test_releases_are_listed_by_name_and_version(registry: Registry) -> None:
    for name, version in [("b", "2"), ("a", "1"), ("b", "10"), ("B", "1")]:
        assert bind(registry, name, version, ONE)
    names = [(name, version) for name, version, _ in registry.releases()]
    assert names == [("B", "1"), ("a", "1"), ("b", "10"), ("b", "2")]


@pytest.mark.parametrize("digest", MALFORMED)
def test_nothing_but_a_digest_is_bound(registry: Registry, digest: str) -> None:
    with pytest.raises(RegistryError, match="is not a digest"):
        bind(registry, "ranker", "1.0", digest)
    assert registry.releases() == []
