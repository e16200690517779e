"""Objectives: how fast their error budgets are spent, and alerts that this is too fast.

After "Alerting on SLOs" of Google's Site Reliability Workbook (chapter 5, method 6): an alert looks
at a long and a short window. The words of the manifest are OpenSLO's; the recorded series are
called as sloth calls them. An error budget is that of a service, over all its releases: unlike
alerts, objectives are asked as they are written, `$release` or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from weighbridge.codec.promql import Matcher
from weighbridge.codec.promql_text import duration
from weighbridge.codec.promql_tree import (
    Aggregate,
    Binary,
    Call,
    Group,
    Number,
    Selection,
    Subquery,
    changed,
    nodes,
)
from weighbridge.render.naming import METRIC_LABEL
from weighbridge.render.observability.expressions import read
from weighbridge.render.observability.rules import Rule, camel, expected, published, seconds
from weighbridge.render.observability.versions import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.codec.promql_tree import Node
    from weighbridge.model.release.observability import Objective, ServiceLevelObjective
    from weighbridge.model.rendering import Order, Remarks

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_MONTH: Final = 30 * _DAY
"""The time an objective is measured over if it does not say."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A long and a short window, and the share of the budget that may be spent in the long one."""

    long: int
    short: int
    spent: Fraction
    severity: str


_PAIRS: Final = (
    _Pair(_HOUR, 300, Fraction(2, 100), "page"),
    _Pair(6 * _HOUR, 1800, Fraction(5, 100), "page"),
    _Pair(_DAY, 2 * _HOUR, Fraction(10, 100), "ticket"),
    _Pair(3 * _DAY, 6 * _HOUR, Fraction(10, 100), "ticket"),
)
_STEP: Final = 60
"""Seconds between two looks at a threshold."""
_BAD: Final = "slo:sli_error:bool"
"""Whether a threshold is broken, at every evaluation: 0 or 1."""
_CONTRARY: Final = {"lt": ">=", "lte": ">", "gt": "<=", "gte": "<"}


def objective_rules(order: Order, remarks: Remarks) -> list[Rule]:
    """Return what is recorded and alerted of for the objectives of a release.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done, and what is done otherwise.
    """
    seen = order.release.spec.observability
    return [
        rule
        for index, slo in enumerate((seen.slos or ()) if seen is not None else ())
        for rule in _Service(order, remarks, slo, f"/spec/observability/slos/{index}").rules()
    ]


class _Service:
    """Makes the rules of an objective's targets."""

    def __init__(self, order: Order, remarks: Remarks, slo: ServiceLevelObjective, at: str) -> None:
        self._order = order
        self._remarks = remarks
        self._slo = slo
        self._at = at
        window = slo.time_window
        self._period = (
            Fraction(seconds(window.duration)) if window is not None else Fraction(_MONTH)
        )

    def rules(self) -> Iterator[Rule]:
        if self._slo.time_window is not None and self._slo.time_window.is_rolling is False:
            self._remarks.notice(
                f"objective {self._slo.name} is measured over the last "
                f"{duration(float(self._period))}, not from a day of the calendar on"
            )
        many = len(self._slo.objectives) > 1
        for index, one in enumerate(self._slo.objectives):
            at = f"{self._at}/objectives/{index}"
            errors = self._errors(one, at)
            if errors is not None:
                name = one.display_name or one.target
                yield from self._of(one, errors, f"{index + 1}: {name}" if many else name)

    def _errors(self, one: Objective, at: str) -> _Errors | None:
        ratio = self._slo.indicator.ratio_metric
        if ratio is None:
            return self._threshold(one, at)
        where = f"{self._at}/indicator/ratioMetric"
        if self._slo.budgeting_method not in {None, "Occurrences"}:
            self._remarks.refuse(
                f"the budget of {self._slo.name} is counted in slices of time, and its indicator "
                "counts events",
                f"{self._at}/budgetingMethod",
                "count events: budgetingMethod: Occurrences",
                "or compare with a threshold: indicator.thresholdMetric",
                seen=str(self._slo.budgeting_method),
                wanted="Occurrences",
            )
            return None
        if one.op is not None or one.value is not None:
            self._remarks.notice(
                f"objective {self._slo.name} counts events: op and value say nothing of them"
            )
        part = "bad" if ratio.bad is not None else "good"
        text = ratio.bad if ratio.bad is not None else ratio.good
        if text is None:
            self._remarks.refuse(
                f"objective {self._slo.name} says neither what is good nor what is bad",
                where,
                "name one: good or bad",
            )
            return None
        if ratio.good is not None and ratio.bad is not None:
            self._remarks.notice(f"objective {self._slo.name} is reckoned from what is bad")
        counted, total = self._read(text, where, part), self._read(ratio.total, where, "total")
        return None if counted is None or total is None else _Errors(counted, total, part)

    def _threshold(self, one: Objective, at: str) -> _Errors | None:
        text, where = self._slo.indicator.threshold_metric, f"{self._at}/indicator"
        if text is None or one.op is None or one.value is None:
            self._remarks.refuse(
                f"objective {self._slo.name} compares nothing",
                where if text is None else at,
                "say what is measured: indicator.thresholdMetric or indicator.ratioMetric",
                "and with what it is compared: objectives[].{op, value}",
            )
            return None
        node = read(self._order, self._remarks, text, f"{where}/thresholdMetric", self._what())
        try:
            value = float(one.value)
        except ValueError:
            self._remarks.refuse("a threshold is a number", f"{at}/value", seen=one.value)
            return None
        if node is None:
            return None
        refuse_unknown(self._order, self._remarks, node, f"{where}/thresholdMetric", self._what())
        bad = Binary(operator=_CONTRARY[one.op], left=node, right=Number(value), truth=True)
        return _Errors(bad, None, "threshold")

    def _what(self) -> str:
        return f"objective {self._slo.name}"

    def _read(self, text: str, where: str, part: str) -> Node | None:
        """Read an expression that counts events, without a window of its own."""
        node = read(self._order, self._remarks, text, f"{where}/{part}", self._what())
        if node is None:
            return None
        gauges = {
            name for one in expected(self._order) if one.type == "gauge" for name in published(one)
        }
        counted = [one for one in nodes(node) if isinstance(one, Selection)]
        unfit = sorted({one.metric for one in counted} & gauges)
        if unfit or not counted or any(isinstance(one, Subquery) for one in nodes(node)):
            self._remarks.refuse(
                f"the {part} of objective {self._slo.name} counts no events",
                f"{where}/{part}",
                "count by a counter: requests_total, or sum(rate(requests_total[5m]))",
                "or compare a gauge with a threshold: indicator.thresholdMetric",
                seen=" ".join(text.split()),
                wanted="an expression of counters",
            )
            return None
        if any(one.range is not None for one in counted):
            self._remarks.notice(
                f"objective {self._slo.name} is counted over windows from 5m to 3d, instead of "
                f"the one its {part} names"
            )
        return node

    def _of(self, one: Objective, errors: _Errors, name: str) -> Iterator[Rule]:
        budget = 1 - Fraction(one.target)
        labels = {"slo": self._slo.name, "objective": name, METRIC_LABEL: self._order.digest}
        pairs = list(self._pairs(budget))
        if errors.total is None and pairs:
            yield Rule(name=_BAD, node=errors.counted, records=True, labels=labels)
        for window in sorted({window for each in pairs for window in (each.long, each.short)}):
            node = errors.recorded(window, labels)
            yield Rule(name=_recorded(window), node=node, records=True, labels=labels)
        for each in pairs:
            limit = Number(float(self._burn(each) * budget))
            windows = (each.long, each.short)
            asked = [_series(_recorded(window), labels) for window in windows]
            yield Rule(
                name=f"{camel(self._slo.name)}ErrorBudgetBurn",
                node=_both(asked, limit),
                whole=_both([errors.over(window) for window in windows], limit),
                windows=windows,
                labels={**labels, "severity": each.severity, "window": duration(each.long)},
                annotations=self._told(each, name),
            )

    def _burn(self, pair: _Pair) -> Fraction:
        """Return how many times as fast as it may the budget is spent; below 1 it never ends."""
        return max(Fraction(1), pair.spent * self._period / pair.long)

    def _pairs(self, budget: Fraction) -> Iterator[_Pair]:
        for pair in _PAIRS:
            if pair.long > self._period:
                self._remarks.notice(
                    f"objective {self._slo.name} is measured over {duration(float(self._period))}: "
                    f"nothing looks back {duration(pair.long)}"
                )
            elif self._burn(pair) * budget >= 1:
                self._remarks.notice(
                    f"objective {self._slo.name} leaves so much room that nothing can spend it "
                    f"{float(self._burn(pair)):g} times as fast as it may: no alert over "
                    f"{duration(pair.long)}"
                )
            else:
                yield pair

    def _told(self, pair: _Pair, name: str) -> dict[str, str]:
        said = f": {self._slo.description}" if self._slo.description else ""
        return {
            "summary": f"The error budget of {self._slo.name} ({name}) is spent too fast",
            "description": f"In {duration(pair.long)} and in {duration(pair.short)} it was spent "
            f"at least {float(self._burn(pair)):g} times as fast as it may{said}",
        }


@dataclass(frozen=True, slots=True)
class _Errors:
    """The share of errors: counted events in all of them, or of the time something is bad."""

    counted: Node
    total: Node | None
    part: str

    def recorded(self, window: int, labels: dict[str, str]) -> Node:
        """Return the same, of what is recorded at every evaluation where it is asked often."""
        if self.total is not None:
            return self.over(window)
        return Call("avg_over_time", (replace(_series(_BAD, labels), range=window),))

    def over(self, window: int) -> Node:
        """Return the share over a window, in seconds."""
        if self.total is None:
            asked = Subquery(inner=Group(self.counted), range=window, step=_STEP)
            return Call("avg_over_time", (asked,))
        share = Binary(
            operator="/", left=_rate(self.counted, window), right=_rate(self.total, window)
        )
        if self.part == "bad":
            return share
        return Binary(operator="-", left=Number(1.0), right=share)


def _rate(node: Node, window: int) -> Node:
    """Count by a rate over a window: what is counted over one of its own, and what is not."""

    def windowed(one: Node) -> Node | None:
        if not isinstance(one, Selection):
            return None
        ranged = Selection(
            name=one.name, matchers=one.matchers, range=window, offset=one.offset, at=one.at
        )
        return ranged if one.range is not None else Call("rate", (ranged,))

    made = changed(node, windowed)
    return Aggregate(operator="sum", inner=made) if isinstance(node, Selection) else made


def _recorded(window: int) -> str:
    return f"slo:sli_error:ratio_rate{duration(window)}"


def _series(name: str, labels: dict[str, str]) -> Selection:
    matchers = tuple(Matcher(label, "=", value) for label, value in labels.items())
    return Selection(name=name, matchers=matchers)


def _both(shares: Sequence[Node], limit: Node) -> Node:
    """Ask whether both shares are above a limit."""
    first, second = (Binary(operator=">", left=one, right=limit) for one in shares)
    return Binary(operator="and", left=first, right=second)
