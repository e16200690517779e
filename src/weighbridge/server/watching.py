"""Metrics for Prometheus: what was asked, how it went, and where the ledger stands.

Every label has few values: a route is its template, whatever was asked by paths that are none is
one, and so is every method that is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest

from weighbridge.gate.times import moment
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.event import read_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client import Metric
    from starlette.types import Scope

    from weighbridge.model.ports import Registry

_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"})
_UNKNOWN: Final = "unknown"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_OUTCOMES: Final[Mapping[int, str]] = {200: "taken", 409: "conflicted"}


class Watching:
    """Counts requests, and looks at the registry when it is asked."""

    def __init__(
        self,
        registry: Registry,
        *,
        clock: Callable[[], str],
        jobs: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """Begin to count.

        Args:
            registry: The registry.
            clock: Tells the time, `YYYY-MM-DDTHH:MM:SSZ`.
            jobs: Counts jobs by their state.
        """
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._own = own = CollectorRegistry()
        self._requests = Counter(
            "weighbridge_requests",
            "Requests that were answered; class 0 of those whose client went before.",
            ("method", "route", "status"),
            registry=own,
        )
        self._seconds = Histogram(
            "weighbridge_request_seconds",
            "Seconds from the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=own,
        )
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._under_way = Gauge(
            "weighbridge_requests_under_way", "Requests that are being answered.", registry=own
        )
        self._uploaded = Counter(
            "weighbridge_upload_bytes", "Bytes of blobs that came, kept or not.", registry=own
        )
        self._changes = Counter(
            "weighbridge_changes",
            "Changes that were brought, by what became of them.",
            ("outcome",),
            registry=own,
        )
        for outcome in ("taken", "conflicted", "refused"):
            self._changes.labels(outcome)  # a counter that is not there alerts nobody
        own.register(_Standing(registry, clock, jobs))
        ProcessCollector(namespace="weighbridge", registry=own)

    def begin(self, _scope: Scope) -> None:
        """Take notice of a request."""
        self._under_way.inc()

    def watch(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._under_way.dec()
        method = scope["method"] if scope["method"] in _METHODS else _UNKNOWN
        state = scope["state"]
        route = state.get("template", _UNKNOWN)
        count, time = self._of(method, route, status // 100)
        count.inc()
        time.observe(seconds)
        if method == "PUT":
            self._uploaded.inc(state.get("taken", 0))
        if (method, route) == ("POST", "/v1/changes") and status not in {401, 429}:
            self._changes.labels(_OUTCOMES.get(status, "refused")).inc()

    def _of(self, method: str, route: str, group: int) -> tuple[Counter, Histogram]:
        """Find what counts such requests; there are few kinds of them, and they are remembered."""
        found = self._kinds.get((method, route, group))
        if found is None:
            found = (
                self._requests.labels(method, route, f"{group}xx"),
                self._seconds.labels(method, route),
            )
            self._kinds[method, route, group] = found
        return found

    def exposition(self) -> bytes:
        """Write the metrics down, in the text format of Prometheus."""
        return generate_latest(self._own)


class _Standing:
    """Looks where registry and jobs stand, each time it is asked."""

    def __init__(
        self, registry: Registry, clock: Callable[[], str], jobs: Callable[[], Mapping[str, int]]
    ) -> None:
        self._registry, self._clock, self._jobs = registry, clock, jobs

    def describe(self) -> Iterable[Metric]:
        """Name the metrics, without looking."""
        return self._families().values()

    def collect(self) -> Iterable[Metric]:
        """Look."""
        families = self._families()
        readable, size, age = self._look()
        families["readable"].add_metric([], readable)
        if readable:
            families["size"].add_metric([], size)
        if size:
            families["age"].add_metric([], age)
        for state, count in self._jobs().items():
            families["jobs"].add_metric([state], count)
        return families.values()

    def _look(self) -> tuple[int, int, float]:
        try:
            with self._registry.reading() as view:
                size = view.size
                newest = read_event(view.entry(size - 1)).time if size else ""
        except (WeighbridgeError, OSError):
            return 0, 0, 0.0
        age = (moment(self._clock()) - moment(newest)).total_seconds() if newest else 0.0
        return 1, size, age

    @staticmethod
    def _families() -> dict[str, GaugeMetricFamily]:
        return {
            "readable": GaugeMetricFamily(
                "weighbridge_registry_readable", "1 if the registry could be read, else 0."
            ),
            "size": GaugeMetricFamily("weighbridge_ledger_entries", "Entries of the ledger."),
            "age": GaugeMetricFamily(
                "weighbridge_checkpoint_age_seconds", "Seconds since the newest entry was signed."
            ),
            "jobs": GaugeMetricFamily("weighbridge_jobs", "Jobs by state.", labels=("state",)),
        }
