"""Analyses made ready, and measurements judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rollout.worlds import BEGAN, OLD, QUERY, analysis, outage, reading
from weighbridge.model.delivery import Answer, Outcome, Reading
from weighbridge.rollout.judging import judge
from weighbridge.rollout.questions import PlanError, about, question_of

if TYPE_CHECKING:
    from weighbridge.rollout.questions import Question

AT = "/spec/rollout/analysis/0"


def asked(**more: Any) -> Question:  # noqa: ANN401 - whatever an analysis has
    return question_of(analysis(**more), AT, scrape=1000)


def test_what_counts_the_samples_and_how_new_they_are_is_asked_beside_the_value() -> None:
    found = question_of(analysis(), AT, scrape=1000)

    assert found.query == QUERY
    assert found.counting == ('sum(increase(requests_total{release="$release"}[10s]))',)
    assert found.newest == (
        'max(timestamp(errors_total{release="$release"}) or '
        'timestamp(requests_total{release="$release"}))'
    )
    assert found.freshness == 3_000
    assert OLD in about(found.newest, OLD)


def test_matchers_are_written_as_promql_reads_them() -> None:
    query = 'sum(rate(a{path=~"/v1/\\\\d+",quoted="say \\"x\\"",release="$release"}[1m]))'
    found = question_of(analysis(query=query, min_samples=None), AT, scrape=15_000)

    again = question_of(analysis(query=found.newest, min_samples=None), AT, scrape=15_000)

    assert found.freshness == 45_000
    assert again.newest == f"max({found.newest.removeprefix('max(').removesuffix(')')})"


def test_a_query_of_no_metric_has_no_age() -> None:
    found = question_of(analysis(query="vector(1)", min_samples=None), AT, scrape=1000)

    assert (found.newest, found.counting) == ("", ())


@pytest.mark.parametrize(
    ("more", "pointer", "said"),
    [
        ({"query": "sum("}, f"{AT}/query", "the query of analysis errors"),
        ({"query": "up"}, f"{AT}/minSamples", "counts samples"),
        ({"success": None, "failure": None}, f"{AT}/success", "neither"),
        ({"success": "value <"}, f"{AT}/success", "a condition of analysis errors"),
        ({"failure": "valu > 1"}, f"{AT}/failure", "valu"),
        ({"count": 3, "interval": None}, f"{AT}/interval", "how far apart"),
    ],
)
def test_what_cannot_be_asked_is_refused_where_it_stands(
    more: dict[str, Any], pointer: str, said: str
) -> None:
    with pytest.raises(PlanError, match=said) as caught:
        asked(**more)

    assert caught.value.pointer == pointer


def judged(given: Reading, **more: Any) -> tuple[Outcome, bool, str]:  # noqa: ANN401 - likewise
    found = judge(question_of(analysis(**more), AT, scrape=1000), given, BEGAN)
    return found.outcome, found.no_data, found.text


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("0.0099", Outcome.SUCCESS),
        ("0.01", Outcome.INCONCLUSIVE),
        ("0.05", Outcome.INCONCLUSIVE),
        ("0.050000000000000001", Outcome.FAILURE),
        ("1e-3", Outcome.SUCCESS),
    ],
)
def test_a_value_is_what_its_conditions_say(value: str, outcome: Outcome) -> None:
    assert judged(reading(value)(BEGAN))[0] is outcome


def test_one_condition_alone_says_what_the_other_would() -> None:
    for value, outcome in (("0.001", Outcome.SUCCESS), ("0.02", Outcome.FAILURE)):
        assert judged(reading(value)(BEGAN), failure=None)[0] is outcome
    for value, outcome in (("0.04", Outcome.SUCCESS), ("0.06", Outcome.FAILURE)):
        assert judged(reading(value)(BEGAN), success=None)[0] is outcome


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (reading("")(BEGAN), "the answer is empty"),
        (reading("NaN")(BEGAN), "no finite number: NaN"),
        (reading("+Inf")(BEGAN), "no finite number: +Inf"),
        (reading("0.001", "19")(BEGAN), "it rests on 19 samples, and 20 are needed"),
        (reading("0.001", "")(BEGAN), "it rests on 0 samples"),
        (reading("0.001", age=3.5)(BEGAN), "the newest sample is 3 s old"),
        (
            Reading(value=Answer(values=("0.001",)), newest=Answer()),
            "there is no new sample",
        ),
    ],
)
def test_what_is_missing_scarce_or_old_is_no_data(given: Reading, said: str) -> None:
    outcome, no_data, text = judged(given)

    assert (outcome, no_data) == (Outcome.INCONCLUSIVE, True)
    assert said in text
    assert judged(given, on_no_data="fail")[0] is Outcome.FAILURE
    assert judged(given, on_no_data="pass")[0] is Outcome.SUCCESS


def test_a_store_that_does_not_answer_passes_nothing() -> None:
    assert judged(outage(BEGAN), on_no_data="pass")[0] is Outcome.INCONCLUSIVE
    assert judged(outage(BEGAN), on_no_data="fail")[0] is Outcome.FAILURE


def several(*values: str) -> Reading:
    return Reading(
        value=Answer(values=values),
        samples=(Answer(values=("100",)),),
        newest=Answer(values=(str(BEGAN / 1000),)),
    )


def test_of_several_series_one_that_fails_is_enough_and_all_must_succeed() -> None:
    assert judged(several("0.001", "0.002"))[0] is Outcome.SUCCESS
    assert judged(several("0.001", "0.03"))[0] is Outcome.INCONCLUSIVE
    outcome, _, text = judged(several("0.001", "0.03", "0.3"))
    assert (outcome, text) == (Outcome.FAILURE, "value is 0.3; value > 0.05 fails")


def test_a_condition_that_cannot_be_told_is_neither() -> None:
    outcome, no_data, text = judged(reading("0")(BEGAN), success="1 / value > 3", failure=None)

    assert (outcome, no_data) == (Outcome.INCONCLUSIVE, False)
    assert text.startswith("the condition")
