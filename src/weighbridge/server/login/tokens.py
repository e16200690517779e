"""API tokens over HTTP: made once and shown once, listed, revoked; and who one is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from weighbridge.gate.times import moment
from weighbridge.model.errors import NotAllowedError, NotFoundError, RequestError
from weighbridge.model.team.account import Scope
from weighbridge.model.trust import TrustError, check_time
from weighbridge.report.persons import token_json
from weighbridge.server.answers import document, nobody
from weighbridge.server.documents import WRITABLE, Document, problems
from weighbridge.server.guard import GuardedRoute

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.team.account import Identity, Token

USUAL: Final = timedelta(days=90)
LONGEST: Final = timedelta(days=366)
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


class WhoDocument(Document):
    """Who one is."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    person: str
    via: str
    scopes: list[str]
    roles: list[str]
    expires: str
    authenticated: str


class TokenDocument(Document):
    """A token, without what lets in."""

    id: str
    label: str
    person: str
    scopes: list[str]
    created: str
    expires: str
    used: str
    revoked: str
    via: str


class TokensDocument(Document):
    """Tokens, newest first."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    tokens: list[TokenDocument]


class MadeDocument(TokenDocument):
    """A token that was just made, with what lets in: it is told this once."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    token: str


class TokenRequest(BaseModel):
    """What a token is to be for."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(min_length=1, max_length=100, pattern=WRITABLE)
    scopes: list[Scope] = Field(default=[Scope.READ], min_length=1, max_length=len(Scope))
    expires: str = Field(default="", max_length=30)


class RevokedDocument(Document):
    """Whether there was a token to end."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    revoked: bool


def token_routes(accounts: Accounts, *, clock: Callable[[], str]) -> APIRouter:
    """Make the routes.

    Args:
        accounts: The tokens.
        clock: Tells the time.
    """
    router = APIRouter(route_class=GuardedRoute, tags=["tokens"])

    @router.get(
        "/v1/whoami", response_model=WhoDocument, responses=problems(), summary="Who one is"
    )
    async def whoami(request: Request) -> Response:
        identity: Identity = request.state.identity
        if not identity.credential:
            raise nobody()
        return document(
            {
                "schemaVersion": 1,
                "person": identity.person,
                "via": identity.via.value,
                "scopes": sorted(identity.scopes),
                "roles": sorted(identity.roles),
                "expires": identity.expires,
                "authenticated": identity.authenticated,
            }
        )

    @router.get(
        "/v1/tokens",
        response_model=TokensDocument,
        responses=problems(),
        summary="One's own tokens; all of them with the scope `admin`",
    )
    async def listed(request: Request) -> Response:
        identity: Identity = request.state.identity
        whose = "" if Scope.ADMIN in identity.scopes else identity.person
        found = await run_in_threadpool(accounts.tokens.list, whose)
        return document({"schemaVersion": 1, "tokens": [token_json(one) for one in found]})

    _add_changes(router, accounts, clock)
    return router


def _add_changes(router: APIRouter, accounts: Accounts, clock: Callable[[], str]) -> None:
    @router.post(
        "/v1/tokens",
        response_model=MadeDocument,
        status_code=201,
        responses=problems(),
        summary="Make a token; what lets in is told this once",
    )
    async def make(request: Request, body: TokenRequest) -> Response:
        identity: Identity = request.state.identity
        scopes, now = frozenset(body.scopes), clock()
        if not scopes <= identity.scopes:
            raise NotAllowedError(
                "nobody gives away what he may not do himself",
                seen=", ".join(sorted(scopes - identity.scopes)),
                wanted=", ".join(sorted(identity.scopes)),
            )

        def keep() -> tuple[str, Token]:
            return accounts.tokens.make(
                person=identity.person,
                label=body.label,
                scopes=scopes,
                expires=expiry(body.expires, now=now),
                now=now,
                roles=identity.roles,
            )

        secret, token = await run_in_threadpool(keep)
        return document({"schemaVersion": 1, "token": secret, **token_json(token)}, status=201)

    @router.delete(
        "/v1/tokens/{identifier}",
        response_model=RevokedDocument,
        responses=problems(404),
        summary="End a token of one's own; anybody's with the scope `admin`",
    )
    async def revoke(
        request: Request, identifier: Annotated[str, Path(min_length=1, max_length=100)]
    ) -> Response:
        identity: Identity = request.state.identity

        def end() -> bool:
            token = accounts.tokens.get(identifier)
            own = token is not None and token.person == identity.person
            if not (own or (token is not None and Scope.ADMIN in identity.scopes)):
                raise NotFoundError("there is no such token of yours", seen=identifier)
            return accounts.tokens.revoke(identifier, now=clock())

        return document({"schemaVersion": 1, "revoked": await run_in_threadpool(end)})


def expiry(wanted: str, *, now: str) -> str:
    """Return until when a token may be used.

    Args:
        wanted: `YYYY-MM-DDTHH:MM:SSZ`, or empty for the usual time.
        now: The time.

    Raises:
        RequestError: It is no time, is over, or too far away.
    """
    begun = moment(now)
    if not wanted:
        return (begun + USUAL).strftime(_FORM)
    try:
        until: datetime = moment(check_time(wanted))
    except TrustError as error:
        raise RequestError(str(error), seen=wanted) from error
    if not begun < until <= begun + LONGEST:
        latest = (begun + LONGEST).strftime(_FORM)
        raise RequestError("a token cannot last so long, or is over", seen=wanted, wanted=latest)
    return wanted
