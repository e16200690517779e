"""The listing of a directory artifact: the bytes its digest is taken of.

Up to 10,000 files that is one page, canonical JSON `{"files": [{"digest", "path", "size"}, …]}`,
sorted by path; beyond, an index of such pages (`codec.pages` has the form). Permissions, times and
empty folders are not part of it: two machines rarely agree on them.
"""

from __future__ import annotations

from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson

from weighbridge.codec.canonical import MAX_INTEGER, NotCanonicalError, canonical_bytes, digest
from weighbridge.codec.pages import PAGE_BEGINS, PAGE_ENDS, read_pages
from weighbridge.model.limits import DEFAULT_LISTING_LIMITS, ListingLimits
from weighbridge.model.listing import INDEX_MEDIA_TYPE, MEDIA_TYPE, Listing, ListingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.codec.pages import Fetch
    from weighbridge.model.listing import ListingEntry

_TURN = 500


def listing_media_type(
    entries: Sequence[ListingEntry], *, limits: ListingLimits = DEFAULT_LISTING_LIMITS
) -> str:
    """Name the media type of a listing: that of a page, or of an index of several."""
    return MEDIA_TYPE if len(entries) <= limits.page else INDEX_MEDIA_TYPE


def listing_blobs(
    entries: Iterable[ListingEntry], *, limits: ListingLimits = DEFAULT_LISTING_LIMITS
) -> Iterator[tuple[str, bytes]]:
    """Write a listing: digest and bytes of each blob to be kept, the one it is known by last.

    Args:
        entries: They may come in any order.
        limits: Budgets; they are part of the form, so none but the default is ever sealed.

    Raises:
        ListingError: There are more files than an index may have.
        NotCanonicalError: An entry has no canonical form.
    """
    ordered = sorted(entries, key=attrgetter("path"))
    most = limits.page * limits.pages
    if len(ordered) > most:
        raise ListingError(f"{len(ordered):,} files are more than the {most:,} a listing may have")
    pages, total = [], 0
    for start in range(0, len(ordered) or 1, limits.page):
        part = ordered[start : start + limits.page]
        sizes = [entry.size for entry in part]
        data = _page_bytes(part, sizes)
        known = digest(data)
        yield known, data
        if len(ordered) <= limits.page:
            return
        page = {"count": len(part), "digest": known, "size": len(data)}
        pages.append({**page, "first": part[0].path, "last": part[-1].path})
        total += sum(sizes)
    index = {"count": len(ordered), "mediaType": INDEX_MEDIA_TYPE, "pages": pages, "size": total}
    data = canonical_bytes(index)
    yield digest(data), data


def listing_digest(
    entries: Iterable[ListingEntry], *, limits: ListingLimits = DEFAULT_LISTING_LIMITS
) -> str:
    """Return the digest of a directory."""
    [(known, _)] = deque(listing_blobs(entries, limits=limits), maxlen=1)
    return known


def read_listing(
    of: str, fetch: Fetch, *, limits: ListingLimits = DEFAULT_LISTING_LIMITS
) -> Listing:
    """Read the listing a digest stands for.

    Args:
        of: The digest.
        fetch: Returns the bytes of a digest; what it returns is checked.
        limits: Budgets.

    Raises:
        ListingError: It is not exactly what `listing_blobs` writes.
    """
    pages = read_pages(of, fetch, exact=_read_exact, limits=limits)
    return Listing.joined(page for _, page in pages)


def _page_bytes(entries: Sequence[ListingEntry], sizes: Sequence[int]) -> bytes:
    if max(sizes, default=0) > MAX_INTEGER:
        raise NotCanonicalError("a size is beyond 2**53 - 1")
    try:
        # The keys stand in their order already, and there is nothing else to refuse. In turns,
        # since what orjson writes at once it keeps in up to twice the memory.
        turns = [
            orjson.dumps([{"digest": e.digest, "path": e.path, "size": e.size} for e in turn])
            for turn in (entries[at : at + _TURN] for at in range(0, len(entries), _TURN))
        ]
    except TypeError as error:  # lone surrogates
        raise NotCanonicalError(str(error)) from error
    return PAGE_BEGINS + b",".join([turn[1:-1] for turn in turns]) + PAGE_ENDS


def _read_exact(data: bytes) -> Any:
    value = orjson.loads(data)
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
        raise NotCanonicalError("the layout is not the canonical one")
    return value
