"""What is around every request: its id, its headers, what it took, and what broke on the way."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from weighbridge.model.errors import Fault, NotFoundError, RequestError, WeighbridgeError
from weighbridge.report.problem import status_of
from weighbridge.server.answers import RefusedError, bug, closing, problem, refused
from weighbridge.server.dashboard.wrong import wants_page, wrong_page
from weighbridge.server.tracing import NO_TRACING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fastapi import FastAPI
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from weighbridge.server.front import Front
    from weighbridge.server.tracing import Tracing

LOG: Final = logging.getLogger("weighbridge.server")
_PATIENCE: Final = 60.0
"""Seconds a document may take to come; uploads may take as long as bytes go on coming."""
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
        begin: Callable[[Scope], None],
        watch: Sequence[Callable[[Scope, int, float], None]],
        hosts: frozenset[str],
        front: Front,
        largest: int,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            begin: Takes each request, before it is answered.
            watch: Take each request that was answered, its status, and the seconds it took.
            hosts: Names the server answers to; empty for any.
            front: The proxies before the server.
            largest: Bytes of the largest body, but for uploads.
            tracing: Is told of each request.
        """
        self._app, self._hosts, self._largest = app, hosts, largest
        self._begin, self._watch, self._front = begin, watch, front
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._begin(scope)
        begun, status = time.perf_counter(), 0
        state = scope.setdefault("state", {})
        state["request_id"] = identifier = _identifier(scope)
        state["sent"] = 0
        traced = self._tracing.begin(scope)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _headers(message.get("headers", []), identifier)
            state["sent"] += len(message.get("body", b""))
            await send(message)

        try:
            if wrong := self._wrong(scope):
                code, fault = wrong
                ends = {"connection": "close"}
                answer = problem([fault], code, instance=identifier, headers=ends)
                await answer(scope, receive, sending)
            else:
                await self._app(scope, self._bounded(scope, receive), sending)
        except Exception as error:
            LOG.exception("request %s broke", identifier)
            if status:
                raise  # half an answer is out: the connection ends, so that nobody takes it for one
            await _answer(Request(scope), [bug(error)], 500)(scope, receive, sending)
        finally:
            traced(status)
            for watch in self._watch:
                watch(scope, status, time.perf_counter() - begun)

    def _wrong(self, scope: Scope) -> tuple[int, Fault] | None:
        """Say what is wrong with the head of a request, with the status that says so."""
        if wrong := self._front.meet(scope):
            return wrong
        if self._hosts and _host(scope) not in self._hosts:
            return 421, Fault(RequestError.code, "this server has another name")
        if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
            # No name has it, and PostgreSQL takes no text with it.
            return 400, Fault(RequestError.code, "the address holds the character NUL")
        return None

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Take no more of a body than there may be of it; uploads have a bound of their own."""
        state = scope["state"]
        state["taken"], ended = 0, scope["method"] == "PUT"
        bounded, patience = not ended, time.monotonic() + _PATIENCE

        async def receiving() -> Message:
            nonlocal ended
            try:
                async with asyncio.timeout(None if ended else patience - time.monotonic()):
                    message = await receive()
            except TimeoutError as error:
                raise refused(408, f"the body took more than {_PATIENCE:.0f} s") from error
            ended = ended or not message.get("more_body", False)
            state["taken"] += len(message.get("body", b""))
            if bounded and state["taken"] > self._largest:
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


def _logs_in(request: Request) -> bool:
    """Tell whether it was a step of a login: one does not come back to that."""
    return request.url.path.split("/")[1] in {"login", "enter"}


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, WeighbridgeError)  # noqa: S101 - it was registered for these
    return _answer(request, error.faults, status_of(error))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - it was registered for these
    status = error.status_code
    return _answer(request, [error.fault], status, closing(status))


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
    return _answer(request, faults, 400)


async def _unknown(request: Request, error: Exception) -> Response:
    """Answer what the routes do not know."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it was registered for these
    if error.status_code == 404:  # noqa: PLR2004 - RFC 9110
        help_ = "look for it from the first page"
        if request.url.path.startswith("/v1/"):
            help_ = "see GET /v1/openapi.json"
        fault = Fault(NotFoundError.code, "there is no such page", help=(help_,))
    else:
        fault = Fault(RequestError.code, str(error.detail))
    headers = dict(error.headers or {})
    return _answer(request, [fault], error.status_code, headers)


def _answer(
    request: Request, faults: Sequence[Fault], status: int, headers: Mapping[str, str] = {}
) -> Response:
    """Answer with a problem document, or a browser with a page that says the same."""
    told = problem(faults, status, instance=instance(request), headers=headers)
    if not wants_page(request):
        return told
    return wrong_page(
        faults,
        status,
        instance=instance(request),
        path="" if request.method != "GET" or _logs_in(request) else request.url.path,
        headers=told.headers,
        login=request.app.state.services.logs_in,
    )
