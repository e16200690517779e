"""The dashboard of a release, as Grafana imports it (the classic JSON model).

A panel for every metric it publishes, every analysis and every objective, and its alerts. The
variable `release` is preset to this release; the uid is that of the name, so that a newer release
takes the dashboard's place.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.promql import Matcher
from weighbridge.codec.promql_text import written
from weighbridge.codec.promql_tree import Selection, changed
from weighbridge.render.links import PREFIX, Linked, links, unknown
from weighbridge.render.naming import METRIC_LABEL, object_name, short_hash
from weighbridge.render.observability.rules import expected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.codec.promql_tree import Node
    from weighbridge.model.release.observability import ExpectedMetric
    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.observability.rules import Rule

_SCHEMA: Final = 39
"""Of Grafana 11; newer ones bring it up to theirs as they open it."""
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH: Final = 12
_HEIGHT: Final = 8
_COLUMNS: Final = 24
_RATE: Final = "$__rate_interval"
_QUANTILES: Final = ("0.5", "0.95", "0.99")
_UNITS: Final = {
    "seconds": "s",
    "milliseconds": "ms",
    "bytes": "bytes",
    "ratio": "percentunit",
    "percent": "percent",
}
_COMPARED: Final = re.compile(r"value\s*(<=?|>=?)\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)")


def dashboard(order: Order, remarks: Remarks, rules: Sequence[Rule]) -> dict[str, Any]:
    """Return the dashboard.

    Args:
        order: What is rendered.
        remarks: Takes links that lead nowhere.
        rules: The rules of the release.
    """
    meta = order.release.metadata
    panels = [*_metrics(order), *_analyses(order), *_objectives(rules), *_alerts(rules)]
    return {
        "uid": f"wb-{short_hash(meta.name.encode(), 24)}",
        "title": f"{meta.name} (weighbridge)",
        "description": f"Rendered by weighbridge for {meta.name}@{meta.version}, {order.digest}",
        "tags": ["weighbridge", object_name(order)],
        "schemaVersion": _SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"},
        "annotations": {"list": []},
        "links": [
            {"type": "link", "title": one.name, "url": one.url, "targetBlank": True}
            for one in links(_linked(order), _templates(order, remarks))
        ],
        "templating": {"list": _variables(order)},
        "panels": [_placed(one, index) for index, one in enumerate(panels)],
    }


def _linked(order: Order) -> Linked:
    meta = order.release.metadata
    return Linked(release=order.digest, name=meta.name, version=meta.version)


def _templates(order: Order, remarks: Remarks) -> dict[str, str]:
    found = {
        name.removeprefix(PREFIX): text
        for name, text in order.options.items()
        if name.startswith(PREFIX) and text
    }
    for name, text in sorted(found.items()):
        for one in unknown(name, text):
            remarks.refuse(
                f"the link {name} has a placeholder that stands for nothing",
                "",
                "write {release}, {name}, {version}, {environment} or {label}",
                "or {query} in links called grafana, loki, prometheus or tempo",
                seen=one,
            )
    return found


def _variables(order: Order) -> list[dict[str, Any]]:
    meta = order.release.metadata
    this = {"selected": True, "text": f"{meta.name}@{meta.version}", "value": order.digest}
    return [
        {
            "name": "datasource",
            "label": "Prometheus",
            "type": "datasource",
            "query": "prometheus",
            "hide": 0,
        },
        {
            "name": METRIC_LABEL,
            "label": "Release",
            "type": "custom",
            "query": f"{this['text']} : {order.digest}",
            "current": this,
            "options": [this],
            "hide": 0,
            "multi": False,
            "includeAll": False,
        },
    ]


def _metrics(order: Order) -> Iterator[dict[str, Any]]:
    for one in expected(order):
        yield _panel(
            one.name,
            [_target(text, legend) for text, legend in _queries(one)],
            unit=_unit(one),
            says=f"{one.type}{f', in {one.unit}' if one.unit else ''}",
        )


def _unit(one: ExpectedMetric) -> str:
    if one.type == "counter":
        return "reqps" if one.name.startswith("requests") else "cps"
    return _UNITS.get(one.unit or "", "short")


def _queries(one: ExpectedMetric) -> Iterator[tuple[str, str]]:
    """Yield what is asked of a metric, and how the answer is called."""
    labels = "".join(
        f', {name}="{_escaped(value)}"'
        for name, value in (one.labels or {}).items()
        if name != METRIC_LABEL
    )
    of = f'{{{METRIC_LABEL}="${METRIC_LABEL}"{labels}}}'
    if one.type == "counter":
        yield f"sum(rate({one.name}{of}[{_RATE}]))", "a second"
    elif one.type == "histogram":
        for share in _QUANTILES:
            buckets = f"sum by (le) (rate({one.name}_bucket{of}[{_RATE}]))"
            yield f"histogram_quantile({share}, {buckets})", f"quantile {share}"
    elif one.type == "summary":
        yield f"max by (quantile) ({one.name}{of})", "quantile {{quantile}}"
    else:
        yield f"avg({one.name}{of})", "mean"
        yield f"max({one.name}{of})", "greatest"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _analyses(order: Order) -> Iterator[dict[str, Any]]:
    rollout = order.release.spec.rollout
    for one in (rollout.analysis or ()) if rollout is not None else ():
        said = "; ".join(
            f"{word}: {text}"
            for word, text in (("success", one.success), ("failure", one.failure))
            if text
        )
        yield _panel(
            f"analysis {one.name}",
            [_target(one.query, one.name)],
            says=said,
            steps=_steps(one.success, one.failure),
        )


def _steps(success: str | None, failure: str | None) -> list[dict[str, Any]]:
    """Return the thresholds of an analysis as Grafana draws them, ascending."""
    bad = _COMPARED.fullmatch(failure.strip()) if failure else None
    good = _COMPARED.fullmatch(success.strip()) if success else None
    limits: list[tuple[float, str]] = []
    lowest = "text"
    for found, beyond, within in ((good, "yellow", "green"), (bad, "red", "yellow")):
        if found is None:
            continue
        rises = found[1].startswith(">")
        holds = beyond if found is bad else within
        other = within if found is bad else beyond
        limits.append((float(found[2]), holds if rises else other))
        if not limits[:-1] or float(found[2]) < min(limit for limit, _ in limits[:-1]):
            lowest = other if rises else holds
    steps: list[dict[str, Any]] = [{"color": lowest, "value": None}]
    return steps + [{"color": color, "value": limit} for limit, color in sorted(limits)]


def _objectives(rules: Sequence[Rule]) -> Iterator[dict[str, Any]]:
    recorded: dict[tuple[str, str], list[Rule]] = {}
    for one in rules:
        if one.records:
            recorded.setdefault((one.labels["slo"], one.labels["objective"]), []).append(one)
    for (slo, objective), many in recorded.items():
        targets = [
            _target(
                _of_release(Selection(name=one.name, matchers=_named(slo, objective))), one.name
            )
            for one in many
        ]
        title = f"errors of {slo} ({objective})"
        yield _panel(title, targets, unit="percentunit", says="share of errors, by window")


def _named(slo: str, objective: str) -> tuple[Matcher, ...]:
    return Matcher("slo", "=", slo), Matcher("objective", "=", objective)


def _of_release(node: Selection) -> str:
    own = Matcher(METRIC_LABEL, "=", f"${METRIC_LABEL}")
    return written(replace(node, matchers=(*node.matchers, own)))


def _alerts(rules: Sequence[Rule]) -> Iterator[dict[str, Any]]:
    names = dict.fromkeys(one.name for one in rules if not one.records)
    if not names:
        return
    firing = Selection(name="ALERTS", matchers=(Matcher("alertstate", "=", "firing"),))
    yield _panel(
        "alerts that fire",
        [_target(f"sum by (alertname) ({_of_release(firing)})", "{{alertname}}")],
        says=", ".join(names),
    )
    for one in rules:
        if not one.records and one.whole is None:
            yield _panel(
                f"alert {one.name}",
                [_target(written(_shown(one.node)), one.name)],
                says="gives something when it fires",
            )


def _shown(node: Node) -> Node:
    """Ask about the release that is chosen instead of the one that is rendered."""

    def chosen(one: Node) -> Node | None:
        if not isinstance(one, Selection):
            return None
        matchers = tuple(
            Matcher(each.label, "=", f"${METRIC_LABEL}") if each.label == METRIC_LABEL else each
            for each in one.matchers
        )
        return replace(one, matchers=matchers)

    return changed(node, chosen)


def _target(text: str, legend: str) -> dict[str, Any]:
    return {"datasource": _SOURCE, "expr": text, "legendFormat": legend}


def _panel(
    title: str,
    targets: list[dict[str, Any]],
    *,
    unit: str = "short",
    says: str = "",
    steps: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": unit}
    if steps:
        defaults["thresholds"] = {"mode": "absolute", "steps": list(steps)}
        defaults["custom"] = {"thresholdsStyle": {"mode": "line"}}
    return {
        "type": "timeseries",
        "title": title,
        "description": says,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [{**one, "refId": chr(ord("A") + index)} for index, one in enumerate(targets)],
    }


def _placed(panel: dict[str, Any], index: int) -> dict[str, Any]:
    row, column = divmod(index, _COLUMNS // _WIDTH)
    place = {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
    return {**panel, "id": index + 1, "gridPos": place}
