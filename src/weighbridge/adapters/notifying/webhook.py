"""Webhooks and chats: one bounded POST a notice."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING

from weighbridge.adapters.posting import post
from weighbridge.model.errors import UnavailableError
from weighbridge.report.cdevents import cdevent_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.adapters.posting import Reply
    from weighbridge.model.notification import Notice

LONGEST = 5.0
"""Seconds an answer may take."""

_PREFIX = "whsec_"
_ANSWER = 200
"""Characters of an answer that are repeated to people."""


def signed_headers(body: bytes, *, secret: str, name: str, at: int) -> dict[str, str]:
    """Sign a body as Standard Webhooks has it: HMAC-SHA256 over `ID.TIMESTAMP.BODY`.

    Args:
        body: The body.
        secret: The secret; `whsec_` and base64 of the key, or the key itself as text.
        name: Name of the message, the same however often it is sent.
        at: When it is sent: seconds of the Unix epoch.
    """
    message = f"{name}.{at}.".encode() + body
    code = base64.b64encode(hmac.digest(_key(secret), message, "sha256")).decode()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{code}",
    }


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            pass  # then it is the text itself
    return secret.encode()


class Webhook:
    """A program that is told in CDEvents, and can tell that it was us."""

    def __init__(self, url: str, *, secret: str, clock: Callable[[], float]) -> None:
        """Take where it is, what signs, and who tells the time (seconds of the Unix epoch)."""
        self._url = url
        self._secret = secret
        self._clock = clock

    def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises:
            UnavailableError: It was not taken.
        """
        body = cdevent_bytes(notice)
        at = int(self._clock())
        headers = signed_headers(body, secret=self._secret, name=notice.id, at=at)
        _taken(post(self._url, body, headers={**_JSON, **headers}, longest=LONGEST))


class Chat:
    """A room people talk in, by an incoming webhook that takes `{"text": …}`."""

    def __init__(self, url: str) -> None:
        """Take where it is; whoever knows that may write there."""
        self._url = url

    def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises:
            UnavailableError: It was not taken.
        """
        body = json.dumps({"text": notice.text}).encode()
        _taken(post(self._url, body, headers=_JSON, longest=LONGEST))


_JSON = {"Content-Type": "application/json", "User-Agent": "weighbridge"}


def _taken(reply: Reply) -> None:
    if not 200 <= reply.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
        said = reply.body[:_ANSWER].decode("utf-8", "replace").strip()
        raise UnavailableError(f"it was answered with {reply.status}", seen=said)
