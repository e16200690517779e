"""Alerts: those a manifest has, and one for every failure mode nothing else shows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.location import pointer
from weighbridge.render.naming import METRIC_LABEL
from weighbridge.render.observability.expressions import about, narrowed, read
from weighbridge.render.observability.failure_modes import shown
from weighbridge.render.observability.rules import Rule, seconds
from weighbridge.render.observability.versions import refuse_unknown, refuse_unnamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.release.observability import Alert
    from weighbridge.model.release.rollout import FailureMode
    from weighbridge.model.rendering import Order, Remarks

_ACTIONS: Final = ("page", "pause", "rollback")
"""From what is done last to what is done first."""
_ADDRESS: Final = re.compile(r"https?://")
OURS: Final = (METRIC_LABEL, "failure_mode", "action")
"""Labels every alert of ours has, or those that show a failure mode."""


def alerts(order: Order, remarks: Remarks) -> list[Rule]:
    """Return the alerts of a release.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done, and what is done otherwise.
    """
    own = list(_own(order, remarks))
    built: dict[str, Rule] = {one.name: one for one in own}
    by_alert: dict[str, list[FailureMode]] = {}
    for found in shown(order, remarks, own):
        for rule in found.rules:
            built.setdefault(rule.name, rule)
            by_alert.setdefault(rule.name, []).append(found.mode)
    return [_shows(one, by_alert.get(one.name, [])) for one in built.values()]


def _own(order: Order, remarks: Remarks) -> Iterator[Rule]:
    seen = order.release.spec.observability
    for index, one in enumerate((seen.alerts or ()) if seen is not None else ()):
        at = f"/spec/observability/alerts/{index}"
        node = read(order, remarks, one.expr, f"{at}/expr", f"alert {one.alert}")
        if node is None:
            continue
        refuse_unknown(order, remarks, node, f"{at}/expr", f"alert {one.alert}")
        narrow = narrowed(order, node)
        if narrow != node:
            remarks.notice(
                f"alert {one.alert} reads the metrics of this release alone, and those nobody "
                f'labelled; say {{{METRIC_LABEL}="$release"}} for the first'
            )
        yield Rule(
            name=one.alert,
            node=narrow,
            hold=seconds(one.hold),
            keep=seconds(one.keep_firing_for),
            labels=_labels(order, remarks, one, at),
            annotations=_annotations(order, one),
        )


def _labels(order: Order, remarks: Remarks, one: Alert, at: str) -> dict[str, str]:
    found = {name: about(order, value) for name, value in (one.labels or {}).items()}
    for name in sorted(found):
        refuse_unnamed(order, remarks, name, f"{at}/labels{pointer(name)}")
        if name in OURS:
            remarks.notice(
                f"alert {one.alert} is labelled {name} by weighbridge, and not {found[name]}"
            )
    return {**found, METRIC_LABEL: order.digest}


def _annotations(order: Order, one: Alert) -> dict[str, str]:
    told = one.annotations
    if told is None:
        return {}
    known = told.model_dump(by_alias=True, exclude_none=True)
    return {name: about(order, value) for name, value in known.items()}


def _shows(rule: Rule, modes: Sequence[FailureMode]) -> Rule:
    """Say of an alert which failure modes it shows, and what is to be done about them."""
    if not modes:
        return rule
    action = max((one.action for one in modes), key=_ACTIONS.index)
    labels = {**rule.labels, "failure_mode": ",".join(one.id for one in modes), "action": action}
    severities = [one.severity for one in modes if one.severity is not None]
    if severities:
        order = ("low", "medium", "high", "critical")
        labels.setdefault("severity", max(severities, key=order.index))
    told = dict(rule.annotations)
    told["symptom"] = "; ".join(one.symptom for one in modes)
    runbooks = [one.runbook for one in modes if one.runbook is not None]
    if runbooks:
        told["runbook"] = " ".join(dict.fromkeys(runbooks))
        addresses = [one for one in runbooks if _ADDRESS.match(one)]
        if addresses:
            told.setdefault("runbook_url", addresses[0])
    return replace(rule, labels=labels, annotations=told, modes=tuple(one.id for one in modes))
