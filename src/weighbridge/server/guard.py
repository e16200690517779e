"""The way to every route: who asks is known, may ask, and does not ask too often.

A route without a row in the permission table cannot be made: the application does not start.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from fastapi.routing import APIRoute
from starlette.routing import Route

from weighbridge.model.errors import Fault, LoginError, NotAllowedError
from weighbridge.model.team.account import NOBODY
from weighbridge.server.access import TABLE
from weighbridge.server.answers import RefusedError, nobody, refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

    from weighbridge.model.team.account import Identity
    from weighbridge.server.access import Access
    from weighbridge.server.services import Services

    Handler = Callable[[Request], Awaitable[Response]]

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ADDRESSES: Final = 10_000
"""Askers that are counted at once; who asked longest ago is forgotten first."""


def rows_of(path: str, methods: Iterable[str]) -> Access:
    """Find the row of a route.

    Raises:
        LookupError: A method of it has none, or its methods ask for different things.
    """
    found = {TABLE.get((method, path)) for method in set(methods) - {"HEAD", "OPTIONS"}}
    if len(found) != 1 or None in found:
        raise LookupError(f"the permission table has no row for {sorted(methods)} {path}")
    (access,) = found
    assert access is not None  # noqa: S101 - said just above, for the type checker
    return access


class GuardedRoute(APIRoute):
    """A route of documents."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the guard before the handler."""
        handle = super().get_route_handler()
        access = rows_of(self.path, self.methods or ())

        async def guarded(request: Request) -> Response:
            request.state.template = self.path
            await admit(request, access)
            return await handle(request)

        return guarded


def stored_route(path: str, handler: Handler, *, methods: tuple[str, ...] = ("GET",)) -> Route:
    """Make a plain route, for bytes that are handed out as they lie."""
    access = rows_of(path, methods)

    async def guarded(request: Request) -> Response:
        request.scope["state"]["template"] = path
        await admit(request, access)
        return await handler(request)

    return Route(path, guarded, methods=list(methods))


async def admit(request: Request, access: Access) -> None:
    """Find out who asks, and whether he may.

    Raises:
        LoginError: Nobody asks, or with a credential that does not count.
        NotAllowedError: He may not.
        RefusedError: He asks too often.
    """
    services: Services = request.app.state.services
    try:
        identity = await services.authenticator.identify(request)
    except LoginError:
        request.app.state.pace.count(_asker(request, NOBODY))  # whoever guesses does so slowly
        if not access.anew:
            raise
        identity = NOBODY
    request.scope["state"]["identity"] = identity
    request.app.state.pace.count(_asker(request, identity))
    if access.scope is None:
        return
    if access.near and not identity.credential and getattr(request.state, "near", False):
        return
    if not identity.credential and access.scope not in identity.scopes:
        raise nobody()
    if access.scope not in identity.scopes:
        raise NotAllowedError(
            f"this is for who has the scope `{access.scope}`",
            seen=", ".join(sorted(identity.scopes)) or "no scope",
            wanted=access.scope.value,
            help=[f"weighbridge token new --scope {access.scope}", "or ask who runs the server"],
        )
    if access.person and not identity.is_person:
        raise NotAllowedError("no token does this", wanted="a person who logged in")
    if request.method not in _SAFE and not access.form:
        services.authenticator.check_csrf(request, identity)


def _asker(request: Request, identity: Identity) -> str:
    return identity.credential or (request.client.host if request.client else "")


class Pace:
    """Counts requests of each asker: as many a minute as are allowed, in bursts of a tenth."""

    def __init__(self, allowed: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Say how many requests a minute are allowed."""
        self._rate, self._most = allowed / 60, max(allowed / 10, 1.0)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def count(self, asker: str) -> None:
        """Count a request.

        Raises:
            RefusedError: There were too many.
        """
        now = self._clock()
        left, since = self._left.pop(asker, (self._most, now))
        left = min(self._most, left + (now - since) * self._rate)
        if left < 1:
            self._left[asker] = (left, now)
            raise refused(
                429,
                "this is asked too often",
                wanted=f"at most {self._rate * 60:.0f} requests a minute",
            )
        self._left[asker] = (left - 1, now)
        if len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)


__all__ = ["Fault", "GuardedRoute", "Pace", "RefusedError", "admit", "rows_of", "stored_route"]
