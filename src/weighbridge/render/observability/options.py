"""What can be said of how a release is watched, the same on every target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.rendering import TargetOption

if TYPE_CHECKING:
    from weighbridge.model.rendering import Order

PROMETHEUS_VERSIONS: Final = ("2.42", "2.53", "3.5", "3.13", "3.16")
"""Of Debian 12, the last 2.x and the 3.x with long-term support, and the newest."""
_SECONDS: Final = r"[1-9][0-9]{0,4}"
_LABELS: Final = (
    r"(?:[A-Za-z0-9][A-Za-z0-9._/-]{0,251}=[A-Za-z0-9._-]{1,63}"
    r"(?:,[A-Za-z0-9][A-Za-z0-9._/-]{0,251}=[A-Za-z0-9._-]{1,63}){0,15})?"
)
SCRAPE_SECONDS: Final = TargetOption(
    name="scrapeSeconds",
    default="15",
    pattern=_SECONDS,
    wanted="seconds",
    description="Seconds between two looks at its metrics.",
)
FALLBACK_PROTOCOL: Final = TargetOption(
    name="fallbackScrapeProtocol",
    pattern=r"(?:PrometheusText0\.0\.4|PrometheusText1\.0\.0|OpenMetricsText0\.0\.1"
    r"|OpenMetricsText1\.0\.0)",
    wanted="a protocol of Prometheus, such as PrometheusText0.0.4",
    description="How Prometheus 3 reads metrics whose Content-Type says nothing (2.x reads text).",
)
LINK_OPTION: Final = TargetOption(
    name="links.*",
    pattern=r"https?://[!-~]{1,2000}",
    wanted="an address, with {release}, {name}, {version}, {environment} or {label} in it",
    description="Template of a link from the dashboard, called by what stands for `*`: grafana, "
    "loki, prometheus and tempo have a {query} of their own, and {quoted} for it within JSON.",
)
OPTIONS: Final = (
    TargetOption(
        name="prometheus",
        default=PROMETHEUS_VERSIONS[-1],
        pattern="|".join(one.replace(".", r"\.") for one in PROMETHEUS_VERSIONS),
        wanted=", ".join(PROMETHEUS_VERSIONS),
        description="Version of the Prometheus that watches it.",
    ),
    SCRAPE_SECONDS,
    FALLBACK_PROTOCOL,
    TargetOption(
        name="monitorLabels",
        pattern=_LABELS,
        wanted="labels such as release=kube-prometheus-stack, separated by commas",
        description="Labels of PrometheusRule and ServiceMonitor, where an operator picks these "
        "by labels.",
    ),
    TargetOption(
        name="otlpEndpoint",
        default="http://otel-collector.observability:4317",
        pattern=r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[!-~]{0,255})?",
        wanted="an address such as http://otel-collector.observability:4317",
        description="Where traces, logs and metrics are sent on to: with a path by HTTP, without "
        "by gRPC (OTLP).",
    ),
    LINK_OPTION,
)
_DEFAULTS: Final = {one.name: one.default for one in OPTIONS}


def option(order: Order, name: str) -> str:
    """Return an option of a target; its default where the target does not have it."""
    return order.options.get(name, _DEFAULTS.get(name, ""))
