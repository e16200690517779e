from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.listing import entries, memory
from tests.codec.listings import DIGEST, ENTRIES, FEW, READERS, Shelf, entry, page, shelved
from weighbridge.codec.canonical import NotCanonicalError, canonical_bytes, digest
from weighbridge.codec.listing import (
    listing_blobs,
    listing_digest,
    listing_media_type,
    read_listing,
)
from weighbridge.model.limits import DEFAULT_LISTING_LIMITS, ListingLimits
from weighbridge.model.listing import (
    INDEX_MEDIA_TYPE,
    MEDIA_TYPE,
    Listing,
    ListingEntry,
    ListingError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Shelf, ListingLimits], Listing]

either = pytest.mark.parametrize("read", READERS)


def in_one_piece(files: list[ListingEntry]) -> bytes:
    ordered = sorted(files, key=lambda file: file.path)
    rows = [{"path": file.path, "size": file.size, "digest": file.digest} for file in ordered]
    return canonical_bytes({"files": rows})


def test_a_listing_is_these_bytes() -> None:
    files = [
        ListingEntry(path="b/é", size=2, digest="sha256:bb"),
        ListingEntry(path="B", size=0, digest="sha256:aa"),
        ListingEntry(path="b", size=1, digest="sha256:cc"),
    ]
    written = (
        '{"files":[{"digest":"sha256:aa","path":"B","size":0},'
        '{"digest":"sha256:cc","path":"b","size":1},'
        '{"digest":"sha256:bb","path":"b/é","size":2}]}'
    ).encode()
    assert list(listing_blobs(files)) == [(digest(written), written)]
    assert listing_digest(files) == digest(written)


def test_no_files_are_a_listing_too() -> None:
    assert list(listing_blobs([])) == [(digest(b'{"files":[]}'), b'{"files":[]}')]


def test_an_index_is_these_bytes() -> None:
    shelf = shelved([entry("é", 4), entry("c", 3), entry("b", 2), entry("a", 1)])
    first = in_one_piece([entry("a", 1), entry("b", 2), entry("c", 3)])
    last = in_one_piece([entry("é", 4)])
    assert list(shelf.held.values())[:2] == [first, last]
    assert (
        shelf.held[shelf.last].decode()
        == '{"count":4,"mediaType":"application/vnd.weighbridge.directory.index.v1+json","pages":['
        f'{{"count":3,"digest":"{digest(first)}","first":"a","last":"c","size":{len(first)}}},'
        f'{{"count":1,"digest":"{digest(last)}","first":"é","last":"é","size":{len(last)}}}'
        '],"size":10}'
    )


@given(st.data())
@pytest.mark.parametrize("limits", [FEW, DEFAULT_LISTING_LIMITS])
@either
def test_a_listing_reads_back_whatever_the_order(
    read: Reader, limits: ListingLimits, data: st.DataObject
) -> None:
    files = data.draw(ENTRIES)
    shelf = shelved(data.draw(st.permutations(files)), limits)
    found = read(shelf, limits)
    assert tuple(found) == tuple(sorted(files, key=lambda file: file.path))
    assert listing_digest(found, limits=limits) == listing_digest(files, limits=limits)
    assert shelved(found, limits).held == shelf.held


@given(ENTRIES)
def test_a_listing_of_one_page_is_one_canonical_document(files: list[ListingEntry]) -> None:
    assert [data for _, data in listing_blobs(files)] == [in_one_piece(files)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 12])
@either
def test_around_the_bounds_of_pages(read: Reader, count: int) -> None:
    files = [entry(f"{at:02}") for at in range(count)]
    shelf = shelved(files)
    pages = -(-count // FEW.page)
    assert len(shelf.held) == (pages + 1 if pages > 1 else 1)
    assert tuple(read(shelf, FEW)) == tuple(files)
    assert listing_media_type(files, limits=FEW) == (INDEX_MEDIA_TYPE if pages > 1 else MEDIA_TYPE)


@either
def test_ten_thousand_files_are_one_page_and_one_more_is_an_index(read: Reader) -> None:
    files = entries(10_001)
    shelf = shelved(files[:-1], DEFAULT_LISTING_LIMITS)
    assert list(shelf.held.values()) == [in_one_piece(files[:-1])]
    assert listing_media_type(files[:-1]) == MEDIA_TYPE
    assert tuple(read(shelf, DEFAULT_LISTING_LIMITS)) == tuple(files[:-1])
    shelf = shelved(files, DEFAULT_LISTING_LIMITS)
    assert [known["count"] for known in shelf.index()["pages"]] == [10_000, 1]
    assert listing_media_type(files) == INDEX_MEDIA_TYPE
    assert tuple(read(shelf, DEFAULT_LISTING_LIMITS)) == tuple(files)


@either
def test_paths_like_the_bytes_between_entries_do_no_harm(read: Reader) -> None:
    hostile = ['},{"digest":"', '"},{"digest":"' * 10_000, '{"files":[', "]}", "\\", "\n", "\x7f"]
    files = [entry(path) for path in sorted(hostile)]
    shelf = shelved(files, DEFAULT_LISTING_LIMITS)
    assert tuple(read(shelf, DEFAULT_LISTING_LIMITS)) == tuple(files)


def test_more_files_than_an_index_may_have_are_not_written() -> None:
    with pytest.raises(ListingError, match="13 files are more than the 12"):
        listing_digest([entry(f"{at:02}") for at in range(13)], limits=FEW)


@pytest.mark.parametrize(
    "unwritable",
    [[entry("a", 2**53)], [entry("\ud800")], [entry(path, 2**52) for path in "abcd"]],
)
def test_what_has_no_canonical_form_is_not_written(unwritable: list[ListingEntry]) -> None:
    with pytest.raises(NotCanonicalError):
        listing_digest(unwritable, limits=FEW)


def test_an_entry_is_made_when_it_is_looked_at() -> None:
    shelf = shelved(entries(7))
    found = read_listing(shelf.last, shelf.held.__getitem__, limits=FEW)
    assert found[6] == entries(7)[6]
    assert tuple(found[1:3]) == tuple(entries(7)[1:3])
    assert (len(found), len(Listing())) == (7, 0)


def test_writing_and_reading_hold_little_more_than_parsing_the_same_data() -> None:
    ours, peer = memory(entries(50_000))
    assert ours <= 1.5 * peer


FILE: dict[str, Any] = {"digest": DIGEST, "path": "a", "size": 1}


@either
def test_the_sample_is_a_listing(read: Reader) -> None:
    shelf = Shelf()
    shelf.put(page(FILE))
    assert tuple(read(shelf, FEW)) == (entry("a"),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"files":{}}',
        b'{"files":null}',
        b'{"files":[',
        b'{"files":[ ]}',
        b'{"files":[]}}',
        b"[" * 100_000,
        b'{"files":' + b"[" * 100_000,
        b'{"files":' + b"[" * 100_000 + b"]}",
        page(FILE) + b"\n",
        b" " + page(FILE),
        page(FILE)[:-2] + b",]}",
        page(FILE)[:-2] + b',{"digest":"]}',
        json.dumps({"files": [FILE]}).encode(),
        json.dumps({"files": [], "more": 1}, separators=(",", ":")).encode(),
        page(FILE, FILE),
        page(FILE, {**FILE, "path": "A"}),
        page({**FILE, "mode": 493}),
        page({"path": "a", "size": 1}),
        page({**FILE, "size": "1"}),
        page({**FILE, "size": True}),
        page({**FILE, "size": 1.0}),
        page({**FILE, "size": -1}),
        page({**FILE, "size": 2**53}),
        page({**FILE, "size": 10**40}),
        page({**FILE, "path": 1}),
        page({**FILE, "path": "\ud800"}),
        page({**FILE, "path": "é"}),
        page({**FILE, "path": "a/b"}).replace(b"/", b"\\/"),
        page({**FILE, "digest": None}),
        page("a"),
        page(["a", 1, DIGEST]),
        page(None),
        page([FILE]),
    ],
)
@either
def test_what_is_not_exactly_a_listing_is_refused(read: Reader, data: bytes) -> None:
    shelf = Shelf()
    shelf.put(data)
    with pytest.raises(ListingError) as raised:
        read(shelf, FEW)
    assert str(raised.value)


@given(st.binary(max_size=200))
@either
def test_any_bytes_are_read_or_refused(read: Reader, data: bytes) -> None:
    shelf = Shelf()
    shelf.put(data)
    with pytest.raises(ListingError):
        read(shelf, FEW)
