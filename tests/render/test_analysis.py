from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.render.orders import files_of, rendered
from weighbridge.model.condition import read_condition
from weighbridge.render.analysis import Question
from weighbridge.render.argo_analyses import conditions
from weighbridge.render.thresholds import threshold

RATIO = 'sum(rate(e_total{release="$release"}[1m])) / sum(rate(t_total{release="$release"}[1m]))'
WHOLE: dict[str, Any] = {
    "name": "errors",
    "query": RATIO,
    "success": "value < 0.01",
    "failure": "value > 0.05",
    "interval": "30s",
    "minSamples": 200,
    "onNoData": "pause",
}
TEMPLATES = sorted((Path(__file__).parents[2] / "src/weighbridge/model/templates").glob("*.yaml"))
answers = st.lists(
    st.one_of(
        st.sampled_from([0.0, 0.01, 0.03, 0.05, 0.5, 1.0, math.nan, math.inf, -math.inf]),
        st.floats(0, 1),
    ),
    max_size=3,
)
pairs = st.sampled_from(
    [
        ("value < 0.01", "value > 0.05"),
        ("value < 0.01", None),
        (None, "value > 0.05"),
        ("value == 0 || value > 0.5", "value < 0.01 && value > 0"),
        ("value != 0.5", None),
        ("!(value >= 0.01)", "value in [0.5, 1]"),
    ]
)


def analysis(**change: object) -> dict[str, Any]:
    """Return the change of a manifest to one analysis."""
    one = {key: value for key, value in (WHOLE | change).items() if value is not None}
    return {"spec": {"rollout": {"analysis": [one]}}}


def phase(success: str, failure: str, result: list[float]) -> str:
    """Judge as Argo Rollouts does: its words (expr-lang) as Python's, failure before success."""

    def holds(text: str) -> bool:
        text = re.sub(r"(all|any)\(result, \{(.*?)\}\)", r"\1((\2) for x in result)", text)
        for theirs, ours in (("&&", " and "), ("||", " or "), ("#", "x")):
            text = text.replace(theirs, ours)
        text = re.sub(r"!(is\w+\(x\))", r"(not \1)", text)
        known = {"isNaN": math.isnan, "isInf": math.isinf, "len": len, "all": all, "any": any}
        return bool(eval(text, {"__builtins__": {}, "result": result, **known}))  # noqa: S307 - ours

    if holds(failure):
        return "failed"
    return "successful" if holds(success) else "inconclusive"


def expected(pair: tuple[str | None, str | None], no_data: str, result: list[float]) -> str:
    """Judge as the manifest says."""
    success, failure = pair

    def told(text: str, value: float) -> bool:
        return read_condition(text, ("value",)).holds({"value": Decimal(repr(value))})

    def fails(value: float) -> bool:
        return told(failure, value) if failure else not told(success or "", value)

    def passes(value: float) -> bool:
        return told(success, value) if success else not fails(value)

    numbers = [one for one in result if math.isfinite(one)]
    silent = len(numbers) < len(result) or not result
    if any(map(fails, numbers)) or (silent and no_data == "fail"):
        return "failed"
    all_pass = all(map(passes, numbers)) and (not silent or no_data == "pass")
    return "successful" if all_pass else "inconclusive"


@given(pairs, st.sampled_from(["pause", "fail", "pass"]), answers)
def test_argo_judges_every_answer_as_the_manifest_does(
    pair: tuple[str | None, str | None], no_data: str, result: list[float]
) -> None:
    success, failure = pair
    passes = threshold(success) if success else threshold(failure or "").negated()
    fails = threshold(failure) if failure else threshold(success or "").negated()
    question = Question(
        name="errors",
        pointer="",
        query="",
        single=True,
        passes=passes,
        fails=fails,
        no_data=no_data,
        interval=None,
        count=None,
        failure_limit=0,
        inconclusive_limit=0,
    )
    assert phase(*conditions(question), result) == expected(pair, no_data, result)


@pytest.mark.parametrize("kind", ["argo", "flagger"])
def test_a_query_is_of_the_release_and_answers_from_enough_samples_only(kind: str) -> None:
    files = files_of(rendered(kind))
    text = next(text for name, text in files.items() if "template-errors" in name)
    digest = yaml.safe_load(text)["metadata"]["annotations"]["weighbridge.dev/release"]
    assert "$release" not in text
    assert text.count(f'release=\\"{digest}\\"') >= 3
    assert f'(sum(increase(requests_total{{release=\\"{digest}\\"}}[1m])) >= 200)' in text


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"query": "up"}, "minSamples", "nothing in the query of analysis errors counts samples"),
        ({"query": "sum("}, "query", "the query of analysis errors opens"),
        ({"query": "rate(up)"}, "query", "without a range of time"),
        ({"query": f'{RATIO} and up{{a="{{{{x}}}}"}}', "minSamples": 0}, "query", "braces"),
        ({"success": "value * 2 < 1"}, "success", "success of analysis errors calculates"),
        ({"failure": "value > value"}, "failure", "failure of analysis errors compares"),
        ({"success": None, "failure": None}, "success", "neither when it succeeds nor"),
        ({"count": 5, "interval": None}, "interval", "how far apart its 5 measurements"),
    ],
)
@pytest.mark.parametrize("kind", ["argo", "flagger"])
def test_what_no_controller_can_ask_is_refused_with_what_would_do(
    kind: str, change: dict[str, Any], field: str, words: str
) -> None:
    refusal = rendered(kind, change=analysis(**change)).refusals[0]
    assert refusal.pointer == f"/spec/rollout/analysis/0/{field}"
    assert words in refusal.message
    assert refusal.alternatives or "opens" in words


@pytest.mark.parametrize("kind", ["argo", "flagger"])
def test_a_step_that_names_no_analysis_there_is_is_refused(kind: str) -> None:
    steps = [{"weight": 10, "analysis": "other"}, {"weight": 100}]
    done = rendered(kind, change={"spec": {"rollout": {"steps": steps}}})
    assert [one.pointer for one in done.refusals] == ["/spec/rollout/steps/0/analysis"]
    assert done.refusals[0].wanted == "errors"


def test_what_an_empty_answer_means_is_said_where_the_manifest_does_not() -> None:
    done = rendered("argo", change=analysis(onNoData=None))
    assert any("does not say what an empty answer means: it pauses" in one for one in done.notices)


def test_samples_that_are_an_amount_are_said() -> None:
    change = analysis()
    expected = [{"name": "t_total", "type": "counter", "unit": "seconds"}]
    change["spec"]["observability"] = {"metrics": {"expected": expected}}
    done = rendered("argo", change=change)
    assert "analysis errors counts as samples what t_total counts: seconds" in done.notices


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_analysis_of_our_templates_can_be_asked(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    asked = document["spec"]["release"]["spec"]["rollout"]["analysis"]
    steps = [{"weight": 100, "hold": "5m"}]
    for kind in ("argo", "flagger"):
        change = {"spec": {"rollout": {"analysis": asked, "steps": steps}}}
        assert not rendered(kind, change=change).refusals
