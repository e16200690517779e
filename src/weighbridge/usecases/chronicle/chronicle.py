"""The chronicle of one registry, kept in memory and taken further as its ledger grows.

What folds it is imported when it is first read: whoever serves is ready sooner.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.ports import Registry
    from weighbridge.usecases.chronicle.decisions import Decisions
    from weighbridge.usecases.chronicle.proving import Proven
    from weighbridge.usecases.chronicle.told import Told

_PATIENCE: Final = 2.0
"""Seconds somebody waits while another reads, or looks."""


class Chronicle:
    """What the ledger of one registry says of everything; several threads may ask."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lock = threading.Lock()
        self._known: Proven | None = None
        self._decisions: Decisions | None = None

    @property
    def size(self) -> int:
        """How many entries were taken so far; another may be taking more just now."""
        return 0 if self._known is None else self._known.told.size

    def _proven(self) -> Proven:
        """Return what was proven so far; who asks holds the lock."""
        from weighbridge.usecases.chronicle.proving import Proven  # noqa: PLC0415 - slow

        if self._known is None:
            self._known = Proven()
        return self._known

    @contextmanager
    def reading(self, registry: Registry) -> Iterator[Told]:
        """Take in what was entered since, and look at all of it; nobody else does meanwhile.

        Raises:
            UnavailableError: Another is still reading: the registry is large, and new here.
            LedgerError: The ledger does not prove what it says.
        """
        if not self._lock.acquire(timeout=_PATIENCE):
            wanted = 0 if self._known is None else self._known.wanted
            raise UnavailableError(
                "the ledger is still being read",
                seen=f"{self.size:,} of {wanted:,} entries",
                cause="the server has just begun",
                help=["ask again in a few seconds"],
            )
        try:
            proven = self._proven()
            proven.take_in(registry)
            yield proven.told
        finally:
            self._lock.release()

    def decisions(self) -> Decisions:
        """Return what reads decisions, and remembers those it has read."""
        from weighbridge.usecases.chronicle.decisions import Decisions  # noqa: PLC0415 - slow

        with self._lock:
            if self._decisions is None:
                self._decisions = Decisions()
            return self._decisions

    def take_in(self, registry: Registry, *, go_on: Callable[[], bool] = lambda: True) -> None:
        """Take in what was entered since.

        Args:
            registry: The registry.
            go_on: Says, now and then, whether to go on.

        Raises:
            LedgerError: The ledger does not prove what it says.
        """
        with self._lock:
            self._proven().take_in(registry, go_on=go_on)
