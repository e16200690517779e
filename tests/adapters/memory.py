"""A registry in memory: the production interface, for tests of what stands on it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Self

from weighbridge.model.errors import BoundError, NotFoundError, RegistryError

if TYPE_CHECKING:
    from types import TracebackType

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise RegistryError(f"{digest!r} is not a digest")
    return digest


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class MemorySource:
    """Bytes as an open file."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self.data = data
        self.position = 0
        self.is_open = False

    def read(self, length: int) -> bytes:
        chunk = self.data[self.position : self.position + length]
        self.position += len(chunk)
        return chunk

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]

    def changed(self) -> bool:
        return len(self.data) != self.size

    def __enter__(self) -> Self:
        self.is_open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_open = False


class MemoryIncoming:
    """Bytes on their way into memory; the store knows of them while they wait."""

    def __init__(self, store: MemoryBlobs) -> None:
        self._store = store
        self.data = b""
        self.closed = False
        store.waiting.append(self)

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.data += data

    def close(self) -> None:
        self.closed = True

    def commit(self, digest: str) -> None:
        seen = _digest(self.data)
        self.discard()
        if seen != digest:
            raise RegistryError("not what was announced", seen=seen, wanted=digest)
        self._store.held[digest] = self.data

    def discard(self) -> None:
        if self in self._store.waiting:
            self._store.waiting.remove(self)


class MemoryBlobs:
    """Bytes by digest in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.waiting: list[MemoryIncoming] = []

    def has(self, digest: str) -> bool:
        return _checked(digest) in self.held

    def read(self, digest: str) -> bytes:
        data = self.open(digest).data
        if _digest(data) != digest:
            raise RegistryError(f"{digest} is damaged", seen=_digest(data), wanted=digest)
        return data

    def open(self, digest: str) -> MemorySource:
        if not self.has(digest):
            raise NotFoundError(f"{digest} is not held")
        return MemorySource(self.held[digest])

    def incoming(self) -> MemoryIncoming:
        return MemoryIncoming(self)

    def put(self, data: bytes) -> str:
        self.held[_digest(data)] = data
        return _digest(data)

    def where(self, digest: str) -> str:
        return f"memory:{_checked(digest)}"


class MemoryRegistry:
    """A registry that ends with the test."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobs()
        self._bound: dict[tuple[str, str], str] = {}

    def bind(self, name: str, version: str, digest: str) -> bool:
        found = self._bound.get((name, version))
        if found is None:
            self._bound[name, version] = _checked(digest)
            return True
        if found != digest:
            raise BoundError(f"{name}@{version} is bound", seen=digest, wanted=found)
        return False

    def releases(self) -> list[tuple[str, str, str]]:
        return [(*key, digest) for key, digest in sorted(self._bound.items())]
