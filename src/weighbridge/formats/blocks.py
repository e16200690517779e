"""Bytes of a file by offset, for formats whose headers point to and fro.

The blocks that were asked for last stay at hand: a member that is packed would have to be inflated
anew for each step back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError, Need, Stream

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.model.limits import Limits

_BLOCK: Final = 64 << 10
_KEPT: Final = 32


class Blocks:
    """The bytes of a file; its first block and the last 31 others asked for are kept."""

    __slots__ = ("_kept", "_limits", "_reach")

    def __init__(self, limits: Limits) -> None:
        """Have nothing at hand yet."""
        self._limits = limits
        self._reach = min(_BLOCK, limits.window)
        self._kept: dict[int, bytes] = {}

    def get(self, offset: int, length: int) -> Generator[Request, bytes, bytes]:
        """Return `length` bytes at `offset`, fewer only at the end of the file.

        Raises:
            BudgetExceededError: They are more than `limits.header`.
        """
        if length > self._reach:
            return (yield from fetch(offset, length, self._limits))
        index, start = divmod(offset, self._reach)
        block = yield from self._block(index)
        if start + length > self._reach:
            block += yield from self._block(index + 1)
        return block[start : start + length]

    def _block(self, index: int) -> Generator[Request, bytes, bytes]:
        block = self._kept.pop(index, None)
        if block is None:
            block = yield Need(index * self._reach, self._reach)
            if len(self._kept) == _KEPT:
                # The first one is the header's, which is asked for all along.
                del self._kept[next(kept for kept in self._kept if kept)]
        self._kept[index] = block
        return block

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
        if end - start <= self._reach:
            raw = yield from self.get(start, end - start)
            return raw.count(0) == end - start
        stream, left = Stream(start, end - start), end - start
        while left and (piece := (yield stream)):
            if piece.count(0) != len(piece):
                return False
            left -= len(piece)
        return not left
