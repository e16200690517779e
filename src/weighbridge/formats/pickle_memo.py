"""The memo of a pickle: values remembered by number.

Most of them are `OTHER`, and most pickles number them without a gap: then they are only counted.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

from weighbridge.formats.pickle_objects import OTHER

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from weighbridge.formats.pickle_objects import Value


class Memo:
    """Values by number; `len` is how many are kept."""

    __slots__ = ("_count", "_gapless", "_kept", "_size")

    def __init__(self, kept: MutableMapping[int, Value] | None = None, *counts: int) -> None:
        """Begin with nothing; with anything else only where one is forked."""
        self._kept = {} if kept is None else kept
        self._gapless, self._count, self._size = counts or (0, 0, 0)

    def fork(self) -> Memo:
        """Return a memo that goes on where this one stands, and leaves it as it is."""
        return Memo(ChainMap({}, self._kept), self._gapless, self._count, self._size)

    def __len__(self) -> int:
        """Count the values that are kept."""
        return self._size

    @property
    def is_gapless(self) -> bool:
        """Whether the numbers are those from 0 on, without a gap."""
        return self._gapless == self._count

    def put(self, index: int | None, value: Value) -> None:
        """Remember a value under a number; None is how many are remembered."""
        kept = self._kept
        if index is None:
            index = self._count
        known = index in kept
        if value is not OTHER or known or index > self._gapless:
            kept[index] = value
            self._size += not known
        if index >= self._gapless:
            self._count += not known
            if index == self._gapless:
                self._gapless += 1
                while self._gapless in kept:
                    self._gapless += 1

    def put_others(self, count: int) -> None:
        """Remember `OTHER` under the next numbers; there must be no gap."""
        self._gapless += count
        self._count += count

    def get(self, index: int) -> Value:
        """Return what is remembered under a number.

        Raises:
            KeyError: Nothing is.
        """
        if index in self._kept:
            return self._kept[index]
        if index < self._gapless:
            return OTHER
        raise KeyError(index)
