"""Tests of the rules, as `promtool test rules` runs them.

Each alert is tried with series that make it fire, and with nearly the same ones that do not. For
an alert nobody knows such series of there is no test, and that is said: a test that asserts
nothing would be worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.promql import Matcher
from weighbridge.codec.promql_text import duration, written
from weighbridge.codec.promql_tree import Selection, nodes
from weighbridge.render.naming import METRIC_LABEL
from weighbridge.render.observability.inputs import Case, cases, firing, look_back
from weighbridge.render.observability.made_up import Unforeseen
from weighbridge.render.observability.rules import usual_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.codec.promql_tree import Node
    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.observability.made_up import Series
    from weighbridge.render.observability.rules import Rule

_INTERVALS: Final = (60, 300, 3600, 86400)
_ROUNDS: Final = 240
"""How often rules are evaluated in a test at most, where a longer interval will do."""
_SCRAPE: Final = 60.0
_LOOKS: Final = 4
"""How many values the shortest range holds."""
_OTHER: Final = "sha256:" + "0" * 64
LONG: Final = 3 * 3600
"""From this many seconds on, a test goes into the file of long ones."""


@dataclass(frozen=True, slots=True)
class _Times:
    """When an alert is looked at, in seconds.

    Attributes:
        warm: When all it looks back at is there.
        fires: When it has fired, if it does.
        scrape: Seconds between two values of a series.
    """

    warm: float
    fires: float
    scrape: float

    @classmethod
    def of(cls, rule: Rule, interval: int) -> _Times:
        node = rule.whole or rule.node
        ranges = [one.range for one in nodes(node) if isinstance(one, Selection) and one.range]
        scrape = min([_SCRAPE, *(one / _LOOKS for one in ranges)])
        warm = _up(look_back(node), interval)
        return cls(warm, warm + _up(rule.hold, interval) + interval, int(scrape * 1000) / 1000)


def span(rule: Rule) -> float:
    """Return how long a test of an alert takes at least, in seconds."""
    return look_back(rule.whole or rule.node) + rule.hold


def _up(value: float, step: int) -> int:
    return int(-(-value // step)) * step


def tests_of(
    order: Order, remarks: Remarks, rules: Sequence[Rule], file: str
) -> dict[str, Any] | None:
    """Return the tests of alerts, as promtool reads them; None if there are none.

    Args:
        order: What is rendered.
        remarks: Takes what no test is made for.
        rules: The alerts; those of one name belong together.
        file: The rule file, as the test file names it.
    """
    longest = max((span(one) for one in rules), default=0.0)
    interval = next((one for one in _INTERVALS if longest / one <= _ROUNDS), _INTERVALS[-1])
    found = [
        test
        for one in rules
        for test in _tests(
            order, remarks, one, [each for each in rules if each.name == one.name], interval
        )
    ]
    if not found:
        return None
    return {
        "rule_files": [file],
        "evaluation_interval": duration(interval),
        "tests": found,
    }


def _tests(
    order: Order, remarks: Remarks, rule: Rule, alike: Sequence[Rule], interval: int
) -> Iterator[dict[str, Any]]:
    times = _Times.of(rule, interval)
    node = rule.whole or rule.node
    moments = (times.warm, times.fires)
    try:
        found = cases(node, moments, usual_labels(order))
        tests = [_test(rule, alike, case, times, interval) for case in found]
        other = _of_another(order, node, found, moments)
        if other is not None:
            tests.append(_test(rule, alike, other, times, interval, of_another=True))
    except Unforeseen as why:
        fails = f", which shows {', '.join(rule.modes)}" if rule.modes else ""
        remarks.notice(
            f"alert {rule.name}{fails} has no test: {why}; write one by hand ({written(rule.node)})"
        )
        return
    yield from tests


def _of_another(
    order: Order, node: Node, found: Sequence[Case], moments: Sequence[float]
) -> Case | None:
    """Return what fires for another release, if this one's alert is then quiet."""
    case = next((one for one in found if one.firing), None)
    if case is None or not any(METRIC_LABEL in one.labels for one in case.series):
        return None
    series = tuple(
        replace(one, labels={**one.labels, METRIC_LABEL: _OTHER})
        if one.labels.get(METRIC_LABEL) == order.digest
        else one
        for one in case.series
    )
    return None if firing(node, series, moments) else Case(series=series, firing=())


def _test(
    rule: Rule,
    alike: Sequence[Rule],
    case: Case,
    times: _Times,
    interval: int,
    *,
    of_another: bool = False,
) -> dict[str, Any]:
    moments = (times.warm, times.fires)
    fires = [
        (one, labels)
        for one in alike
        for labels in firing(one.whole or one.node, case.series, moments)
    ]
    says = "fires" if case.firing else "is quiet"
    why = " for another release" if of_another else ""
    shows = f" ({', '.join(rule.modes)})" if rule.modes else ""
    count = int(times.fires / times.scrape) + 1
    test: dict[str, Any] = {
        "name": f"{rule.name}{_window(rule)} {says}{why}{shows}",
        "interval": duration(times.scrape),
        "input_series": [
            {"series": _name(one), "values": _values(one, times.scrape, count)}
            for one in case.series
        ],
    }
    early = int(rule.hold / interval) * interval - interval
    looked = [(times.fires, fires)]
    if case.firing and early > 0 and len(alike) == 1:
        looked.insert(0, (early, []))
    if any("{{" in text for one in alike for text in _texts(one)):
        test["promql_expr_test"] = [_counted(rule, at, len(which)) for at, which in looked]
    else:
        test["alert_rule_test"] = [_expected(rule, at, which) for at, which in looked]
    return test


def _window(rule: Rule) -> str:
    return f" over {rule.labels['window']}" if rule.whole is not None else ""


def _texts(rule: Rule) -> list[str]:
    return [*rule.labels.values(), *rule.annotations.values()]


def _expected(
    rule: Rule, time: float, which: Sequence[tuple[Rule, dict[str, str]]]
) -> dict[str, Any]:
    return {
        "eval_time": duration(time),
        "alertname": rule.name,
        "exp_alerts": [
            {
                "exp_labels": dict(sorted({**labels, **one.labels}.items())),
                "exp_annotations": dict(sorted(one.annotations.items())),
            }
            for one, labels in which
        ],
    }


def _counted(rule: Rule, time: float, count: int) -> dict[str, Any]:
    """Expect a number of alerts: what a template makes of labels and annotations is not known."""
    matchers = (Matcher("alertname", "=", rule.name), Matcher("alertstate", "=", "firing"))
    return {
        "expr": f"count({written(Selection(name='ALERTS', matchers=matchers))})",
        "eval_time": duration(time),
        "exp_samples": [{"labels": "{}", "value": count}] if count else [],
    }


def _name(series: Series) -> str:
    return written(
        Selection(
            name=series.name,
            matchers=tuple(
                Matcher(name, "=", value) for name, value in sorted(series.labels.items())
            ),
        )
    )


def _values(series: Series, scrape: float, count: int) -> str:
    """Write values as promtool expands them: the first, what is added each time, how often."""
    step = series.slope * scrape
    start = series.at(0)
    sign = "-" if step < 0 else "+"
    return f"{_plain(start)}{sign}{_plain(abs(step))}x{count}"


def _plain(value: float) -> str:
    """Write a number without an exponent, which promtool does not read there."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
