"""What the Prometheus operator reads: PrometheusRule and ServiceMonitor (monitoring.coreos.com/v1).

The rules are an object of their own for each release, so that while two of them run each is
watched by its own, and a release that is brought back finds its own alerts. The monitor is one for
all: it reads each replica's release from the replica itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.render.naming import (
    METRIC_LABEL,
    RELEASE_LABEL,
    every_pod,
    metadata,
    object_name,
    release_label,
)
from weighbridge.render.observability.options import option
from weighbridge.render.observability.versions import is_third
from weighbridge.render.workload import metrics_endpoint, metrics_port

if TYPE_CHECKING:
    from weighbridge.model.rendering import Order

API: Final = "monitoring.coreos.com/v1"
_DIGITS: Final = 10
_READ: Final = {"weighbridge.dev/metrics": "read"}
"""Label of the one Service metrics are read by."""
_ANNOTATION: Final = "__meta_kubernetes_pod_annotation_" + "".join(
    letter if letter.isalnum() else "_" for letter in RELEASE_LABEL
)
"""The release digest of a pod, as Prometheus finds it."""


def prometheus_rule(order: Order, groups: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the PrometheusRule of a release.

    Args:
        order: What is rendered.
        groups: Groups of rules.
    """
    name = f"{object_name(order)}-{release_label(order)[:_DIGITS]}"
    return {
        "apiVersion": API,
        "kind": "PrometheusRule",
        "metadata": metadata(order, name, labels=_picked(order)),
        "spec": {"groups": groups},
    }


def metrics_service(order: Order) -> dict[str, Any] | None:
    """Return the Service metrics are read by; None if the release says not where they are read.

    One of its own, whatever other Services a controller makes: else a pod behind two of them would
    be read twice, and counted twice.
    """
    measured = metrics_endpoint(order)
    if measured is None:
        return None
    port = metrics_port(order)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(order, f"{object_name(order)}-metrics", labels=_READ),
        "spec": {
            "clusterIP": "None",
            "selector": every_pod(order),
            "ports": [{"name": port, "port": measured[0], "targetPort": measured[0]}],
        },
    }


def service_monitor(order: Order) -> dict[str, Any] | None:
    """Return the ServiceMonitor of a release; None if it says not where its metrics are read."""
    measured = metrics_endpoint(order)
    if measured is None:
        return None
    relabelings = [
        {"sourceLabels": [_ANNOTATION], "targetLabel": METRIC_LABEL, "action": "replace"}
    ]
    spec: dict[str, Any] = {
        "jobLabel": "app.kubernetes.io/name",
        "selector": {"matchLabels": {**every_pod(order), **_READ}},
        "endpoints": [
            {
                "port": metrics_port(order),
                "path": measured[1],
                "interval": f"{option(order, 'scrapeSeconds')}s",
                "relabelings": relabelings,
            }
        ],
    }
    fallback = option(order, "fallbackScrapeProtocol")
    if fallback and is_third(order):
        spec["fallbackScrapeProtocol"] = fallback
    return {
        "apiVersion": API,
        "kind": "ServiceMonitor",
        "metadata": metadata(order, labels=_picked(order)),
        "spec": spec,
    }


def _picked(order: Order) -> dict[str, str]:
    """Return the labels an operator picks such objects by."""
    pairs = (one.partition("=") for one in option(order, "monitorLabels").split(",") if one)
    return {name: value for name, _, value in pairs}
