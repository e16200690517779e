"""Traces by OpenTelemetry, to a collector over OTLP/HTTP; imported only if one is named.

A request waits for nobody: spans wait in memory, as many as a queue holds, and a thread sends them.
What a collector that is dead does not take is dropped. Spans say routes, methods and statuses;
never a path, a query, a header or a text of an error.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from typing import TYPE_CHECKING, Final

from opentelemetry import context as contexts
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    SpanKind,
    StatusCode,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from weighbridge import __version__
from weighbridge.server.tracing import Tracing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.context import Context
    from opentelemetry.trace import Span
    from starlette.types import Scope

METHODS: Final = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"})
_PATH: Final = "/v1/traces"
_SECONDS: Final = 5.0
"""Seconds a collector may take for a batch, tries included; as many at the end."""
_QUEUE: Final = 4_096
_BATCH: Final = 512
_EVERY: Final = 1_000
"""Milliseconds spans wait for others to be sent with."""
_BROKEN: Final = 500
_TRACE: Final = TraceContextTextMapPropagator()


class OtlpTracing(Tracing):
    """Tells a collector."""

    def __init__(self, endpoint: str, *, service: str) -> None:
        """Begin to send.

        Args:
            endpoint: Where the collector is; traces go to `v1/traces` beneath it.
            service: What tells: `weighbridge-server` or `weighbridge-worker`.
        """
        where = endpoint.rstrip("/")
        exporter = OTLPSpanExporter(
            endpoint=where if where.endswith(_PATH) else where + _PATH, timeout=_SECONDS
        )
        about = {
            "service.name": service,
            "service.version": __version__,
            "service.instance.id": secrets.token_hex(8),
        }
        # Ours alone: whoever traces in this process by the global one neither gets ours nor adds.
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=_QUEUE,
                max_export_batch_size=_BATCH,
                schedule_delay_millis=_EVERY,
                export_timeout_millis=_SECONDS * 1_000,
            )
        )
        self._tracer = self._provider.get_tracer("weighbridge", __version__)

    def begin(self, scope: Scope) -> Callable[[int], None]:
        """Begin with a request; return what takes its status when it was answered."""
        state = scope["state"]
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        span = self._tracer.start_span(
            method,
            context=_told(scope),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": method,
                "weighbridge.request_id": state["request_id"],
            },
        )
        state["trace_id"] = format_trace_id(span.get_span_context().trace_id)
        token = contexts.attach(set_span_in_context(span, contexts.Context()))

        def end(status: int) -> None:
            contexts.detach(token)
            route = state.get("template", "")
            if route:
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)
            if status:
                span.set_attribute("http.response.status_code", status)
            if not status or status >= _BROKEN:
                span.set_status(StatusCode.ERROR)
            span.end()

        return end

    @contextlib.contextmanager
    def span(self, name: str, **numbers: int) -> Iterator[None]:
        """Say that the present request is busy with something, for as long as the context lasts.

        It is not made the present one: a stream is read by one thread after the other, and what
        was present in one could not be put back in the next.
        """
        span = self._tracer.start_span(
            name, attributes={f"weighbridge.{key}": value for key, value in numbers.items()}
        )
        with _ended(span):
            yield

    @contextlib.contextmanager
    def job(self, kind: str, ordered: str) -> Iterator[None]:
        """Say that a job is done: a trace of its own, linked to the request that ordered it."""
        asked = get_current_span(_TRACE.extract({"traceparent": ordered}, contexts.Context()))
        context = asked.get_span_context()
        span = self._tracer.start_span(
            f"job {kind}",
            context=contexts.Context(),
            kind=SpanKind.CONSUMER,
            links=[Link(context)] if context.is_valid else [],
            attributes={"weighbridge.job.kind": kind},
        )
        with _ended(span):
            yield

    def present(self) -> str:
        """Name the present request to whoever works on for it (W3C `traceparent`), or nothing."""
        carrier: dict[str, str] = {}
        _TRACE.inject(carrier)
        return carrier.get("traceparent", "")

    def close(self) -> None:
        """Send what has not been sent, within a few seconds; what is left then is dropped.

        The library itself would go on trying for half a minute, batch after batch.
        """
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(_SECONDS)


def _told(scope: Scope) -> Context:
    """Read what whoever asks says of the trace he asks in (W3C Trace Context); nothing if twice."""
    carrier: dict[str, str] = {}
    for name in (b"traceparent", b"tracestate"):
        found = [value for key, value in scope["headers"] if key == name]
        if len(found) == 1:
            carrier[name.decode()] = found[0].decode("latin-1")
    return _TRACE.extract(carrier, contexts.Context())


@contextlib.contextmanager
def _ended(span: Span) -> Iterator[None]:
    """End a span with the context, as an error if that ends with one."""
    try:
        yield
    except BaseException:
        span.set_status(StatusCode.ERROR)
        raise
    finally:
        span.end()
