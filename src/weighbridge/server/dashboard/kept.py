"""What took long to compute and cannot change, kept for who asks next; the newest few alone."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_T = TypeVar("_T")
_MOST: Final = 32
"""Values that are kept; the largest, a graph of some thousand packages, is a few megabytes."""


class Kept:
    """Values by what they follow from; several threads may ask."""

    def __init__(self, most: int = _MOST) -> None:
        """Say how many are kept."""
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return a value, made now if it is not kept; nothing is kept of an error.

        Args:
            key: All that the value follows from.
            make: Makes it; whoever asks at the same time may do so, too.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                kept: _T = self._values[key]
                return kept
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return made
