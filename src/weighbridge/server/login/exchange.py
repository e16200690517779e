"""`POST /v1/tokens/exchange`: a CI job shows its provider's token, and gets a short one (RFC 8693).

Who is refused is told what is wrong with his token, never which entry it nearly fitted; the log
says that. A token counts once. What is given does not end with it: providers sign for minutes,
and jobs take longer. It ends with its entry's lifetime, within an hour at the latest.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from weighbridge.gate.times import moment
from weighbridge.model.errors import LoginError, RequestError
from weighbridge.model.team.account import Scope, Via
from weighbridge.server.answers import document, refused
from weighbridge.server.documents import problems
from weighbridge.server.envelope import instance
from weighbridge.server.guard import GuardedRoute
from weighbridge.server.login.browser import FORM
from weighbridge.server.login.documents_of_logins import ExchangedDocument
from weighbridge.server.login.id_token import SKEW
from weighbridge.server.login.job_token import (
    LONGEST,
    differences,
    identity_of,
    part_of,
    speaks_against,
    title_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.team.server_settings import CiSettings
    from weighbridge.server.login.oidc import Provider

LOG: Final = logging.getLogger("weighbridge.server.login")
GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS: Final = "urn:ietf:params:oauth:token-type:access_token"
_KINDS: Final = (
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
)
_LARGEST: Final = 2 * LONGEST
_FIELDS: Final = 20
_HOUR: Final = 3_600
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_DESCRIBED: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["grant_type", "subject_token", "subject_token_type"],
    "properties": {
        "grant_type": {"const": GRANT},
        "subject_token": {"type": "string", "maxLength": LONGEST},
        "subject_token_type": {"enum": list(_KINDS)},
        "requested_token_type": {"const": _ACCESS},
        "scope": {"type": "string", "description": "Fewer scopes than the job may have."},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a job asks for.

    Attributes:
        token: What its provider says of it.
        scopes: What it wants; empty for all it may have.
        request: Names the request in the log.
    """

    token: str
    scopes: frozenset[Scope]
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What jobs are let in by.

    Attributes:
        accounts: Keeps what is given, and what was shown.
        entries: Which jobs are let in; the first that fits.
        providers: Who signs, by issuer.
        clock: Tells the time.
    """

    accounts: Accounts
    entries: tuple[CiSettings, ...]
    providers: Mapping[str, Provider]
    clock: Callable[[], str]

    async def give(self, asked: Asked) -> dict[str, Any]:
        """Let a job in.

        Raises:
            LoginError: Its token does not count here, fits no entry, or was shown before.
            RequestError: It wants more than it may have.
            UnavailableError: The provider's keys are not to be had.
        """
        now = self.clock()
        issuer, claims = await self._verified(asked, now)
        place, entry = self._entry(asked, issuer, claims)
        if not asked.scopes <= entry.scopes:
            raise RequestError("a job of this kind has not all these scopes", seen=_words(asked))
        return await run_in_threadpool(self._given, asked, claims, (place, entry), now)

    async def _verified(self, asked: Asked, now: str) -> tuple[str, Mapping[str, Any]]:
        issuer = str(part_of(asked.token, 1).get("iss", ""))
        provider = self.providers.get(issuer)
        if provider is None:
            raise _refusal("nobody whose tokens count here made it", asked, issuer=issuer[:200])
        try:
            claims = await provider.claims(asked.token)
        except LoginError as error:
            raise _refusal("no key of its issuer signed it", asked, issuer=issuer) from error
        header, at = part_of(asked.token, 0), int(moment(now).timestamp())
        if why := speaks_against(claims, header, issuer=issuer, now=at):
            raise _refusal(why, asked, issuer=issuer, job=title_of(claims))
        return issuer, claims

    def _entry(
        self, asked: Asked, issuer: str, claims: Mapping[str, Any]
    ) -> tuple[int, CiSettings]:
        """Find the first entry a token fits, with its place in the settings from 1."""
        nearly: dict[str, dict[str, str]] = {}
        for place, entry in enumerate(self.entries, 1):
            if entry.issuer != issuer:
                continue
            if not (found := differences(claims, entry)):
                return place, entry
            nearly[str(place)] = found
        why = "it is for somebody else"
        if not all("aud" in one for one in nearly.values()):
            why = "no job of this kind is let in"
        raise _refusal(why, asked, issuer=issuer, job=title_of(claims), differs=nearly)

    def _given(
        self, asked: Asked, claims: Mapping[str, Any], found: tuple[int, CiSettings], now: str
    ) -> dict[str, Any]:
        place, entry = found
        issuer, job = entry.issuer, title_of(claims)
        # Clocks differ: it is remembered for as long as it could be taken for one that counts.
        until = datetime.fromtimestamp(int(claims["exp"]) + 2 * SKEW, UTC).strftime(_FORM)
        if not self.accounts.once.first("ci", identity_of(asked.token, claims), expires=until):
            raise _refusal("it was shown before", asked, issuer=issuer, job=job, entry=place)
        seconds = min(entry.lifetime, _HOUR)
        scopes = asked.scopes or entry.scopes
        secret, token = self.accounts.tokens.make(
            person=entry.person,
            label=job,
            scopes=scopes,
            expires=(moment(now) + timedelta(seconds=seconds)).strftime(_FORM),
            now=now,
            via=Via.EXCHANGE,
            roles=entry.roles,
        )
        told = {"person": entry.person, "credential": token.identifier, "entry": place}
        _tell(logging.INFO, "a job is let in", asked, issuer=issuer, job=job, **told)
        return {
            "access_token": secret,
            "issued_token_type": _ACCESS,
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": " ".join(sorted(scopes)),
        }


def exchange_routes(exchange: Exchange) -> APIRouter:
    """Make the route."""
    router = APIRouter(route_class=GuardedRoute, tags=["tokens"])
    body = {"required": True, "content": {FORM: {"schema": _DESCRIBED}}}

    @router.post(
        "/v1/tokens/exchange",
        response_model=ExchangedDocument,
        responses=problems(415),
        openapi_extra={"requestBody": body},
        operation_id="exchangeToken",
        summary="Give what a CI's provider says of a job for a short token (RFC 8693)",
    )
    async def give(request: Request) -> Response:
        return document(await exchange.give(await _asked(request)))

    return router


async def _asked(request: Request) -> Asked:
    """Read what is asked for (RFC 8693, 2.1).

    Raises:
        RefusedError: It is no form, or too large.
        RequestError: It asks for something else.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise refused(415, "this is no form", wanted=FORM)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise refused(413, "the form is too large", wanted=f"at most {_LARGEST:,} bytes")
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=_FIELDS)
    except ValueError as error:
        raise RequestError("this is no form", wanted=FORM) from error
    if twice := sorted(name for name, values in fields.items() if len(values) > 1):
        raise RequestError("a field stands twice", seen=twice[0][:100])
    form = {name: values[0] for name, values in fields.items()}
    _check(form, "grant_type", (GRANT,))
    _check(form, "subject_token_type", _KINDS)
    if "requested_token_type" in form:
        _check(form, "requested_token_type", (_ACCESS,))
    if "actor_token" in form:
        raise RequestError("nobody acts for a job here", wanted="no actor_token")
    token = form.get("subject_token", "")
    if not 0 < len(token) <= LONGEST:
        raise RequestError("there is no subject_token", wanted=f"1 to {LONGEST:,} characters")
    words = set(form.get("scope", "").split())
    if not words <= set(Scope):
        raise RequestError("that is no scope", wanted=", ".join(Scope))
    return Asked(token=token, scopes=frozenset(map(Scope, words)), request=instance(request))


def _check(form: Mapping[str, str], name: str, wanted: tuple[str, ...]) -> None:
    if form.get(name) not in wanted:
        seen = form.get(name, "")[:200]
        raise RequestError(f"{name} is another here", seen=seen, wanted=" or ".join(wanted))


def _words(asked: Asked) -> str:
    return " ".join(sorted(asked.scopes))


def _refusal(why: str, asked: Asked, **fields: object) -> LoginError:
    """Return what a job is told, which says nothing of our entries; the log says all of it."""
    _tell(logging.WARNING, "a job is not let in", asked, why=why, **fields)
    return LoginError(
        "the job's token does not count here",
        cause=why,
        help=["have who runs the server look up this request in its log"],
    )


def _tell(level: int, message: str, asked: Asked, **fields: object) -> None:
    LOG.log(level, message, extra={"fields": {"request": asked.request, **fields}})
