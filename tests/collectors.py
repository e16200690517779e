"""A collector of traces on this machine: takes OTLP over HTTP, and keeps what it understands."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Collected:
    """What came.

    Attributes:
        address: Where it is taken.
        requests: Requests as they were decoded.
        raw: Their bytes.
        paths: The paths they were sent to.
    """

    address: str = ""
    requests: list[Any] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    @property
    def spans(self) -> dict[str, Any]:
        """Return spans by their names."""
        return {
            span.name: span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    @property
    def services(self) -> set[str]:
        """Return who told."""
        return {
            one.value.string_value
            for request in self.requests
            for resource in request.resource_spans
            for one in resource.resource.attributes
            if one.key == "service.name"
        }


def attributes(span: Any) -> dict[str, str | int]:  # noqa: ANN401 - protobuf's own
    """Return what is said of a span."""
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@contextlib.contextmanager
def collecting() -> Iterator[Collected]:
    """Run a collector."""
    found = Collected()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            found.raw.append(data)
            found.paths.add(self.path)
            found.requests.append(ExportTraceServiceRequest.FromString(data))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        found.address = f"http://127.0.0.1:{server.server_port}"
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
