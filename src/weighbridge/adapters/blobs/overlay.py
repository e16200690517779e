"""Blobs over blobs: what is put stays in memory, the rest is read from below, some of it changed.

The store below is only ever read. Bytes are changed while they are read, so that a large file can
be damaged without being copied.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from weighbridge.model.errors import NotFoundError, RegistryError, UnavailableError
from weighbridge.model.ports import Held
from weighbridge.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.ports import BlobReader, ByteSource, Located

    Change = Callable[[ByteSource], ByteSource]

_CHUNK = 1 << 20


class MemorySource(Source):
    """Bytes in memory, open for reading."""

    def __init__(self, data: bytes) -> None:
        """Open bytes."""
        self._data = memoryview(data)
        self._at = 0
        self.size = len(data)

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        found = self.read_at(self._at, length)
        self._at += len(found)
        return found

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere."""
        return bytes(self._data[offset : offset + length])

    def changed(self) -> bool:
        """Tell that memory does not change."""
        return False


class ChangedSource(Source):
    """Another source, of which some bytes are read as others, or that ends before its end."""

    def __init__(
        self, source: ByteSource, change: Callable[[int, bytes], bytes], *, size: int | None = None
    ) -> None:
        """Open it.

        Args:
            source: What is there; it is closed with this.
            change: Makes of bytes at an offset what is read, as many.
            size: Where it ends; None for where the source does.
        """
        self._source = source
        self._change = change
        self._at = 0
        self.size = source.size if size is None else size

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        found = self.read_at(self._at, length)
        self._at += len(found)
        return found

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere."""
        found = self._source.read_at(offset, max(0, min(length, self.size - offset)))
        return self._change(offset, found)

    def changed(self) -> bool:
        """Tell whether what is below changed meanwhile."""
        return self._source.changed()

    def close(self) -> None:
        """Close what is below."""
        self._source.close()


class _Arriving:
    """Bytes on their way into memory."""

    def __init__(self, keep: Callable[[bytes], str]) -> None:
        self._keep = keep
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._parts.append(bytes(data))

    def close(self) -> None:
        """Hold nothing open."""

    def commit(self, digest: str) -> None:
        """Keep them, if they are what was announced."""
        data = b"".join(self._parts)
        seen = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if seen != digest:
            message = "bytes on their way into the store are not what was announced"
            raise RegistryError(message, seen=seen, wanted=digest)
        self._keep(data)

    def discard(self) -> None:
        """Forget them."""
        self._parts.clear()


class Overlay:
    """A store of blobs that writes to memory and reads from there, or from another store."""

    def __init__(self, below: BlobReader) -> None:
        """Lie over a store, which is never written to."""
        self._below = below
        self._kept: dict[str, bytes] = {}
        self._changes: dict[str, Change] = {}
        self._gone: set[str] = set()
        self._mute: set[str] = set()

    def copy(self) -> Overlay:
        """Lie over the same store, with the same kept and changed."""
        other = Overlay(self._below)
        other._kept = dict(self._kept)
        other._changes = dict(self._changes)
        other._gone, other._mute = set(self._gone), set(self._mute)
        return other

    def alter(self, digest: str, change: Change) -> None:
        """Have bytes read as others under the digest they have."""
        self._changes[digest] = change

    def replace(self, digest: str, data: bytes) -> None:
        """Put other bytes in the place of a digest."""

        def instead(source: ByteSource) -> ByteSource:
            source.close()
            return MemorySource(data)

        self.alter(digest, instead)

    def lose(self, digest: str) -> None:
        """Have bytes be gone."""
        self._gone.add(digest)

    def silence(self, digest: str) -> None:
        """Have the place of some bytes not answer."""
        self._mute.add(digest)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return digest not in self._gone and (digest in self._kept or self._below.has(digest))

    def locate(self, digest: str) -> Located | None:
        """Say that only this process can read what it keeps or changes."""
        ours = (self._kept, self._changes, self._gone, self._mute)
        if any(digest in one for one in ours):
            return None
        return self._below.locate(digest)

    def open(self, digest: str) -> ByteSource:
        """Open bytes for reading, as they are to be read."""
        if digest in self._mute:
            raise UnavailableError(f"{digest} cannot be read: its place does not answer")
        if digest in self._gone:
            raise NotFoundError(f"{digest} is not in the registry")
        kept = self._kept.get(digest)
        source = self._below.open(digest) if kept is None else MemorySource(kept)
        change = self._changes.get(digest)
        return source if change is None else change(source)

    def read(self, digest: str) -> bytes:
        """Return bytes, checked against the digest."""
        untouched = digest not in self._changes and digest not in self._mute | self._gone
        if untouched and digest not in self._kept:
            return self._below.read(digest)
        with self.open(digest) as source:
            data = b"".join(iter(lambda: source.read(_CHUNK), b""))
        seen = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if seen != digest:
            message = f"the registry's copy of {digest} is damaged"
            raise RegistryError(message, seen=seen, wanted=digest)
        return data

    def incoming(self) -> _Arriving:
        """Begin to take in bytes of a digest not known yet."""
        return _Arriving(self.put)

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if digest not in self._kept and not (self._below.has(digest)):
            self._kept[digest] = data
        return digest

    def renew(self, digest: str) -> bool:
        """Tell whether bytes are there; nothing here ages."""
        return self.has(digest)

    def where(self, digest: str) -> str:
        """Say where the bytes lie."""
        return f"memory: {digest}"

    def stored(self, after: str = "") -> Iterator[Held]:
        """List what is kept in memory."""
        for digest, data in sorted(one for one in self._kept.items() if one[0] > after):
            yield Held(name=digest, size=len(data), modified=0)

    def leftovers(self) -> Iterator[Held]:
        """List nothing: memory has none."""
        return iter(())

    def foreign(self) -> Iterator[Held]:
        """List nothing: nobody else puts anything here."""
        return iter(())

    def remove(self, name: str, *, before: float) -> bool:
        """Forget bytes that are kept in memory."""
        del before
        return self._kept.pop(name, None) is not None

    def now(self) -> float:
        """Tell the time."""
        return time.time()
