"""Who runs the reading: this process, or several at once on this machine."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from weighbridge.model.reading import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

Item = TypeVar("Item")
T = TypeVar("T")


class Threads:
    """Runs a function on several items at once, a thread each.

    What takes time there is done by other processes (`isolated`), so the threads only wait.
    """

    remote = False

    def __init__(self, workers: int) -> None:
        """Say how many at once; nothing is started before it is needed."""
        self.workers = workers

    def map_unordered(
        self, fn: Callable[[Item], T], items: Iterable[Item], *, window: int
    ) -> Iterator[Outcome[Item, T]]:
        """Run a function on items; what comes of them comes in any order."""
        waiting = iter(items)
        first = list(islice(waiting, 2))
        if len(first) < 2 or self.workers == 1:  # noqa: PLR2004 - one thing needs no thread
            for item in (*first, *waiting):
                yield Outcome(item, fn(item))
            return
        from concurrent.futures import (  # noqa: PLC0415 - most runs have one thing to do, or none
            FIRST_COMPLETED,
            ThreadPoolExecutor,
            wait,
        )

        pool = ThreadPoolExecutor(self.workers)
        running: dict[Future[T], Item] = {}
        try:
            for item in (*first, *islice(waiting, max(0, window - len(first)))):
                running[pool.submit(fn, item)] = item
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield Outcome(running.pop(future), future.result())
                for item in islice(waiting, window - len(running)):
                    running[pool.submit(fn, item)] = item
        finally:
            # Not waited for: whoever was interrupted has yet to end what the threads wait for.
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Do nothing: the threads end with the work."""
