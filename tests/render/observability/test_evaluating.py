from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

import pytest

from tests.render.watched import promtool
from weighbridge.codec.promql_text import written
from weighbridge.codec.promql_tree import read_tree
from weighbridge.render.observability.evaluating import Evaluation
from weighbridge.render.observability.made_up import Kind, Series, Unforeseen

if TYPE_CHECKING:
    from pathlib import Path

TIME: Final = 7200
SERIES: Final = [
    Series("g", {"x": "1"}, Kind.STILL, 2),
    Series("g", {"x": "2"}, Kind.STILL, 4),
    Series("k", {}, Kind.STILL, 3),
    Series("low", {}, Kind.STILL, -2.5),
    Series("zero", {}, Kind.STILL, 0),
    Series("info", {"x": "1", "team": "a"}, Kind.STILL, 1),
    Series("c", {"code": "500", "path": "/a"}, Kind.RISING, 2),
    Series("c", {"code": "200", "path": "/a"}, Kind.RISING, 6),
    Series("falls", {}, Kind.RISING, -0.5),
    Series("seen", {}, Kind.CLOCK, 100),
    *(
        Series("h_bucket", {"le": le}, Kind.RISING, size)
        for le, size in (("0.5", 1), ("1", 3), ("+Inf", 4))
    ),
    *(Series("neg_bucket", {"le": le}, Kind.RISING, 4) for le in ("-1", "+Inf")),
    *(Series("high_bucket", {"le": le}, Kind.RISING, size) for le, size in (("1", 0), ("+Inf", 4))),
    Series("half_bucket", {"le": "1"}, Kind.RISING, 4),
    Series("odd_bucket", {"le": "much"}, Kind.RISING, 4),
]
ONE: Final = [
    *(
        "k",
        "-k",
        "(k) + 1",
        "k - 1",
        "2 * k",
        "k / 2",
        "k % 2",
        "k ^ 2",
        "5 % k",
        "k / 0",
        "-k / 0",
    ),
    *("zero / zero", "k % 0", "abs(low)", "ceil(low)", "floor(low)", "sgn(low)", "sgn(zero)"),
    *("exp(k)", "sqrt(k)", "sqrt(low)", "ln(k)", "ln(zero)", "log2(k)", "log10(k)", "ln(low)"),
    *("round(low)", "round(k / 7, 0.1)", "clamp(k, 0, 2)", "clamp_min(low, 0)", "clamp_max(k, 1)"),
    *(
        "k > 2",
        "k >= 3",
        "k == 3",
        "k != 4",
        "k < 4",
        "k <= 3",
        "2 < k",
        "k > bool 5",
        "5 > bool k",
    ),
    *(
        "vector(7)",
        "vector(time())",
        "vector(scalar(k))",
        "vector(scalar(g))",
        "vector(1 > bool 2)",
    ),
    *("time() - seen", "sort(k)", "sort_desc(k)", "k atan2 2", "k + on () low", "vector(2 ^ 3)"),
    *("sum(g)", "avg(g)", "min(g)", "max(g)", "count(g)", "group(g)", "stddev(g)", "stdvar(g)"),
    *('sum by (x) (g{x="1"})', "sum without (x) (g)", "topk(1, g)", "bottomk(1, g)"),
    *('rate(c{code="500"}[5m])', 'increase(c{code="500"}[10m])', "sum(rate(c[1m]))"),
    *('sum(rate(c{code=~"5.."}[5m])) / sum(rate(c[5m]))', "deriv(falls[5m])", "delta(falls[10m])"),
    *("irate(falls[5m]) * 0 + 1", 'avg_over_time(g{x="1"}[5m])', "max_over_time(k[5m])"),
    *("min_over_time(k[5m])", "last_over_time(k[5m])", "quantile_over_time(0.5, k[5m])"),
    *(
        "present_over_time(k[5m])",
        "avg_over_time((k > bool 2)[10m:1m])",
        "avg_over_time((k)[5m:1m])",
    ),
    *("histogram_quantile(0.9, rate(h_bucket[5m]))", "histogram_quantile(0.1, rate(h_bucket[5m]))"),
    *(
        "histogram_quantile(0.5, sum by (le) (rate(h_bucket[5m])))",
        "histogram_quantile(2, h_bucket)",
    ),
    *("histogram_quantile(0.5, rate(neg_bucket[5m]))", "histogram_quantile(-1, h_bucket)"),
    *(
        "histogram_quantile(0.5, rate(high_bucket[5m]))",
        "histogram_quantile(0, rate(h_bucket[5m]))",
    ),
    *("histogram_quantile(0.5, rate(half_bucket[5m]))", 'absent(nothing{x="1", y!="2"})'),
    *("absent_over_time(nothing[5m])", "absent(nothing or nobody)", 'k and on () g{x="1"}'),
    *("k or low", "k unless on () nothing", "k or k", 'g{x="1"} unless ignoring (x) nothing'),
    *('g{x="1"} * on (x) group_left (team) info', "info * on (x) group_right (team) g"),
    *('g{x="1"} / ignoring (x) k', 'g{x="1"} > on (x) info', "count(g > bool 3)", "-low > 2"),
    *('absent(nothing{x="1", x="2"})', "k offset 5m", 'g{x!~"2|3"}', '{__name__="k"}'),
]
NONE: Final = [
    *("k > 3", "3 > k", "nothing", "absent(k)", "absent_over_time(k[5m])", 'k and on (x) g{x="1"}'),
    *("k unless on () low", "zero / zero > 0", 'g{x="3"}', "k == on () low", "topk(0, g)"),
    *("histogram_quantile(0.5, rate(odd_bucket[5m]))", "sum(nothing)", "rate(nothing[5m])"),
    *('g{x=""}', "nothing + k", "k + g", "k < bool 2 > 0"),
]


def shown(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f"{name}={json.dumps(one)}" for name, one in labels.items()) + "}"


def test_what_is_given_is_what_prometheus_gives(tmp_path: Path) -> None:
    tests = []
    for text in (*ONE, *NONE):
        found = Evaluation(SERIES, TIME).vector(read_tree(text))
        assert len(found) == (text in ONE), text
        samples = []
        asked = f"({text}) * 0 + 1" if not found else ""
        for one in found:
            value = one.value
            if math.isnan(value):
                asked = f"({text}) != bool ({text})"
            elif math.isinf(value):
                asked = f"({text}) == bool {'+' if value > 0 else '-'}Inf"
            else:
                asked = f"abs(({text}) - {value!r}) < bool 1e-9"
            samples.append({"labels": shown(one.labels), "value": 1})
        tests.append({"expr": asked, "eval_time": f"{TIME}s", "exp_samples": samples})
    series = [
        {
            "series": one.name + shown(one.labels),
            "values": f"{one.at(0):g}+{one.slope * 15:g}x600".replace("+-", "-"),
        }
        for one in SERIES
    ]
    document = {
        "rule_files": [],
        "evaluation_interval": "1m",
        "tests": [{"interval": "15s", "input_series": series, "promql_expr_test": tests}],
    }
    path = tmp_path / "evaluating.test.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = promtool("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr
    # And it would have said so, were it otherwise.
    tests[0]["exp_samples"] = []
    path.write_text(json.dumps(document), encoding="utf-8")
    assert promtool("test", "rules", path).returncode != 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1 + 1", "a number, and no series"),
        ('label_replace(k, "a", "b", "c", "d")', "label_replace"),
        ("predict_linear(g[5m], 60)", "predict_linear"),
        ("changes(g[5m])", "changes"),
        ("sum_over_time(g[5m])", "sum_over_time"),
        ("avg_over_time(c[5m])", "avg_over_time"),
        ('count_values("v", g)', "count_values"),
        ("rate(c[5m] offset 1m)", "looks back at what rises"),
        ("k offset -1m", "another time"),
        ("k @ 5", "another time"),
        ("k * on () g", "several series match one"),
        ("g * on () k", "several series match one"),
        ("sum by (__name__) (g)", "names of metrics"),
        ('g{x=~"(a+)+"}', "not understood"),
        ('g{x=~"\\\\pL"}', "not understood"),
        (f'g{{x=~".*{"a" * 9}", x!="{"b" * 200}"}}', ""),
        ("rate((k)[5m:1m])", "rate"),
        ("topk(scalar(k) + 0, sort(g)) > vector(scalar(sum(g)))", ""),
        ("clamp_min(k, scalar(nothing))", ""),
    ],
)
def test_what_is_not_certain_is_not_guessed(text: str, why: str) -> None:
    if not why:
        Evaluation(SERIES, TIME).vector(read_tree(text))
        return
    with pytest.raises(Unforeseen, match=why):
        Evaluation(SERIES, TIME).vector(read_tree(text))


def test_every_expression_is_written_as_it_was_meant() -> None:
    for text in (*ONE, *NONE):
        assert read_tree(written(read_tree(text))) == read_tree(text)
