"""A forward window over a stretch of bytes: what every streaming reader stands on.

Memory is bounded by what the caller asks for at once plus one chunk, whatever the stretch holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.interface import BudgetExceededError, Need, Request, Skip, Stream

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.model.limits import Limits


class Cursor:
    """Bytes from `offset` on, at most `length` of them, read once and in order.

    `buffer[index:]` are the bytes at hand; readers that are in a hurry take them from there and
    move `index` themselves.
    """

    __slots__ = ("_base", "_end", "_stream", "buffer", "index")

    def __init__(self, offset: int, length: int) -> None:
        """Stand at `offset`, with nothing at hand yet."""
        self._base = offset
        self._end = offset + length
        self._stream = Stream(offset, length)
        self.buffer = b""
        self.index = 0

    @property
    def position(self) -> int:
        """Offset of the next byte."""
        return self._base + self.index

    @property
    def left(self) -> int:
        """Bytes to the end of the stretch; bytes that turn out to be missing are not counted."""
        return self._end - self.position

    @property
    def base(self) -> int:
        """Offset of the first byte of the buffer."""
        return self._base

    def fill(self, wanted: int) -> Generator[Request, bytes, bool]:
        """Have `wanted` bytes at hand; false if the stretch ends before that."""
        parts = []
        at_hand = len(self.buffer) - self.index
        while at_hand < min(wanted, self.left):
            chunk = yield self._stream
            if not chunk:
                self._end = self.position + at_hand
                break
            parts.append(chunk)
            at_hand += len(chunk)
        if parts:
            self._base += self.index
            self.buffer = b"".join((self.buffer[self.index :], *parts))
            self.index = 0
        return at_hand >= wanted

    def take(self, length: int) -> Generator[Request, bytes, bytes]:
        """Read `length` bytes, fewer if the stretch ends."""
        yield from self.fill(length)
        taken = self.buffer[self.index : self.index + length]
        self.index += len(taken)
        return taken

    def skip(self, length: int) -> Generator[Request, bytes, bool]:
        """Leave out `length` bytes without reading them; false if the stretch is known shorter."""
        fits = length <= self.left
        self.index += min(length, self.left)
        if self.index > len(self.buffer):
            self._base += self.index
            self.index = 0
            self.buffer = b""
            self._stream = Stream(self._base, self._end - self._base)
            yield Skip(self._base)
        return fits

    def resume(self) -> None:
        """Have the bytes that follow streamed anew: somebody has asked for others meanwhile."""
        at = self._base + len(self.buffer)
        self._stream = Stream(at, self._end - at)


def fetch(offset: int, length: int, limits: Limits) -> Generator[Request, bytes, bytes]:
    """Read a header as a whole, a window at a time; shorter only at the end of the file.

    Raises:
        BudgetExceededError: It is longer than `limits.header`.
    """
    if length > limits.header:
        raise BudgetExceededError(
            f"a header of {length} bytes is over the limit of {limits.header}"
        )
    parts = []
    while length > 0:
        part = yield Need(offset, min(length, limits.window))
        if not part:
            break
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)
