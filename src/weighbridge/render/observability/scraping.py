"""Configuration of a Prometheus that finds nothing by itself: places are named, rules beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.render.naming import METRIC_LABEL, object_name
from weighbridge.render.observability.options import option
from weighbridge.render.observability.versions import is_third

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.rendering import Order


def prometheus_configuration(
    order: Order, targets: Sequence[str], path: str, rules: str
) -> dict[str, Any]:
    """Return a `prometheus.yml`.

    Args:
        order: What is rendered.
        targets: Places metrics are read at, HOST:PORT each.
        path: The path they are read at.
        rules: The rule file, as the configuration names it; empty if there is none.
    """
    seconds = f"{option(order, 'scrapeSeconds')}s"
    job: dict[str, Any] = {
        "job_name": object_name(order),
        "metrics_path": path,
        "static_configs": [{"targets": list(targets), "labels": {METRIC_LABEL: order.digest}}],
    }
    fallback = option(order, "fallbackScrapeProtocol")
    if fallback and is_third(order):
        job["fallback_scrape_protocol"] = fallback
    return {
        "global": {"scrape_interval": seconds, "evaluation_interval": seconds},
        **({"rule_files": [rules]} if rules else {}),
        "scrape_configs": [job],
    }
