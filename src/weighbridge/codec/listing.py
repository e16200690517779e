"""The listing of a directory artifact: the bytes its digest is taken of.

Canonical JSON `{"files": [{"digest", "path", "size"}, …]}`, sorted by path. Permissions, times
and empty folders are not part of it: two machines rarely agree on them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.model.fact import ListingEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

MEDIA_TYPE = "application/vnd.weighbridge.directory.v1+json"


class ListingError(ValueError):
    """Bytes that claim to be a listing are not one in canonical form."""


def listing_bytes(entries: Iterable[ListingEntry]) -> bytes:
    """Write a listing; entries may come in any order."""
    ordered = sorted(entries, key=lambda entry: entry.path)
    files = [{"path": e.path, "size": e.size, "digest": e.digest} for e in ordered]
    return canonical_bytes({"files": files})


def listing_digest(entries: Iterable[ListingEntry]) -> str:
    """Return the digest of a directory."""
    return digest(listing_bytes(entries))


def read_listing(data: bytes) -> tuple[ListingEntry, ...]:
    """Read a listing back.

    Raises:
        ListingError: The bytes are not exactly what `listing_bytes` writes.
    """
    try:
        entries = tuple(_entry(file) for file in json.loads(data)["files"])
        exact = listing_bytes(entries) == data
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ListingError(f"the bytes are not a listing: {error}") from error
    if not exact:
        raise ListingError("the listing is not in canonical form")
    if len({entry.path for entry in entries}) < len(entries):
        raise ListingError("the listing has a path twice")
    return entries


def _entry(file: dict[str, Any]) -> ListingEntry:
    path, size, of_bytes = file["path"], file["size"], file["digest"]
    if not (isinstance(path, str) and isinstance(of_bytes, str) and type(size) is int):
        raise TypeError("an entry is of other types")
    return ListingEntry(path=path, size=size, digest=of_bytes)
