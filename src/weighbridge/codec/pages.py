"""Reading listings, without trusting a byte of them.

A listing of at most `limits.page` files is one page, canonical JSON `{"files": [{"digest", "path",
"size"}, …]}`. A longer one is an index, canonical JSON that names such pages by digest:

    {"count": files, "mediaType": INDEX_MEDIA_TYPE, "size": bytes of all files,
     "pages": [{"count": files, "digest", "first": path, "last": path, "size": bytes of the page}]}

All pages but the last are full, and their paths ascend from the first of the first to the last of
the last: a directory has one listing and no other. Pages are read one at a time.

Imports the standard library alone, since verifying needs it; `codec.listing` is faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, pairwise
from operator import lt
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import MAX_INTEGER, NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.limits import DEFAULT_LISTING_LIMITS, ListingLimits
from weighbridge.model.listing import INDEX_MEDIA_TYPE, Listing, ListingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Fetch = Callable[[str], bytes]
Exact = Callable[[bytes], Any]

PAGE_BEGINS, PAGE_ENDS = b'{"files":[', b"]}"
_BETWEEN = b'},{"digest":"'
_TURN = 1 << 16
"""Bytes of a page that are parsed at a time, and those up to the end of an entry."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INDEX = {"count": int, "mediaType": str, "pages": list, "size": int}
_PAGE = {"count": int, "digest": str, "first": str, "last": str, "size": int}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageName:
    """What an index says of one of its pages.

    Attributes:
        count: Files it lists.
        digest: Digest of its bytes.
        first: The first path.
        last: The last path.
        size: Its bytes.
    """

    count: int
    digest: str
    first: str
    last: str
    size: int


def read_exact(data: bytes) -> Any:
    """Read bytes that must be the canonical JSON of a plain value.

    Raises:
        NotCanonicalError: They are not.
    """
    value = read_json(data)
    if canonical_bytes(value) != data:
        raise NotCanonicalError("the layout is not the canonical one")
    return value


def read_pages(
    digest: str,
    fetch: Fetch,
    *,
    exact: Exact = read_exact,
    limits: ListingLimits = DEFAULT_LISTING_LIMITS,
) -> Iterator[tuple[str, Listing]]:
    """Read the listing a digest stands for, page by page: digest and entries of each.

    What is yielded counts for nothing until the last page has been read: only then are the totals
    known to be right.

    Args:
        digest: Digest of a page that is all there is, or of an index.
        fetch: Returns the bytes of a digest; what it returns is checked.
        exact: Reads canonical JSON of plain values, floats allowed, and refuses all else by a
            `ValueError` or `TypeError`.
        limits: Budgets.

    Raises:
        ListingError: It is no listing in its canonical form.
    """
    data = _fetched(digest, fetch)
    if len(data) > limits.size:
        raise ListingError(f"{len(data)} bytes are over the limit of {limits.size}")
    if data.startswith(PAGE_BEGINS):
        yield digest, _page(data, exact, limits)
        return
    size = 0
    index = _shaped(_plain(data, exact), _INDEX, "the index")
    for named in _page_names(index, limits):
        listing = _named_page(named, fetch, exact, limits)
        size += sum(listing.sizes)
        yield named.digest, listing
    if size != index["size"]:
        raise ListingError(f"the files are {size} bytes, not {index['size']} as the index says")


def _fetched(digest: str, fetch: Fetch) -> bytes:
    data = fetch(digest)
    seen = f"sha256:{sha256(data).hexdigest()}"
    if seen != digest:
        raise ListingError(f"the bytes of {digest} have the digest {seen}")
    return data


def _plain(data: bytes, exact: Exact) -> Any:
    try:
        return exact(data)
    except (ValueError, TypeError, RecursionError) as error:
        raise ListingError(f"the bytes are not a listing: {error}") from error


def _shaped(tree: Any, shape: Mapping[str, type], name: str) -> dict[str, Any]:
    """Refuse what has not exactly these keys, with values of exactly these types."""
    if not isinstance(tree, dict) or tree.keys() != shape.keys():
        raise ListingError(f"{name} has not the keys {', '.join(shape)}")
    for key, kind in shape.items():
        if type(tree[key]) is not kind:
            raise ListingError(f"{key} of {name} is of another type")
        if kind is int and not 0 <= tree[key] <= MAX_INTEGER:
            raise ListingError(f"{key} of {name} is below 0 or beyond 2**53 - 1")
    return tree


def _page(data: bytes, exact: Exact, limits: ListingLimits) -> Listing:
    """Read a page; its digest is right already."""
    if not (data.startswith(PAGE_BEGINS) and data.endswith(PAGE_ENDS)):
        raise ListingError("a page is not a list of files in canonical form")
    listing = Listing.joined(_entries(_plain(turn, exact)) for turn in _turns(data))
    if len(listing) > limits.page:
        raise ListingError(
            f"a page lists {len(listing)} files; more than {limits.page} need several"
        )
    _check(listing)
    return listing


def _turns(data: bytes) -> Iterator[bytes]:
    """Cut a page into short JSON lists: a parser needs many times the memory of its text.

    In canonical form the bytes looked for stand between entries and nowhere else, as quotes within
    a text are escaped. In any other form some turn is not canonical JSON.
    """
    start, end = len(PAGE_BEGINS), len(data) - len(PAGE_ENDS)
    while start < end:
        found = data.find(_BETWEEN, start + _TURN, end)
        cut = end if found < 0 else found + 1
        yield b"[%b]" % data[start:cut]
        start = cut + 1


def _entries(files: list[Any]) -> Listing:
    try:
        listing = Listing(
            paths=tuple([file["path"] for file in files]),
            sizes=tuple([file["size"] for file in files]),
            digests=tuple([file["digest"] for file in files]),
        )
        keys = set(map(len, files))
    except (TypeError, KeyError) as error:
        raise ListingError("an entry has not the keys digest, path, size") from error
    if keys != {3}:
        raise ListingError("an entry has more keys than digest, path, size")
    return listing


def _check(listing: Listing) -> None:
    # Whole columns at a time: entry by entry this would cost more than parsing.
    paths, sizes = listing.paths, listing.sizes
    if not {*map(type, paths), *map(type, listing.digests)} <= {str}:
        raise ListingError("a path or digest is not text")
    if not set(map(type, sizes)) <= {int}:
        raise ListingError("a size is not an integer")
    if min(sizes, default=0) < 0 or max(sizes, default=0) > MAX_INTEGER:
        raise ListingError("a size is below 0 or beyond 2**53 - 1")
    if not all(map(lt, paths, islice(paths, 1, None))):
        raise ListingError("the paths do not ascend, or one stands twice")


def _page_names(index: Mapping[str, Any], limits: ListingLimits) -> list[PageName]:
    """Read what an index says of its pages, and believe it if it can be true at all."""
    if index["mediaType"] != INDEX_MEDIA_TYPE:
        raise ListingError(f"the index is not {INDEX_MEDIA_TYPE}")
    pages = index["pages"]
    if not 1 < len(pages) <= limits.pages:
        raise ListingError(f"an index has 2 to {limits.pages} pages, not {len(pages)}")
    names = [PageName(**_shaped(page, _PAGE, "a page of the index")) for page in pages]
    for name in names:
        _check_name(name, limits)
    _check_counts([name.count for name in names], index["count"], limits)
    for before, after in pairwise(names):
        if before.last >= after.first:
            raise ListingError(f"pages overlap, or are out of order, at {after.first!r}")
    return names


def _check_name(name: PageName, limits: ListingLimits) -> None:
    if not _DIGEST.fullmatch(name.digest):
        raise ListingError(f"{name.digest[:100]!r} is not the digest of a page")
    if not 0 < name.size <= limits.size:
        raise ListingError(f"a page of {name.size} bytes is over the limit of {limits.size}")


def _check_counts(counts: list[int], total: int, limits: ListingLimits) -> None:
    *full, last = counts
    if set(full) != {limits.page} or not 0 < last <= limits.page:
        raise ListingError(f"a page but the last lists other than {limits.page} files")
    if sum(counts) != total:
        raise ListingError(f"the pages list {sum(counts)} files, not {total} as the index says")


def _named_page(name: PageName, fetch: Fetch, exact: Exact, limits: ListingLimits) -> Listing:
    data = _fetched(name.digest, fetch)
    if len(data) != name.size:
        raise ListingError(f"a page is {len(data)} bytes, not {name.size} as the index says")
    listing = _page(data, exact, limits)
    if len(listing) != name.count:
        raise ListingError(f"a page lists {len(listing)} files, not {name.count} as the index says")
    if (listing.paths[0], listing.paths[-1]) != (name.first, name.last):
        raise ListingError(f"a page does not go from {name.first!r} to {name.last!r}")
    return listing
