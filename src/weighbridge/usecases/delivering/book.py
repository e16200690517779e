"""The entries of the deliveries of a release name to an environment, read on as they come.

The ledger is the one record of a delivery. Whoever writes says on which entry his decision rests:
if another wrote meanwhile, nothing is written, and he looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.delivery import LOCAL
from weighbridge.model.errors import LedgerError
from weighbridge.model.event import EventError, Kind
from weighbridge.rollout.folding import Deliveries
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.delivery import Delivery, Measured, Place, Position
    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.usecases.believed import BelievedLog

SANDBOX = "local"
"""What deliveries nobody promoted are said to be in; no environment is called so."""


def topic(environment: str, name: str) -> str:
    """Name what the entries of deliveries are found under."""
    return f"delivery:{environment}/{name}"


def deliveries(log: BelievedLog, environment: str, name: str) -> tuple[Delivery, ...]:
    """Fold the deliveries of a release name to an environment, oldest first.

    Raises:
        LedgerError: An entry does not say what it must.
    """
    found = Deliveries()
    for index, event in log.found(topic(environment, name)):
        _take(found, index, event)
    return found.all


def newest(log: BelievedLog, environment: str, name: str) -> Delivery | None:
    """Fold the delivery that began last; None if none ever did. What came before is not read.

    Raises:
        LedgerError: An entry does not say what it must.
    """
    entries = []
    for index in reversed(log.view.found(topic(environment, name))):
        event = log.event(index)
        entries.append((index, event))
        if event.kind is Kind.DELIVERY_STARTED:
            break
    found = Deliveries()
    for index, event in reversed(entries):
        _take(found, index, event)
    return found.newest


def _take(found: Deliveries, index: int, event: Event) -> None:
    try:
        found.take(index, event)
    except EventError as error:
        help_ = ["weighbridge log verify --deep"]
        raise LedgerError("the ledger does not say how deliveries went", help=help_) from error


class Book:
    """What the ledger says of the deliveries of one name to one environment."""

    def __init__(self, registry: Registry, environment: str, name: str) -> None:
        """Open it; nothing is read yet."""
        self._registry = registry
        self._topic = topic(environment, name)
        self._found = Deliveries()
        self._last = -1
        self._size = 0
        self.others = 0
        """Entries of the ledger that are of no delivery here, when it was read last."""

    def read(self) -> Delivery | None:
        """Read what was entered since, and return the newest delivery.

        Raises:
            OwnerlessError: The registry has no owners yet.
            LedgerError: The ledger does not prove what it says.
        """
        with self._registry.reading() as view:
            if view.size != self._size:
                self._read(view)
        return self._found.newest

    def _read(self, view: LedgerView) -> None:
        log = believe(view, log_key=self._registry.log_key)
        indices = view.found(self._topic)
        for index in indices:
            if index > self._last:
                _take(self._found, index, log.event(index))
                self._last = index
        self._size = view.size
        self.others = view.size - len(indices)

    def place_before(self, delivery: Delivery) -> Place:
        """Return the target as it was when the release before was delivered to it.

        On this machine that one goes on as it was started, whatever its environment says by now.
        """
        for one in reversed(self._found.all):
            known = one.entry < delivery.entry and one.release == delivery.previous
            if known and one.place.kind == delivery.place.kind == LOCAL:
                return one.place
        return delivery.place

    def is_newest(self, transaction: Transaction) -> bool:
        """Tell within a transaction whether nothing was entered since it was read."""
        found = transaction.found(self._topic)
        return (found[-1] if found else -1) == self._last

    def move(self, delivery: Delivery, position: Position, **more: object) -> bool:
        """Enter where a delivery goes; False if another wrote meanwhile, and nothing is entered.

        Args:
            delivery: The delivery.
            position: Where it goes.
            more: What else the entry says.
        """
        body = {**about(delivery), **position.record(), **more}

        def change(transaction: Transaction) -> bool:
            if not self.is_newest(transaction):
                return False
            transaction.append(Kind.DELIVERY_MOVED, body)
            return True

        return self._registry.change(change)

    def measure(self, delivery: Delivery, measured: Measured) -> None:
        """Enter a measurement."""
        body = {**about(delivery), **measured.record(), "step": delivery.position.step}
        self._registry.change(lambda transaction: transaction.append(Kind.DELIVERY_MEASURED, body))


def about(delivery: Delivery) -> Mapping[str, object]:
    """Say in an entry which delivery it is of."""
    return {
        "delivery": delivery.entry,
        "environment": delivery.environment,
        "name": delivery.name,
        "release": delivery.release,
        "version": delivery.version,
    }
