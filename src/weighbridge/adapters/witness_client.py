"""Ask a witness over HTTP. No redirects, no proxies, nothing of the environment; bounded.

What comes back is worth what its signatures are worth: plain `http` will do.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.model.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 64 << 10
"""Bytes of an answer; a few signature lines are far fewer."""

LONGEST = 20.0
"""Seconds a witness may take, from the first word to the last."""

_CALL = "add-checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a witness answered.

    Attributes:
        status: The status code.
        media_type: What it says the body is.
        body: The body.
    """

    status: int
    media_type: str
    body: bytes


def check_url(url: str) -> str:
    """Return the submission prefix of a witness.

    Raises:
        UsageError: It is no address a witness could have.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    printable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain or not printable:
        wanted = "http:// or https://, a host, and a path at most"
        raise UsageError(f"{url!r} is no address of a witness", seen=url, wanted=wanted)
    return url


def ask_witness(url: str, body: bytes, *, longest: float = LONGEST) -> Reply:
    """Post a request to a witness.

    Args:
        url: Its submission prefix.
        body: The request.
        longest: Seconds it may take.

    Raises:
        UsageError: It is no address a witness could have.
        UnavailableError: There is no answer, or one that is too long.
    """
    parts = urlsplit(check_url(url))
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=longest)
    headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
    try:
        connection.connect()
        with contextlib.closing(connection), _within(longest, connection.sock):
            connection.request("POST", f"{parts.path.rstrip('/')}/{_CALL}", body, headers)
            response = connection.getresponse()
            data = response.read(LARGEST + 1)
            missing = response.length
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise UnavailableError(f"{url} does not answer: {reason}") from error
    if len(data) > LARGEST:
        raise UnavailableError(f"the answer of {url} is longer than {LARGEST} bytes")
    if missing:
        raise UnavailableError(f"{url} does not answer: {missing} bytes are missing")
    return Reply(
        status=response.status, media_type=response.getheader("Content-Type", ""), body=data
    )


@contextlib.contextmanager
def _within(longest: float, connected: socket.socket) -> Iterator[None]:
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
