"""One open regular file, and whether it is still the file that was opened."""

from __future__ import annotations

import os
import time

from weighbridge.model.fact import Unavailable
from weighbridge.model.source import Source

CHANGED = Unavailable("the file changed while it was read", "run again when nothing writes to it")


_SETTLED = 2_000_000_000
"""Nanoseconds since the last change after which a file's times tell its state apart from later
ones: clocks of file systems tick slowly."""


class FileSource(Source):
    """One open regular file."""

    __slots__ = ("_closed", "_descriptor", "_opened", "size")

    def __init__(self, descriptor: int, opened: os.stat_result | None = None) -> None:
        """Take over an open descriptor, and its state if that was just asked for."""
        self._descriptor = descriptor
        self._closed = False
        self._opened = opened or os.fstat(descriptor)
        self.size = self._opened.st_size

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
        """Tell whether something wrote to the file since it was opened, or it was replaced."""
        return is_another(os.fstat(self._descriptor), self._opened)

    def identity(self) -> str:
        """Name the file and its state; empty if it may yet be written to in the same instant."""
        found = self._opened
        if time.time_ns() - max(found.st_ctime_ns, found.st_mtime_ns) < _SETTLED:
            return ""
        return (
            f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
        )

    def close(self) -> None:
        """Close it; harmless if it is closed."""
        if not self._closed:
            self._closed = True
            os.close(self._descriptor)


def is_another(now: os.stat_result, then: os.stat_result) -> bool:
    """Tell whether a file is another, or was written to, between two looks at it.

    Every write moves `st_ctime`, which cannot be set back.
    """
    return (
        now.st_ctime_ns != then.st_ctime_ns
        or now.st_size != then.st_size
        or now.st_ino != then.st_ino
        or now.st_mtime_ns != then.st_mtime_ns
        or now.st_dev != then.st_dev
    )
