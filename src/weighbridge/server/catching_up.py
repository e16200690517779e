"""What is made ready while a server answers already: the chronicle, and what pages import."""

from __future__ import annotations

import contextlib
import importlib
import logging
import threading
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.server.services import Services

LOG: Final = logging.getLogger("weighbridge.server")
_LATE: Final = (
    "weighbridge.usecases.outlook",
    "weighbridge.usecases.release_record",
    "weighbridge.usecases.evidence_export",
    "weighbridge.usecases.compare",
    "weighbridge.usecases.graph",
    "weighbridge.usecases.matrix",
    "weighbridge.usecases.what_if",
    "weighbridge.usecases.rollback",
    "weighbridge.server.dashboard.rendering",
)
"""What pages work with, and a server that only hands releases out need not wait for."""


@contextlib.contextmanager
def catching_up(services: Services) -> Iterator[None]:
    """Read what there is beside what is done meanwhile; nothing of it goes on after it.

    Args:
        services: Whose registry, and whose chronicle.
    """
    ended = threading.Event()

    def read() -> None:
        try:
            with services.registry.reading() as view:
                is_there = bool(view.size)
            services.chronicle.take_in(services.registry, go_on=lambda: not ended.is_set())
        except (WeighbridgeError, OSError) as error:
            # Whoever asks for a page reads again, and is told himself.
            LOG.warning("the ledger cannot be read: %s", error)
            return
        for name in _LATE if is_there else ():
            if not ended.is_set():
                importlib.import_module(name)

    beside = threading.Thread(target=read, name="catching-up", daemon=True)
    beside.start()
    try:
        yield
    finally:
        ended.set()
        beside.join()
