"""All that watches a release, for every target on a cluster to include by one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.rendering import RenderedFile
from weighbridge.render.naming import object_name
from weighbridge.render.observability.alerts import alerts
from weighbridge.render.observability.collector import collector
from weighbridge.render.observability.dashboard import dashboard
from weighbridge.render.observability.monitoring import (
    metrics_service,
    prometheus_rule,
    service_monitor,
)
from weighbridge.render.observability.objectives import objective_rules
from weighbridge.render.observability.rule_tests import LONG, span, tests_of
from weighbridge.render.observability.rules import groups
from weighbridge.render.text import json_document, yaml_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.observability.rules import Rule


@dataclass(frozen=True, slots=True)
class Watch:
    """The rules of a release.

    Attributes:
        alerts: Its alerts.
        objectives: What is recorded and alerted of for its objectives.
    """

    alerts: tuple[Rule, ...]
    objectives: tuple[Rule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All of them."""
        return self.alerts + self.objectives


def watch(order: Order, remarks: Remarks) -> Watch:
    """Make the rules of a release.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done, and what is done otherwise.
    """
    return Watch(tuple(alerts(order, remarks)), tuple(objective_rules(order, remarks)))


def is_watched(order: Order) -> bool:
    """Tell whether a manifest says how its release is watched."""
    spec = order.release.spec
    return spec.observability is not None or bool(spec.failure_modes)


def observed(order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
    """Render what watches a release on a cluster; nothing if its manifest says nothing of it.

    Objects go to the top folder, all else into folders: `rules`, `tests`, `grafana`.

    Args:
        order: What is rendered; options the target does not have are at their defaults.
        remarks: Takes what cannot be done, and what is done otherwise.
    """
    if not is_watched(order):
        return
    made = watch(order, remarks)
    if made.rules:
        yield _object(prometheus_rule(order, groups(order, made.alerts, made.objectives)))
        yield from rule_files(order, remarks, made)
    monitor = service_monitor(order)
    read = metrics_service(order)
    if monitor is not None and read is not None:
        yield _object(read, "service-metrics.yaml")
        yield _object(monitor)
    else:
        _unread(order, remarks)
    if sends(order):
        yield _object(collector(order))
    yield dashboard_file(order, remarks, made)


def _unread(order: Order, remarks: Remarks) -> None:
    """Say that nothing reads a release's metrics, if it has any."""
    seen = order.release.spec.observability
    metrics = seen.metrics if seen is not None else None
    if metrics is not None and metrics.endpoint is not None:
        remarks.refuse(
            "the port its metrics are read at is not to be seen from their address",
            "/spec/observability/metrics/endpoint",
            "write it down: `:9100/metrics`",
            seen=metrics.endpoint,
        )
    elif metrics is not None:
        remarks.notice(
            "the release does not say where its metrics are read (metrics.endpoint): no "
            "ServiceMonitor is rendered"
        )


def sends(order: Order) -> bool:
    """Tell whether a release sends logs or traces."""
    seen = order.release.spec.observability
    return seen is not None and (seen.logs is not None or seen.traces is not None)


def rule_file(order: Order) -> str:
    """Return the path of the rule file."""
    return f"rules/{object_name(order)}.rules.yaml"


def rule_files(order: Order, remarks: Remarks, made: Watch) -> Iterator[RenderedFile]:
    """Render the rule file, and its tests.

    Args:
        order: What is rendered.
        remarks: Takes alerts without a test.
        made: The rules.
    """
    name = object_name(order)
    found = {"groups": groups(order, made.alerts, made.objectives)}
    yield RenderedFile(path=rule_file(order), content=yaml_documents(found))
    fire = [one for one in made.rules if not one.records]
    late = {one.name for one in fire if span(one) > LONG}
    short = [one for one in fire if one.name not in late]
    long = [one for one in fire if one.name in late]
    for path, rules in ((f"tests/{name}.test.yaml", short), (f"tests/{name}-long.test.yaml", long)):
        tests = tests_of(order, remarks, rules, f"../{rule_file(order)}")
        if tests is not None:
            yield RenderedFile(path=path, content=yaml_documents(tests))


def dashboard_file(order: Order, remarks: Remarks, made: Watch) -> RenderedFile:
    """Render the dashboard."""
    content = json_document(dashboard(order, remarks, made.rules))
    return RenderedFile(path=f"grafana/{object_name(order)}.json", content=content)


def _object(one: dict[str, Any], path: str = "") -> RenderedFile:
    return RenderedFile(path=path or f"{one['kind'].lower()}.yaml", content=yaml_documents(one))
