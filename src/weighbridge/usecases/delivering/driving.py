"""Driving a delivery on a target that has no controller: look, decide, enter, make it so.

Nothing is remembered but the ledger. Each position is entered before it is brought about, and what
is brought about follows from the position alone; so a driver that is killed at any point leaves
nothing that the next one would not find, and do again without harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.delivery import Cause, Health, Phase, Why
from weighbridge.model.errors import (
    StorageError,
    UnavailableError,
    UnmeasuredError,
    WeighbridgeError,
)
from weighbridge.rollout.machine import Sight, decide, desired, due, wakes
from weighbridge.usecases.delivering.measuring import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.delivery import Delivery, Position
    from weighbridge.model.delivery_ports import Driven
    from weighbridge.model.ports import Progress
    from weighbridge.rollout.plan import Plan
    from weighbridge.rollout.questions import Question
    from weighbridge.usecases.delivering.book import Book
    from weighbridge.usecases.delivering.cargo import SealedCargo
    from weighbridge.usecases.delivering.settling import Settled

MISSING: Final = (UnavailableError, StorageError)
"""What says nothing of a release: the machine lacks something, and once it is there it goes on."""
TICK: Final = 250
"""Milliseconds after which is looked again at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a delivery is driven with.

    Attributes:
        clock: Tells the time, in milliseconds of Unix time.
        wait: Waits for some seconds.
        said_against: Says why the release may not run any more; None if it may.
        pointed: Says which release the pointer holds; empty for a sandbox.
        settle: Does what a rollback does beside the target.
        observe: Keeps what is seen of a release that was delivered, and returns its digest; empty
            if nothing is.
        told: Is told of each look.
        progress: Who watches files being laid out.
    """

    clock: Callable[[], int]
    wait: Callable[[float], None]
    said_against: Callable[[], Cause | None]
    pointed: Callable[[], str]
    settle: Callable[[Delivery], Settled]
    observe: Callable[[Delivery], str]
    told: Callable[[Delivery, Sight | None], None]
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a delivery is of.

    Attributes:
        cargo: The release.
        before: The one it takes the place of; None if there was none.
        own: Analyses of that one, by name: once it is back, it is asked its own.
    """

    cargo: SealedCargo
    before: SealedCargo | None
    own: Mapping[str, Question] = field(default_factory=dict)


class Driver:
    """Drives one delivery to its end."""

    def __init__(self, book: Book, plan: Plan, load: Load, target: Driven, means: Means) -> None:
        """Take a delivery over, wherever it stands.

        Args:
            book: What the ledger says of it.
            plan: What its manifest demands.
            load: What it is of.
            target: The target.
            means: What it is driven with.
        """
        self._book = book
        self._plan = plan
        self._cargo = load.cargo
        self._before = load.before
        self._own = load.own
        self._target = target
        self._means = means
        self._refused: Cause | None = None
        self._moved = ""
        self._observed: str | None = None
        self._weighed = -1

    def run(self) -> Delivery:
        """Drive it to its end.

        Raises:
            WeighbridgeError: It cannot be gone on with; what was entered stands.
            KeyboardInterrupt: Somebody ended the driver; the delivery stays where it is.
        """
        delivery = self._read()
        self._prepare(delivery)
        while True:
            self._converge(delivery)
            if delivery.over:
                self._means.told(delivery, None)
                return delivery
            delivery = self._next(delivery)

    def _read(self) -> Delivery:
        found = self._book.read()
        if found is None:
            raise AssertionError("a delivery was driven that was never begun")
        return found

    def _prepare(self, delivery: Delivery) -> None:
        """Lay out what is to run; the release before was, and is only looked at."""
        wanted = desired(delivery)
        if self._before is not None and wanted.previous:
            self._target.prepare(self._before, self._means.progress)
        if not wanted.release:
            return
        try:
            self._target.prepare(self._cargo, self._means.progress)
        except MISSING:
            raise
        except WeighbridgeError as error:
            self._refused = Cause(why=Why.VERIFICATION, text=str(error))

    def _converge(self, delivery: Delivery) -> None:
        if self._refused is not None and not delivery.over and not self._is_turned(delivery):
            return  # nothing of it is started
        try:
            self._target.converge(self._cargo, self._before, desired(delivery))
        except UnmeasuredError:
            if _has_to_be_seen(delivery):
                raise
            # Whoever asks the metrics is told.
        except MISSING:
            raise
        except WeighbridgeError as error:
            if self._is_turned(delivery) or delivery.over:
                raise
            self._refused = Cause(why=Why.NOT_READY, text=str(error))

    @staticmethod
    def _is_turned(delivery: Delivery) -> bool:
        return delivery.position.phase is Phase.ROLLING_BACK

    def _next(self, delivery: Delivery) -> Delivery:
        """Look, and either go one position on or wait; return where the delivery stands."""
        now = self._now(delivery)
        for name, at in due(self._plan, delivery).items():
            if at <= now:
                self._measure(delivery, self._plan.questions[name])
        delivery = self._read()
        sight = self._look(delivery)
        self._means.told(delivery, sight)
        now = self._now(delivery)
        position = decide(self._plan, delivery, sight, now)
        if position is None:
            self._rest(delivery, now)
        else:
            self._enter(delivery, position)
        return self._read()

    def _enter(self, delivery: Delivery, position: Position) -> None:
        """Enter where it goes, and with the end what was seen of it.

        It is looked at before it gets requests: that takes its time, and nobody would watch them.
        """
        begins = delivery.position.phase is Phase.PREPARING and position.weight
        ends = position.phase is Phase.DELIVERED
        if self._observed is None and (begins or ends):
            self._observed = self._means.observe(delivery)
            # Nothing holds that long already: from here on it is so.
            position = replace(position, since=self._now(delivery))
        more = {"observed": self._observed} if ends and self._observed else {}
        self._book.move(delivery, position, **more)

    def _now(self, delivery: Delivery) -> int:
        """Tell the time, which never goes back behind what was entered."""
        return max(self._means.clock(), delivery.position.since)

    def _rest(self, delivery: Delivery, now: int) -> None:
        """Wait until something is to be done by the clock, or for a tick."""
        wake = wakes(self._plan, delivery, now)
        pause = TICK if wake is None else min(TICK, wake - now)
        self._means.wait(pause / 1000)

    def _measure(self, delivery: Delivery, question: Question) -> None:
        """Ask one analysis, and enter what came of it."""
        back = delivery.position.phase is Phase.ROLLING_BACK
        release = delivery.previous if back else delivery.release
        if back:
            question = self._own.get(question.name, question)
        measured = measure(question, self._target.meter, release, self._now(delivery))
        self._book.measure(delivery, measured)

    def _look(self, delivery: Delivery) -> Sight:
        target, wanted = self._target, desired(delivery)
        if self._is_turned(delivery):
            return self._look_back(delivery)
        release = self._health(delivery)
        firing = target.firing(delivery.release) if self._plan.modes and release.ready else {}
        if self._book.others != self._weighed:
            self._weighed = self._book.others
            self._look_again(delivery)
        return Sight(
            release=release,
            previous=target.health(delivery.previous) if wanted.previous else Health(),
            firing=firing or {},
            refused=self._refused,
            moved=self._moved,
        )

    def _health(self, delivery: Delivery) -> Health:
        """Look how the release runs; it gets no requests before its metrics are read."""
        if self._refused is not None:
            return Health()
        found = self._target.health(delivery.release)
        unseen = delivery.position.phase is Phase.PREPARING and self._plan.questions
        if found.ready and unseen and not self._target.watched(delivery.release):
            return Health()
        return found

    def _look_again(self, delivery: Delivery) -> None:
        """See what was entered since says: it may have moved the pointer, or revoked a key."""
        pointed = self._means.pointed()
        self._moved = pointed if pointed not in {"", delivery.release} else ""
        if not self._moved:
            self._refused = self._refused or self._means.said_against()

    def _look_back(self, delivery: Delivery) -> Sight:
        """Look how far a rollback is: requests moved first, the pointer moves now."""
        if not delivery.previous:
            return Sight()
        settled = self._means.settle(delivery)
        return Sight(
            previous=self._target.health(delivery.previous),
            settled=settled.done,
            unsettled=settled.text,
        )


def _has_to_be_seen(delivery: Delivery) -> bool:
    """Tell whether a delivery must not go on, or count as done, while nothing measures it.

    On its way it waits, as its analyses say; nor is a way back barred to it.
    """
    return delivery.position.phase in {Phase.PREPARING, Phase.DELIVERED}
