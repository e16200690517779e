"""A source that is read by range from elsewhere: what every such one does alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from weighbridge.model.source import Source

LEAST: Final = 256 << 10
"""Bytes asked for at least: readers look here and there in small steps."""
AHEAD: Final = 8 << 20
"""Bytes asked for at once by whoever reads forwards."""


class Ranges(Source, ABC):
    """Bytes elsewhere, fetched as they are asked for."""

    def __init__(self, size: int) -> None:
        """Say how many there are."""
        self.size = size
        self._position = 0
        self._ahead = memoryview(b"")
        self._recent = (0, b"")

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        if not self._ahead:
            self._ahead = memoryview(self._fetch_within(self._position, AHEAD))
            self._position += len(self._ahead)
        piece, self._ahead = self._ahead[:length], self._ahead[length:]
        return bytes(piece)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        end = min(self.size, offset + length)
        start, data = self._recent
        if not start <= offset <= end <= start + len(data):
            start, data = offset, self._fetch_within(offset, max(length, LEAST))
            self._recent = (start, data) if len(data) <= LEAST else (0, b"")
        return data[offset - start : max(0, end - start)]

    def _fetch_within(self, start: int, length: int) -> bytes:
        stop = min(self.size, start + length)
        return self._fetch(start, stop) if start < stop else b""

    @abstractmethod
    def _fetch(self, start: int, stop: int) -> bytes:
        """Fetch bytes `start` to `stop`, which are there, whole."""
