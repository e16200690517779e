"""Mail (SMTP, RFC 5321): one message a notice."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from weighbridge.model.notification import Notice, Sink

LONGEST = 10.0
"""Seconds the server may be silent."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SUBJECT = 150
"""Characters of a subject, at most."""


class Mail:
    """People who are told by mail."""

    def __init__(self, sink: Sink, *, password: str, context: ssl.SSLContext | None = None) -> None:
        """Take who they are, and what logs in at the server.

        Args:
            sink: The sink.
            password: The password, empty if nobody logs in.
            context: What judges the server's certificate; the system's if None.
        """
        self._sink = sink
        self._password = password
        self._context = context

    def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises:
            UnavailableError: It was not taken, or would have gone in the clear.
        """
        try:
            with self._connected() as server:
                if self._sink.user:
                    server.login(self._sink.user, self._password)
                refused = server.send_message(self._message(notice))
        except (OSError, smtplib.SMTPException) as error:
            reason = str(error) or type(error).__name__
            raise UnavailableError(f"{self._sink.url} does not take mail: {reason}") from error
        if refused:
            raise UnavailableError(f"{self._sink.url} refuses {', '.join(sorted(refused))}")

    def _connected(self) -> smtplib.SMTP:
        """Connect; in the clear to this machine alone."""
        parts = urlsplit(self._sink.url)
        host = parts.hostname or ""
        if parts.scheme == "smtps":
            return smtplib.SMTP_SSL(
                host, parts.port or 465, timeout=LONGEST, context=self._trusting()
            )
        server = smtplib.SMTP(host, parts.port or 587, timeout=LONGEST)
        try:
            self._encrypt(server, host)
        except BaseException:
            server.close()
            raise
        return server

    def _encrypt(self, server: smtplib.SMTP, host: str) -> None:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self._trusting())
        elif host not in _LOOPBACK:
            raise smtplib.SMTPException("it offers no STARTTLS: mail would go in the clear")

    def _trusting(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sink.sender
        message["To"] = ", ".join(self._sink.to)
        kind = notice.event.kind.value
        about = "a warning" if notice.mark else kind
        message["Subject"] = f"[weighbridge] {about}: {notice.text}"[:_SUBJECT]
        message["Date"] = format_datetime(datetime.fromisoformat(notice.event.time))
        name = "".join(letter if letter.isalnum() else "." for letter in notice.id).strip(".")
        message["Message-ID"] = f"<{name}@weighbridge>"
        entry = f"entry {notice.index} of the ledger {notice.origin}"
        told = f"as of {entry}" if notice.mark else f"{kind} at {notice.event.time}\n{entry}"
        message.set_content(f"{notice.text}\n\n{told}\n")
        return message
