"""Expressions of the shapes people write: their tests pass, and fail for another expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.render.orders import files_of, rendered
from tests.render.watched import changed, judged, watching, written
from weighbridge.codec.promql_tree import read_tree
from weighbridge.render.observability.inputs import cases, firing

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

LIMITS = st.sampled_from(["0.01", "0.2", "3", "250", "1e6"])
SHARES = st.sampled_from(["0.01", "0.25", "0.9"])
RANGES = st.sampled_from(["1m", "5m", "90s", "1h"])
COMPARED = st.sampled_from([">", ">=", "<", "<="])
PUBLISHED = [
    {"name": "a_total", "type": "counter"},
    {"name": "b_total", "type": "counter", "labels": {"stage": "model"}},
    {"name": "g", "type": "gauge"},
    {"name": "other", "type": "gauge"},
    {"name": "h", "type": "histogram"},
]


@st.composite
def compared(draw: st.DrawFn) -> str:
    """Draw a comparison of something that is measured."""
    span = draw(RANGES)
    code = draw(st.sampled_from(["", '{code="500"}', '{code=~"5.."}', '{code!~"2..|3.."}']))
    some = code or '{code="500"}'  # of all of it, the share would always be 1
    gathered = draw(st.sampled_from(["sum", "max", "avg", "min", "sum by (code)"]))
    gauge = draw(st.sampled_from(["g", "abs(g)", f"max_over_time(g[{span}])", "g * 2", "g - 1"]))
    amount = st.sampled_from(
        [
            gauge,
            f"rate(a_total{code}[{span}])",
            f"increase(a_total{code}[{span}])",
            f"{gathered}(rate(a_total{code}[{span}]))",
            f"histogram_quantile(0.9, sum by (le) (rate(h_bucket[{span}])))",
            f"rate(h_sum[{span}]) / rate(h_count[{span}])",
        ]
    )
    share = st.sampled_from(
        [
            f"sum(rate(a_total{code}[{span}])) / sum(rate(b_total[{span}]))",
            f"1 - sum(increase(a_total[{span}])) / sum(increase(b_total[{span}]))",
            f"sum(rate(a_total{some}[{span}])) / sum(rate(a_total[{span}]))",
        ]
    )
    if draw(st.booleans()):
        return f"{draw(share)} {draw(COMPARED)} {draw(SHARES)}"
    return f"{draw(amount)} {draw(COMPARED)} {draw(LIMITS)}"


@st.composite
def alerts(draw: st.DrawFn) -> dict[str, str]:
    """Draw an alert of one or two comparisons."""
    joined = draw(st.sampled_from(["", " and on () other > 7", " or on () other < 0.125"]))
    hold = draw(st.sampled_from(["0s", "30s", "5m"]))
    return {"expr": draw(compared()) + joined, "for": hold}


def several(size: int) -> SearchStrategy[list[dict[str, str]]]:
    drawn = st.lists(alerts(), min_size=size, max_size=size)
    return drawn.map(
        lambda many: [{"alert": f"Alert{place}", **one} for place, one in enumerate(many)]
    )


def hold_against_promtool(many: list[dict[str, str]], folder: Path) -> int:
    """Test alerts, and each of them again with other thresholds; return how many had a test."""
    change = watching(metrics={"expected": PUBLISHED}, alerts=many)
    done = rendered("prometheus", change=change)
    place = written(done, folder / "out")
    found = judged(place)
    assert found.returncode == 0, (many, found.stdout + found.stderr)
    files = files_of(done)
    tests = yaml.safe_load(files["tests/file-type-detector.test.yaml"])["tests"]
    names = {one["name"].split()[0] for one in tests}
    assert len(names) == len(many) - sum("has no test" in one for one in done.notices)
    for name in sorted(names):
        for factor in (0.8, 1.25):
            rule = re.compile(rf'(alert: {name}\n\s+expr: ".*? (?:[<>]=?) )([0-9.e+]+)')
            text = files["rules/file-type-detector.rules.yaml"]
            stands = rule.search(text)
            assert stands is not None
            limit = f"{float(stands[2]) * factor:g}"
            other = changed(place, stands[0], stands[1] + limit, folder / f"{name}-{factor}")
            assert judged(other).returncode != 0, (many[int(name[5:])], limit)
    return len(names)


def test_alerts_as_people_write_them_are_tested_and_the_tests_can_fail(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    tried = [
        {"alert": "Alert0", "expr": "g > 0.2", "for": "5m"},
        {
            "alert": "Alert1",
            "expr": 'sum(rate(a_total{code=~"5.."}[5m])) / sum(rate(a_total[5m])) > 0.25',
        },
        {
            "alert": "Alert2",
            "expr": "histogram_quantile(0.9, sum by (le) (rate(h_bucket[1m]))) >= 3",
            "for": "30s",
        },
    ]
    assert hold_against_promtool(tried, tmp_path_factory.mktemp("few")) == len(tried)


TIMES = (7200.0, 10800.0)
USUAL = {
    name: {"release": "ours"}
    for name in ("a_total", "b_total", "g", "other", "h_bucket", "h_sum", "h_count")
}


@given(alerts())
def test_situations_of_every_shape_tell_a_threshold_from_others(drawn: dict[str, str]) -> None:
    text = drawn["expr"]
    found = cases(read_tree(text), TIMES, USUAL)
    stands = re.match(r"(.*? (?:[<>]=?) )([0-9.e+]+)", text)
    assert stands is not None
    for factor in (0.8, 1.25):
        other = f"{stands[1]}{float(stands[2]) * factor:g}{text[stands.end() :]}"
        told = [bool(firing(read_tree(other), one.series, TIMES)) for one in found]
        assert told != [bool(one.firing) for one in found], other


@pytest.mark.slow
@given(several(3))
@settings(max_examples=4, database=None, phases=[Phase.generate])
def test_alerts_of_all_shapes_are_tested_and_the_tests_can_fail(
    tmp_path_factory: pytest.TempPathFactory, many: list[dict[str, str]]
) -> None:
    assert hold_against_promtool(many, tmp_path_factory.mktemp("many")) > 0
