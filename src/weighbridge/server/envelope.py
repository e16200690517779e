"""What is around every request: its id, its headers, what it took, and what broke on the way."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from weighbridge.model.errors import Fault, NotFoundError, RequestError, WeighbridgeError
from weighbridge.server.answers import RefusedError, answer_error, bug, problem, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG: Final = logging.getLogger("weighbridge.server")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox")
"""For whatever says nothing of its own: nothing in it runs, whatever a browser takes it for."""


class Envelope:
    """Gives each request an id, and each answer its headers; tells who watches."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        watch: Callable[[Scope, int, float], None],
        hosts: frozenset[str],
        largest: int,
    ) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            watch: Takes each request that was answered, its status, and the seconds it took.
            hosts: Names the server answers to; empty for any.
            largest: Bytes of the largest body, but for uploads.
        """
        self._app, self._watch, self._hosts, self._largest = app, watch, hosts, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = identifier = _identifier(scope)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _headers(message.get("headers", []), identifier)
            await send(message)

        try:
            if self._hosts and _host(scope) not in self._hosts:
                fault = Fault(RequestError.code, "this server has another name")
                await problem([fault], 421, instance=identifier)(scope, receive, sending)
            else:
                await self._app(scope, self._bounded(scope, receive), sending)
        except Exception as error:
            LOG.exception("request %s broke", identifier)
            if status:
                raise  # half an answer is out: the connection ends, so that nobody takes it for one
            await problem([bug(error)], 500, instance=identifier)(scope, receive, sending)
        finally:
            self._watch(scope, status, time.perf_counter() - begun)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Take no more of a body than there may be of it; uploads have a bound of their own."""
        if scope["method"] == "PUT":
            return receive
        taken = 0

        async def receiving() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._largest:
                wanted = f"at most {self._largest:,} bytes"
                raise refused(413, "the body is too large", wanted=wanted)
            return message

        return receiving


def _identifier(scope: Scope) -> str:
    """Take the id of whoever is in front of us, if it is one, or make one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(text := value.decode("latin-1")):
            return str(text)
    return secrets.token_hex(8)


def _host(scope: Scope) -> str:
    found = [value for name, value in scope["headers"] if name == b"host"]
    return str(found[0].decode("latin-1")).lower() if len(found) == 1 else ""


def _headers(headers: list[tuple[bytes, bytes]], identifier: str) -> list[tuple[bytes, bytes]]:
    own = {name.lower() for name, _ in headers}
    more = [one for one in (*SECURITY, POLICY) if one[0] not in own]
    return [*headers, *more, (b"x-request-id", identifier.encode())]


def answer_what_breaks(app: FastAPI) -> None:
    """Have errors answered by the one renderer, whoever raises them."""
    app.add_exception_handler(WeighbridgeError, _told)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unknown)


def instance(request: Request) -> str:
    """Return the id of a request."""
    return str(request.scope.get("state", {}).get("request_id", ""))


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, WeighbridgeError)  # noqa: S101 - it was registered for these
    return answer_error(error, instance=instance(request))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - it was registered for these
    status = error.status_code
    headers = {"connection": "close"} if status in {408, 413} else {}
    return problem([error.fault], status, instance=instance(request), headers=headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it was registered for these
    faults = [
        Fault(
            RequestError.code,
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"[:400],
            seen=repr(one.get("input"))[:200],
        )
        for one in error.errors()[:20]
    ]
    return problem(faults, 400, instance=instance(request))


async def _unknown(request: Request, error: Exception) -> Response:
    """Answer what the routes do not know."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it was registered for these
    if error.status_code == 404:  # noqa: PLR2004 - RFC 9110
        fault = Fault(
            NotFoundError.code, "there is no such page", help=("see GET /v1/openapi.json",)
        )
    else:
        fault = Fault(RequestError.code, str(error.detail))
    headers = dict(error.headers or {})
    return problem([fault], error.status_code, instance=instance(request), headers=headers)
