"""Deliveries folded from their entries: whoever reads the ledger knows where each one stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.model.delivery import (
    Cause,
    Delivery,
    Measured,
    Order,
    Ordered,
    Outcome,
    Phase,
    Place,
    Position,
    Strategy,
    Tally,
    Why,
)
from weighbridge.model.event import EventError, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.event import Event

_TURNED = frozenset({Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.FAILED})


class Deliveries:
    """The deliveries of a release name to an environment, folded as their entries come."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self._found: dict[int, Delivery] = {}

    @property
    def newest(self) -> Delivery | None:
        """The one that began last; None if none ever did."""
        return next(reversed(self._found.values()), None)

    @property
    def all(self) -> tuple[Delivery, ...]:
        """All of them, oldest first."""
        return tuple(self._found.values())

    def take(self, index: int, event: Event) -> None:
        """Take the next entry found under `delivery:ENVIRONMENT/NAME`.

        Raises:
            EventError: It does not say what it must.
        """
        try:
            if event.kind is Kind.DELIVERY_STARTED:
                self._found[index] = begun(index, event.body)
            elif event.kind is not Kind.DELIVERY_REFUSED:
                entry = event.body["delivery"]
                self._found[entry] = after(self._found[entry], index, event)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise EventError(f"entry {index} says nothing of a delivery: {error}") from error


def fold(events: Iterable[tuple[int, Event]]) -> tuple[Delivery, ...]:
    """Fold all entries of a release name in an environment, oldest first.

    Raises:
        EventError: An entry does not say what it must.
    """
    found = Deliveries()
    for index, event in events:
        found.take(index, event)
    return found.all


def begun(index: int, body: Mapping[str, Any]) -> Delivery:
    """Read the entry that begins a delivery."""
    target = body["target"]
    return Delivery(
        entry=index,
        environment=body["environment"],
        name=body["name"],
        release=body["release"],
        version=body["version"],
        generation=int(body.get("generation", 0)),
        previous=body.get("previous") or "",
        strategy=Strategy(body["strategy"]),
        place=Place(
            kind=target["kind"],
            version=target.get("version", ""),
            namespace=target.get("namespace", ""),
            options=dict(target.get("options", {})),
        ),
        rendering=body["rendering"],
        unpromoted=body.get("unpromoted", False) is True,
        person=body.get("person", ""),
        began=int(body["at"]),
        position=Position(phase=Phase.PREPARING, since=int(body["at"])),
    )


def after(delivery: Delivery, index: int, event: Event) -> Delivery:
    """Return a delivery as it stands behind an entry of its own."""
    body = event.body
    if event.kind is Kind.DELIVERY_MEASURED:
        return counted(delivery, read_measured(body))
    if event.kind is Kind.DELIVERY_ORDERED:
        order = Ordered(
            entry=index,
            order=Order(body["order"]),
            person=body["person"],
            reason=body["reason"],
        )
        return replace(delivery, order=order)
    position = read_position(body)
    # Whoever waits keeps what made him wait; each other position is judged anew.
    kept = delivery.tallies if position.paused is not None else {}
    return replace(
        delivery,
        position=position,
        tallies=kept,
        order=None,
        exposed=delivery.exposed or (position.since if position.weight else 0),
        turned=delivery.turned or (position.since if position.phase in _TURNED else 0),
    )


def counted(delivery: Delivery, measured: Measured) -> Delivery:
    """Return a delivery with one measurement more."""
    tally = delivery.tallies.get(measured.analysis, Tally())
    outcome = measured.outcome
    counted_ = replace(
        tally,
        successes=tally.successes + (outcome is Outcome.SUCCESS),
        failures=tally.failures + (outcome is Outcome.FAILURE),
        inconclusive=tally.inconclusive + (outcome is Outcome.INCONCLUSIVE),
        last=measured,
    )
    return replace(delivery, tallies={**delivery.tallies, measured.analysis: counted_})


def read_position(body: Mapping[str, Any]) -> Position:
    """Read where an entry says a delivery stands."""
    return Position(
        phase=Phase(body["phase"]),
        step=int(body["step"]),
        weight=int(body["weight"]),
        since=int(body["at"]),
        paused=_cause(body.get("paused")),
        cause=_cause(body.get("cause")),
        late=body.get("late", False) is True,
    )


def read_measured(body: Mapping[str, Any]) -> Measured:
    """Read a measurement from its entry."""
    return Measured(
        analysis=body["analysis"],
        at=int(body["at"]),
        outcome=Outcome(body["outcome"]),
        value=body.get("value", ""),
        samples=body.get("samples", ""),
        no_data=body.get("noData", False) is True,
        text=body.get("text", ""),
    )


def _cause(tree: Mapping[str, Any] | None) -> Cause | None:
    if tree is None:
        return None
    return Cause(why=Why(tree["why"]), name=tree["name"], text=tree["text"])
