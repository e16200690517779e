"""Logins: of people in browsers, at their provider; and of the command line, by way of those."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from weighbridge.model.errors import LoginError, NotFoundError
from weighbridge.model.team.account import Via
from weighbridge.model.team.session import INTERVAL, Person
from weighbridge.server.answers import document, nobody, refused
from weighbridge.server.documents import problems
from weighbridge.server.guard import GuardedRoute
from weighbridge.server.login.browser import Browser, csrf_token
from weighbridge.server.login.documents_of_logins import (
    BegunDocument,
    LoggedInDocument,
    PendingDocument,
    PollRequest,
)
from weighbridge.server.login.paper import HOME, local_path, page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.team.account import Scope
    from weighbridge.model.team.session import Session
    from weighbridge.server.login.id_token import Arrived
    from weighbridge.server.login.oidc import Oidc

    Granted = tuple[frozenset[str], frozenset[Scope]]

_CODE: Final = r"^[B-Z]{4}-[B-Z]{4}$"
_TEXT: Final = 4_096
Text = Annotated[str, Query(max_length=_TEXT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """What logins work with.

    Attributes:
        accounts: Who is logged in.
        oidc: The provider; None if people cannot log in here.
        grant: Says which roles and scopes groups stand for.
        browser: How browsers know this server.
        clock: Tells the time.
    """

    accounts: Accounts
    oidc: Oidc | None
    grant: Callable[[Sequence[str]], Granted]
    browser: Browser
    clock: Callable[[], str]

    @property
    def provider(self) -> Oidc:
        """The provider.

        Raises:
            NotFoundError: There is none.
        """
        if self.oidc is None:
            raise NotFoundError("nobody can log in here", wanted="[oidc] in the server's settings")
        return self.oidc

    def person(self, arrived: Arrived) -> Person:
        """Say what somebody is here."""
        roles, scopes = self.grant(arrived.groups)
        return Person(
            name=arrived.name, scopes=scopes, roles=roles, authenticated=arrived.authenticated
        )

    async def session(self, request: Request) -> Session | None:
        """Find the session of a browser."""
        secret = request.cookies.get(self.browser.session, "")
        if not secret:
            return None
        found = await run_in_threadpool(self.accounts.sessions.find, secret, now=self.clock())
        return found if found is not None and found.browser else None


def login_routes(logins: Logins) -> APIRouter:
    """Make the routes."""
    router = APIRouter(route_class=GuardedRoute, tags=["logins"])
    _add_browser(router, logins)
    _add_device(router, logins)
    _add_command(router, logins)
    return router


def _add_browser(router: APIRouter, logins: Logins) -> None:
    @router.get("/login", include_in_schema=False)
    async def begin(next: Text = HOME, again: bool = False) -> Response:  # noqa: A002, FBT001, FBT002 - names of the query
        state, binding = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        url = await logins.provider.send(state=state, binding=binding, again=again)
        await run_in_threadpool(
            logins.accounts.pending.begin,
            state=state,
            binding=binding,
            after=local_path(next),
            again=again,
            now=logins.clock(),
        )
        response = RedirectResponse(url, 303, {"cache-control": "no-store"})
        logins.browser.give_login(response, binding)
        return response

    @router.get("/login/callback", include_in_schema=False)
    async def come_back(
        request: Request, state: Text = "", code: Text = "", error: Text = "", iss: Text = ""
    ) -> Response:
        binding = request.cookies.get(logins.browser.login, "")
        pending = await run_in_threadpool(
            logins.accounts.pending.take, state=state, binding=binding, now=logins.clock()
        )
        if pending is None:
            raise LoginError(
                "no login of this browser is under way",
                cause="it took too long, was used, or began in another browser",
                help=["open /login again"],
            )
        logins.provider.refuse_other(iss)
        if error:
            raise LoginError("the provider did not log you in", help=["open /login again"])
        arrived = await logins.provider.receive(
            code,
            state=state,
            binding=binding,
            since=pending.begun if pending.again else "",
            now=logins.clock(),
        )
        person = logins.person(arrived)
        secret, _ = await run_in_threadpool(renew, logins, request, person)
        # Where there is nothing to lead on to, this is the page to be at.
        after = pending.after if pending.after != HOME or _has_home(request) else ""
        response = page("arrived", after=after, person=person.name, csrf=csrf_token(secret))
        logins.browser.give_session(response, secret)
        logins.browser.take(response, logins.browser.login)
        return response

    @router.post("/logout", include_in_schema=False)
    async def end(request: Request) -> Response:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            await logins.browser.read_form(request)
            secret = request.cookies.get(logins.browser.session, "")
        await run_in_threadpool(_end, logins, secret)
        response = page("said", says="You are logged out.")
        logins.browser.take(response, logins.browser.session)
        return response


def _has_home(request: Request) -> bool:
    return any(getattr(route, "path", "") == HOME for route in request.app.routes)


def renew(logins: Logins, request: Request, person: Person) -> tuple[str, Session]:
    """Begin a session under a new secret; one the browser had ends."""
    if old := request.cookies.get(logins.browser.session, ""):
        _end(logins, old)
    return logins.accounts.sessions.begin(person, browser=True, now=logins.clock())


def _end(logins: Logins, secret: str) -> None:
    """End a session, or what a job logged in to; a token that somebody made stays."""
    now, accounts = logins.clock(), logins.accounts
    session = accounts.sessions.find(secret, now=now)
    if session is not None:
        accounts.sessions.end(session.identifier)
        return
    token = accounts.tokens.find(secret, now=now)
    if token is not None and token.via is Via.EXCHANGE:
        accounts.tokens.revoke(token.identifier, now=now)


def _add_device(router: APIRouter, logins: Logins) -> None:
    @router.get("/login/device", include_in_schema=False)
    async def show(request: Request, code: Annotated[str, Query(pattern=_CODE)]) -> Response:
        session = await logins.session(request)
        if session is None:
            after = quote(f"/login/device?code={code}", safe="")
            return RedirectResponse(f"/login?next={after}", 303, {"cache-control": "no-store"})
        waiting = await run_in_threadpool(
            logins.accounts.commands.waiting, code, now=logins.clock()
        )
        if waiting is None:
            raise _unknown()
        return page(
            "device",
            code=waiting.code,
            source=waiting.source,
            person=session.person.name,
            csrf=csrf_token(request.cookies[logins.browser.session]),
        )

    @router.post("/login/device", include_in_schema=False)
    async def answer(request: Request) -> Response:
        session = await logins.session(request)
        if session is None:
            raise nobody()
        form = await logins.browser.read_form(request)
        said = form.get("answer", "")
        if said not in {"confirm", "refuse"}:
            raise refused(400, "this is no answer", wanted="confirm or refuse")
        person = session.person if said == "confirm" else None
        code = form.get("code", "")
        if not await run_in_threadpool(
            logins.accounts.commands.answer, code, person, now=logins.clock()
        ):
            raise _unknown()
        done = "The command line is logged in." if person else "The login was refused."
        return page("said", says=f"{done} You can close this page.")


def _unknown() -> NotFoundError:
    return NotFoundError(
        "no login with this code waits", help=["compare the code, or run weighbridge login again"]
    )


def _add_command(router: APIRouter, logins: Logins) -> None:
    @router.post(
        "/v1/logins", response_model=BegunDocument, responses=problems(404), operation_id="login"
    )
    async def begin(request: Request) -> Response:
        """Begin a login of the command line: a person confirms it at `url`."""
        logins.provider  # noqa: B018 - where nobody can log in, nothing waits for it
        source = request.client.host if request.client else "an unknown place"
        secret, login = await run_in_threadpool(
            logins.accounts.commands.begin, source=source, now=logins.clock()
        )
        return document(
            {
                "schemaVersion": 1,
                "id": login.identifier,
                "secret": secret,
                "url": f"{logins.browser.origin}/login/device?code={login.code}",
                "code": login.code,
                "interval": INTERVAL,
                "expires": login.expires,
            }
        )

    @router.post(
        "/v1/logins/{identifier}/token",
        response_model=LoggedInDocument,
        responses={202: {"model": PendingDocument, "description": "Pending"}, **problems()},
        operation_id="pollLogin",
    )
    async def poll(
        identifier: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")], body: PollRequest
    ) -> Response:
        """Ask whether a person confirmed a login; the token is told once."""
        person = await run_in_threadpool(
            logins.accounts.commands.poll, identifier, body.secret, now=logins.clock()
        )
        if person is None:
            return document({"schemaVersion": 1, "state": "pending"}, status=202)
        secret, session = await run_in_threadpool(
            logins.accounts.sessions.begin, person, browser=False, now=logins.clock()
        )
        told = {"token": secret, "person": person.name, "expires": session.expires}
        return document({"schemaVersion": 1, **told})
