"""Metrics, in Prometheus' text format 0.0.4. All of them are there from the start, at zero."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram, in seconds."""
_REJECTED: Final = 400
_FAILED: Final = 500


class Metrics:
    """Counts of one server; threads may share it."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._changed = threading.Condition()
        self._requests = self._errors = self._rejected = 0
        self._in_flight = 0
        self._loaded = False
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0

    def loaded(self) -> None:
        """Note that the model is loaded."""
        with self._changed:
            self._loaded = True

    def begin(self) -> None:
        """Note that an inference request is being read."""
        with self._changed:
            self._in_flight += 1

    def end(self) -> None:
        """Note that it is over, answered or not."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def answered(self, status: int, seconds: float) -> None:
        """Count an answer to an inference request.

        Args:
            status: Its HTTP status.
            seconds: From the last byte of the request to the answer.
        """
        within = sum(bound < seconds for bound in BUCKETS)
        with self._changed:
            self._requests += 1
            self._errors += status >= _FAILED
            self._rejected += _REJECTED <= status < _FAILED
            self._buckets[within] += 1
            self._seconds += seconds

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no request is in flight; return whether that came true in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._in_flight, seconds)

    def text(self) -> str:
        """Return all of them."""
        with self._changed:
            return "\n".join([*self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        yield from _one("requests_total", "counter", "Inference requests answered.", self._requests)
        about = "Inference requests answered with a status of 5xx."
        yield from _one("requests_errors_total", "counter", about, self._errors)
        about = "Inference requests answered with a status of 4xx: mistakes of clients."
        yield from _one("requests_rejected_total", "counter", about, self._rejected)
        about = "Inference requests being read or answered."
        yield from _one("requests_in_flight", "gauge", about, self._in_flight)
        about = "Whether the model is loaded."
        yield from _one("model_loaded", "gauge", about, int(self._loaded))
        name = "request_duration_seconds"
        yield f"# HELP {name} From the last byte of an inference request to its answer."
        yield f"# TYPE {name} histogram"
        total = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self._buckets):  # noqa: B905 - not in 3.9
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self._seconds!r}"
        yield f"{name}_count {total}"


def _one(name: str, kind: str, about: str, value: int) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    yield f"{name} {value}"
