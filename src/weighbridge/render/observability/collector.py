"""The OpenTelemetryCollector (opentelemetry.io/v1beta1) traces, logs and metrics go through.

What comes without it is told its release; what says of which release it is keeps that, since two
of them may send here. Traces are sampled where they begin (the variables `OTEL_TRACES_SAMPLER…` of
the workload): sampled here once more, a share of a share would be left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from weighbridge.render.naming import metadata, object_name, resource_attributes
from weighbridge.render.observability.options import option

if TYPE_CHECKING:
    from weighbridge.model.rendering import Order

API: Final = "opentelemetry.io/v1beta1"
GRPC_PORT: Final = 4317
HTTP_PORT: Final = 4318
_SIGNALS: Final = ("logs", "metrics", "traces")


def collector_address(order: Order) -> str:
    """Return where a workload sends its telemetry by gRPC: the Service the operator makes."""
    return f"http://{object_name(order)}-collector:{GRPC_PORT}"


def collector(order: Order) -> dict[str, Any]:
    """Return the collector of a release: the same object in every version of it."""
    name, exporter = _exporter(option(order, "otlpEndpoint"))
    attributes = [
        {"key": key, "value": value, "action": "insert"}
        for key, value in resource_attributes(order).items()
    ]
    protocols = {
        "grpc": {"endpoint": f"0.0.0.0:{GRPC_PORT}"},
        "http": {"endpoint": f"0.0.0.0:{HTTP_PORT}"},
    }
    limiter = {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 20}
    pipeline = {
        "receivers": ["otlp"],
        "processors": ["memory_limiter", "resource", "batch"],
        "exporters": [name],
    }
    return {
        "apiVersion": API,
        "kind": "OpenTelemetryCollector",
        "metadata": metadata(order),
        "spec": {
            "mode": "deployment",
            "replicas": 1,
            "resources": {
                "requests": {"cpu": "50m", "memory": "128Mi"},
                "limits": {"memory": "256Mi"},
            },
            "config": {
                "receivers": {"otlp": {"protocols": protocols}},
                "processors": {
                    "memory_limiter": limiter,
                    "resource": {"attributes": attributes},
                    "batch": {},
                },
                "exporters": {name: exporter},
                "service": {"pipelines": {signal: dict(pipeline) for signal in _SIGNALS}},
            },
        },
    }


def _exporter(endpoint: str) -> tuple[str, dict[str, Any]]:
    """Choose how telemetry is sent on.

    The names are those every collector knows: `otlp_grpc` and `otlp_http`, as they are called
    since 0.144, are not known to older ones.
    """
    place = urlsplit(endpoint)
    if place.path:
        return "otlphttp", {"endpoint": endpoint}
    return "otlp", {"endpoint": place.netloc, "tls": {"insecure": place.scheme == "http"}}
