"""A place the files of releases are moved to: marked as one registry's, and never its own store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs.names import MARK
from weighbridge.adapters.blobs.opening import one_spelling, open_keyed
from weighbridge.model.errors import RegistryError, UnavailableError, UsageError
from weighbridge.model.remote import is_address

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.adapters.blobs.keyed import Keyed


def open_archive(place: str, root: Path, *, own: str, owner: str, begin: bool) -> Keyed:
    """Open an archive, and see whose it is.

    Args:
        place: Where it is.
        root: The registry's folder, where what is on its way to an object store waits.
        own: Where the registry's own blobs lie.
        owner: What names the registry: the digest of its first entry, which no other has.
        begin: Whether a place that is nobody's may be taken.

    Raises:
        UsageError: It is where the registry's own blobs lie, above that or below.
        UnavailableError: Nothing was ever archived there, or what was is gone.
        RegistryError: It belongs to another registry.
    """
    address = one_spelling(place)
    if not address or _overlap(address, own):
        raise overlapping(address, own)
    keyed, mark = open_keyed(address, root, lambda: None), f"{owner}\n".encode()
    seen = keyed.claim(MARK, mark)[0] if begin else _mark(keyed, address)
    if seen != mark:
        raise RegistryError(
            f"{address} is the place of another registry",
            seen=keyed.where(MARK),
            help=["name another bucket, prefix or folder"],
        )
    return keyed


def overlapping(address: str, own: str) -> UsageError:
    """Return the error that an archive would be where the registry's own blobs lie."""
    return UsageError(
        "the archive would be where the registry keeps its blobs",
        seen=address,
        wanted=f"a place apart from {own}",
        help=["name another bucket, prefix or folder with --to"],
    )


def _mark(keyed: Keyed, address: str) -> bytes:
    try:
        with keyed.open(MARK) as source:
            return source.read_at(0, min(source.size, 1 << 12))
    except FileNotFoundError:
        message = f"the archive {address} is not there"
        help_ = ["mount it or bring it back, then run it again"]
        raise UnavailableError(message, wanted=keyed.where(MARK), help=help_) from None


def _overlap(one: str, other: str) -> bool:
    """Tell whether two places lie in one another; links are followed."""
    if is_address(one) != is_address(other):
        return False
    if is_address(one):
        ends = one.rstrip("/") + "/", other.rstrip("/") + "/"
    else:
        ends = os.path.realpath(one) + os.sep, os.path.realpath(other) + os.sep
    return ends[0].startswith(ends[1]) or ends[1].startswith(ends[0])
