"""Hostile indexes: each is wrong in one thing, and its digests are right unless they are it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.codec.listings import (
    DIGEST,
    FEW,
    READERS,
    Shelf,
    entry,
    shelved,
    with_files,
    with_index,
    with_page,
)
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.listing import Listing, ListingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.limits import ListingLimits

    Reader = Callable[[Shelf, ListingLimits], Listing]


@pytest.fixture(params=READERS)
def read(request: pytest.FixtureRequest) -> Reader:
    reader: Reader = request.param
    return reader


@pytest.fixture
def shelf() -> Shelf:
    """Eight files `a` to `h`, of one byte each, on three pages."""
    return shelved([entry(path) for path in "abcdefgh"])


def refused(read: Reader, shelf: Shelf, why: str, limits: ListingLimits = FEW) -> None:
    with pytest.raises(ListingError, match=why):
        read(shelf, limits)


def test_the_sample_is_an_index(read: Reader, shelf: Shelf) -> None:
    assert "".join(read(shelf, FEW).paths) == "abcdefgh"


def test_an_index_that_is_not_what_its_digest_says(read: Reader, shelf: Shelf) -> None:
    shelf.held[shelf.last] = shelf.held[shelf.last].replace(b'"size":8', b'"size":9')
    refused(read, shelf, "the bytes of sha256:.* have the digest")


def test_a_page_that_is_not_what_its_digest_says(read: Reader, shelf: Shelf) -> None:
    known = shelf.index()["pages"][1]["digest"]
    shelf.held[known] = shelf.held[known].replace(b'"e"', b'"E"')
    refused(read, shelf, "the bytes of sha256:.* have the digest")


@pytest.mark.parametrize("hostile", ["", "sha256:../../etc/passwd", "0" * 64, DIGEST + "\n"])
def test_a_page_whose_digest_is_none(read: Reader, shelf: Shelf, hostile: str) -> None:
    refused(read, with_page(shelf, 1, digest=hostile), "is not the digest of a page")


def test_a_page_of_another_size(read: Reader, shelf: Shelf) -> None:
    refused(read, with_page(shelf, 1, size=1), "a page is 3.. bytes, not 1 as")


def test_pages_that_overlap(read: Reader, shelf: Shelf) -> None:
    with_files(shelf, 1, [entry(path) for path in "cef"])
    refused(read, with_page(shelf, 1, first="c"), "pages overlap, or are out of order, at 'c'")


def test_a_path_on_two_pages(read: Reader, shelf: Shelf) -> None:
    with_files(shelf, 2, [entry(path) for path in "ah"])
    refused(read, with_page(shelf, 2, first="a"), "pages overlap, or are out of order, at 'a'")


def test_a_path_on_two_pages_that_the_index_hides(read: Reader, shelf: Shelf) -> None:
    refused(read, with_files(shelf, 2, [entry(path) for path in "ah"]), "does not go from 'g' to")


def test_a_path_twice_on_a_page(read: Reader, shelf: Shelf) -> None:
    hidden = with_files(shelf, 1, [entry(path) for path in "ddf"])
    refused(read, hidden, "the paths do not ascend, or one stands twice")


def test_a_page_twice(read: Reader, shelf: Shelf) -> None:
    first, second, last = shelf.index()["pages"]
    refused(read, with_index(shelf, pages=[first, second, second, last], count=11), "overlap")


def test_pages_out_of_order(read: Reader, shelf: Shelf) -> None:
    first, second, last = shelf.index()["pages"]
    refused(read, with_index(shelf, pages=[second, first, last]), "overlap, or are out of order")


def test_a_page_out_of_order_in_itself(read: Reader, shelf: Shelf) -> None:
    known = shelf.index()["pages"][1]["digest"]
    refused(read, replaced_page(shelf, 1, shelf.held[known].replace(b'"e"', b'"x"')), "not ascend")


def replaced_page(shelf: Shelf, at: int, data: bytes) -> Shelf:
    last = shelf.last
    known = shelf.put(data)
    shelf.last = last
    return with_page(shelf, at, digest=known, size=len(data))


@pytest.mark.parametrize("ends", [{"first": "da"}, {"last": "fa"}])
def test_a_page_that_goes_from_elsewhere_to_elsewhere(
    read: Reader, shelf: Shelf, ends: dict[str, str]
) -> None:
    refused(read, with_page(shelf, 1, **ends), "a page does not go from")


def test_a_page_that_is_not_canonical(read: Reader, shelf: Shelf) -> None:
    known = shelf.index()["pages"][1]["digest"]
    loose = replaced_page(shelf, 1, shelf.held[known].replace(b"}", b" }", 1))
    refused(read, loose, "the bytes are not a listing: the layout is not the canonical one")


def test_a_page_that_is_an_index(read: Reader, shelf: Shelf) -> None:
    refused(read, replaced_page(shelf, 1, shelf.held[shelf.last]), "a page is not a list of files")


def test_an_index_that_is_not_canonical(read: Reader, shelf: Shelf) -> None:
    shelf.put(shelf.held[shelf.last].replace(b":", b": ", 1))
    refused(read, shelf, "the bytes are not a listing: the layout is not the canonical one")


@pytest.mark.parametrize("size", [7, 9, 0, 2**53 - 1])
def test_a_wrong_total_of_bytes(read: Reader, shelf: Shelf, size: int) -> None:
    refused(read, with_index(shelf, size=size), f"the files are 8 bytes, not {size} as the index")


@pytest.mark.parametrize("count", [7, 9, 0, 2**53 - 1])
def test_a_wrong_total_of_files(read: Reader, shelf: Shelf, count: int) -> None:
    refused(read, with_index(shelf, count=count), f"the pages list 8 files, not {count} as")


@pytest.mark.parametrize("count", [0, 1, 2, 4, 2**53 - 1])
def test_a_page_but_the_last_that_is_not_full(read: Reader, shelf: Shelf, count: int) -> None:
    refused(read, with_page(shelf, 1, count=count), "a page but the last lists other than 3 files")


@pytest.mark.parametrize("count", [0, 4, 2**53 - 1])
def test_a_last_page_of_an_absurd_count(read: Reader, shelf: Shelf, count: int) -> None:
    refused(read, with_page(shelf, 2, count=count), "a page .* lists other than")


def test_a_page_that_lists_other_than_the_index_says(read: Reader, shelf: Shelf) -> None:
    short = with_files(shelf, 1, [entry(path) for path in "df"])
    refused(read, short, "a page lists 2 files, not 3 as the index says")


def test_a_page_of_too_many_files(read: Reader, shelf: Shelf) -> None:
    refused(read, with_files(shelf, 1, [entry(path) for path in "deef"]), "a page lists 4 files")


def test_many_files_in_one_piece(read: Reader, shelf: Shelf) -> None:
    whole = shelved([entry(path) for path in "abcd"], replace(FEW, page=4))
    refused(read, whole, "a page lists 4 files; more than 3 need several")
    assert len(read(shelf, FEW)) == 8


def test_an_index_of_one_page(read: Reader, shelf: Shelf) -> None:
    pages = shelf.index()["pages"][:1]
    refused(read, with_index(shelf, pages=pages, count=3, size=3), "has 2 to 4 pages, not 1")


def test_an_index_of_no_pages(read: Reader, shelf: Shelf) -> None:
    refused(read, with_index(shelf, pages=[], count=0, size=0), "has 2 to 4 pages, not 0")


def test_an_index_of_too_many_pages(read: Reader, shelf: Shelf) -> None:
    refused(read, shelf, "an index has 2 to 2 pages, not 3", replace(FEW, pages=2))


@pytest.mark.parametrize("size", [0, FEW.size + 1, 2**53 - 1])
def test_a_page_of_absurd_size_is_not_fetched(read: Reader, shelf: Shelf, size: int) -> None:
    hostile = with_page(shelf, 0, size=size, digest=DIGEST)
    refused(read, hostile, f"a page of {size} bytes is over the limit")


def test_more_bytes_than_the_limit(read: Reader, shelf: Shelf) -> None:
    refused(read, shelf, "bytes are over the limit of 100", replace(FEW, size=100))


def test_an_index_of_another_media_type(read: Reader, shelf: Shelf) -> None:
    refused(read, with_index(shelf, mediaType="application/json"), "the index is not application/")


@pytest.mark.parametrize("number", [-1, 2**53, 2**63])
@pytest.mark.parametrize("key", ["count", "size"])
def test_numbers_no_directory_has(read: Reader, shelf: Shelf, key: str, number: int) -> None:
    index = shelf.index()
    shelf.put(orjson.dumps({**index, key: number}, option=orjson.OPT_SORT_KEYS))
    refused(read, shelf, "beyond")
    index["pages"][0][key] = number
    shelf.put(orjson.dumps(index, option=orjson.OPT_SORT_KEYS))
    refused(read, shelf, "beyond")


@pytest.mark.parametrize("more", [{"files": []}, {"version": 2}])
def test_an_index_with_another_key(read: Reader, shelf: Shelf, more: dict[str, object]) -> None:
    refused(read, with_index(shelf, **more), "the index has not the keys")


def test_a_page_with_another_key(read: Reader, shelf: Shelf) -> None:
    refused(read, with_page(shelf, 0, mode=493), "a page of the index has not the keys")


@pytest.mark.parametrize("pages", [[None] * 3, [1, 2], ["a", "b"], [[], []]])
def test_pages_that_are_none(read: Reader, shelf: Shelf, pages: list[object]) -> None:
    refused(read, with_index(shelf, pages=pages), "a page of the index has not the keys")


@pytest.mark.parametrize(
    ("key", "value"),
    [("count", True), ("count", "8"), ("mediaType", None), ("pages", {}), ("size", "8")],
)
def test_a_member_of_another_type(read: Reader, shelf: Shelf, key: str, value: object) -> None:
    refused(read, with_index(shelf, **{key: value}), f"{key} of the index is of another type")


@pytest.mark.parametrize(
    ("key", "value"),
    [("count", True), ("digest", 1), ("first", None), ("last", 1), ("size", "1")],
)
def test_a_member_of_a_page_of_another_type(
    read: Reader, shelf: Shelf, key: str, value: object
) -> None:
    refused(read, with_page(shelf, 0, **{key: value}), f"{key} of a page of the index is of")


def test_an_index_that_lacks_a_key(read: Reader, shelf: Shelf) -> None:
    index = shelf.index()
    del index["size"]
    shelf.put(canonical_bytes(index))
    refused(read, shelf, "the index has not the keys count, mediaType, pages, size")
