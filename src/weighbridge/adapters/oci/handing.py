"""Hand blocks to a second thread: hashing and writing go on while the next bytes arrive."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_AHEAD = 4
"""Blocks that wait at most."""


class Handing:
    """Calls a function with one block after the other, in another thread."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        """Name what takes the blocks."""
        self._take = take
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def give(self, block: bytes) -> None:
        """Hand over a block; raises what taking an earlier one raised."""
        if self._error is not None:
            raise self._error
        self._waiting.put(block)

    def settle(self) -> None:
        """Wait until every block is taken; raises what taking one raised."""
        self._waiting.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (block := self._waiting.get()) is not None:
            if self._error is None:
                try:
                    self._take(block)
                except BaseException as error:  # noqa: BLE001 - raised again by whoever gives
                    self._error = error
            self._waiting.task_done()

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until every block is taken; raises what taking one raised."""
        self._waiting.put(None)
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error
