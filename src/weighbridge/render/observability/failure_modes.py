"""Failure modes: which alert shows each, and one that is made where none does.

A failure mode names its signal: an alert, a metric, or an analysis of the rollout. A metric is
shown by the alerts that read it, or else by what an analysis that reads it calls a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.promql_tree import Binary, Call, selections
from weighbridge.model.condition import ConditionError
from weighbridge.render.naming import METRIC_LABEL
from weighbridge.render.observability.conditions import filtered
from weighbridge.render.observability.expressions import narrowed, read
from weighbridge.render.observability.rules import Rule, camel, expected, published, seconds
from weighbridge.render.observability.versions import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.codec.promql_tree import Node
    from weighbridge.model.release.rollout import Analysis, FailureMode
    from weighbridge.model.rendering import Order, Remarks


@dataclass(frozen=True, slots=True)
class Shown:
    """A failure mode and the alerts that show it."""

    mode: FailureMode
    rules: tuple[Rule, ...]


def shown(order: Order, remarks: Remarks, alerts: Sequence[Rule]) -> Iterator[Shown]:
    """Find what shows each failure mode.

    Args:
        order: What is rendered.
        remarks: Takes what nothing shows.
        alerts: The alerts of the manifest.
    """
    taken = {one.name for one in alerts}
    for index, mode in enumerate(order.release.spec.failure_modes or ()):
        at = f"/spec/failureModes/{index}"
        if mode.signal is None:
            remarks.notice(
                f"failure mode {mode.id} names no signal, so nothing watches for it: "
                f"weighbridge set spec.failureModes.{index}.signal ALERT"
            )
            continue
        found = _alerts_of(order, mode.signal, alerts)
        if not found:
            built = _built(order, remarks, mode, at, taken)
            found = () if built is None else (built,)
            taken |= {one.name for one in found}
        if found:
            yield Shown(mode, found)


def _alerts_of(order: Order, signal: str, alerts: Sequence[Rule]) -> tuple[Rule, ...]:
    named = tuple(one for one in alerts if one.name == signal)
    names = _names(order, signal)
    return named or tuple(one for one in alerts if names & _metrics(one.node))


def _names(order: Order, signal: str) -> set[str]:
    """Return the names a metric is read under."""
    return {
        signal,
        *(name for one in expected(order) if one.name == signal for name in published(one)),
    }


def _metrics(node: Node) -> set[str]:
    return {one.metric for one in selections(node)}


def _built(
    order: Order, remarks: Remarks, mode: FailureMode, at: str, taken: set[str]
) -> Rule | None:
    """Make an alert of what an analysis calls a failure."""
    index, analysis, query = _analysis(order, remarks, mode.signal or "")
    if analysis is None or query is None:
        remarks.refuse(
            f"failure mode {mode.id} is shown by {mode.signal}, which no alert and no analysis "
            "reads, so nothing would watch for it",
            f"{at}/signal",
            "add an alert: spec.observability.alerts "
            f"{{alert: {camel(mode.id)}, expr: {mode.signal} > …}}",
            "or name an alert, or an analysis of spec.rollout.analysis with a failure",
            seen=mode.signal or "",
            wanted="a threshold",
        )
        return None
    where = f"/spec/rollout/analysis/{index}"
    node = _failure(remarks, analysis, query, where)
    if node is None:
        return None
    name = camel(mode.id)
    name = f"{name}Fails" if name in taken else name
    if analysis.min_samples:
        remarks.notice(
            f"alert {name}, of analysis {analysis.name}, does not wait for "
            f"{analysis.min_samples} samples: it fires on fewer"
        )
    return Rule(
        name=name,
        node=narrowed(order, node),
        hold=seconds(analysis.interval) * (analysis.failure_limit or 0),
        labels={METRIC_LABEL: order.digest},
        annotations={"summary": mode.symptom},
    )


def _analysis(
    order: Order, remarks: Remarks, signal: str
) -> tuple[int, Analysis | None, Node | None]:
    """Find the analysis of a name, or else the first that reads a metric and says what fails."""
    rollout = order.release.spec.rollout
    many = list(enumerate((rollout.analysis or ()) if rollout is not None else ()))
    names = _names(order, signal)
    for index, one in sorted(many, key=lambda each: each[1].name != signal):
        if one.failure is None and one.success is None:
            continue
        at = f"/spec/rollout/analysis/{index}/query"
        query = read(order, remarks, one.query, at, f"analysis {one.name}")
        if query is not None and (one.name == signal or names & _metrics(query)):
            refuse_unknown(order, remarks, query, at, f"analysis {one.name}")
            return index, one, query
    return 0, None, None


def _failure(remarks: Remarks, analysis: Analysis, query: Node, at: str) -> Node | None:
    wanted = analysis.failure is not None
    text = analysis.failure if analysis.failure is not None else analysis.success or ""
    if not wanted:
        remarks.notice(
            f"analysis {analysis.name} does not say what fails: its alert fires on what does not "
            "succeed"
        )
    try:
        node = filtered(text, query, holds=wanted)
    except ConditionError as error:
        remarks.refuse(
            f"the condition of analysis {analysis.name} {error.message}, so no alert can be made",
            f"{at}/{'failure' if wanted else 'success'}",
            "compare `value` with numbers: `value > 0.05`",
            seen=text,
        )
        return None
    if analysis.on_no_data == "fail":
        return Binary(operator="or", left=node, right=Call("absent", (query,)))
    return node
