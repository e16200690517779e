"""What every store of blobs keeps to; `store_cases` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_contract import DATA, MALFORMED, NONE, digest_of
from weighbridge.model.errors import NotFoundError, RegistryError

if TYPE_CHECKING:
    from tests.adapters.store_cases import StoreCase
    from weighbridge.model.ports import BlobStore

LARGE = bytes(range(256)) * 40_000


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
def test_a_damaged_blob_is_told_and_replaced(store_case: StoreCase, data: bytes) -> None:
    blobs, damage = store_case.blobs, store_case.damage
    digest = blobs.put(DATA)
    damage(digest, data)
    with pytest.raises(RegistryError, match="damaged") as caught:
        blobs.read(digest)
    assert caught.value.faults[0].seen in {digest_of(data), ""}  # or it is not even an age file
    assert blobs.put(DATA) == digest
    assert blobs.read(digest) == DATA


@pytest.mark.parametrize("data", [DATA, LARGE[: 1 << 17]], ids=["small", "large"])
def test_a_damaged_blob_is_replaced_by_one_on_its_way(store_case: StoreCase, data: bytes) -> None:
    blobs, damage = store_case.blobs, store_case.damage
    digest = blobs.put(data)
    damage(digest, data[:-1] + b"?")
    incoming = blobs.incoming()
    incoming.write(data)
    incoming.commit(digest)
    assert blobs.read(digest) == data


def test_all_bytes_are_listed_and_removed_if_they_are_old(blobs: BlobStore) -> None:
    digests = sorted(blobs.put(data) for data in (DATA, b"", b"x"))
    held = list(blobs.stored())
    assert [one.name for one in held] == digests
    assert [[one.name for one in blobs.stored(after)] for after in digests] == [
        digests[1:],
        digests[2:],
        [],
    ]
    lowest, highest = (f"sha256:{digit * 64}" for digit in "0f")
    assert [one.name for one in blobs.stored(lowest)] == digests
    assert list(blobs.stored(highest)) == []
    assert all(one.size >= 0 for one in held)
    now = blobs.now()
    assert all(one.modified <= now for one in held)
    assert not blobs.remove(digests[0], before=held[0].modified)
    assert blobs.has(digests[0])
    assert blobs.remove(digests[0], before=now + 10)
    assert not blobs.remove(digests[0], before=now + 10)
    assert [one.name for one in blobs.stored()] == digests[1:]
    assert list(blobs.foreign()) == []


def test_a_file_of_several_parts_arrives_whole(blobs: BlobStore) -> None:
    incoming = blobs.incoming()
    for start in range(0, len(LARGE), 1_000_000):
        incoming.write(LARGE[start : start + 1_000_000])
    incoming.close()
    assert not blobs.has(digest_of(LARGE))
    incoming.commit(digest_of(LARGE))
    assert blobs.read(digest_of(LARGE)) == LARGE
    with blobs.open(digest_of(LARGE)) as source:
        assert source.size == len(LARGE)
        assert source.read_at(9_000_001, 70_000) == LARGE[9_000_001:9_070_001]
        assert source.read(7) == LARGE[:7]
    assert list(blobs.leftovers()) == []


def test_many_files_wait_closed_and_arrive(blobs: BlobStore) -> None:
    texts = [b"%d" % number * 30_000 for number in range(5)]
    waiting = [blobs.incoming() for _ in texts]
    for incoming, text in zip(waiting, texts, strict=True):
        incoming.write(text)
        incoming.close()
    for incoming, text in zip(waiting, texts, strict=True):
        incoming.commit(digest_of(text))
    assert [blobs.read(digest_of(text)) for text in texts] == texts


def test_large_files_side_by_side_arrive_or_are_forgotten(blobs: BlobStore) -> None:
    texts = [bytes([number]) * 9_000_000 for number in range(3)]
    waiting = [blobs.incoming() for _ in texts]
    for start in range(0, 9_000_000, 3_000_000):
        for incoming, text in zip(waiting, texts, strict=True):
            incoming.write(text[start : start + 3_000_000])
    waiting[0].discard()
    waiting[2].close()
    for incoming, text in zip(waiting[1:], texts[1:], strict=True):
        incoming.commit(digest_of(text))
    assert [blobs.has(digest_of(text)) for text in texts] == [False, True, True]
    assert list(blobs.leftovers()) == []
