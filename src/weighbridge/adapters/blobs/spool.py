"""Bytes that wait on this machine's disk, in files without a name: none outlives the process."""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from weighbridge.adapters.files import storing

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Extent:
    """Where some bytes wait.

    Attributes:
        offset: The first of them.
        size: How many they are.
    """

    offset: int
    size: int


class Spool:
    """One file for the bytes of many: a process may not hold open as many as a release has."""

    def __init__(self, folder: Path) -> None:
        """Name a folder on whose disk there is room; it is there when the first bytes come."""
        self.folder = folder
        self._file: IO[bytes] | None = None
        self._end = 0
        self._lock = threading.Lock()

    def add(self, data: bytes) -> Extent:
        """Have bytes wait."""
        with self._lock, storing(self.folder):
            if self._file is None:
                self._file = self.open()
                weakref.finalize(self, self._file.close)
            extent = Extent(self._end, len(data))
            self._end += len(data)
            view, at = memoryview(data), extent.offset
            while view:
                written = os.pwrite(self._file.fileno(), view, at)
                view, at = view[written:], at + written
        return extent

    def take(self, extent: Extent) -> bytes:
        """Return bytes that wait; they wait on."""
        with storing(self.folder):
            if self._file is None:
                raise FileNotFoundError
            return os.pread(self._file.fileno(), extent.size, extent.offset)

    def open(self) -> IO[bytes]:
        """Open another file without a name."""
        return tempfile.TemporaryFile(dir=self.folder)
