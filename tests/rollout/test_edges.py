"""Where a mutant of the rollout machine would live: limits to the millisecond, and what is empty.

Found by `scripts.mutants`. Of what it names, these are as good as what stands there: an empty text
or None where only its truth is asked (`_missing`); a value that is no number where such were refused
before (`_judged`); a step's analysis that is None, which no question is called; a tally that failed
and has no last measurement (`_failed`, `_stopped`); counters of samples that are not there, of which
the minimum was refused before (`question_of`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rollout.test_plan import ANALYSIS, made
from tests.rollout.worlds import BEGAN, analysis, delivery, plan, reading
from weighbridge.model.delivery import (
    Answer,
    Cause,
    Delivery,
    Health,
    Measured,
    Order,
    Ordered,
    Outcome,
    Phase,
    Position,
    Reading,
    Strategy,
    Tally,
    Why,
)
from weighbridge.rollout.judging import judge
from weighbridge.rollout.machine import Sight, active, decide, desired, due, wakes
from weighbridge.rollout.plan import Step
from weighbridge.rollout.questions import PlanError, Question, question_of

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
    ("sight", "tally", "said"),
    [
        ({"settled": False}, {}, "the pointer is not back"),
        ({"settled": True}, {}, "errors did not succeed on it: not asked yet"),
    ],
)
def test_what_a_rollback_waited_for_in_vain_is_told(
    sight: dict[str, Any], tally: dict[str, int], said: str
) -> None:
    one = standing(Phase.ROLLING_BACK, **tally)

    found = moved(plan(verify=("errors",), back=1), one, 2, previous=READY, **sight)

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


def test_signals_before_any_request_turn_nothing() -> None:
    fires = {"wrong": "UnknownLabels"}

    assert moved(plan(), standing(Phase.PREPARING), 1, firing=fires) is None


def test_while_a_blue_one_waits_the_green_one_runs_and_gets_the_rest() -> None:
    wanted = desired(standing(Phase.ROLLING_OUT, strategy=Strategy.BLUE_GREEN))

    assert (wanted.release, wanted.previous, wanted.weight) == (True, True, 10)


def test_a_step_that_says_nothing_measures_nothing() -> None:
    assert Step(weight=100) == Step(weight=100, hold=0, analysis="", before=0, count=0)


def test_a_plan_without_analyses_has_none_and_one_without_an_interval_asks_once() -> None:
    plain = made(rollout={"strategy": "canary", "steps": [{"weight": 20}], "analysis": None})
    one = {key: value for key, value in ANALYSIS.items() if key != "interval"}
    steps = [{"weight": 20, "hold": "1m", "analysis": "errors"}]
    once = made(rollout={"strategy": "canary", "steps": steps, "analysis": [one]})

    assert (plain.questions, plain.beside) == ({}, ())
    assert once.steps[0] == Step(weight=20, hold=60_000, analysis="errors", before=60_000, count=1)


def test_what_cannot_be_asked_says_which_and_what_stands_there() -> None:
    wrong = {**ANALYSIS, "name": "other", "query": "sum("}
    rollout = {"strategy": "canary", "steps": [{"weight": 100}], "analysis": [ANALYSIS, wrong]}

    with pytest.raises(PlanError) as caught:
        made(rollout=rollout)

    error = caught.value
    assert (error.pointer, error.seen) == ("/spec/rollout/analysis/1/query", "sum(")
    assert str(error) == error.message
    with pytest.raises(PlanError) as neither:
        asked(success=None, failure=None)
    assert (neither.value.seen, neither.value.hint) == ("", "say it: success: value < 0.01")


def test_what_an_analysis_does_not_say_is_the_careful_thing() -> None:
    found = asked(on_no_data=None, count=None, failure_limit=None, inconclusive_limit=None)

    assert (found.no_data, found.count, found.failure_limit, found.inconclusive_limit) == (
        "pause",
        0,
        0,
        0,
    )
    assert asked(count=1, interval=None).interval == 0
    assert asked(count=None, interval=None).interval == 0
    with pytest.raises(PlanError, match="how far apart"):
        asked(count=2, interval=None)


def test_a_matcher_of_two_lines_stays_one_of_two_lines() -> None:
    found = asked(query='a{b="x\\ny"}', min_samples=None)

    assert found.newest == 'max(timestamp(a{b="x\\ny"}))'


def answered(value: str = "0.001", samples: str = "100", **more: Any) -> Measured:  # noqa: ANN401
    return judge(asked(**more), reading(value, samples)(BEGAN), BEGAN)


def test_a_measurement_says_what_it_rests_on_and_no_more_than_was_asked() -> None:
    good, plain = answered(), answered(min_samples=None)

    assert (good.value, good.samples, good.text, good.no_data) == ("0.001", "100", "", False)
    assert (plain.samples, plain.outcome) == ("", Outcome.SUCCESS)
    none = answered(value="")
    assert (none.value, none.samples, none.no_data) == ("", "100", True)
    assert answered(value="fast").text == "the answer is no finite number: fast"


@pytest.mark.parametrize("samples", ["0", "NaN", "-1"])
def test_one_sample_that_is_none_is_not_one(samples: str) -> None:
    assert answered(samples=samples, min_samples=1).outcome is Outcome.INCONCLUSIVE


def test_a_count_beyond_all_counting_is_written_as_it_came() -> None:
    assert answered(samples="1e15").samples == "1E+15"
    assert answered(samples="999999999999999").samples == "999999999999999"


@pytest.mark.parametrize("which", ["value", "samples", "newest"])
def test_one_of_three_that_was_not_answered_is_enough(which: str) -> None:
    down = Answer(error="connection refused")
    good = reading("0.001")(BEGAN)
    given = replace(good, **{which: (down,) if which == "samples" else down})

    found = judge(asked(on_no_data="pass"), given, BEGAN)

    assert (found.outcome, found.no_data) == (Outcome.INCONCLUSIVE, True)
    assert found.text == "the metrics could not be asked: connection refused"


@pytest.mark.parametrize(
    ("age", "outcome"), [(3.0, Outcome.SUCCESS), (3.001, Outcome.INCONCLUSIVE)]
)
def test_a_sample_is_new_as_long_as_three_are_not_missed(age: float, outcome: Outcome) -> None:
    assert judge(asked(), reading("0.001", age=age)(BEGAN), BEGAN).outcome is outcome


def test_of_several_counters_the_fewest_count() -> None:
    few = (Answer(values=("100",)), Answer(values=("300", "19")))
    given = Reading(value=Answer(values=("0.001",)), samples=few)

    assert judge(asked(), given, BEGAN).text == "it rests on 19 samples, and 20 are needed"


def test_what_is_neither_says_what_would_be_either() -> None:
    assert answered(value="0.03").text == (
        "value is 0.03; value < 0.01 succeeds, value > 0.05 fails"
    )
    assert answered(value="0.03", failure=None).text == "value is 0.03; all else fails"


def test_a_long_reason_is_cut() -> None:
    down = Answer(error="x" * 900)

    assert len(judge(asked(), Reading(value=down), BEGAN).text) == 300
