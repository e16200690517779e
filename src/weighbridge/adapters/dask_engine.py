"""A Dask cluster that runs functions for us (https://distributed.dask.org).

A worker that dies costs time: the scheduler gives its work to another. Work that kills every
worker it is given to comes back with the reason, and whoever asked does without.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from weighbridge.model.errors import SettingsError
from weighbridge.model.reading import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
T = TypeVar("T")

SCHEME = "dask://"
_CONNECT = "10s"


class DaskEngine:
    """A scheduler at `dask://HOST:PORT` and its workers."""

    remote = True

    def __init__(self, address: str) -> None:
        """Connect.

        Raises:
            SettingsError: The extra is not installed, or no scheduler answers.
        """
        try:
            import distributed  # noqa: PLC0415 - an extra, and heavy
        except ImportError as error:
            help_ = ['pip install "weighbridge[dask]"']
            raise SettingsError("a Dask cluster needs an extra", help=help_) from error
        try:
            client: Any = distributed.Client  # it has no types
            self._client = client(
                address.replace(SCHEME, "tcp://", 1), timeout=_CONNECT, set_as_default=False
            )
        except (OSError, TimeoutError, ValueError) as error:
            help_ = ["start the scheduler, or name another engine with --engine"]
            raise SettingsError(f"no Dask scheduler answers at {address}", help=help_) from error

    @property
    def workers(self) -> int:
        """How many items the cluster works on at once, as far as it says now; at least one."""
        return max(1, int(sum(self._client.nthreads().values())))

    def map_unordered(
        self, fn: Callable[[Item], T], items: Iterable[Item], *, window: int
    ) -> Iterator[Outcome[Item, T]]:
        """Run a function on items; what comes of them comes in any order."""
        import distributed  # noqa: PLC0415 - an extra, and heavy

        waiting = iter(items)
        running: dict[Any, Item] = {}

        def submit(item: Item) -> object:
            # Not pure: the same files may have changed since the last time.
            future = self._client.submit(fn, item, pure=False)
            running[future] = item
            return future

        as_completed: Any = distributed.as_completed
        futures = [submit(item) for item in islice(waiting, max(1, window))]
        done = as_completed(futures, loop=self._client.loop)
        try:
            for future in done:
                item = running.pop(future)
                error = future.exception() if future.status != "finished" else None
                for after in islice(waiting, 1):
                    done.add(submit(after))
                if error is None and not future.cancelled():
                    yield Outcome(item, future.result())
                else:
                    what = type(error).__name__ if error is not None else "cancelled"
                    yield Outcome(item, None, f"the cluster gave it up ({what})")
        finally:
            self._client.cancel(list(running), force=True)

    def close(self) -> None:
        """Let go of the cluster; it goes on without us."""
        self._client.close()
