"""Following a delivery whose rollout a controller does: hand over, look, enter what it says.

The states are those of every delivery; here the controller decides which comes next. What it says
of another release, or of an older wish, is not about this delivery.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.delivery import Cause, Order, Phase, Position, Why
from weighbridge.model.errors import UsageError

if TYPE_CHECKING:
    from weighbridge.model.delivery import Delivery
    from weighbridge.model.delivery_ports import Followed, Sighting
    from weighbridge.usecases.delivering.book import Book
    from weighbridge.usecases.delivering.cargo import SealedCargo
    from weighbridge.usecases.delivering.driving import Load, Means

GITOPS: Final = "gitops"
"""Name of the cause by which a delivery waits for whoever reads the folder."""
PAUSE: Final = 2.0
"""Seconds between two looks at a controller."""


def is_handed_over(delivery: Delivery) -> bool:
    """Tell whether its files lie in a folder, and nobody can see what becomes of them."""
    return _is_gitops(delivery.position.paused)


def is_end(delivery: Delivery) -> bool:
    """Tell whether nothing more is done now, wherever the pointer is: it failed, or others go on.

    One that was given up because the pointer moved is no end: what it holds now is delivered.
    """
    if is_handed_over(delivery):
        return True
    cause = delivery.position.cause
    superseded = cause is not None and cause.why is Why.POINTER
    return delivery.position.phase is Phase.FAILED and not superseded


def _is_gitops(paused: Cause | None) -> bool:
    return paused is not None and (paused.why, paused.name) == (Why.CONTROLLER, GITOPS)


class Follower:
    """Follows one delivery to its end."""

    def __init__(self, book: Book, load: Load, target: Followed, means: Means) -> None:
        """Take a delivery over, wherever it stands.

        Args:
            book: What the ledger says of it.
            load: What it is of.
            target: Where it is handed over.
            means: What it is followed with.
        """
        self._book = book
        self._cargo = load.cargo
        self._before = load.before
        self._target = target
        self._means = means
        self._refused = ""

    def run(self) -> Delivery:
        """Follow it to its end.

        Raises:
            WeighbridgeError: It was not taken, or what becomes of it cannot be told.
            KeyboardInterrupt: Somebody ended the following; the controller goes on.
        """
        delivery = self._read()
        self._target.apply(self._wanted(delivery))
        while not delivery.over:
            delivery = self._next(delivery)
            if is_handed_over(delivery):
                break
        self._means.told(delivery, None)
        return delivery

    def _read(self) -> Delivery:
        found = self._book.read()
        if found is None:
            raise AssertionError("a delivery was followed that was never begun")
        return found

    def _wanted(self, delivery: Delivery) -> SealedCargo:
        """Return the release the controller is to run."""
        before = self._before
        return before if before is not None and delivery.serving == before.digest else self._cargo

    def _next(self, delivery: Delivery) -> Delivery:
        now = max(self._means.clock(), delivery.position.since)
        back = delivery.position.phase is Phase.ROLLING_BACK
        position = self._brought_back(delivery, now) if back else self._onward(delivery, now)
        self._means.told(delivery, None)
        if position is not None and self._entered(delivery, position):
            if position.phase is Phase.ROLLING_BACK and not back:
                # Whoever turned it round: what the controller is to run is the one before.
                self._target.apply(self._wanted(self._read()))
        elif not is_handed_over(delivery):
            self._means.wait(PAUSE)
        return self._read()

    def _onward(self, delivery: Delivery, now: int) -> Position | None:
        cause = self._turning(delivery)
        if cause is not None:
            return self._turn(delivery, cause, now)
        return self._ordered(delivery, now) or self._seen(delivery, now)

    def _entered(self, delivery: Delivery, position: Position) -> bool:
        more = {"refused": self._refused} if self._refused else {}
        self._refused = ""
        if position.phase is Phase.DELIVERED and (seen := self._means.observe(delivery)):
            more["observed"] = seen
        return self._book.move(delivery, position, **more)

    def _turning(self, delivery: Delivery) -> Cause | None:
        """Say why a delivery is not to go on, whatever its controller thinks."""
        if delivery.order is not None and delivery.order.order is Order.ABORT:
            cause = Cause(why=Why.ORDER, name=delivery.order.person, text=delivery.order.reason)
            with suppress(UsageError):  # one that cannot abort is given the release before instead
                self._target.order(self._cargo, Order.ABORT)
            return cause
        pointed = self._means.pointed()
        if pointed not in {"", delivery.release}:
            text = f"{delivery.environment} points to {pointed} now"
            return Cause(why=Why.POINTER, text=text)
        return self._means.said_against()

    def _turn(self, delivery: Delivery, cause: Cause, now: int) -> Position:
        return replace(
            delivery.position,
            phase=Phase.ROLLING_BACK if self._before is not None else Phase.FAILED,
            weight=0,
            since=now,
            paused=None,
            cause=cause,
        )

    def _ordered(self, delivery: Delivery, now: int) -> Position | None:
        """Pass an order on, and enter that it was; one that cannot be done changes nothing."""
        ordered = delivery.order
        if ordered is None:
            return None
        try:
            self._target.order(self._cargo, ordered.order)
        except UsageError as error:
            self._refused = str(error)
            return replace(delivery.position, since=now)
        paused = None
        if ordered.order is Order.PAUSE:
            paused = Cause(why=Why.ORDER, name=ordered.person, text=ordered.reason)
        return replace(delivery.position, paused=paused, since=now)

    def _seen(self, delivery: Delivery, now: int) -> Position | None:
        """Enter what the controller measured, and return where it stands; None if nothing new."""
        sighting = self._target.look(self._cargo)
        self._enter_measured(delivery, sighting)
        position = delivery.position
        paused = sighting.paused
        if paused is None and position.paused is not None and position.paused.why is Why.ORDER:
            paused = position.paused
        found = Position(
            phase=sighting.phase,
            step=sighting.step,
            weight=sighting.weight,
            since=position.since,
            paused=None if sighting.phase is Phase.DELIVERED else paused,
            cause=sighting.cause,
        )
        if found == position:
            return None
        if found.phase is Phase.ROLLED_BACK:  # the controller turned it round; the pointer has not
            cause = sighting.cause or Cause(why=Why.CONTROLLER)
            return self._turn(delivery, cause, now)
        return replace(found, since=now)

    def _enter_measured(self, delivery: Delivery, sighting: Sighting) -> None:
        """Enter measurements that are newer than the newest that was entered."""
        for one in sighting.measured:
            tally = delivery.tallies.get(one.analysis)
            newest = -1 if tally is None or tally.last is None else tally.last.at
            if one.at > max(newest, delivery.position.since):
                self._book.measure(delivery, one)
                delivery = self._read()

    def _brought_back(self, delivery: Delivery, now: int) -> Position | None:
        """Bring the pointer back, and wait until the release before runs."""
        position = delivery.position
        settled = self._means.settle(delivery)
        if settled.text:
            cause = position.cause or Cause(why=Why.GATE)
            text = f"{cause.text}; and {settled.text}" if cause.text else settled.text
            return replace(position, phase=Phase.FAILED, since=now, cause=replace(cause, text=text))
        if not settled.done or self._before is None:
            return None
        sighting = self._target.look(self._before)
        if sighting.phase in {Phase.DELIVERED, Phase.ROLLED_BACK}:
            return replace(position, phase=Phase.ROLLED_BACK, since=now, paused=None)
        unseen = _is_gitops(sighting.paused)
        superseded = position.cause is not None and position.cause.why is Why.POINTER
        if sighting.phase is Phase.FAILED or (unseen and superseded):
            # Nobody may ever see it come back, and another one is to take its place anyway.
            return replace(position, phase=Phase.FAILED, since=now, paused=None)
        if unseen and position.paused != sighting.paused:
            return replace(position, since=now, paused=sighting.paused)
        return None
