"""The ledger is the outbox: which jobs follow from its entries, and ordering them, none left out.

What is durable is the entry. A follower orders first and remembers then how far it came: one that
is killed in between orders again, under the same keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.model.event import BINDING_KINDS, Event, Kind
from weighbridge.model.team.job import JobKind, Order
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.ports import Registry
    from weighbridge.model.team.job import Jobs

_PAGE: Final = 500
_CONTROL: Final = frozenset({Kind.CONTROL_APPLIED})


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
        found.append(_order(JobKind.CHECK, index, release=str(body["release"])))
    elif event.kind is Kind.EVIDENCE_ADDED and isinstance(body.get("release"), str):
        found.append(_order(JobKind.REEVALUATE, index, release=body["release"]))
    elif event.kind is Kind.ACT_SAID:
        found.append(_order(JobKind.REEVALUATE, index, environment=str(body["environment"])))
    elif event.kind in _CONTROL:
        found.append(_order(JobKind.REEVALUATE, index))
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
        self, *, registry: Registry, jobs: Jobs, bookmark: Bookmark, checks: bool = True
    ) -> None:
        """Follow a ledger; one that was never followed from its end on.

        Args:
            registry: Whose ledger.
            jobs: Where jobs are ordered.
            bookmark: How far it was followed.
            checks: Whether what is sealed is checked.
        """
        self._registry = registry
        self._jobs = jobs
        self._bookmark = bookmark
        self._checks = checks

    def follow(self) -> Sequence[Order]:
        """Order what follows from entries nobody looked at yet, and return the orders.

        Raises:
            LedgerError: The ledger does not prove what it says.
        """
        start = self._bookmark.read()
        with self._registry.reading() as view:
            size = view.size
            if start is None or size == start:
                if start is None:
                    self._bookmark.move(size)
                return ()
            log = believe(view, log_key=self._registry.log_key)
            stop = min(size, start + _PAGE)
            events = [(index, log.event(index)) for index in range(start, stop)]
        orders = coalesced(
            order
            for index, event in events
            for order in orders_after(index, event, checks=self._checks)
        )
        for order in orders:
            self._jobs.order(order)
        self._bookmark.move(stop)
        return orders


def _order(kind: JobKind, index: int, **about: str) -> Order:
    return Order(key=f"{kind.value}:{index}", kind=kind, about=about, entry=index)
