"""Clearing away what expired: at the start of a server, and every hour while it serves."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOG: Final = logging.getLogger("weighbridge.server")
EVERY: Final = 3_600.0
"""Seconds between two times."""


def sweep_on(sweep: Callable[[], int], *, pause: Callable[[float], bool]) -> None:
    """Sweep now, and again after each pause; what goes wrong is told, and tried again.

    Args:
        sweep: Removes what expired, and says how many rows that were.
        pause: Waits so many seconds; whether it is time to end.
    """
    while True:
        try:
            if count := sweep():
                LOG.info("swept", extra={"fields": {"rows": count}})
        except (WeighbridgeError, OSError) as error:
            LOG.warning("what expired cannot be swept: %s", error)
        if pause(EVERY):
            return


@contextlib.contextmanager
def sweeping(sweep: Callable[[], int]) -> Iterator[None]:
    """Sweep beside what is done meanwhile; no sweep goes on after it.

    Args:
        sweep: Removes what expired, and says how many rows that were.
    """
    ended = threading.Event()
    beside = threading.Thread(
        target=sweep_on, args=(sweep,), kwargs={"pause": ended.wait}, name="sweeping", daemon=True
    )
    beside.start()
    try:
        yield
    finally:
        ended.set()
        beside.join()
