"""Those who are told: a web server and a mail server of this process, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from aiosmtpd.smtp import Envelope, Session


@dataclass
class WebSink:
    """What a web server was told, and what it answers.

    `failing` is how many more are answered with 503; `before` and `after` are called around each
    answer, with how many were told so far.
    """

    address: str = ""
    status: int = 200
    location: str = ""
    failing: int = 0
    before: Callable[[int], None] = lambda _: None
    after: Callable[[int], None] = lambda _: None
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def documents(self) -> list[Any]:
        return [json.loads(body) for body in self.bodies]


@contextlib.contextmanager
def web_sink() -> Iterator[WebSink]:
    """Listen for webhooks."""
    sink = WebSink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.bodies.append(body)
            sink.headers.append({key.lower(): value for key, value in self.headers.items()})
            told = len(sink.bodies)
            sink.before(told)
            fails, sink.failing = sink.failing > 0, max(sink.failing - 1, 0)
            self.send_response(503 if fails else sink.status)
            if sink.location:
                self.send_header("Location", sink.location)
            self.end_headers()
            sink.after(told)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.address = f"http://127.0.0.1:{server.server_port}/hook?room=1"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


@dataclass
class MailSink:
    """What a mail server was given, and by whom."""

    address: str = ""
    refuses: bool = False
    mails: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        if self.refuses:
            return "451 not now"
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"


class _AnyPort(Controller):
    """Finds out which port it was given before it calls itself there."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # it has no annotations


@contextlib.contextmanager
def mail_sink(*, tls: ssl.SSLContext | None = None) -> Iterator[MailSink]:
    """Listen for mail, with STARTTLS and logins if a certificate is given."""
    sink = MailSink()

    def judge(*called_with: object) -> AuthResult:
        said = called_with[-1]
        assert isinstance(said, LoginPassword)
        sink.logins.append((said.login.decode(), said.password.decode()))
        return AuthResult(success=said.password == b"right", handled=False)

    more: dict[str, Any] = {}
    if tls is not None:
        more = {"tls_context": tls, "authenticator": judge, "auth_required": True}
    controller = _AnyPort(sink, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        sink.address = f"smtp://127.0.0.1:{controller.port}"
        yield sink
    finally:
        controller.stop()
