"""Reading the ledger of a registry into the chronicle while the server answers already."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.server.services import Services

LOG: Final = logging.getLogger("weighbridge.server")


@contextlib.contextmanager
def catching_up(services: Services) -> Iterator[None]:
    """Read what there is beside what is done meanwhile; nothing of it goes on after it.

    Args:
        services: Whose registry, and whose chronicle.
    """
    ended = threading.Event()

    def read() -> None:
        try:
            services.chronicle.take_in(services.registry, go_on=lambda: not ended.is_set())
        except (WeighbridgeError, OSError) as error:
            # Whoever asks for a page reads again, and is told himself.
            LOG.warning("the ledger cannot be read: %s", error)

    beside = threading.Thread(target=read, name="catching-up", daemon=True)
    beside.start()
    try:
        yield
    finally:
        ended.set()
        beside.join()
