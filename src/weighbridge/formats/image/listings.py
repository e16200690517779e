"""Which files of a layer a package lists by digest: RECORD of Python's, md5sums of Debian's.

A list proves that a file is as its package was when it was installed, to whoever believes the
list; whoever wrote the image may have written that, too. What its reader finds harmful is harmful
all the same. The list must lie in the layer of the file.
"""

from __future__ import annotations

import base64
import binascii
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.image.looked import Looked

_KEPT: Final = 8 << 20
_RECORD: Final = ".dist-info/RECORD"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """A list.

    Attributes:
        path: Where it lies.
        root: What its names are relative to, with a `/` at the end; empty for the image's root.
        raw: Its bytes.
    """

    path: str
    root: str
    raw: bytes


class Listings:
    """The lists of a layer, and the files that were looked into."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[str, Looked] = {}
        self._kept: deque[_Listing] = deque()
        self._size = 0

    def add_file(self, path: str, looked: Looked) -> None:
        """Look for a file in the lists that came before it; it waits for those behind it."""
        self._open[path] = looked
        for listing in self._kept:
            name = path.removeprefix(listing.root).removeprefix("usr/")
            if path.startswith(listing.root) and name.encode() in listing.raw:
                self._match(listing)

    def add_list(self, path: str, raw: bytes) -> None:
        """Look for the files that wait in a list; it is kept for those behind it, within bounds."""
        parts = path.rsplit("/", 2)
        root = "" if not path.endswith(_RECORD) or len(parts) < 3 else f"{parts[0]}/"  # noqa: PLR2004
        listing = _Listing(path=path, root=root, raw=raw)
        self._match(listing)
        self._kept.append(listing)
        self._size += len(raw)
        while self._size > _KEPT:
            self._size -= len(self._kept.popleft().raw)

    def _match(self, listing: _Listing) -> None:
        waiting: dict[bytes, str] = {}
        for path in self._open:
            if path.startswith(listing.root):
                name = path[len(listing.root) :]
                waiting[name.encode()] = path
                # Debian's packages name files as they lay before /lib became a link to /usr/lib.
                waiting.setdefault(name.removeprefix("usr/").encode(), path)
        if not waiting:
            return
        is_record = listing.path.endswith(_RECORD)
        for listed, algorithm, digest in (_records if is_record else _sums)(listing.raw):
            looked = self._open.get(waiting.get(listed, ""))
            if looked is not None and digest and looked.digests.get(algorithm) == digest:
                looked.listed_by = listing.path
                del self._open[waiting[listed]]


def _records(raw: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Yield the rows of RECORD; names that need quotes are passed over."""
    for line in raw.split(b"\n"):
        name, _, rest = line.partition(b",")
        algorithm, _, digest = rest.partition(b",")[0].partition(b"=")
        if algorithm == b"sha256":
            try:
                yield name, "sha256", base64.urlsafe_b64decode(digest + b"==").hex()
            except (ValueError, binascii.Error):
                continue


def _sums(raw: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Yield the lines of md5sums(1)."""
    for line in raw.split(b"\n"):
        digest, _, name = line.partition(b"  ")
        yield name, "md5", digest.decode("ascii", "replace")


def package(listing: str) -> str:
    """Name the package a list belongs to, by the list's path."""
    above, _, name = listing.rpartition("/")
    if name == "RECORD":
        return above.rpartition("/")[2].removesuffix(".dist-info").replace("-", " ", 1)
    return name.removesuffix(".md5sums")
