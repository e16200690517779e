"""What an analysis asks and what is made of the answers, to the last digit; see `test_edges`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rollout.test_edges import asked
from tests.rollout.test_plan import ANALYSIS, made
from tests.rollout.worlds import BEGAN, reading
from weighbridge.model.delivery import Answer, Measured, Outcome, Reading
from weighbridge.rollout.judging import judge
from weighbridge.rollout.plan import DEFAULT_BACK, DEFAULT_START, Step
from weighbridge.rollout.questions import PlanError

SHORT = [{"weight": 20, "hold": "10s", "analysis": "errors"}]


def test_a_step_that_says_nothing_measures_nothing() -> None:
    assert Step(weight=100) == Step(weight=100, hold=0, analysis="", before=0, count=0)


def test_a_plan_without_analyses_has_none_and_one_without_an_interval_asks_once() -> None:
    plain = made(rollout={"strategy": "canary", "steps": [{"weight": 20}], "analysis": None})
    one = {key: value for key, value in ANALYSIS.items() if key != "interval"}
    steps = [{"weight": 20, "hold": "1m", "analysis": "errors"}]
    once = made(rollout={"strategy": "canary", "steps": steps, "analysis": [one]})

    assert (plain.questions, plain.beside) == ({}, ())
    short = made(rollout={"strategy": "canary", "steps": SHORT, "analysis": [ANALYSIS]})
    assert short.steps[0] == Step(weight=20, hold=10_000, analysis="errors", before=10_000, count=1)
    assert once.steps[0] == Step(weight=20, hold=60_000, analysis="errors", before=60_000, count=1)


def test_where_a_manifest_says_nothing_it_takes_minutes_and_is_verified_by_nothing() -> None:
    assert (DEFAULT_START, DEFAULT_BACK) == (120_000, 300_000)
    assert made(rollback={"to": "previous", "verify": None}).verify == ()


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
    change: dict[str, Any] = {which: (down,) if which == "samples" else down}
    given = replace(good, **change)

    found = judge(asked(on_no_data="pass"), given, BEGAN)

    assert (found.outcome, found.no_data) == (Outcome.INCONCLUSIVE, True)
    assert (found.value, found.samples) == ("", "")
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


def test_one_series_that_is_no_number_is_enough_to_know_nothing() -> None:
    assert several("0.001", "NaN").text == "the answer is no finite number: 0.001, NaN"
    assert several("0.3", "0.001").text == "value is 0.3; value > 0.05 fails"
    assert several("0.3", "0.001").value == "0.3"


def several(*values: str) -> Measured:
    good = reading("0.001")(BEGAN)
    return judge(asked(), replace(good, value=Answer(values=values)), BEGAN)


def test_the_least_number_of_samples_is_enough_and_none_at_all_is_not() -> None:
    assert answered(samples="20").outcome is Outcome.SUCCESS
    none = judge(asked(min_samples=1), Reading(value=Answer(values=("0.001",))), BEGAN)
    assert none.text == "it rests on 0 samples, and 1 are needed"


def test_a_long_reason_is_cut() -> None:
    down = Answer(error="x" * 900)

    assert len(judge(asked(), Reading(value=down), BEGAN).text) == 300
