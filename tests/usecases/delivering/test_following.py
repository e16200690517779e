"""Deliveries whose rollout a controller does, on a controller that is simulated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from tests.usecases.delivering.yard import NEW, NEWER, OLD
from weighbridge.model.delivery import Cause, Measured, Order, Outcome, Phase, Why
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.rollout.controllers.sighting import PREPARING, Sighted, delivered
from weighbridge.usecases.delivering import deliver as delivering_
from weighbridge.usecases.delivering.following import is_handed_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.delivering.yard import Yard
    from weighbridge.model.delivery import Delivery, Position
    from weighbridge.model.delivery_ports import Cargo

WEIGHTS = (10, 50)
HANDED_OVER = Cause(why=Why.CONTROLLER, name="gitops", text="handed over")
BLAMED = Cause(why=Why.ANALYSIS, name="errors", text="errors failed")


@dataclass
class Controller:
    """A controller that takes each release a step further each time it is looked at (`Followed`).

    Attributes:
        clock: Tells the time, in milliseconds of Unix time.
        bad: Releases that it takes back at their second step.
        unable: Orders it cannot do.
        pipeline: Whether what is applied comes to it; if not, it lies in a folder.
        down: Whether it cannot be looked at.
        wanted: The release it was given last.
        stable: The release that gets requests.
        held: Whether somebody paused it.
        aborted: Whether somebody, or it itself, took the wanted release back.
        looks: How often it was looked at since it was given a release.
        applied: Each release it was given, in order.
        orders: Each order it was given.
    """

    clock: Callable[[], int]
    bad: set[str] = field(default_factory=set)
    unable: set[Order] = field(default_factory=set)
    pipeline: bool = True
    down: bool = False
    wanted: str = ""
    stable: str = ""
    held: bool = False
    aborted: bool = False
    looks: int = 0
    applied: list[str] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    def close(self) -> None:
        """Be of no use any more, as targets of this machine are."""

    def apply(self, cargo: Cargo) -> None:
        self.applied.append(cargo.digest)
        if self.wanted != cargo.digest:
            self.wanted, self.looks, self.aborted = cargo.digest, 0, False

    def look(self, cargo: Cargo) -> Sighted:
        if self.down:
            raise UnavailableError("the cluster cannot be reached")
        if not self.pipeline:
            return replace(PREPARING, paused=HANDED_OVER)
        if self.wanted != cargo.digest:
            return PREPARING
        if self.stable == cargo.digest:
            return delivered(len(WEIGHTS))
        if self.aborted:
            phase = Phase.ROLLED_BACK if self.stable else Phase.FAILED
            return Sighted(phase=phase, cause=BLAMED)
        if self.held:
            return self._at(paused=Cause(why=Why.ORDER, text="spec.paused"))
        self.looks += 1
        self.aborted = cargo.digest in self.bad and self.looks > len(WEIGHTS)
        if self.looks > len(WEIGHTS) and not self.aborted:
            self.stable = cargo.digest
        return self._at()

    def _at(self, paused: Cause | None = None) -> Sighted:
        step = min(max(self.looks, 1), len(WEIGHTS)) - 1
        outcome = Outcome.FAILURE if self.wanted in self.bad else Outcome.SUCCESS
        one = Measured(analysis="errors", at=self.clock() + 1, outcome=outcome, value="0.3")
        return Sighted(
            phase=Phase.ROLLING_OUT,
            step=step,
            weight=WEIGHTS[step],
            paused=paused,
            measured=(one,),
        )

    def order(self, cargo: Cargo, order: Order) -> None:
        assert cargo.digest == self.wanted
        if order in self.unable:
            raise UsageError(f"the controller cannot {order.value}")
        self.orders.append(order)
        if order is Order.ABORT:
            self.aborted = True
        self.held = order is Order.PAUSE


@dataclass
class Cluster:
    """A yard before a controller."""

    yard: Yard
    controller: Controller

    def deliver(self, told: Callable[[Delivery], None] = lambda _: None) -> Delivery:
        opened = replace(self.yard.delivering(told=told), open_target=lambda _: self.controller)
        return opened.deliver(self.yard.place())

    def until(self, seen: Callable[[Position], bool]) -> None:
        """Follow until a position is seen, and no further."""

        def told(delivery: Delivery) -> None:
            if seen(delivery.position):
                raise Enough

        with pytest.raises(Enough):
            self.deliver(told)

    def say(self, verb: str, *words: str) -> None:
        self.yard.done(verb, "demo", "--in=staging", "--reason=so I say", *words, by="dora")

    def moves(self) -> list[dict[str, object]]:
        found = [one for one in self.yard.entries() if one["kind"] == "delivery.moved"]
        return [one["body"] for one in found]


class Enough(Exception):  # noqa: N818 - no error, an end
    """The test has seen enough."""


@pytest.fixture
def first(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A controller that was given nothing yet; the first release is promoted."""
    monkeypatch.setattr(delivering_, "DRIVEN", frozenset())
    return Cluster(yard, Controller(clock=lambda: yard.machine.now))


@pytest.fixture
def cluster(first: Cluster) -> Cluster:
    """The first release runs, and the second is promoted."""
    assert first.deliver().position.phase is Phase.DELIVERED
    first.yard.arrive(NEW)
    return first


def at_half(position: Position) -> bool:
    return position.weight == WEIGHTS[1]


def test_a_good_one_is_followed_to_its_end(cluster: Cluster) -> None:
    new, old = cluster.yard.release(NEW), cluster.yard.release(OLD)

    done = cluster.deliver()

    assert (done.position.phase, done.release, done.previous) == (Phase.DELIVERED, new, old)
    assert cluster.controller.stable == new
    said = [(one["phase"], one["weight"]) for one in cluster.moves() if one["release"] == new]
    assert said == [("rolling-out", 10), ("rolling-out", 50), ("delivered", 100)]
    kinds = cluster.yard.kinds()
    assert kinds.count("delivery.measured") >= 2
    assert kinds[-1] == "evidence.added"
    assert cluster.yard.done("log", "verify", "--deep").code == 0


def test_what_runs_already_is_given_once_more_and_left(cluster: Cluster) -> None:
    first = cluster.deliver()
    entries = len(cluster.yard.entries())

    again = cluster.deliver()

    assert (again.entry, len(cluster.yard.entries())) == (first.entry, entries)
    assert cluster.controller.applied[-1] == first.release


def test_where_the_controller_takes_it_back_the_pointer_goes_back(cluster: Cluster) -> None:
    new, old = cluster.yard.release(NEW), cluster.yard.release(OLD)
    cluster.controller.bad.add(new)

    done = cluster.deliver()

    assert (done.position.phase, done.position.cause) == (Phase.ROLLED_BACK, BLAMED)
    assert cluster.controller.applied[-1] == old, "the controller is given what it is to run"
    pointer = cluster.yard.pointer()
    assert (pointer["release"], pointer["generation"]) == (old, 3)
    assert "rolled back by dora" in pointer["held"]
    assert cluster.deliver().entry == done.entry


def test_a_first_one_that_fails_has_nothing_to_go_back_to(first: Cluster) -> None:
    first.controller.bad.add(first.yard.release(OLD))

    done = first.deliver()

    assert (done.position.phase, done.serving) == (Phase.FAILED, "")


def test_one_that_is_paused_waits_and_is_resumed(cluster: Cluster) -> None:
    cluster.until(at_half)
    cluster.say("pause")
    cluster.until(lambda position: position.paused is not None)
    (*_, one) = cluster.yard.delivered()
    assert one.position.paused is not None
    assert (one.position.paused.why, one.position.weight) == (Why.ORDER, 50)

    cluster.say("resume")

    assert cluster.deliver().position.phase is Phase.DELIVERED
    assert cluster.controller.orders == [Order.PAUSE, Order.RESUME]


def test_an_order_the_controller_cannot_do_is_answered_so(cluster: Cluster) -> None:
    cluster.controller.unable.add(Order.SKIP)
    cluster.until(at_half)
    cluster.say("resume", "--skip")

    assert cluster.deliver().position.phase is Phase.DELIVERED

    refused = [one["refused"] for one in cluster.moves() if "refused" in one]
    assert refused == ["the controller cannot skip"]
    assert cluster.controller.orders == []


@pytest.mark.parametrize("able", [True, False])
def test_an_aborted_one_goes_back_whether_the_controller_can_abort_or_not(
    cluster: Cluster, *, able: bool
) -> None:
    old = cluster.yard.release(OLD)
    cluster.controller.unable |= set() if able else {Order.ABORT}
    cluster.until(at_half)
    cluster.say("abort")

    done = cluster.deliver()

    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause == Cause(why=Why.ORDER, name="dora", text="so I say")
    assert cluster.controller.orders == ([Order.ABORT] if able else [])
    assert (cluster.controller.wanted, cluster.yard.pointer()["release"]) == (old, old)


def test_a_pointer_that_moved_meanwhile_is_followed(cluster: Cluster) -> None:
    cluster.until(at_half)
    cluster.yard.arrive(NEWER)

    done = cluster.deliver()

    newer = cluster.yard.release(NEWER)
    assert (done.release, done.position.phase) == (newer, Phase.DELIVERED)
    phases = [one.position.phase for one in cluster.yard.delivered()]
    assert phases == [Phase.DELIVERED, Phase.ROLLED_BACK, Phase.DELIVERED]


def test_a_first_one_that_was_superseded_gives_way(first: Cluster) -> None:
    first.until(at_half)
    first.yard.arrive(NEW)

    done = first.deliver()

    assert (done.release, done.position.phase) == (first.yard.release(NEW), Phase.DELIVERED)
    phases = [one.position.phase for one in first.yard.delivered()]
    assert phases == [Phase.FAILED, Phase.DELIVERED]


def test_what_is_blocked_meanwhile_is_taken_out(cluster: Cluster) -> None:
    cluster.until(at_half)
    cluster.yard.done("block", NEW, "--reason=a backdoor", by="ann ben")

    done = cluster.deliver()

    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause is not None
    assert done.position.cause.why is Why.GATE


def test_where_the_pointer_cannot_go_back_it_failed(cluster: Cluster) -> None:
    cluster.controller.bad.add(cluster.yard.release(NEW))
    cluster.until(at_half)
    cluster.yard.done("block", OLD, "--reason=a backdoor", by="ann ben")

    done = cluster.deliver()

    assert done.position.phase is Phase.FAILED
    assert done.position.cause is not None
    assert "; and the gate lets it not go back" in done.position.cause.text
    assert cluster.yard.pointer()["release"] == cluster.yard.release(NEW)


def test_a_controller_that_cannot_be_asked_stops_the_following_and_nothing_else(
    cluster: Cluster,
) -> None:
    cluster.until(at_half)
    cluster.controller.down = True
    entries = len(cluster.yard.entries())
    with pytest.raises(UnavailableError, match="cannot be reached"):
        cluster.deliver()
    assert len(cluster.yard.entries()) == entries

    cluster.controller.down = False

    assert cluster.deliver().position.phase is Phase.DELIVERED


def test_what_is_handed_over_is_followed_once_it_is_in_the_cluster(cluster: Cluster) -> None:
    cluster.controller.pipeline = False

    done = cluster.deliver()
    assert is_handed_over(done)
    assert (done.position.phase, done.over) == (Phase.PREPARING, False)
    entries = len(cluster.yard.entries())
    assert is_handed_over(cluster.deliver()), "looked at again, and nothing is new"
    assert len(cluster.yard.entries()) == entries

    cluster.controller.pipeline = True

    assert cluster.deliver().position.phase is Phase.DELIVERED


def test_what_is_handed_over_can_be_aborted_and_is_handed_back(cluster: Cluster) -> None:
    old = cluster.yard.release(OLD)
    cluster.controller.pipeline = False
    cluster.deliver()
    cluster.say("abort")

    done = cluster.deliver()
    assert (done.position.phase, is_handed_over(done)) == (Phase.ROLLING_BACK, True)
    assert cluster.controller.applied[-1] == old
    assert cluster.yard.pointer()["release"] == old

    cluster.controller.pipeline = True

    last = cluster.deliver()
    assert (last.position.phase, last.position.paused) == (Phase.ROLLED_BACK, None)


def test_what_is_handed_over_and_superseded_waits_for_nobody(cluster: Cluster) -> None:
    cluster.controller.pipeline = False
    cluster.deliver()
    cluster.yard.arrive(NEWER)

    done = cluster.deliver()

    assert (done.release, is_handed_over(done)) == (cluster.yard.release(NEWER), True)
    assert cluster.controller.applied[-1] == done.release


def test_each_environment_has_evidence_of_its_own(cluster: Cluster) -> None:
    """Two deliveries of one release overlap; that of the other environment ends first."""
    yard = cluster.yard
    yard.apply(
        "apiVersion: weighbridge.dev/v1\nkind: Environment\nmetadata: {name: lab}\n"
        "spec: {policy: staging@1, target: {kind: local, options: "
        '{command: "{python} serve.py --port {port}"}}}\n'
    )
    cluster.until(at_half)
    yard.arrive(NEW, to="lab")
    lab = Controller(clock=lambda: yard.machine.now)
    replace(yard.delivering("lab"), open_target=lambda _: lab).deliver(yard.place("lab"))

    assert cluster.deliver().position.phase is Phase.DELIVERED

    found = [
        yard.predicate(one["body"]["bundle"])["environment"]["name"]
        for one in yard.entries()
        if one["kind"] == "evidence.added" and "/delivery/" in one["body"]["predicateType"]
    ]
    assert found == ["staging", "lab", "staging"]
