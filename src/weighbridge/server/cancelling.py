"""Work that is watched so that it ends soon when its job is cancelled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK: Final = 1.0
"""Seconds between two looks while bytes pass: whether it was cancelled stands in a database."""


class Cancelling:
    """Watches long work (`model.ports.Progress`), and ends it if its job was cancelled."""

    def __init__(self, key: str, cancelled: Callable[[str], bool]) -> None:
        """Watch the work of a job.

        Args:
            key: Key of its order.
            cancelled: Tells of a key whether the job was cancelled.
        """
        self._key = key
        self._cancelled = cancelled
        self._next = 0.0

    def look(self) -> None:
        """Look whether the job was cancelled.

        Raises:
            JobError: It was.
        """
        self._next = time.monotonic() + _LOOK
        if self._cancelled(self._key):
            raise JobError(f"{self._key} was cancelled")

    def is_cancelled(self) -> bool:
        """Tell whether the job was cancelled."""
        return self._cancelled(self._key)

    def start(self, what: str, total: int) -> None:
        """Look before each piece of work."""
        del what, total
        self.look()

    def advance(self, amount: int) -> None:
        """Look again while it lasts."""
        del amount
        if time.monotonic() >= self._next:
            self.look()

    def finish(self) -> None:
        """End a piece of work."""
