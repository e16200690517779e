from __future__ import annotations

import pytest

from weighbridge.codec.measured import measured
from weighbridge.codec.promql import QueryError, read_query

RATIO = "sum(rate(e[1m])) / sum(rate(t[1m]))"


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        (RATIO, "and on () (sum(increase(t[1m])) >= 200)"),
        (f"({RATIO}) * 100", "and on () (sum(increase(t[1m])) >= 200)"),
        (f"1 - {RATIO}", "and on () (sum(increase(t[1m])) >= 200)"),
        (f"-abs({RATIO})", "and on () (sum(increase(t[1m])) >= 200)"),
        (f"clamp_max({RATIO}, 1)", "and on () (sum(increase(t[1m])) >= 200)"),
        (
            'sum(irate(e{a=~"x\\\\d"}[5m])) / sum(irate(t{a=~"x\\\\d"}[5m] offset 1m))',
            'and on () (sum(increase(t{a=~"x\\\\d"}[5m] offset 1m)) >= 200)',
        ),
        (
            "sum(rate(e[1m])) / clamp_min(sum(rate(t[1m])), 1)",
            "and on () (sum(increase(t[1m])) >= 200)",
        ),
        (
            "sum(rate(e[1m])) / (sum(rate(t[1m])) > 0)",
            "and on () (sum(increase(t[1m])) >= 200)",
        ),
        (
            "sum by (code) (rate(e[1m])) / sum by (code) (rate(t[1m]))",
            "and (sum by (code) (increase(t[1m])) >= 200)",
        ),
        (
            "sum without (pod) (rate(e[1m])) / sum without (pod) (rate(t[1m]))",
            "and (sum without (pod) (increase(t[1m])) >= 200)",
        ),
        ("rate(e[1m]) / rate(t[1m])", "and (increase(t[1m]) >= 200)"),
        (
            "sum by (code) (rate(e[1m])) / on () group_left () sum(rate(t[1m]))",
            "and on () (sum(increase(t[1m])) >= 200)",
        ),
        (
            'histogram_quantile(0.99, sum by (le) (rate(d_bucket{a="b"}[2m])))',
            'and on () (sum by (le) (increase(d_bucket{le="+Inf",a="b"}[2m])) >= 200)',
        ),
        (
            "histogram_quantile(0.99, sum by (le, pod) (rate(d_bucket[2m])))",
            'and on (pod) (sum by (le, pod) (increase(d_bucket{le="+Inf"}[2m])) >= 200)',
        ),
        (
            "histogram_quantile(0.99, rate(d_bucket[2m]))",
            'and ignoring (le) (increase(d_bucket{le="+Inf"}[2m]) >= 200)',
        ),
        (
            "abs(sum(rate(a[1m])) / sum(rate(b[1m])) - sum(rate(c[1m])) / sum(rate(d[1m])))",
            "and on () (sum(increase(b[1m])) >= 200) and on () (sum(increase(d[1m])) >= 200)",
        ),
    ],
)
def test_samples_are_counted_by_what_divides_or_fills_a_histogram(text: str, counted: str) -> None:
    found = measured(text).with_at_least(200)
    assert found == f"({text}) {counted}"
    read_query(found)


@pytest.mark.parametrize(
    "text",
    [
        "up",
        "sum(rate(e[1m]))",
        "sum(rate(e[1m])) / 100",
        "avg(e) / avg(t)",
        "sum(rate(e[1m])) - sum(rate(t[1m]))",
        f"{RATIO} > 0.1",
        f"{RATIO} or vector(0)",
        f"max by (pod) ({RATIO})",
        "sum(rate(e[1m])) / sum(rate(t[1m:10s]))",
        "sum(rate(e[1m])) / count(rate(t[1m]))",
        "sum(rate(e[1m])) / (sum(rate(t[1m])) > bool 0)",
        "sum by (a) (rate(e[1m])) / on (a) sum by (a) (rate(t[1m]))",
        "histogram_quantile(0.99, sum(rate(d_bucket[2m])))",
        "histogram_quantile(0.99, sum by (le) (rate(d[2m])))",
        "histogram_quantile(0.99, sum without (pod) (rate(d_bucket[2m])))",
        'histogram_quantile(0.99, sum by (le) (rate({__name__="d_bucket"}[2m])))',
        'histogram_quantile(0.99, sum by (le) (rate(d_bucket{le="1"}[2m])))',
        "histogram_quantile(0.99, d_bucket)",
        f"round({RATIO}) and up",
        "label_replace(up, 'a', 'b', 'c', 'd')",
        "1 + 1",
        "(" * 120 + RATIO + ")" * 120,
    ],
)
def test_samples_that_are_not_to_be_seen_are_not_guessed(text: str) -> None:
    found = measured(text)
    assert found.samples is None
    with pytest.raises(ValueError, match="nothing is known"):
        found.with_at_least(1)


def test_no_samples_demanded_leave_the_expression_alone() -> None:
    assert measured(RATIO).with_at_least(0) == RATIO


@pytest.mark.parametrize(
    ("text", "single"),
    [
        (RATIO, True),
        (f"({RATIO}) and up", True),
        (f"{RATIO} unless up", True),
        (f"{RATIO} > 1", True),
        (f"{RATIO} or up", False),
        (f"-{RATIO}", True),
        ("max(up) + 1", True),
        ("sum by () (up)", True),
        ("sum by (a) (up)", False),
        ("sum without () (up)", False),
        ("topk(1, up)", False),
        ("up", False),
        ("abs(up)", False),
        ("abs(max(up))", True),
        ("vector(1)", True),
        ("absent(up)", True),
        ("rate(up[1m])", False),
        ("histogram_quantile(0.9, sum by (le) (rate(d_bucket[1m])))", True),
        ("histogram_quantile(0.9, (sum(rate(d[1m]))))", True),
        ("histogram_quantile(0.9, sum by (le, a) (rate(d_bucket[1m])))", False),
        ("histogram_quantile(0.9, rate(d_bucket[1m]))", False),
        ("(" * 120 + "max(up)" + ")" * 120, False),
    ],
)
def test_an_expression_that_one_series_at_most_answers_is_known(text: str, *, single: bool) -> None:
    assert measured(text).single is single


@pytest.mark.parametrize("text", ["1", "(1 + 2) * -3", "scalar(up)", "time()", "scalar(up) / pi()"])
def test_a_bare_number_is_made_a_vector(text: str) -> None:
    assert measured(text).text == f"vector({text})"
    assert measured(text).single


def test_an_expression_of_several_lines_is_written_in_one_without_its_comments() -> None:
    text = "sum(rate(e[1m])) # errors\n  /\nsum(rate(t[1m]))\n"
    assert measured(text).text == "sum(rate(e[1m])) / sum(rate(t[1m]))"


@pytest.mark.parametrize("text", ["up[5m]", "up[5m:1m]", '"text"', "rate(up)", "sum(", ""])
def test_what_gives_no_values_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        measured(text)
