"""The ledger is the outbox: which jobs follow from its entries, and ordering them, none left out.

What is durable is the entry. A follower orders first and remembers then how far it came: one that
is killed in between orders again, under the same keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.model.event import BINDING_KINDS, Event, Kind
from weighbridge.model.team.job import JobKind, Order
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.jobs.answered import reported_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weighbridge.model.ports import Registry
    from weighbridge.model.team.job import Jobs
    from weighbridge.usecases.believed import BelievedLog

_PAGE: Final = 500
_ANYWHERE: Final = frozenset({Kind.EVIDENCE_ADDED, Kind.CONTROL_APPLIED})
"""What may change a verdict in any environment."""


class Bookmark(Protocol):
    """How far the ledger was followed; durable."""

    def read(self) -> int | None:
        """Return the index of the first entry nobody looked at; None if none was ever."""

    def move(self, index: int) -> None:
        """Remember it; an earlier one than is known is forgotten."""


def orders_after(index: int, event: Event, *, checks: bool = True) -> tuple[Order, ...]:
    """Say which jobs follow from an entry; their keys follow from it, too.

    Args:
        index: Its index.
        event: What it says.
        checks: Whether what is sealed is checked.
    """
    found: list[Order] = []
    body = event.body
    if event.kind in BINDING_KINDS and checks:
        found.append(_order(JobKind.CHECK, index, release=str(body["digest"])))
    elif event.kind in _ANYWHERE:
        found.append(_order(JobKind.REEVALUATE, index))
    elif event.kind is Kind.ACT_SAID:
        found.append(_order(JobKind.REEVALUATE, index, environment=str(body["environment"])))
    found.append(_order(JobKind.NOTIFY, index))
    return tuple(found)


def coalesced(orders: Iterable[Order]) -> list[Order]:
    """Leave out what a later order does as well: what was asked again needs one answer."""
    last: dict[tuple[object, ...], Order] = {}
    for order in orders:
        about = (order.kind, *sorted(order.about.items()))
        last.pop(about, None)
        last[about] = order
    return list(last.values())


class Follower:
    """Orders what follows from new entries."""

    def __init__(
        self,
        *,
        registry: Registry,
        jobs: Jobs,
        bookmark: Bookmark,
        clock: Callable[[], str],
        checks: bool = True,
    ) -> None:
        """Follow a ledger; one that was never followed from its beginning on.

        Args:
            registry: Whose ledger.
            jobs: Where jobs are ordered.
            bookmark: How far it was followed.
            clock: Tells the time, `YYYY-MM-DDTHH:MM:SSZ`.
            checks: Whether what is sealed is checked.
        """
        self._registry = registry
        self._jobs = jobs
        self._bookmark = bookmark
        self._clock = clock
        self._checks = checks

    def follow(self) -> Sequence[Order]:
        """Order what follows from entries nobody looked at yet, and return the orders.

        Raises:
            LedgerError: The ledger does not prove what it says.
        """
        start = self._bookmark.read() or 0
        with self._registry.reading() as view:
            size = view.size
            if size <= start:
                return ()
            log = believe(view, log_key=self._registry.log_key)
            stop = min(size, start + _PAGE)
            events = [(index, log.event(index)) for index in range(start, stop)]
            orders = coalesced(
                order
                for index, event in events
                for order in orders_after(index, event, checks=self._checks)
                if order.kind is not JobKind.CHECK or not self._reported(log, order)
            )
        for order in orders:
            self._jobs.order(order)
        self._bookmark.move(stop)
        return orders

    def _reported(self, log: BelievedLog, order: Order) -> bool:
        """Tell whether a checker was faster: of a ledger followed late, all but the last were."""
        trust = control_state(log, self._registry.blobs).trust
        index = -1 if order.entry is None else order.entry
        return reported_since(
            log, str(order.about["release"]), index, trust=trust, at=self._clock()
        )


def _order(kind: JobKind, index: int, **about: str) -> Order:
    return Order(key=f"{kind.value}:{index}", kind=kind, about=about, entry=index)
