"""Post a request over HTTP. No redirects, no proxies, nothing of the environment; bounded."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST = 64 << 10
"""Bytes of an answer, at most."""

LONGEST = 20.0
"""Seconds an answer may take, from the first word to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was answered.

    Attributes:
        status: The status code.
        media_type: What it says the body is.
        body: The body.
    """

    status: int
    media_type: str
    body: bytes


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    longest: float = LONGEST,
    largest: int = LARGEST,
) -> Reply:
    """Post a request.

    Args:
        url: Where, `http://` or `https://`; whoever asks has looked at it.
        body: The request.
        headers: What is said of it.
        longest: Seconds it may take.
        largest: Bytes of its answer, at most.

    Raises:
        UnavailableError: There is no answer, or one that is too long.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=longest)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.connect()
        with contextlib.closing(connection), within(longest, connection.sock):
            connection.request("POST", target, body, {**headers, "Connection": "close"})
            response = connection.getresponse()
            data = response.read(largest + 1)
            missing = response.length
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise UnavailableError(f"{url} does not answer: {reason}") from error
    if len(data) > largest:
        raise UnavailableError(f"the answer of {url} is longer than {largest} bytes")
    if missing:
        raise UnavailableError(f"{url} does not answer: {missing} bytes are missing")
    return Reply(
        status=response.status, media_type=response.getheader("Content-Type", ""), body=data
    )


@contextlib.contextmanager
def within(longest: float, connected: socket.socket) -> Iterator[None]:
    """Hang up when the time is over, however slowly words come in."""

    def hang_up() -> None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    end = threading.Timer(longest, hang_up)
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        end.cancel()
