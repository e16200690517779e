"""What watches a release, alone: for a Prometheus operator, or for a Prometheus beside it.

Refuses a release that says nothing of how it is watched: there would be nothing to write.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.observability.observed import is_watched, observed, rule_file
from weighbridge.render.observability.options import OPTIONS, PROMETHEUS_VERSIONS
from weighbridge.render.observability.scraping import prometheus_configuration
from weighbridge.render.text import yaml_documents
from weighbridge.render.workload import OPTIONS as POD_OPTIONS
from weighbridge.render.workload import metrics_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks

_PLACE: Final = r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]{2,45}\]):[0-9]{1,5}"
_VERSION: Final = "prometheus"
"""The option that names the version of Prometheus where another version is the target's."""


class Prometheus:
    """Renders rules and their tests, scraping, telemetry and a dashboard."""

    kind = "prometheus"
    versions = PROMETHEUS_VERSIONS
    options = (
        *(one for one in POD_OPTIONS if one.name == "port"),
        *(one for one in OPTIONS if one.name != _VERSION),
        TargetOption(
            name="scrapeTargets",
            pattern=rf"{_PLACE}(?:,{_PLACE}){{0,63}}",
            wanted="HOST:PORT, separated by commas",
            description="Where a Prometheus without an operator reads metrics; then there is a "
            "`prometheus/prometheus.yml`.",
        ),
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render what watches a release."""
        order = replace(order, options={**order.options, _VERSION: order.version})
        if not is_watched(order):
            remarks.refuse(
                "the release says nothing of how it is watched",
                "/spec",
                "say it: spec.observability.{metrics, alerts, slos, logs, traces}",
                "or spec.failureModes",
            )
            return
        written = list(observed(order, remarks))
        yield from written
        targets = order.options["scrapeTargets"]
        if targets:
            measured = metrics_endpoint(order)
            rules = rule_file(order)
            found = prometheus_configuration(
                order,
                targets.split(","),
                "/metrics" if measured is None else measured[1],
                f"../{rules}" if any(one.path == rules for one in written) else "",
            )
            path = "prometheus/prometheus.yml"
            yield RenderedFile(path=path, content=yaml_documents(found))
