"""Copies on their way into a store, none of which is left lying about when a run breaks off."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import BlobStore, ByteSource, Incoming


class Intake:
    """A store that remembers what it began to take in."""

    def __init__(self, blobs: BlobStore) -> None:
        """Stand before a store."""
        self._blobs = blobs
        self._begun: list[Incoming] = []

    def incoming(self) -> Incoming:
        """Begin to take in bytes of a digest not known yet."""
        self._begun.append(self._blobs.incoming())
        return self._begun[-1]

    @contextlib.contextmanager
    def discarding(self) -> Iterator[None]:
        """Forget everything that was begun if the work ends in an error or is interrupted."""
        try:
            yield
        except BaseException:
            for incoming in self._begun:
                incoming.discard()
            raise

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return self._blobs.has(digest)

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest."""
        return self._blobs.read(digest)

    def open(self, digest: str) -> ByteSource:
        """Open the bytes for reading."""
        return self._blobs.open(digest)

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""
        return self._blobs.put(data)

    def where(self, digest: str) -> str:
        """Say in words where the bytes lie."""
        return self._blobs.where(digest)
