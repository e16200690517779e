"""Where a mutant of the rollout machine would live: limits to the millisecond, and what is empty.

All mutants of the five modules (scripts.mutants) were tried against tests/rollout but its
properties. Those that survive change nothing anybody could see:

- an empty text or False in place of None, 0 or an empty tuple, where only its truth is asked, or
  which Python takes as equal (`_missing`; `or 0` and `or 1` of `question_of`; `or ()` of `_steps`
  and of `counting`), and a default text that everybody says (`PlanError`);
- what cannot be reached: a value that is no number, and an answer without values, which were
  refused before (`_judged`); a step's analysis that is None, by which no question is called
  (`_steps`); a step that judges and is none (`_next`); a tally that failed without a last
  measurement (`_failed`, `_stopped`);
- what comes to the same by another way: what is not ready makes no progress (`_progress`), and a
  step without an analysis has a count of 0 (`_is_judged`);
- another number of no decimals to round to (`_plain`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rollout.worlds import BEGAN, analysis, delivery, plan
from weighbridge.model.delivery import (
    Cause,
    Delivery,
    Health,
    Measured,
    Order,
    Ordered,
    Outcome,
    Phase,
    Position,
    Strategy,
    Tally,
    Why,
)
from weighbridge.rollout.machine import Sight, active, decide, desired, due, wakes
from weighbridge.rollout.plan import Mode, Step
from weighbridge.rollout.questions import Question, question_of

if TYPE_CHECKING:
    from weighbridge.rollout.plan import Plan

READY = Health(ready=True)
AT = "/spec/rollout/analysis/0"
STEP = Step(weight=10, hold=5_000, analysis="errors", before=3_000, count=2)


def asked(**more: Any) -> Question:  # noqa: ANN401 - whatever an analysis has
    return question_of(analysis(**more), AT, scrape=1000)


def standing(phase: Phase, *, paused: bool = False, **more: Any) -> Delivery:  # noqa: ANN401
    """Return a delivery that stands somewhere since it began."""
    position = Position(
        phase=phase,
        since=BEGAN,
        weight=10 if phase is Phase.ROLLING_OUT else 0,
        paused=Cause(why=Why.ORDER) if paused else None,
    )
    return delivery(position=position, **more)


def counted(one: Delivery, *, ago: int = 0, **tally: int) -> Delivery:
    """Return a delivery of which `errors` was measured so often, the last time at its beginning."""
    last = Measured(analysis="errors", at=BEGAN - ago, outcome=Outcome.SUCCESS)
    return replace(one, tallies={"errors": Tally(last=last, **tally)})


def test_a_step_is_measured_first_when_it_says_and_so_often() -> None:
    rolling = standing(Phase.ROLLING_OUT)
    steps = plan(STEP, Step(weight=100))

    assert due(steps, rolling) == {"errors": BEGAN + 3_000}
    assert due(steps, counted(rolling, successes=1)) == {"errors": BEGAN + 1_000}
    assert due(steps, counted(rolling, successes=1, failures=1)) == {}
    assert due(steps, counted(rolling, successes=1, inconclusive=4)) == {"errors": BEGAN + 1_000}


def test_what_is_asked_beside_a_step_follows_its_own_count() -> None:
    rolling = standing(Phase.ROLLING_OUT)
    step = Step(weight=10, hold=5_000, analysis="other", before=3_000, count=9)
    both = {"errors": asked(count=2), "other": replace(asked(), name="other")}
    beside = plan(step, Step(weight=100), questions=both, beside=("errors",))

    assert due(beside, rolling) == {"errors": BEGAN + 1_000, "other": BEGAN + 3_000}
    assert due(beside, counted(rolling, successes=2)) == {"other": BEGAN + 3_000}
    endless = replace(beside, questions={**both, "errors": asked(count=None)})
    assert due(endless, counted(rolling, successes=2))["errors"] == BEGAN + 1_000


def test_what_has_no_interval_is_asked_once_in_a_step_and_again_where_it_has_no_end() -> None:
    once = asked(interval=None, count=None)
    steps = plan(Step(weight=10, hold=1, analysis="errors", count=2), questions={"errors": once})

    assert due(steps, counted(standing(Phase.ROLLING_OUT), successes=1)) == {}
    for endless in (standing(Phase.WATCHING), standing(Phase.ROLLING_OUT, paused=True)):
        again = due(steps, counted(endless, successes=5))
        assert again == {"errors": BEGAN + once.freshness}


def test_nothing_is_asked_that_could_turn_nothing() -> None:
    nothing = plan(automatic=frozenset())
    verified = plan(verify=("errors", "gone"))

    assert active(nothing, standing(Phase.ROLLING_OUT)) == ("errors",)
    assert active(nothing, standing(Phase.ROLLING_OUT, paused=True)) == ()
    assert active(nothing, standing(Phase.WATCHING)) == ()
    assert active(verified, standing(Phase.ROLLING_BACK)) == ("errors",)
    assert active(verified, standing(Phase.ROLLING_BACK, previous="")) == ()
    assert active(verified, standing(Phase.PREPARING)) == ()


def test_what_has_reached_no_step_is_not_skipped_to_its_end() -> None:
    order = Ordered(entry=9, order=Order.SKIP, person="max", reason="so I say")
    one = standing(Phase.PREPARING, paused=True, order=order)

    found = decide(plan(), one, Sight(), BEGAN + 1)

    assert found == Position(phase=Phase.PREPARING, since=BEGAN + 1)


@pytest.mark.parametrize("phase", [Phase.PREPARING, Phase.ROLLING_OUT, Phase.WATCHING])
def test_what_is_resumed_stays_where_it_is(phase: Phase) -> None:
    order = Ordered(entry=9, order=Order.RESUME, person="max", reason="so I say")
    one = standing(phase, paused=True, order=order)

    found = decide(plan(window=60_000), one, Sight(), BEGAN + 1)

    assert found == replace(one.position, paused=None, since=BEGAN + 1)


def moved(steps: Plan, one: Delivery, lasted: int, **sight: Any) -> Position | None:  # noqa: ANN401
    """Decide where a delivery goes that has stood so long."""
    return decide(steps, one, Sight(**sight), BEGAN + lasted)


def test_a_start_may_take_as_long_as_it_may_and_no_longer() -> None:
    one = standing(Phase.PREPARING)

    assert moved(plan(start=2_000), one, 2_000) is None
    late = moved(plan(start=2_000), one, 2_001)
    assert late is not None
    assert late.cause == Cause(why=Why.NOT_READY, text="it was not ready after 2 s")
    assert wakes(plan(start=2_000), one, BEGAN) == BEGAN + 2_001


def test_a_step_ends_when_it_has_lasted_and_is_judged() -> None:
    judged = counted(standing(Phase.ROLLING_OUT), successes=2)
    steps = plan(STEP, Step(weight=100))

    assert moved(steps, judged, 4_999, release=READY) is None
    assert moved(steps, judged, 5_000) is None
    ended = moved(steps, judged, 5_000, release=READY)
    assert ended == Position(phase=Phase.ROLLING_OUT, step=1, weight=100, since=BEGAN + 5_000)
    once = counted(standing(Phase.ROLLING_OUT), successes=1)
    assert moved(steps, once, 5_000, release=READY) is None
    assert wakes(steps, judged, BEGAN + 1) == BEGAN + 5_000


def test_a_window_lasts_to_the_millisecond_and_is_not_ended_by_what_is_not_ready() -> None:
    one = counted(standing(Phase.WATCHING), ago=1_000)
    watched = plan(window=60_000)

    assert moved(watched, one, 59_999, release=READY) is None
    assert moved(watched, one, 60_000) is None
    ended = moved(watched, one, 60_000, release=READY)
    assert ended == Position(phase=Phase.DELIVERED, weight=100, since=BEGAN + 60_000)
    assert wakes(watched, one, BEGAN) == BEGAN + 60_000
    assert wakes(watched, standing(Phase.WATCHING, paused=True), BEGAN + 1_000) is None


def test_a_rollback_is_late_when_it_is_and_fails_only_then() -> None:
    one = standing(Phase.ROLLING_BACK)
    back: dict[str, Any] = {"previous": READY, "settled": True}

    in_time = moved(plan(back=3_000), one, 3_000, **back)
    late = moved(plan(back=3_000), one, 3_001, **back)
    assert (in_time, late) == (
        Position(phase=Phase.ROLLED_BACK, since=BEGAN + 3_000),
        Position(phase=Phase.ROLLED_BACK, since=BEGAN + 3_001, late=True),
    )
    assert moved(plan(back=3_000), one, 3_000) is None
    assert moved(plan(back=3_000), one, 1, previous=READY) is None, "the pointer is not back"
    failed = moved(plan(back=3_000), one, 3_001)
    assert failed is not None
    assert (failed.phase, failed.late) == (Phase.FAILED, True)
    assert failed.cause == Cause(why=Why.TIMEOUT, text="the release before is not ready")
    assert wakes(plan(back=3_000), one, BEGAN) == BEGAN + 3_001


@pytest.mark.parametrize(
    ("sight", "said"),
    [
        ({"previous": Health(gone="was killed"), "settled": True}, "the release before was killed"),
        ({"previous": READY, "unsettled": "the gate says no"}, "the gate says no"),
    ],
)
def test_a_rollback_that_cannot_be_done_is_not_waited_for(sight: dict[str, Any], said: str) -> None:
    cause = Cause(why=Why.CRASH, text="it crashed")
    one = standing(Phase.ROLLING_BACK)
    turned = replace(one, position=replace(one.position, cause=cause))

    found = moved(plan(), turned, 1, **sight)

    assert found is not None
    assert (found.phase, found.late) == (Phase.FAILED, True)
    assert found.cause == replace(cause, text=f"it crashed; and {said}")


@pytest.mark.parametrize(
    ("settled", "said"),
    [
        (False, "the pointer is not back"),
        (True, "errors did not succeed on it: not asked yet"),
    ],
)
def test_what_a_rollback_waited_for_in_vain_is_told(said: str, *, settled: bool) -> None:
    one = standing(Phase.ROLLING_BACK)

    found = moved(plan(verify=("errors",), back=1), one, 2, previous=READY, settled=settled)

    assert found is not None
    assert found.cause == Cause(why=Why.TIMEOUT, text=said)


def test_without_one_before_it_a_rollback_is_over_at_once_and_not_late() -> None:
    found = moved(plan(), standing(Phase.ROLLING_BACK, previous=""), 1)

    assert found == Position(phase=Phase.FAILED, since=BEGAN + 1)


def test_turning_keeps_the_step_and_what_crashes_before_it_serves_was_not_ready() -> None:
    one = standing(Phase.ROLLING_OUT)
    second = replace(one, position=replace(one.position, step=1))
    ended = Health(gone="exited with 1")

    found = decide(plan(), second, Sight(release=ended), BEGAN)
    before = decide(plan(), standing(Phase.PREPARING), Sight(release=ended), BEGAN)

    assert found is not None
    assert before is not None
    assert (found.step, found.weight, found.cause) == (
        1,
        0,
        Cause(why=Why.CRASH, text="exited with 1"),
    )
    assert before.cause == Cause(why=Why.NOT_READY, text="exited with 1")


def test_a_pointer_that_moved_is_told_by_where_it_is() -> None:
    found = decide(plan(), standing(Phase.PREPARING), Sight(moved="sha256:c"), BEGAN)

    assert found is not None
    assert found.cause == Cause(why=Why.POINTER, text="production points to sha256:c now")


def test_what_waits_or_has_ended_goes_nowhere_by_itself() -> None:
    waiting = counted(standing(Phase.ROLLING_OUT, paused=True), successes=2)

    assert moved(plan(STEP, Step(weight=100)), waiting, 5_000, release=READY) is None
    for phase in (Phase.DELIVERED, Phase.ROLLED_BACK, Phase.FAILED, Phase.STOPPED):
        assert moved(plan(), standing(phase), 10**9, release=READY) is None
        assert moved(plan(), standing(phase), 1, moved="sha256:c") is None


def test_signals_before_any_request_turn_nothing() -> None:
    fires = {"wrong": "UnknownLabels"}

    assert moved(plan(), standing(Phase.PREPARING), 1, firing=fires) is None


def test_signals_the_manifest_does_not_name_or_list_turn_nothing() -> None:
    one = standing(Phase.WATCHING)
    page = {"wrong": Mode(name="wrong", action="page", symptom="labels are wrong")}
    listed = plan(window=60_000, modes=page, automatic=frozenset({"errors"}))

    assert moved(plan(window=60_000), one, 1, firing={"unknown": "A"}) is None
    assert moved(listed, one, 1, firing={"wrong": "A"}) is None


def test_while_a_blue_one_waits_the_green_one_runs_and_gets_the_rest() -> None:
    wanted = desired(standing(Phase.ROLLING_OUT, strategy=Strategy.BLUE_GREEN))

    assert (wanted.release, wanted.previous, wanted.weight) == (True, True, 10)
