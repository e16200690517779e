"""Who asks, by what he has: a bearer's secret, or the cookie of a browser."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool

from weighbridge.model.errors import LoginError, NotAllowedError
from weighbridge.model.team.account import NOBODY, Identity, Via
from weighbridge.server.login.browser import csrf_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.team.session import Session
    from weighbridge.server.login.browser import Browser

FRESH: Final = 2.0
"""Seconds for which it is remembered who somebody is: what is revoked ends within them."""
_MOST: Final = 10_000
_LONGEST: Final = 200
CSRF: Final = "x-csrf-token"


class AccountsAuthenticator:
    """Knows who asks from the accounts of the registry."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        browser: Browser,
        clock: Callable[[], str],
        anybody: Identity = NOBODY,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the accounts.

        Args:
            accounts: Tokens and sessions.
            browser: How browsers know this server.
            clock: Tells the time.
            anybody: Who asks without a credential.
            ticks: Tells seconds, for what is remembered.
        """
        self._accounts, self._browser, self._clock = accounts, browser, clock
        self._anybody, self._ticks = anybody, ticks
        self._known: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    async def identify(self, request: Request) -> Identity:
        """Say who asks.

        Raises:
            LoginError: The credential counts no longer, or never did; or there are two.
        """
        named = request.headers.get("authorization", "")
        cookie = request.cookies.get(self._browser.session, "")
        if not named and not cookie:
            return self._anybody
        if named and cookie:
            raise LoginError("there are two credentials, a bearer's and a browser's")
        scheme, _, secret = named.partition(" ")
        if named and scheme.lower() != "bearer":
            raise LoginError("this is no credential", wanted="Authorization: Bearer TOKEN")
        secret = secret.strip() or cookie
        if len(secret) > _LONGEST:
            raise _unknown()
        # By its digest: what lets somebody in is kept nowhere longer than it takes to ask.
        kind = b"bearer" if named else b"cookie"
        digest = hashlib.sha256(kind + secret.encode()).digest()
        known = self._known.get(digest)
        if known is not None and self._ticks() - known[0] < FRESH:
            return known[1]
        found = await run_in_threadpool(self._find, secret, bool(cookie))
        self._known[digest] = (self._ticks(), found)
        self._known.move_to_end(digest)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return found

    def check_csrf(self, request: Request, identity: Identity) -> None:
        """Refuse what a browser sends in somebody's name from another site.

        Raises:
            NotAllowedError: It is that, or may be.
        """
        cookie = request.cookies.get(self._browser.session, "")
        if not cookie or not identity.credential:
            return
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        told = request.headers.get(CSRF, "").encode(errors="replace")
        foreign = site not in {None, "same-origin"} or origin not in {None, self._browser.origin}
        if foreign or not hmac.compare_digest(told, csrf_token(cookie).encode()):
            raise NotAllowedError(
                "the request does not come from a page of this server",
                wanted=f"its own Origin, and the session's {CSRF}",
                help=["load the page again"],
            )

    def _find(self, secret: str, of_browser: bool) -> Identity:  # noqa: FBT001 - one of two kinds
        now = self._clock()
        if secret.startswith(("wbt_", "wbx_")) and not of_browser:
            token = self._accounts.tokens.find(secret, now=now)
            if token is None:
                raise _unknown()
            if token.revoked or token.expires <= now:
                what = "was revoked" if token.revoked else "has expired"
                raise LoginError(f"the token {what}", seen=token.revoked or token.expires)
            return Identity(
                person=token.person,
                via=token.via,
                scopes=token.scopes,
                roles=token.roles,
                credential=token.identifier,
                expires=token.expires,
            )
        session = self._accounts.sessions.find(secret, now=now)
        if session is None or session.browser is not of_browser:
            raise _unknown()
        return _of_session(session)


def _of_session(session: Session) -> Identity:
    return Identity(
        person=session.person.name,
        via=Via.SESSION,
        scopes=session.person.scopes,
        roles=session.person.roles,
        credential=session.identifier,
        expires=session.expires,
        authenticated=session.person.authenticated,
        browser=session.browser,
    )


def _unknown() -> LoginError:
    return LoginError(
        "the credential is unknown, or counts no longer",
        help=["weighbridge login", "or have another token made"],
    )


def base_of(address: str) -> str:
    """Return scheme, host and port of an address, as browsers write an origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
