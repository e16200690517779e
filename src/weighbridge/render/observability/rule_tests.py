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
from weighbridge.render.observability.made_up import Kind, Unforeseen
from weighbridge.render.observability.rules import usual_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.observability.made_up import Series
    from weighbridge.render.observability.rules import Rule

_INTERVALS: Final = (60, 300, 3600, 86400)
_ROUNDS: Final = 240
_LONG_ROUNDS: Final = 8
"""How often rules are evaluated in a test at most; each time a long one reads days of values."""
_SCRAPE: Final = 60.0
_LOOKS: Final = 4
"""How many values the shortest range holds."""
_SPARE: Final = 3
"""Values by which what is over is longer over than it has to be."""
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
        interval: Seconds between two evaluations.
    """

    warm: float
    fires: float
    scrape: float
    interval: int

    @classmethod
    def of(cls, alike: Sequence[Rule], interval: int) -> _Times:
        every = [one for rule in alike for one in nodes(rule.asked)]
        ranges = [one.range for one in every if isinstance(one, Selection) and one.range]
        scrape = min([_SCRAPE, *(one / _LOOKS for one in ranges)])
        warm = _up(max(look_back(one.asked) for one in alike), interval)
        hold = _up(max(one.hold for one in alike), interval)
        return cls(warm, warm + hold + interval, int(scrape * 1000) / 1000, interval)

    @property
    def both(self) -> tuple[float, float]:
        """The times between which it must give the same."""
        return self.warm, self.fires

    @property
    def count(self) -> int:
        """How many values a series has behind its first."""
        return int(self.fires / self.scrape) + 1


def span(rule: Rule) -> float:
    """Return how long a test of an alert takes at least, in seconds."""
    return look_back(rule.asked) + rule.hold


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
    rounds = _LONG_ROUNDS if longest > LONG else _ROUNDS
    interval = next((one for one in _INTERVALS if longest / one <= rounds), _INTERVALS[-1])
    found = []
    for one in rules:
        try:
            found += list(_Tests(order, one, rules, interval).documents())
        except Unforeseen as why:
            shows = f", which shows {', '.join(one.modes)}," if one.modes else ""
            remarks.notice(
                f"alert {one.name}{shows} has no test: {why}; write one by hand for "
                f"{written(one.node)}"
            )
    if not found:
        return None
    return {"rule_files": [file], "evaluation_interval": duration(interval), "tests": found}


class _Tests:
    """Makes the tests of an alert."""

    def __init__(self, order: Order, rule: Rule, rules: Sequence[Rule], interval: int) -> None:
        self._order = order
        self._rule = rule
        self._alike = [one for one in rules if one.name == rule.name]
        self._times = _Times.of(self._alike, interval)

    def documents(self) -> Iterator[dict[str, Any]]:
        rule = self._rule
        found = cases(rule.asked, self._times.both, usual_labels(self._order))
        if rule.windows:
            found = found[:2]
        for case in found:
            yield self._test(case, "fires" if case.firing else "is quiet")
        other = self._of_another(found)
        if other is not None:
            yield self._test(other, "is quiet for another release")
        if rule.windows:
            yield self._over(*found)

    def _of_another(self, found: Sequence[Case]) -> Case | None:
        """Return what fires for another release, if this one's alert is then quiet."""
        case = next(one for one in found if one.firing)
        series = tuple(
            replace(one, labels={**one.labels, METRIC_LABEL: _OTHER})
            if one.labels.get(METRIC_LABEL) == self._order.digest
            else one
            for one in case.series
        )
        if series == case.series or firing(self._rule.asked, series, self._times.both):
            return None
        return Case(series=series, firing=())

    def _head(self, says: str) -> dict[str, Any]:
        rule = self._rule
        over = f" over {rule.labels['window']}" if rule.windows else ""
        shows = f" ({', '.join(rule.modes)})" if rule.modes else ""
        return {
            "name": f"{rule.name}{over} {says}{shows}",
            "interval": duration(self._times.scrape),
        }

    def _test(self, case: Case, says: str) -> dict[str, Any]:
        rule, times = self._rule, self._times
        fires = [
            (one, labels)
            for one in self._alike
            for labels in firing(one.asked, case.series, times.both)
        ]
        test = {
            **self._head(says),
            "input_series": [
                {"series": _name(one), "values": _values([(one, times.count)], times.scrape)}
                for one in case.series
            ],
        }
        looked = [(times.fires, fires)]
        early = (int(rule.hold / times.interval) - 1) * times.interval
        if case.firing and early > 0 and len(self._alike) == 1:
            looked.insert(0, (early, []))
        if any("{{" in text for one in self._alike for text in _texts(one)):
            test["promql_expr_test"] = [_counted(rule, at, len(which)) for at, which in looked]
        else:
            test["alert_rule_test"] = [_expected(rule, at, which) for at, which in looked]
        return test

    def _over(self, yes: Case, no: Case) -> dict[str, Any]:
        """Try an alert with what made it fire until its short window began, and then stopped.

        Of what its long window sees it would fire still: so both of them are asked.
        """
        times, (long, short) = self._times, self._rule.windows
        behind = short + look_back(self._rule.asked) - long
        late = int(behind / times.scrape) + _SPARE
        before = {_name(one): one for one in yes.series}
        after = {_name(one): one for one in no.series}
        series = []
        for name, one in {**before, **after}.items():
            still = replace(one, size=0.0)
            parts = [(before.get(name, still), times.count - late), (after.get(name, still), late)]
            series.append({"series": name, "values": _values(parts, times.scrape)})
        return {
            **self._head("is quiet when it is over"),
            "input_series": series,
            "promql_expr_test": [_counted(self._rule, times.fires, 0)],
        }


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
    known = {"alertname": rule.name, "alertstate": "firing"}
    if rule.windows:
        known["window"] = rule.labels["window"]
    matchers = tuple(Matcher(name, "=", value) for name, value in known.items())
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


def _values(parts: Sequence[tuple[Series, int]], scrape: float) -> str:
    """Write values as promtool expands them: the first, what is added each time, how often.

    Args:
        parts: How the series goes on, and for how many values; the later ones go on from there.
        scrape: Seconds between two values.
    """
    texts, now = [], parts[0][0].at(0)
    for series, count in parts:
        now = now if series.kind is Kind.RISING else series.at(0)
        step = series.slope * scrape
        texts.append(f"{_plain(now)}{'-' if step < 0 else '+'}{_plain(abs(step))}x{count}")
        now += step * (count + 1)
    return " ".join(texts)


def _plain(value: float) -> str:
    """Write a number without an exponent, which promtool does not read there."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
