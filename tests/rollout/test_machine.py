"""How a delivery goes: forward, round, and to a stop; in a simulated world."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.rollout.worlds import (
    BEGAN,
    OLD,
    World,
    analysis,
    delivery,
    outage,
    plan,
    reading,
)
from weighbridge.model.delivery import (
    Cause,
    Delivery,
    Health,
    Order,
    Ordered,
    Phase,
    Position,
    Strategy,
    Why,
)
from weighbridge.rollout.machine import Sight, active, decide, desired, due, wakes
from weighbridge.rollout.plan import Mode, Step

if TYPE_CHECKING:
    from weighbridge.model.delivery import Reading

GOOD, BAD = reading("0.001"), reading("0.3")


def test_a_good_release_goes_through_its_steps() -> None:
    world = World(plan(), delivery(), GOOD)

    done = world.run()

    assert done.position.phase is Phase.DELIVERED
    assert world.weights == [10, 50, 100, 100]
    assert [one.analysis for one in world.measured] == ["errors"] * 10
    assert done.exposed
    assert not done.turned


def test_one_with_errors_is_taken_out_at_once() -> None:
    world = World(plan(), delivery(), BAD)

    done = world.run()

    assert world.phases == [Phase.ROLLING_OUT, Phase.ROLLING_BACK, Phase.ROLLED_BACK]
    assert world.weights == [10, 0, 0]
    assert done.position.cause == Cause(
        why=Why.ANALYSIS, name="errors", text="value is 0.3; value > 0.05 fails"
    )
    assert done.turned - done.exposed == 1_000
    assert done.serving == OLD


def test_failures_that_are_tolerated_do_not_turn_it() -> None:
    def twice(now: int) -> Reading:
        return (BAD if now < BEGAN + 2_100 else GOOD)(now)

    asks = analysis(failure_limit=2)

    assert World(plan(asks=asks), delivery(), twice).run().position.phase is Phase.DELIVERED
    once = analysis(failure_limit=1)
    assert World(plan(asks=once), delivery(), twice).run().position.phase is Phase.ROLLED_BACK


@pytest.mark.parametrize(
    ("no_data", "phase", "paused"),
    [
        ("pause", Phase.ROLLING_OUT, True),
        ("fail", Phase.ROLLED_BACK, False),
        ("pass", Phase.DELIVERED, False),
    ],
)
def test_an_empty_answer_means_what_the_manifest_says(
    no_data: str, phase: Phase, *, paused: bool
) -> None:
    done = World(plan(asks=analysis(on_no_data=no_data)), delivery(), reading("", "0")).run()

    assert (done.position.phase, done.position.paused is not None) == (phase, paused)


@pytest.mark.parametrize(
    ("no_data", "phase"),
    [
        ("pause", Phase.ROLLING_OUT),
        ("fail", Phase.ROLLED_BACK),
        ("pass", Phase.ROLLING_OUT),
    ],
)
def test_metrics_that_cannot_be_asked_never_pass(no_data: str, phase: Phase) -> None:
    done = World(plan(asks=analysis(on_no_data=no_data)), delivery(), outage).run()

    assert done.position.phase is phase
    if phase is Phase.ROLLING_OUT:
        assert done.position.paused is not None
        assert "connection refused" in done.position.paused.text


def test_what_is_neither_is_tolerated_as_often_as_the_manifest_says() -> None:
    def late(now: int) -> Reading:
        return (reading("0.03") if now < BEGAN + 3_100 else GOOD)(now)

    few = World(plan(asks=analysis(inconclusive_limit=2)), delivery(), late).run()
    enough = World(plan(asks=analysis(inconclusive_limit=3)), delivery(), late).run()

    assert few.position.paused is not None
    assert few.position.paused.why is Why.ANALYSIS
    assert enough.position.phase is Phase.DELIVERED


def ordered(one: Delivery, order: Order) -> Delivery:
    return replace(one, order=Ordered(entry=9, order=order, person="max", reason="so I say"))


def test_a_paused_one_goes_on_when_somebody_says_so_and_its_step_begins_anew() -> None:
    world = World(plan(), delivery(), reading("", "0"))
    world.run()
    world.answer = GOOD
    world.now += 60_000

    world.delivery = ordered(world.delivery, Order.RESUME)
    world.tick()

    assert world.delivery.position.paused is None
    assert world.delivery.position.since == world.now
    assert not world.delivery.tallies
    assert world.run().position.phase is Phase.DELIVERED


def test_a_step_can_be_skipped_and_the_next_one_is_judged() -> None:
    world = World(plan(), delivery(), reading("", "0"))
    world.run()

    world.delivery = ordered(world.delivery, Order.SKIP)
    world.tick()

    assert world.delivery.position.weight == 50
    assert world.run().position.paused is not None


def test_whoever_watches_can_end_the_watch() -> None:
    world = World(plan(window=3_600_000), delivery(), GOOD)
    while world.delivery.position.phase is not Phase.WATCHING:
        world.tick()

    world.delivery = ordered(world.delivery, Order.SKIP)

    assert world.run().position.phase is Phase.DELIVERED


@pytest.mark.parametrize("phase", [Phase.PREPARING, Phase.ROLLING_OUT, Phase.WATCHING])
@pytest.mark.parametrize("paused", [False, True])
def test_it_can_be_aborted_anywhere(phase: Phase, *, paused: bool) -> None:
    why = Cause(why=Why.ORDER) if paused else None
    position = Position(phase=phase, since=BEGAN, weight=10, paused=why)

    found = decide(plan(), ordered(delivery(position=position), Order.ABORT), Sight(), BEGAN + 1)

    assert found is not None
    assert (found.phase, found.weight) == (Phase.ROLLING_BACK, 0)
    assert found.cause == Cause(why=Why.ORDER, name="max", text="so I say")


def test_an_order_to_pause_holds_the_weight() -> None:
    world = World(plan(), delivery(), GOOD)
    while world.delivery.position.step < 1:
        world.tick()

    world.delivery = ordered(world.delivery, Order.PAUSE)
    done = world.run()

    assert (done.position.weight, done.position.phase) == (50, Phase.ROLLING_OUT)
    assert done.position.paused == Cause(why=Why.ORDER, name="max", text="so I say")


def test_while_it_waits_what_turns_it_round_still_does() -> None:
    world = World(plan(), delivery(), GOOD)
    while world.delivery.position.step < 1:
        world.tick()
    world.delivery = ordered(world.delivery, Order.PAUSE)
    world.run()
    world.answer = BAD

    for _ in range(30):
        world.tick()

    assert world.delivery.position.phase is Phase.ROLLED_BACK


def test_a_crash_turns_it_round() -> None:
    def health(release: str, now: int) -> Health:
        if release == OLD or now < BEGAN + 2_000:
            return Health(ready=True)
        return Health(gone="was ended by SIGKILL")

    done = World(plan(), delivery(), GOOD, health).run()

    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause == Cause(why=Why.CRASH, text="was ended by SIGKILL")


def test_one_that_never_gets_ready_gets_no_requests() -> None:
    world = World(plan(start=5_000), delivery(), GOOD, lambda one, _: Health(ready=one == OLD))

    done = world.run()

    assert (done.position.phase, done.exposed) == (Phase.ROLLED_BACK, 0)
    assert done.position.cause is not None
    assert done.position.cause.why is Why.NOT_READY
    assert set(world.weights) == {0}


def test_one_that_is_not_ready_makes_no_progress() -> None:
    flips = World(
        plan(), delivery(), GOOD, lambda one, now: Health(ready=one == OLD or now == BEGAN)
    )

    with pytest.raises(AssertionError, match="does not end"):
        flips.run(most=500)

    assert flips.delivery.position.step == 0


def test_a_failure_mode_does_what_it_says() -> None:
    fires = {"wrong": "UnknownLabels"}
    for action, phase in (
        ("rollback", Phase.ROLLED_BACK),
        ("pause", Phase.ROLLING_OUT),
        ("page", Phase.DELIVERED),
    ):
        mode = Mode(name="wrong", action=action, symptom="labels are wrong")
        world = World(plan(modes={"wrong": mode}), delivery(), GOOD, firing=lambda _: fires)

        done = world.run()

        assert done.position.phase is phase
        found = done.position.cause or done.position.paused
        if found is not None:
            assert found.text == "labels are wrong (UnknownLabels)"


def test_what_the_manifest_lists_alone_turns_it_round_by_itself() -> None:
    listed = World(plan(automatic=frozenset({"errors"})), delivery(), BAD).run()
    unlisted = World(plan(automatic=frozenset({"other"})), delivery(), BAD).run()
    mode = Mode(name="wrong", action="page", symptom="labels are wrong")
    paged = World(
        plan(automatic=frozenset({"wrong"}), modes={"wrong": mode}),
        delivery(),
        GOOD,
        firing=lambda _: {"wrong": "A"},
    ).run()

    assert listed.position.phase is Phase.ROLLED_BACK
    assert (unlisted.position.phase, unlisted.position.weight) == (Phase.ROLLING_OUT, 10)
    assert unlisted.position.paused is not None
    assert unlisted.position.paused.name == "errors"
    assert paged.position.phase is Phase.ROLLED_BACK


def test_behind_the_last_step_it_is_watched_as_long_as_the_window_says() -> None:
    late = World(plan(window=60_000), delivery(), GOOD)
    late.run()

    def worse(now: int) -> Reading:
        return (BAD if now > BEGAN + 30_000 else GOOD)(now)

    early = World(plan(window=60_000), delivery(), worse)
    done = early.run()

    assert late.phases[-2:] == [Phase.WATCHING, Phase.DELIVERED]
    assert late.delivery.position.since - late.positions[-2].since == 60_000
    assert done.position.phase is Phase.ROLLED_BACK
    assert early.weights[-3:] == [100, 0, 0]


def test_a_rollback_counts_when_what_verifies_it_succeeds_on_the_release_before() -> None:
    world = World(plan(verify=("errors",)), delivery(), BAD)
    while world.delivery.position.phase is not Phase.ROLLING_BACK:
        world.tick()
    assert active(world.plan, world.delivery) == ("errors",)
    for _ in range(20):
        world.tick()
    assert world.delivery.position.phase is Phase.ROLLING_BACK

    world.answer = GOOD

    assert world.run().position.phase is Phase.ROLLED_BACK


def test_a_rollback_that_takes_too_long_is_no_success() -> None:
    done = World(plan(verify=("errors",), back=10_000), delivery(), BAD).run()

    assert (done.position.phase, done.position.late) == (Phase.FAILED, True)
    assert done.position.cause is not None
    assert "errors did not succeed on it" in done.position.cause.text
    assert done.position.cause.text.startswith("value is 0.3")
    assert done.serving == OLD


def test_a_rollback_waits_for_the_pointer_and_for_the_release_before() -> None:
    world = World(plan(), delivery(), BAD, settled=False)
    for _ in range(30):
        world.tick()
    assert world.delivery.position.phase is Phase.ROLLING_BACK

    world.settled = True
    assert world.run().position.phase is Phase.ROLLED_BACK

    refused = World(plan(), delivery(), BAD, unsettled="the gate lets it not go back").run()
    assert refused.position.phase is Phase.FAILED
    assert refused.serving == OLD


def test_without_a_release_before_there_is_nothing_to_go_back_to() -> None:
    done = World(plan(), delivery(previous=""), BAD).run()

    assert (done.position.phase, done.serving) == (Phase.FAILED, "")
    assert desired(done).release is False


def test_a_restored_release_that_does_not_come_up_leaves_what_is_there() -> None:
    restoring = delivery(strategy=Strategy.RESTORE)
    done = World(
        plan(Step(weight=100), strategy=Strategy.RESTORE, start=1_000),
        restoring,
        GOOD,
        lambda _one, _now: Health(),
    ).run()

    assert done.position.phase is Phase.FAILED
    assert desired(done).previous


def test_a_pointer_that_moved_and_what_was_found_turn_it_round() -> None:
    found = Cause(why=Why.VERIFICATION, text="a blob is damaged")
    moved = decide(plan(), delivery(), Sight(moved="sha256:c"), BEGAN)
    refused = decide(plan(), delivery(), Sight(refused=found), BEGAN)

    assert moved is not None
    assert moved.cause is not None
    assert (moved.phase, moved.cause.why) == (Phase.ROLLING_BACK, Why.POINTER)
    assert refused is not None
    assert (refused.phase, refused.cause) == (Phase.ROLLING_BACK, found)


def at(phase: Phase, *, weight: int = 0) -> Position:
    return Position(phase=phase, since=BEGAN, weight=weight)


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("previous", ["", OLD])
def test_what_is_to_run_follows_from_the_position(
    strategy: Strategy, phase: Phase, previous: str
) -> None:
    one = delivery(strategy=strategy, previous=previous, position=at(phase, weight=40))
    wanted = desired(one)

    assert not (wanted.weight and not wanted.release)
    if phase in {Phase.ROLLED_BACK, Phase.FAILED}:
        assert (wanted.release, wanted.previous, wanted.weight) == (False, bool(previous), 0)
    elif phase is Phase.STOPPED:
        assert (wanted.release, wanted.previous) == (False, False)
    elif phase is Phase.DELIVERED:
        assert (wanted.release, wanted.previous, wanted.weight) == (True, False, 100)
    elif strategy is Strategy.RECREATE and previous:
        assert wanted.release is not wanted.previous
    else:
        assert (wanted.release, wanted.previous) == (True, bool(previous))


def test_an_ended_one_asks_nothing_and_wakes_nobody() -> None:
    for phase in (Phase.DELIVERED, Phase.ROLLED_BACK, Phase.FAILED, Phase.STOPPED):
        one = delivery(position=at(phase))

        assert due(plan(), one) == {}
        assert wakes(plan(), one, BEGAN) is None
        assert decide(plan(), one, Sight(), BEGAN + 10**9) is None


def test_analyses_of_no_step_are_asked_all_along() -> None:
    beside = plan(Step(weight=50, hold=10_000), Step(weight=100), beside=("errors",))

    assert World(beside, delivery(), GOOD).run().position.phase is Phase.DELIVERED
    assert World(beside, delivery(), BAD).run().position.phase is Phase.ROLLED_BACK
