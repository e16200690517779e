"""The PromQL of a manifest: every expression with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.rules import items, placed
from weighbridge.rules.interface import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import Spec
    from weighbridge.model.release.observability import Metrics, ServiceLevelObjective


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An expression as it is written.

    Attributes:
        pointer: Its JSON pointer.
        text: The expression.
        what: Whose it is, for people.
    """

    pointer: str
    text: str
    what: str


def queries(facts: Facts) -> Iterator[Item[Written]]:
    """Yield every expression of the manifest; one left `TODO` is CFG009's."""
    for written in _all(facts.release.spec) if facts.release else ():
        if written.text != TODO:
            where = items.place(facts, written.pointer)
            subject = placed.path(facts, written.pointer)
            yield Item(subject=subject, location=where, value=written)


def declared(facts: Facts) -> Metrics | None:
    """Return what the manifest says of its metrics, or None if it says nothing."""
    seen = facts.release.spec.observability if facts.release else None
    return seen.metrics if seen else None


def _all(spec: Spec) -> Iterator[Written]:
    for index, analysis in enumerate(spec.rollout.analysis or () if spec.rollout else ()):
        at = f"/spec/rollout/analysis/{index}/query"
        yield Written(pointer=at, text=analysis.query, what=f"analysis {analysis.name}")
    if spec.observability is None:
        return
    for index, alert in enumerate(spec.observability.alerts or ()):
        at = f"/spec/observability/alerts/{index}/expr"
        yield Written(pointer=at, text=alert.expr, what=f"alert {alert.alert}")
    for index, objective in enumerate(spec.observability.slos or ()):
        yield from _objective(objective, f"/spec/observability/slos/{index}/indicator")


def _objective(objective: ServiceLevelObjective, at: str) -> Iterator[Written]:
    indicator, what = objective.indicator, f"objective {objective.name}"
    parts = {"thresholdMetric": indicator.threshold_metric}
    if ratio := indicator.ratio_metric:
        parts |= {
            "ratioMetric/good": ratio.good,
            "ratioMetric/bad": ratio.bad,
            "ratioMetric/total": ratio.total,
        }
    for part, text in parts.items():
        if text is not None:
            yield Written(pointer=f"{at}/{part}", text=text, what=what)
