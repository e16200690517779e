"""Clearing away what has expired of accounts: logins, tokens, answers nobody asks for again."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.adapters.accounts.opening import Accounts

LOG: Final = logging.getLogger("weighbridge.server")
EVERY: Final = 300.0
"""Seconds between two times."""


@contextlib.contextmanager
def swept(accounts: Accounts, *, clock: Callable[[], str], every: float = EVERY) -> Iterator[None]:
    """Clear away what has expired, now and again, for as long as the context lasts.

    Args:
        accounts: Whose.
        clock: Tells the time.
        every: Seconds between two times.
    """
    ended = threading.Event()

    def sweep() -> None:
        while True:
            try:
                accounts.sweep(now=clock())
            except WeighbridgeError as error:  # a database that is away for a moment
                LOG.warning("what expired was not cleared away: %s", error)
            if ended.wait(every):
                return

    sweeping = threading.Thread(target=sweep, name="sweeping", daemon=True)
    sweeping.start()
    try:
        yield
    finally:
        ended.set()
        sweeping.join()
