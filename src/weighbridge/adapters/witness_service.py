"""A witness over HTTP: one path, one method, bounded in bytes, time and callers.

Python's own server does for what a log asks now and then. It speaks no TLS and knows no users:
what it hands out are signatures, and it signs nothing but what is asked in the right form. A
service for the world stands behind a reverse proxy.
"""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Protocol, cast

from weighbridge.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "/add-checkpoint"

_LENGTH = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits:
    """What a caller may cost.

    Attributes:
        body: Bytes of a request's body; 63 hashes and 64 signatures are far fewer.
        silence: Seconds a caller may say nothing.
        stay: Seconds a caller may stay, whatever he says.
        callers: How many there may be at a time; more are turned away.
    """

    body: int = 64 << 10
    silence: float = 10
    stay: float = 60
    callers: int = 64


class Answered(Protocol):
    """What is answered."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def media_type(self) -> str:
        """What the body is."""

    @property
    def body(self) -> bytes:
        """The body."""


class WitnessService(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens, and hands what is posted to whoever answers."""

    allow_reuse_address = True
    block_on_close = False
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: str,
        respond: Callable[[bytes], Answered],
        *,
        limits: ServiceLimits | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Bind to an address, and to no other.

        Args:
            address: `HOST:PORT`; port 0 is one that is free.
            respond: Answers the body of a request; called by several threads.
            limits: What a caller may cost.
            notice: Told of each request.

        Raises:
            UsageError: The address is none, or cannot be bound to.
        """
        self.limits = limits or ServiceLimits()
        self.respond = respond
        self.notice = notice
        self._free = threading.BoundedSemaphore(self.limits.callers)
        host, port = _split(address)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Caller)
        except (OSError, OverflowError) as error:
            raise UsageError(f"{address} cannot be listened on: {error}", seen=address) from error

    @property
    def url(self) -> str:
        """Where it listens: the submission prefix."""
        host, port = self.server_address[:2]
        name = f"[{host!s}]" if self.address_family == socket.AF_INET6 else f"{host!s}"
        return f"http://{name}:{port}/"

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Give a caller a thread, unless there are too many of them."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Hear a caller."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Forget a caller who has gone; nobody is answered by halves."""
        del request
        self.notice(f"{client_address}: went away")


class _Caller(BaseHTTPRequestHandler):
    """One caller."""

    protocol_version = "HTTP/1.1"
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain; charset=utf-8"

    def setup(self) -> None:
        """Begin to count the time."""
        self._service = cast("WitnessService", self.server)
        self.request.settimeout(self._service.limits.silence)
        super().setup()
        self._end = threading.Timer(self._service.limits.stay, self._hang_up)
        self._end.daemon = True
        self._end.start()

    def finish(self) -> None:
        """Stop counting."""
        self._end.cancel()
        super().finish()

    def do_POST(self) -> None:
        """Answer a request."""
        if self.path != PATH:
            self.close_connection = True  # what was posted is not read
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        length = self._length()
        if length is None:
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        found = self._service.respond(body)
        self.send_response(found.status)
        self.send_header("Content-Type", found.media_type)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        self.wfile.write(found.body)

    def version_string(self) -> str:
        """Name the program, and nothing more of this machine."""
        return "weighbridge"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's word
        """Pass on what was asked."""
        self._service.notice(f"{self.client_address[0]}: {format % args}")

    def _length(self) -> int | None:
        """Return the length of the body; None if the caller was told that it will not do."""
        said = self.headers.get_all("Content-Length") or []
        if len(said) == 1 and "Transfer-Encoding" not in self.headers:
            if _LENGTH.fullmatch(said[0]) and int(said[0]) <= self._service.limits.body:
                return int(said[0])
            refusal = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        else:
            refusal = HTTPStatus.LENGTH_REQUIRED
        self.close_connection = True
        self.send_error(refusal)
        return None

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _split(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit():
        wanted = "HOST:PORT, such as 127.0.0.1:8580"
        raise UsageError(f"{address} is no address to listen on", seen=address, wanted=wanted)
    return host.removeprefix("[").removesuffix("]"), int(port)
