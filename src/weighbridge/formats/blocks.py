"""Bytes of a file by offset, for formats whose headers point to and fro.

The first block stays at hand, since that is where most pointers lead: a member that is packed
would have to be inflated anew for each step back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError, Need, Stream

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.model.limits import Limits

_FIRST: Final = 1 << 20
_BLOCK: Final = 64 << 10


class Blocks:
    """The bytes of a file: the first block and the last one asked for are kept."""

    __slots__ = ("_at", "_block", "_first", "_limits")

    def __init__(self, limits: Limits) -> None:
        """Have nothing at hand yet."""
        self._limits = limits
        self._first: bytes | None = None
        self._at = 0
        self._block = b""

    def get(self, offset: int, length: int) -> Generator[Request, bytes, bytes]:
        """Return `length` bytes at `offset`, fewer only at the end of the file.

        Raises:
            BudgetExceededError: They are more than `limits.header`.
        """
        if self._first is None:
            self._first = yield Need(0, min(_FIRST, self._limits.window))
        for start, kept in ((0, self._first), (self._at, self._block)):
            if start <= offset and offset + length <= start + len(kept):
                return kept[offset - start : offset - start + length]
        reach = min(_BLOCK, self._limits.window)
        if length > reach:
            return (yield from fetch(offset, length, self._limits))
        self._at, self._block = offset, (yield Need(offset, reach))
        return self._block[:length]

    def text(self, offset: int, end: int) -> Generator[Request, bytes, bytes | None]:
        """Return the bytes up to the next zero byte; None if there is none before `end`.

        Raises:
            BudgetExceededError: They are more than `limits.text`.
        """
        raw = yield from self.get(offset, max(0, min(end - offset, self._limits.text)))
        found = raw.find(b"\0")
        if found < 0 and len(raw) == self._limits.text < end - offset:
            raise BudgetExceededError(f"a name is longer than {self._limits.text} bytes")
        return None if found < 0 else raw[:found]

    def is_zero(self, start: int, end: int) -> Generator[Request, bytes, bool]:
        """Whether all bytes from `start` to `end` are there and zero."""
        if end - start <= _BLOCK:
            raw = yield from self.get(start, end - start)
            return raw.count(0) == end - start
        stream, left = Stream(start, end - start), end - start
        while left and (piece := (yield stream)):
            if piece.count(0) != len(piece):
                return False
            left -= len(piece)
        return not left
