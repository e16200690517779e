"""Alerts, failure modes and objectives: what is made of them, and what is said of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.orders import files_of, refused, rendered
from tests.render.watched import (
    ANALYSES,
    EXPECTED,
    OBJECTIVES,
    alert,
    judged,
    rules,
    watching,
    written,
)
from weighbridge.render.observability.rules import camel, seconds

if TYPE_CHECKING:
    from pathlib import Path

NAME = "file-type-detector"


def failing(*, analysis: dict[str, Any] | None = None, **mode: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a manifest
    """Return a merge patch for a release with one failure mode, and one analysis."""
    found = watching(metrics={"expected": EXPECTED})
    found["spec"]["failureModes"] = [
        {"id": "bad", "symptom": "it is bad", "action": "page", **mode}
    ]
    found["spec"]["rollout"] = {"analysis": [{**ANALYSES[0], **(analysis or {})}]}
    return found


def made(change: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the alerts of a release by their names."""
    text = files_of(rendered("prometheus", change=change))[f"rules/{NAME}.rules.yaml"]
    return {one["alert"]: one for one in rules(yaml.safe_load(text)) if "alert" in one}


def expr(change: dict[str, Any]) -> str:
    """Return the expression of the one alert, without the digest in it."""
    (one,) = made(change).values()
    text: str = one["expr"]
    return text.replace(one["labels"]["release"], "RELEASE")


QUERY = (
    'sum(rate(requests_errors_total{release="RELEASE"}[1m]))'
    ' / sum(rate(requests_total{release="RELEASE"}[1m]))'
)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"failure": "value > 0.05"}, f"({QUERY}) > 0.05"),
        ({"failure": "!(value <= 0.05)"}, f"({QUERY}) > 0.05"),
        ({"failure": "0.05 < value && value < 1"}, f"0.05 < ({QUERY}) and ({QUERY}) < 1"),
        ({"failure": "!(value > 1 || value < 0)"}, f"({QUERY}) <= 1 and ({QUERY}) >= 0"),
        ({"failure": "value * 2 - 1 > -3"}, f"({QUERY}) * 2 - 1 > -(3)"),
        ({"failure": "value in [1, 2]"}, f"({QUERY}) == 1 or ({QUERY}) == 2"),
        ({"failure": "!(value in [1, 2])"}, f"({QUERY}) != 1 and ({QUERY}) != 2"),
        ({"failure": None, "success": "value < 0.01"}, f"({QUERY}) >= 0.01"),
        (
            {"failure": "value > 5", "onNoData": "fail"},
            f"({QUERY}) > 5 or absent({QUERY})",
        ),
    ],
)
def test_what_an_analysis_calls_a_failure_is_alerted_of(
    condition: dict[str, Any], text: str
) -> None:
    assert expr(failing(signal="errors", analysis=condition)) == text


def test_such_an_alert_waits_for_as_many_failures_as_are_tolerated() -> None:
    change = failing(signal="errors", analysis={"interval": "20s", "failureLimit": 3})
    assert made(change)["Bad"]["for"] == "1m"
    notices = rendered("prometheus", change=change).notices
    assert any("does not wait for 200 samples" in one for one in notices)


def test_a_metric_is_shown_by_an_analysis_where_no_alert_reads_it() -> None:
    assert expr(failing(signal="requests_errors_total")).startswith(f"({QUERY}) > 0.05")


def test_an_alert_is_not_named_as_another_one() -> None:
    change = failing(signal="errors")
    change["spec"]["observability"]["alerts"] = [{"alert": "Bad", "expr": "up == 0"}]
    assert set(made(change)) == {"Bad", "BadFails"}


@pytest.mark.parametrize(
    ("mode", "analysis", "pointer"),
    [
        ({"signal": "unknown_ratio"}, {}, "/spec/failureModes/0/signal"),
        ({"signal": "nothing"}, {}, "/spec/failureModes/0/signal"),
        ({"signal": "errors"}, {"failure": "value"}, "/spec/rollout/analysis/0/failure"),
        ({"signal": "errors"}, {"failure": "value == 'a'"}, "/spec/rollout/analysis/0/failure"),
        ({"signal": "errors"}, {"query": "sum("}, "/spec/rollout/analysis/0/query"),
        ({"signal": "errors"}, {"failure": None, "success": None}, "/spec/failureModes/0/signal"),
    ],
)
def test_a_failure_mode_nothing_would_show_is_refused_with_what_would(
    mode: dict[str, Any], analysis: dict[str, Any], pointer: str
) -> None:
    found = refused(rendered("prometheus", change=failing(analysis=analysis, **mode)))
    assert pointer in found
    assert all(found.values())


def test_a_failure_mode_without_a_signal_is_said_to_be_unwatched() -> None:
    done = rendered("prometheus", change=failing())
    assert done.refusals == ()
    assert any("bad names no signal" in one for one in done.notices)


def test_an_alert_that_shows_several_failures_is_acted_on_as_the_worst_demands() -> None:
    change = watching(alerts=[{"alert": "Down", "expr": "up == 0", "labels": {"action": "x"}}])
    change["spec"]["failureModes"] = [
        {"id": "a", "symptom": "gone", "signal": "Down", "action": "page", "severity": "low"},
        {
            "id": "b",
            "symptom": "lost",
            "signal": "Down",
            "action": "rollback",
            "severity": "high",
            "runbook": "b.md",
        },
    ]
    (one,) = made(change).values()
    assert one["labels"]["action"] == "rollback"
    assert one["labels"]["severity"] == "high"
    assert one["labels"]["failure_mode"] == "a,b"
    assert one["annotations"] == {"runbook": "b.md", "symptom": "gone; lost"}
    notices = rendered("prometheus", change=change).notices
    assert any("labelled action by weighbridge" in one for one in notices)


def test_an_alert_reads_the_metrics_of_its_release_and_those_nobody_labelled() -> None:
    change = watching(
        metrics={"expected": EXPECTED},
        alerts=[{"alert": "A", "expr": 'unknown_ratio > 0.2 and on () up{job="x"} == 1'}],
    )
    assert expr(change) == ('unknown_ratio{release=~"|RELEASE"} > 0.2 and on () up{job="x"} == 1')


def test_an_alert_about_another_release_is_left_as_it_is() -> None:
    change = watching(
        metrics={"expected": EXPECTED},
        alerts=[{"alert": "A", "expr": 'unknown_ratio{release!="$release"} > 0.2'}],
    )
    assert expr(change) == 'unknown_ratio{release!="RELEASE"} > 0.2'


def test_what_is_no_promql_is_refused_with_a_hint() -> None:
    assert refused(rendered("prometheus", change=alert("rate(x) > 1"))) == {
        "/spec/observability/alerts/0/expr": (
            "write how far back it looks: `rate(name[5m])`",
            "weighbridge check, which shows the place",
        )
    }


@pytest.mark.parametrize(
    "text",
    [
        "predict_linear(x[1h], 3600) < 0",
        "vector(1)",
        "count(up == 0) > 2",
        '{job="x"} > 1',
        "x > 1 and rate(x[5m]) > 1",
        'histogram_quantile(0.9, rate(h_bucket{le=~"1|2"}[5m])) > 1',
        "x > 1 + x",
        "exp(x) > exp(x)",
        "avg_over_time(x[5m] @ 5) > 1",
        " + ".join("abcdefghi") + " > 1",
    ],
)
def test_an_alert_without_known_series_has_no_test_and_that_is_said(text: str) -> None:
    done = rendered("prometheus", change=alert(text))
    assert f"tests/{NAME}.test.yaml" not in files_of(done)
    assert [one.startswith("alert Tried has no test: ") for one in done.notices] == [True]


def test_long_expressions_are_given_up() -> None:
    text = " and ".join(f"(a{place % 7} - {place} * b) ^ 2 > {place}" for place in range(80))
    (notice,) = rendered("prometheus", change=alert(text)).notices
    assert "has no test: no values were found" in notice


@pytest.mark.parametrize(
    "text",
    [
        'x{a=~"b.+|c[0-9]{3}", d!~"e?", f=~"[^x]\\\\d+", g!=""} > 1',
        'x{code="500"} / y > 0.5',
        "time() - x > 86400",
        "delta(x[10m]) < -5",
        "abs(x - y) > 3",
        "absent(x)",
        "x == 0",
        "x != 3",
        "x < -1.5",
        "sum(increase(x[5m])) == 0",
        "avg_over_time((x > bool 2)[1h:1m]) > 0.25",
        'sum by (a) (x{a="1"}) > 1 unless on () y == 1',
        "increase(x[1d]) > 10",
        "x > 1e-9",
        "1 - good / total > 0.001",
        "x > y",
    ],
)
def test_alerts_of_rarer_shapes_are_tested_too(text: str, tmp_path: Path) -> None:
    done = rendered("prometheus", change=alert(text, **{"for": "2m"}))
    assert [one for one in done.notices if "no test" in one] == []
    found = judged(written(done, tmp_path / "out"))
    assert found.returncode == 0, found.stdout + found.stderr


def objective(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a manifest
    """Return a merge patch for a release with one objective."""
    return watching(metrics={"expected": EXPECTED}, slos=[{**OBJECTIVES[0], **changes}])


def limits(change: dict[str, Any]) -> dict[str, float]:
    """Return the thresholds of the alerts of an objective, by the long window."""
    text = files_of(rendered("prometheus", change=change))[f"rules/{NAME}.rules.yaml"]
    return {
        one["labels"]["window"]: float(one["expr"].rpartition("> ")[2])
        for one in rules(yaml.safe_load(text))
        if "alert" in one
    }


@pytest.mark.parametrize(
    ("window", "target", "wanted"),
    [
        ("30d", "0.999", {"1h": 0.0144, "6h": 0.006, "1d": 0.003, "3d": 0.001}),
        ("28d", "0.999", {"1h": 0.01344, "6h": 0.0056, "1d": 0.0028, "3d": 0.001}),
        ("90d", "0.999", {"1h": 0.0432, "6h": 0.018, "1d": 0.009, "3d": 0.003}),
        ("7d", "0.99", {"1h": 0.0336, "6h": 0.014, "1d": 0.01, "3d": 0.01}),
        ("1d", "0.99", {"1h": 0.01, "6h": 0.01, "1d": 0.01}),
        ("30d", "0.9", {"6h": 0.6, "1d": 0.3, "3d": 0.1}),
        ("30d", "1", {"1h": 0, "6h": 0, "1d": 0, "3d": 0}),
    ],
)
def test_budgets_are_spent_as_fast_as_the_workbook_allows(
    window: str, target: str, wanted: dict[str, float]
) -> None:
    change = objective(timeWindow={"duration": window}, objectives=[{"target": target}])
    assert limits(change) == wanted


def test_a_burn_rate_that_cannot_be_reached_is_said() -> None:
    done = rendered("prometheus", change=objective(objectives=[{"target": "0.9"}]))
    assert any("14.4 times as fast" in one and "over 1h" in one for one in done.notices)


def test_a_window_longer_than_the_period_is_said() -> None:
    change = objective(timeWindow={"duration": "1d", "isRolling": False})
    notices = rendered("prometheus", change=change).notices
    assert any("nothing looks back 3d" in one for one in notices)
    assert any("not from a day of the calendar on" in one for one in notices)


def shares(ratio: dict[str, str]) -> str:
    """Return how an objective counts errors over five minutes."""
    change = objective(indicator={"ratioMetric": ratio})
    text = files_of(rendered("prometheus", change=change))[f"rules/{NAME}.rules.yaml"]
    found: str = next(rules(yaml.safe_load(text)))["expr"]
    return found


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (
            {"bad": "requests_errors_total", "total": "requests_total"},
            "sum(rate(requests_errors_total[5m])) / sum(rate(requests_total[5m]))",
        ),
        (
            {"good": 'sum(requests_total{code="200"})', "total": "sum(rate(requests_total[1h]))"},
            '1 - sum(rate(requests_total{code="200"}[5m])) / sum(rate(requests_total[5m]))',
        ),
        (
            {"good": "a_total", "bad": "sum(increase(b_total[1m]))", "total": "requests_total"},
            "sum(increase(b_total[5m])) / sum(rate(requests_total[5m]))",
        ),
        (
            {"bad": "sum by (route) (b_total offset 1m)", "total": "sum by (route) (c_total)"},
            "sum by (route) (rate(b_total[5m] offset 1m)) / sum by (route) (rate(c_total[5m]))",
        ),
    ],
)
def test_events_are_counted_over_every_window(ratio: dict[str, str], text: str) -> None:
    assert shares(ratio) == text


def test_good_events_are_tested_too(tmp_path: Path) -> None:
    ratio = {"good": 'requests_total{code!~"5.."}', "total": "requests_total"}
    change = objective(indicator={"ratioMetric": ratio}, objectives=[{"target": "0.9"}])
    done = rendered("prometheus", change=change)
    assert [one for one in done.notices if "no test" in one] == []
    found = judged(written(done, tmp_path / "out"))
    assert found.returncode == 0, found.stdout + found.stderr


def test_several_targets_of_an_objective_are_kept_apart() -> None:
    change = objective(objectives=[{"target": "0.99"}, {"target": "0.99"}])
    text = files_of(rendered("prometheus", change=change))[f"rules/{NAME}.rules.yaml"]
    found = {one["labels"]["objective"] for one in rules(yaml.safe_load(text))}
    assert found == {"1: 0.99", "2: 0.99"}


THRESHOLD = {"thresholdMetric": "max(unknown_ratio)"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"budgetingMethod": "Timeslices"}, "/budgetingMethod"),
        ({"indicator": {"ratioMetric": {"total": "a_total"}}}, "/indicator/ratioMetric"),
        (
            {"indicator": {"ratioMetric": {"bad": "unknown_ratio", "total": "a_total"}}},
            "/indicator/ratioMetric/bad",
        ),
        (
            {"indicator": {"ratioMetric": {"bad": "a_total", "total": "vector(1)"}}},
            "/indicator/ratioMetric/total",
        ),
        (
            {"indicator": {"ratioMetric": {"bad": "sum(", "total": "a_total"}}},
            "/indicator/ratioMetric/bad",
        ),
        ({"indicator": {}}, "/indicator"),
        ({"indicator": THRESHOLD}, "/objectives/0"),
        (
            {"indicator": THRESHOLD, "objectives": [{"op": "lt", "value": "a", "target": "0.9"}]},
            "/objectives/0/value",
        ),
        (
            {
                "indicator": {"thresholdMetric": "max("},
                "objectives": [{"op": "lt", "value": "1", "target": "0.9"}],
            },
            "/indicator/thresholdMetric",
        ),
    ],
)
def test_objectives_that_measure_nothing_are_refused_with_what_would(
    changes: dict[str, Any], pointer: str
) -> None:
    found = refused(rendered("prometheus", change=objective(**changes)))
    assert list(found) == [f"/spec/observability/slos/0{pointer}"]


def test_words_that_say_nothing_of_events_are_said_to() -> None:
    change = objective(objectives=[{"op": "lt", "value": "1", "target": "0.99"}])
    notices = rendered("prometheus", change=change).notices
    assert any("op and value say nothing" in one for one in notices)


def test_durations_and_names_are_brought_into_the_form_of_rules() -> None:
    assert (seconds("0.0015s"), seconds("90s"), seconds(None)) == (0.002, 90, 0)
    assert camel("wrong-labels.v2_x") == "WrongLabelsV2X"
