"""What is true of every delivery, whatever happens on its way and whoever is killed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rollout.worlds import BEGAN, NEW, OLD, World, analysis, delivery, plan
from weighbridge.model.delivery import (
    WHOLE,
    Answer,
    Delivery,
    Health,
    Order,
    Outcome,
    Phase,
    Reading,
    Strategy,
)
from weighbridge.model.event import Event, Kind, read_event, write_event
from weighbridge.rollout.folding import fold
from weighbridge.rollout.plan import Plan, Step

if TYPE_CHECKING:
    from collections.abc import Callable

STARTED = {
    "at": BEGAN,
    "environment": "production",
    "generation": 2,
    "name": "demo",
    "person": "dora",
    "previous": OLD,
    "release": NEW,
    "rendering": f"sha256:{'c' * 64}",
    "strategy": "canary",
    "target": {"kind": "local"},
    "version": "1.1.0",
}
ABOUT = {
    "delivery": 7,
    "environment": "production",
    "name": "demo",
    "release": NEW,
    "version": "1.1.0",
}

Told = tuple[str, str, str, float]
Round = tuple[Told, Health, Health, Order | None]

values = st.sampled_from(["0.001", "0.03", "0.3", "NaN", "+Inf", "", "no number"])
answers = st.one_of(
    st.builds(
        lambda value, samples, age: ("told", value, samples, age),
        values,
        st.sampled_from(["0", "19.9", "20", "1e6", "NaN", ""]),
        st.sampled_from([0.0, 2.9, 3.5, 600.0]),
    ),
    st.just(("down", "", "", 0.0)),
)
healths = st.sampled_from(
    [Health(ready=True)] * 12 + [Health(), Health(gone="ended with exit code 1")]
)
orders = st.sampled_from([None] * 20 + list(Order))
rounds = st.lists(st.tuples(answers, healths, healths, orders), min_size=1, max_size=40)
plans = st.builds(
    lambda failures, unsure, no_data, window, automatic: plan(
        Step(weight=10, hold=2_000, analysis="errors", before=500, count=2),
        Step(weight=50, hold=1_000, analysis="errors", before=1_000, count=1),
        Step(weight=WHOLE),
        asks=analysis(failure_limit=failures, inconclusive_limit=unsure, on_no_data=no_data),
        window=window,
        automatic=automatic,
        start=3_000,
        back=5_000,
    ),
    st.integers(0, 2),
    st.integers(0, 2),
    st.sampled_from(["pause", "fail", "pass"]),
    st.sampled_from([0, 2_000]),
    st.sampled_from([None, frozenset({"errors"}), frozenset({"wrong"})]),
)


def reading(told: Told, now: int) -> Reading:
    kind, value, samples, age = told
    if kind == "down":
        down = Answer(error="connection refused")
        return Reading(value=down, samples=(down,), newest=down)
    return Reading(
        value=Answer(values=(value,) if value else ()),
        samples=(Answer(values=(samples,) if samples else ()),),
        newest=Answer(values=(str(now / 1000 - age),)),
    )


@dataclass
class Logged(World):
    """A world whose every entry is written, and read again as a ledger would."""

    entries: list[tuple[int, Event]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._log(Kind.DELIVERY_STARTED, STARTED)

    def _log(self, kind: Kind, body: dict[str, Any]) -> None:
        event = Event(kind=kind, time="2027-01-01T00:00:00Z", control=0, body=body)
        self.entries.append((7 + len(self.entries), read_event(write_event(event))))

    def _enter(self, kind: Kind, body: dict[str, Any]) -> None:
        self._log(kind, {**ABOUT, **body})
        # Whoever drives it has been killed, and another reads the ledger.
        (self.delivery,) = fold(self.entries)

    def order(self, order: Order) -> None:
        body = {"order": order.value, "person": "max", "reason": "so I say"}
        self._enter(Kind.DELIVERY_ORDERED, body)


def running(new: Health, old: Health) -> Callable[[str, int], Health]:
    return lambda one, _now: new if one == NEW else old


def run(demands: Plan, happens: list[Round], *, previous: str = OLD) -> Logged:
    """Let things happen, then be fine, until it is over."""
    world = Logged(demands, delivery(previous=previous), lambda now: reading(last[0], now))
    last = happens[0]
    for last in happens:
        _, new, old, order = last
        world.health = running(new, old)
        if order is not None and world.delivery.order is None and not world.delivery.over:
            world.order(order)
        for _ in range(3):
            if not world.delivery.over:
                world.tick()
    fine = Health(ready=True)
    last = (("told", "0.001", "100", 0.0), fine, fine, None)
    world.health = lambda _one, _now: fine
    for _ in range(1_000):
        if world.delivery.over:
            return world
        if world.delivery.position.paused is not None and world.delivery.order is None:
            world.order(Order.RESUME)
        world.tick()
    raise AssertionError(f"it does not end: {world.delivery.position}")


@settings(max_examples=300, deadline=None)
@given(plans, rounds)
def test_it_ends_and_what_is_entered_is_all_there_is_to_know(
    demands: Plan, happens: list[Round]
) -> None:
    world = run(demands, happens)

    assert world.delivery.over
    (folded,) = fold(world.entries)
    assert folded == world.delivery


@settings(max_examples=300, deadline=None)
@given(plans, rounds)
def test_shares_grow_step_by_step_and_never_come_back_once_taken(
    demands: Plan, happens: list[Round]
) -> None:
    world = run(demands, happens)

    turned, known = False, 0
    for position in world.positions:
        turned = turned or position.phase in {Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.FAILED}
        assert not (turned and position.weight)
        if not turned:
            assert position.weight >= known
            allowed = {demands.steps[position.step].weight, WHOLE if position.step == 2 else 0}
            assert position.weight in allowed | (
                {0} if position.phase is Phase.PREPARING else set()
            )
            known = position.weight


def judged(entries: list[tuple[int, Event]]) -> list[tuple[str, dict[str, int], str]]:
    """List each position that was left: its key, what was measured in it, what ended it."""
    found = []
    counts: dict[str, int] = {}
    where, ordered = "preparing/0", ""
    for _, event in entries:
        if event.kind is Kind.DELIVERY_MEASURED:
            outcome = event.body["outcome"]
            counts[outcome] = counts.get(outcome, 0) + 1
        elif event.kind is Kind.DELIVERY_ORDERED:
            ordered = event.body["order"]
        elif event.kind is Kind.DELIVERY_MOVED:
            if "paused" not in event.body:
                found.append((where, counts, ordered))
                counts = {}
            where, ordered = f"{event.body['phase']}/{event.body['step']}", ""
    return [*found, (where, counts, ordered)]


@settings(max_examples=300, deadline=None)
@given(plans, rounds)
def test_no_step_is_passed_that_was_not_judged_well_unless_a_person_said_so(
    demands: Plan, happens: list[Round]
) -> None:
    world = run(demands, happens)
    left = judged(world.entries)
    limits = demands.questions["errors"]

    for (where, counts, ordered), (then, _, _) in pairwise(left):
        forward = then.startswith(("rolling-out", "watching", "delivered")) and then != where
        if not (where.startswith("rolling-out/") and forward) or ordered == "skip":
            continue
        step = demands.steps[int(where.partition("/")[2])]
        assert sum(counts.values()) >= step.count
        assert counts.get(Outcome.FAILURE.value, 0) <= limits.failure_limit
        assert counts.get(Outcome.INCONCLUSIVE.value, 0) <= limits.inconclusive_limit


@settings(max_examples=200, deadline=None)
@given(plans, rounds)
def test_two_who_know_the_same_decide_the_same(demands: Plan, happens: list[Round]) -> None:
    assert run(demands, happens).entries == run(demands, happens).entries


@settings(max_examples=200, deadline=None)
@given(plans, rounds)
def test_a_first_release_ends_too(demands: Plan, happens: list[Round]) -> None:
    done: Delivery = run(demands, happens, previous="").delivery

    assert done.position.phase in {Phase.DELIVERED, Phase.FAILED, Phase.ROLLED_BACK}
    assert done.strategy is Strategy.CANARY
