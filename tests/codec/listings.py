"""Listings of every length, and hostile ones that are wrong in one thing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.listing import listing_blobs, read_listing
from weighbridge.codec.pages import read_pages
from weighbridge.model.limits import ListingLimits
from weighbridge.model.listing import Listing, ListingEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DIGEST = "sha256:" + "0" * 64
FEW = ListingLimits(page=3, pages=4)
"""So few that a directory of four files has an index."""

ENTRIES = st.lists(
    st.builds(
        ListingEntry,
        path=st.text(min_size=1),
        size=st.integers(0, 2**49),  # their sum has a canonical form, too
        digest=st.just(DIGEST),
    ),
    unique_by=lambda entry: entry.path,
    max_size=FEW.page * FEW.pages,
)


class Shelf:
    """Blobs by digest, and the digest of the one put there last."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.last = ""

    def put(self, data: bytes) -> str:
        self.last = digest(data)
        self.held[self.last] = data
        return self.last

    def index(self) -> dict[str, Any]:
        tree: dict[str, Any] = json.loads(self.held[self.last])
        return tree


def entry(path: str, size: int = 1) -> ListingEntry:
    return ListingEntry(path=path, size=size, digest=DIGEST)


def shelved(entries: Iterable[ListingEntry], limits: ListingLimits = FEW) -> Shelf:
    shelf = Shelf()
    for known, data in listing_blobs(entries, limits=limits):
        assert shelf.put(data) == known
    return shelf


def page(*files: object) -> bytes:
    """Write the bytes of a page, whatever its entries are."""
    return json.dumps({"files": list(files)}, separators=(",", ":"), sort_keys=True).encode()


def with_index(shelf: Shelf, **changes: object) -> Shelf:
    """Change members of an index, the rest staying as it is."""
    shelf.put(canonical_bytes({**shelf.index(), **changes}))
    return shelf


def with_page(shelf: Shelf, at: int, **changes: object) -> Shelf:
    """Change what an index says of one page."""
    pages = shelf.index()["pages"]
    pages[at] = {**pages[at], **changes}
    return with_index(shelf, pages=pages)


def with_files(shelf: Shelf, at: int, entries: Iterable[ListingEntry]) -> Shelf:
    """Put another page in the place of one, its digest and size being right."""
    last = shelf.last
    ((known, data),) = listing_blobs(entries)
    shelf.put(data)
    shelf.last = last
    return with_page(shelf, at, digest=known, size=len(data))


def fast(shelf: Shelf, limits: ListingLimits) -> Listing:
    return read_listing(shelf.last, shelf.held.__getitem__, limits=limits)


def by_the_standard_library(shelf: Shelf, limits: ListingLimits) -> Listing:
    pages = read_pages(shelf.last, shelf.held.__getitem__, limits=limits)
    return Listing.joined(page for _, page in pages)


READERS: tuple[Callable[[Shelf, ListingLimits], Listing], ...] = (fast, by_the_standard_library)
