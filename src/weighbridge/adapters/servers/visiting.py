"""What a person does at a server as himself: log in, see who he is, log out, have tokens made.

Nothing of what a server says is believed to be a secret of anybody but the one who asked: what it
gives is kept for its own address only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from weighbridge.adapters.advisories.fetching import is_loopback
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.remote.connection import segment
from weighbridge.adapters.servers.patience import DroppedError
from weighbridge.gate.times import after
from weighbridge.model.errors import LoginError, TransferError, UnavailableError
from weighbridge.model.team.account import Identity, Scope, Token, Via

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.adapters.remote.connection import Connection

_JSON: Final = {"Content-Type": "application/json"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
_PENDING: Final = 202
_LONGEST: Final = 4_096
_SLOWEST: Final = 60
_DAY: Final = 86_400
_PATIENCE: Final = 1_800
"""Seconds a login is waited for, whatever the server says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A login that waits for its person.

    Attributes:
        identifier: Names it.
        secret: Lets whoever began it, and nobody else, have what comes of it.
        url: Where the person goes.
        code: What he sees there, too.
        interval: Seconds between two questions.
    """

    identifier: str
    secret: str
    url: str
    code: str
    interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a server gave.

    Attributes:
        secret: What it is asked with from now on.
        person: Whose that is; empty if it did not say.
        expires: Until when; empty if it did not say.
    """

    secret: str
    person: str = ""
    expires: str = ""


class Visit:
    """One server, asked by one person; closed with its connection."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection; it says who asks, or that nobody does."""
        self._connection = connection
        self.address = connection.address

    def begin(self) -> Asked:
        """Begin a login.

        Raises:
            WeighbridgeError: The server does not let people log in, or does not answer.
        """
        _, found = self._once("POST", "/v1/logins", {})
        interval = found.get("interval", 5)
        if not isinstance(interval, int | float):
            raise self._strange("how long to wait")
        return Asked(
            identifier=self._text(found, "id"),
            secret=self._text(found, "secret"),
            url=self._page(self._text(found, "url")),
            code=self._text(found, "code"),
            interval=min(max(float(interval), 1), _SLOWEST),
        )

    def given(self, asked: Asked) -> Given | None:
        """Ask once what came of a login; None while its person has not confirmed it.

        Raises:
            WeighbridgeError: He said no, or it is too late.
        """
        path = f"/v1/logins/{segment(asked.identifier)}/token"
        content = json.dumps({"secret": asked.secret}).encode()

        def ask() -> tuple[int, dict[str, Any]]:
            return self._connection.once("POST", path, content=content, headers=_JSON)

        status, found = self._connection.patiently(ask)
        if status == _PENDING:
            return None
        return Given(
            secret=self._text(found, "token"),
            person=str(found.get("person") or ""),
            expires=str(found.get("expires") or ""),
        )

    def wait(self, asked: Asked, pause: Callable[[float], object]) -> Given:
        """Ask again and again, as often as the server lets, until the person has answered.

        Raises:
            LoginError: He did not.
            WeighbridgeError: He said no, or it is too late.
        """
        waited = 0.0
        while waited < _PATIENCE:
            pause(asked.interval)
            waited += asked.interval
            if (found := self.given(asked)) is not None:
                return found
        help_ = [f"weighbridge login {self.address}"]
        raise LoginError("nobody confirmed the login in time", help=help_)

    def exchange(self, subject: str) -> Given:
        """Give what proves the identity of a CI job for a short token (RFC 8693).

        Raises:
            WeighbridgeError: The server does not let that job in.
        """
        form = {"grant_type": _GRANT, "subject_token": subject, "subject_token_type": _JWT}
        try:
            _, found = self._connection.once(
                "POST", "/v1/tokens/exchange", content=urlencode(form).encode(), headers=_FORM
            )
        except DroppedError as error:
            raise self._away(error) from None
        seconds = found.get("expires_in")
        known = isinstance(seconds, int) and 0 < seconds <= _DAY
        expires = after(utc_now(), f"{seconds}s") if known else ""
        return Given(secret=self._text(found, "access_token"), expires=expires)

    def who(self) -> Identity:
        """Ask whom the server takes the one who asks for.

        Raises:
            WeighbridgeError: It does not know him, or does not answer.
        """
        found = self._connection.document("/v1/whoami")
        try:
            return Identity(
                person=str(found["person"]),
                via=Via(found["via"]),
                scopes=frozenset(Scope(one) for one in found["scopes"]),
                roles=frozenset(str(one) for one in found["roles"]),
                expires=str(found["expires"] or ""),
                authenticated=str(found.get("authenticated") or ""),
            )
        except (LookupError, TypeError, ValueError):
            raise self._strange("who asks") from None

    def end(self) -> bool:
        """Have the login ended there; False if it had ended already.

        Raises:
            WeighbridgeError: It may be open still.
        """
        try:
            self._once("POST", "/logout", {})
        except LoginError:
            # Not let in at all, or not let out: whoever is still known there is still logged in.
            try:
                self.who()
            except LoginError:
                return False
            raise
        return True

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def tokens(self) -> Sequence[Token]:
        """List API tokens: one's own, or everybody's if one may see them.

        Raises:
            WeighbridgeError: The server does not say.
        """
        found = self._connection.document("/v1/tokens")
        try:
            return [_token(one) for one in found["tokens"]]
        except (AttributeError, LookupError, TypeError, ValueError):
            raise self._strange("which tokens there are") from None

    def make(self, *, label: str, scopes: Sequence[Scope], expires: str) -> str:
        """Have an API token made, and return its secret, which is nowhere else.

        Raises:
            WeighbridgeError: The server makes none.
        """
        body = {"label": label, "scopes": [one.value for one in scopes], "expires": expires}
        _, found = self._once("POST", "/v1/tokens", body)
        return self._text(found, "token")

    def revoke(self, identifier: str) -> None:
        """Have one ended for ever.

        Raises:
            WeighbridgeError: There is none, or it is not one's own.
        """
        self._once("DELETE", f"/v1/tokens/{quote(identifier, safe='')}", None)

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            return self._connection.once(
                method, path, content=content, headers=_JSON if body is not None else None
            )
        except DroppedError as error:
            raise self._away(error) from None

    def _away(self, error: DroppedError) -> UnavailableError:
        help_ = ["check the address, and that a server answers there", "or run it again later"]
        return UnavailableError(f"{self.address} is not available: {error}", help=help_)

    def _strange(self, what: str) -> TransferError:
        help_ = ["see that it is a weighbridge of a version that knows this"]
        return TransferError(f"{self.address} does not say {what}", help=help_)

    def _text(self, found: Mapping[str, Any], name: str) -> str:
        """Take one word out of an answer; what it is, is in no message: it may be secret."""
        text = found.get(name)
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
            raise self._strange(f"`{name}`")
        if not all("!" <= one <= "~" for one in text):
            raise self._strange(f"`{name}` in one word")
        return text

    def _page(self, url: str) -> str:
        """Refuse to send a person anywhere but to a page nobody on the way can change."""
        if not _is_safe(url):
            message = f"{self.address} sends people to a page that is not safe"
            raise TransferError(message, seen=url[:200], wanted="an address of https")
        return url


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _token(found: Mapping[str, Any]) -> Token:
    return Token(
        identifier=str(found["id"]),
        label=str(found["label"]),
        person=str(found["person"]),
        scopes=frozenset(Scope(one) for one in found["scopes"]),
        created=str(found["created"]),
        expires=str(found["expires"]),
        used=str(found.get("used") or ""),
        revoked=str(found.get("revoked") or ""),
        via=Via(found.get("via") or Via.TOKEN.value),
    )
