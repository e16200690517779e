"""The server: one model, a thread for each connection, and whether it takes requests now."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.serving.reference.answering import Handler, answer, log, written
from weighbridge.adapters.serving.reference.metrics import Metrics
from weighbridge.adapters.serving.reference.problems import RefusedError

if TYPE_CHECKING:
    from weighbridge.adapters.serving.reference.model import Model

CONNECTIONS: Final = 512
"""Connections at once; who comes when there are as many is told so."""


class Service:
    """What all connections share.

    Attributes:
        name: What the model is asked by.
        version: Its version; empty if it has none.
        release: Digest of the release; empty if nobody says.
        max_body: Bytes a request may have.
        draining: Whether only requests that were begun are still answered.
        metrics: What is counted.
    """

    def __init__(self, *, name: str, version: str, release: str, max_body: int) -> None:
        """Begin without a model."""
        self.name, self.version, self.release = name, version, release
        self.max_body = max_body
        self.draining = False
        self.metrics = Metrics()
        self._model: Model | None = None

    def use(self, model: Model) -> None:
        """Serve a model from now on."""
        self._model = model
        self.metrics.loaded()

    def loaded(self) -> Model:
        """Return the model.

        Raises:
            RefusedError: It is not loaded yet.
        """
        if self._model is None:
            raise RefusedError("the model is being loaded", 503)
        return self._model

    def serving(self) -> Model:
        """Return the model, if new requests are taken.

        Raises:
            RefusedError: It is not loaded yet, or the server is about to end.
        """
        if self.draining:
            raise RefusedError("the server is about to end", 503)
        return self.loaded()


class Server(ThreadingHTTPServer):
    """Listens, from the moment it is made."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, service: Service) -> None:
        """Listen.

        Args:
            host: An address of this machine.
            port: 0 for one that is free.
            service: What is answered.

        Raises:
            OSError: It cannot listen there.
        """
        if ":" in host:
            self.address_family = socket.AF_INET6
        self._full = answer(503, written({"error": "too many connections"}), service.release)
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__((host, port), type("Answering", (Handler,), {"service": service}))

    def server_bind(self) -> None:
        """Take the address; http.server would also ask the DNS for a name, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        """Answer in a thread, as long as there are not too many."""
        if not self._room.acquire(blocking=False):
            request.settimeout(0)
            with contextlib.suppress(OSError):
                request.sendall(self._full)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self._room.release()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        """Answer on a connection, and make room when it is closed."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        """Log what went wrong on a connection, if it was not the client who left."""
        del request, client_address
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            log("broken", error=f"{type(error).__name__}: {error}"[:400])
