"""One open regular file, and whether it is still the file that was opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class FileSource:
    """One open regular file."""

    def __init__(self, descriptor: int) -> None:
        """Take over an open descriptor."""
        self._descriptor = descriptor
        self._opened = self._state()
        self.size = self._opened[0]

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        return os.read(self._descriptor, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        parts = []
        while length > 0 and (part := os.pread(self._descriptor, length, offset)):
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return b"".join(parts)

    def changed(self) -> bool:
        """Tell whether something wrote to the file since it was opened."""
        return self._state() != self._opened

    def _state(self) -> tuple[int, int, int]:
        """Read what every write moves; `st_mtime` can be set back, `st_ctime` cannot."""
        found = os.fstat(self._descriptor)
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def __enter__(self) -> Self:
        """Hold the file open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        os.close(self._descriptor)
