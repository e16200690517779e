"""Rules of Prometheus: what is recorded, and what is alerted of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.promql_text import duration, written
from weighbridge.render.naming import METRIC_LABEL, object_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.codec.promql_tree import Node
    from weighbridge.model.release.observability import ExpectedMetric
    from weighbridge.model.rendering import Order

_CREATED: Final = "_created"
_SUFFIXES: Final = {
    "counter": (_CREATED,),
    "gauge": (),
    "histogram": ("_bucket", "_sum", "_count", _CREATED),
    "summary": ("_sum", "_count", _CREATED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule.

    Attributes:
        name: Name of the alert, or of the series that is recorded.
        node: The expression.
        records: Whether a series is recorded.
        hold: How long the expression must give something before an alert fires, in seconds.
        keep: How long it goes on firing behind that, in seconds.
        labels: Labels.
        annotations: What is told with an alert.
        whole: The expression without series that are recorded here; None if there are none.
        windows: The long and the short window an alert of an objective looks at, in seconds.
        modes: Failure modes the alert shows.
    """

    name: str
    node: Node
    records: bool = False
    hold: float = 0
    keep: float = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    whole: Node | None = None
    windows: tuple[int, ...] = ()
    modes: tuple[str, ...] = ()

    @property
    def asked(self) -> Node:
        """What it asks of the metrics of others."""
        return self.whole or self.node

    def document(self) -> dict[str, Any]:
        """Return it as rule files and PrometheusRule have it."""
        found: dict[str, Any] = {
            "record" if self.records else "alert": self.name,
            "expr": written(self.node),
        }
        if self.hold:
            found["for"] = duration(self.hold)
        if self.keep:
            found["keep_firing_for"] = duration(self.keep)
        if self.labels:
            found["labels"] = dict(sorted(self.labels.items()))
        if self.annotations:
            found["annotations"] = dict(sorted(self.annotations.items()))
        return found


def groups(
    order: Order, alerts: Sequence[Rule], objectives: Sequence[Rule]
) -> list[dict[str, Any]]:
    """Return groups of rules, as rule files and PrometheusRule have them."""
    name = f"{object_name(order)}@{order.release.metadata.version}"
    both = ((f"{name}/alerts", alerts), (f"{name}/objectives", objectives))
    return [
        {"name": title, "rules": [one.document() for one in rules]}
        for title, rules in both
        if rules
    ]


def published(metric: ExpectedMetric) -> tuple[str, ...]:
    """List the names a metric is read under."""
    stem = metric.name.removesuffix("_total")
    names = [metric.name, *(stem + suffix for suffix in _SUFFIXES.get(metric.type, ()))]
    if metric.type == "counter" and not metric.name.endswith("_total"):
        names.append(f"{metric.name}_total")
    return tuple(names)


def expected(order: Order) -> list[ExpectedMetric]:
    """List the metrics a release says it publishes."""
    seen = order.release.spec.observability
    return list(seen.metrics.expected or ()) if seen is not None and seen.metrics else []


def usual_labels(order: Order) -> dict[str, dict[str, str]]:
    """Return the labels a release's metrics have, by every name they are read under."""
    return {
        name: {**(metric.labels or {}), METRIC_LABEL: order.digest}
        for metric in expected(order)
        for name in published(metric)
    }


def seconds(text: str | None) -> float:
    """Return a duration of a manifest in seconds, in whole milliseconds, and none if it is none."""
    return 0.0 if text is None else -(-float(text.removesuffix("s")) * 1000 // 1) / 1000


def camel(text: str) -> str:
    """Turn a name of ours into one as alerts have."""
    words = "".join(one if one.isalnum() else " " for one in text).split()
    return "".join(one[:1].upper() + one[1:] for one in words)
