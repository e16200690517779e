"""A small file that was read whole and closed again, served as if it were open."""

from __future__ import annotations

from weighbridge.model.source import Source


class InMemory(Source):
    """The bytes of a file that did not change while it was read."""

    def __init__(self, data: bytes) -> None:
        """Take over the bytes."""
        self._data = data
        self._position = 0
        self.size = len(data)

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        start = self._position
        self._position = min(self.size, start + length)
        return self._data[start : self._position]

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        return self._data[offset : offset + length]

    def changed(self) -> bool:
        """Say no: whoever read them made sure of it."""
        return False
