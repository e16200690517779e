"""OpenID Connect: a person is sent to his provider with a code flow (PKCE), and comes back.

Nothing of a login is stored but its state's digest: the nonce and PKCE's verifier follow from the
secret that only the browser holds, so a code that another browser brings fits neither.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote_plus, urlencode

from weighbridge.model.errors import LoginError, UnavailableError
from weighbridge.server.login.id_token import Arrived, Expected, judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

LASTS: Final = 12 * 3_600
"""Seconds for which a login at the provider counts for one here."""
_ANSWER: Final = 1 << 18
"""Bytes of the largest answer of a token endpoint: groups of large companies are many."""
_CODE: Final = 4_096
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class Provider(Protocol):
    """What is known of a provider, by its discovery."""

    async def endpoint(self, name: str) -> str:
        """Return an endpoint: `authorization_endpoint` or `token_endpoint`.

        Raises:
            UnavailableError: The provider does not say, or not as it must.
        """

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token that a key of the provider signed; nobody judged them yet.

        Raises:
            LoginError: It did not.
            UnavailableError: Its keys are not to be had.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What this server is at the provider.

    Attributes:
        issuer: The provider.
        identifier: The client's.
        secret: The client's; empty for a public one.
        redirect: Address people come back to.
        scopes: What is asked for; `openid` is always.
        person_claim: Claim that has the name owners know a person by.
        groups_claim: Claim that has his groups.
    """

    issuer: str
    identifier: str
    redirect: str
    secret: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    person_claim: str = "preferred_username"
    groups_claim: str = "groups"


class Oidc:
    """Logins at one provider."""

    def __init__(self, client: Client, *, provider: Provider, http: httpx.AsyncClient) -> None:
        """Take what asks.

        Args:
            client: What this server is at the provider.
            provider: Its endpoints and keys.
            http: Follows no redirects, and has a time limit.
        """
        self._client, self._provider, self._http = client, provider, http

    async def send(self, *, state: str, binding: str, again: bool) -> str:
        """Return the address a person is sent to.

        Args:
            state: Names the login.
            binding: What only his browser holds.
            again: Whether he is to prove anew that he is himself.

        Raises:
            UnavailableError: The provider is not to be had.
        """
        verifier = _derived(binding, "verifier", state)
        challenge = _written(hashlib.sha256(verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self._client.identifier,
            "redirect_uri": self._client.redirect,
            "scope": " ".join(dict.fromkeys(("openid", *self._client.scopes))),
            "state": state,
            "nonce": _derived(binding, "nonce", state),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            # With it a provider must say when the person proved to be himself (OIDC Core, 2).
            "max_age": "0" if again else str(LASTS),
        }
        if again:
            asked["prompt"] = "login"
        endpoint = await self._provider.endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def refuse_other(self, issuer: str) -> None:
        """Refuse what another provider answered (RFC 9207).

        Raises:
            LoginError: It did.
        """
        if issuer and issuer != self._client.issuer:
            raise LoginError("another provider answered", help=["log in again"])

    async def receive(
        self, code: str, *, state: str, binding: str, since: str, now: str
    ) -> Arrived:
        """Take a person who came back, with the code he brought.

        Args:
            code: What the provider gave him.
            state: Names the login.
            binding: What only his browser holds.
            since: When he must have proved to be himself at the earliest; empty for any time.
            now: The time.

        Raises:
            LoginError: The provider refuses the code, or its token is not for this login.
            UnavailableError: The provider is not to be had.
        """
        if not 0 < len(code) <= _CODE:
            raise LoginError("the provider sent no code", help=["log in again"])
        answer = await self._exchange(code, _derived(binding, "verifier", state))
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise LoginError("the provider gave no id_token", wanted="the scope openid")
        claims = await self._provider.claims(token)
        expected = Expected(
            issuer=self._client.issuer,
            client=self._client.identifier,
            nonce=_derived(binding, "nonce", state),
            access_token=str(answer.get("access_token", "")),
            algorithm=_algorithm(token),
            since=_seconds(since) if since else None,
            now=_seconds(now),
            person_claim=self._client.person_claim,
            groups_claim=self._client.groups_claim,
        )
        return judge(claims, expected)

    async def _exchange(self, code: str, verifier: str) -> Mapping[str, Any]:
        import httpx  # noqa: PLC0415 - heavy

        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect,
            "code_verifier": verifier,
        }
        headers = {"accept": "application/json"}
        if self._client.secret:
            headers["authorization"] = _basic(self._client.identifier, self._client.secret)
        else:
            form["client_id"] = self._client.identifier
        endpoint = await self._provider.endpoint("token_endpoint")
        body = bytearray()
        try:
            sending = self._http.stream(
                "POST", endpoint, data=form, headers=headers, follow_redirects=False
            )
            async with sending as response:
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _ANSWER:
                        raise UnavailableError("the provider's answer is too large")
        except httpx.HTTPError as error:
            told = type(error).__name__
            raise UnavailableError("the provider does not answer", seen=told) from error
        return _granted(response.status_code, bytes(body))


def _granted(status: int, body: bytes) -> Mapping[str, Any]:
    """Read what a token endpoint answers; nothing of its text but the error's name is shown."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if status == 200 and isinstance(found, dict):  # noqa: PLR2004 - RFC 6749, 5.1
        return found
    if status in {400, 401} and isinstance(found, dict):
        told = str(found.get("error", ""))
        named = told if told.replace("_", "").isalnum() and len(told) <= 40 else "an error"  # noqa: PLR2004
        raise LoginError("the provider refuses the code", seen=named, help=["log in again"])
    raise UnavailableError("the provider does not answer as it must", seen=f"status {status}")


def _basic(identifier: str, secret: str) -> str:
    """Write the client's credential; each half is encoded as in a form (RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(identifier)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _derived(binding: str, word: str, state: str) -> str:
    return _written(hmac.digest(binding.encode(), f"{word}\n{state}".encode(), "sha256"))


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _algorithm(token: str) -> str:
    """Read what signed a token that was verified."""
    head = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return str(header["alg"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise LoginError("the provider's token has no header") from error


def _seconds(at: str) -> int:
    return int(datetime.strptime(at, _TIME).replace(tzinfo=UTC).timestamp())
