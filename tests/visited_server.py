"""The wire's routes about who asks, over what a test decides: no accounts, no provider."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from weighbridge.report.problem import PROBLEM

if TYPE_CHECKING:
    from starlette.requests import Request

SECRET = "wbs_of-the-command-line"  # noqa: S105 - no secret of anybody
SHORT = "wbx_of-a-job"
MADE = "wbt_made-here"
POLLED = "only-who-began-it-knows-this"
JOB = "eyJh.eyJz.c2ln"


def problem(status: int, code: str, message: str) -> JSONResponse:
    fault = {"code": code, "message": message, "seen": "", "wanted": "", "cause": "", "help": []}
    body = {"type": "about:blank", "status": status, "code": code, "faults": [fault]}
    return JSONResponse(body, status, media_type=PROBLEM)


class Visited:
    """A server that answers as it is told to.

    Attributes:
        polls: What a login is answered, question by question; the last one again and again.
        url: Where people are sent.
        revoked: Credentials that were ended.
        heard: Method, path and credential of what was asked.
        bodies: What was sent.
        asked: Is set once a login is asked about.
    """

    def __init__(self) -> None:
        self.polls: list[Response] = []
        self.url = "https://weigh.example/login/device?code=BCDF-GHJK"
        self.revoked: set[str] = set()
        self.heard: list[tuple[str, str, str]] = []
        self.bodies: list[Any] = []
        self.tokens: list[dict[str, Any]] = []
        self.asked = threading.Event()
        self.broken: Response | None = None

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/logins", self._begin, methods=["POST"]),
                Route("/v1/logins/{id}/token", self._poll, methods=["POST"]),
                Route("/v1/tokens/exchange", self._exchange, methods=["POST"]),
                Route("/v1/whoami", self._who),
                Route("/logout", self._end, methods=["POST"]),
                Route("/v1/tokens", self._tokens),
                Route("/v1/tokens", self._make, methods=["POST"]),
                Route("/v1/tokens/{id}", self._revoke, methods=["DELETE"]),
                Route("/ci/token", self._ci),
            ]
        )

    async def _hear(self, request: Request) -> str:
        credential = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.heard.append((request.method, request.url.path, credential))
        data = await request.body()
        if request.headers.get("content-type") == "application/json":
            self.bodies.append(json.loads(data))
        elif data:
            self.bodies.append(parse_qs(data.decode()))
        return credential

    async def _begin(self, request: Request) -> Response:
        await self._hear(request)
        return self.broken or JSONResponse(
            {
                "id": "l1",
                "secret": POLLED,
                "url": self.url,
                "code": "BCDF-GHJK",
                "interval": 1,
                "expires": "2099-01-01T00:00:00Z",
            }
        )

    async def _poll(self, request: Request) -> Response:
        await self._hear(request)
        self.asked.set()
        return self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]

    async def _exchange(self, request: Request) -> Response:
        await self._hear(request)
        if self.bodies[-1]["subject_token"] != [JOB]:
            return problem(401, "WB152", "no job of this kind is let in")
        kind = "urn:ietf:params:oauth:token-type:access_token"
        return JSONResponse(
            {
                "access_token": SHORT,
                "issued_token_type": kind,
                "token_type": "Bearer",
                "expires_in": 600,
                "scope": "read",
            }
        )

    async def _who(self, request: Request) -> Response:
        credential = await self._hear(request)
        if not credential or credential in self.revoked:
            return problem(401, "WB152", "the credential is unknown or has expired")
        return JSONResponse(
            {
                "person": "ada",
                "via": "session",
                "scopes": ["write", "read"],
                "roles": ["approver"],
                "expires": "2099-01-01T00:00:00Z",
                "authenticated": "2026-01-01T00:00:00Z",
            }
        )

    async def _end(self, request: Request) -> Response:
        credential = await self._hear(request)
        if self.broken:
            return self.broken
        if credential in self.revoked:
            return problem(401, "WB152", "the credential is unknown or has expired")
        self.revoked.add(credential)
        return Response(status_code=204)

    async def _tokens(self, request: Request) -> Response:
        await self._hear(request)
        return JSONResponse({"tokens": self.tokens})

    async def _make(self, request: Request) -> Response:
        await self._hear(request)
        return self.broken or JSONResponse({"token": MADE, "id": "t1"}, 201)

    async def _revoke(self, request: Request) -> Response:
        await self._hear(request)
        if request.path_params["id"] != "t1":
            return problem(404, "WB272", "there is no such token")
        return Response(status_code=204)

    async def _ci(self, request: Request) -> Response:
        credential = await self._hear(request)
        if credential != "asks-for-the-job":
            return Response(status_code=401)
        return JSONResponse({"value": JOB if request.query_params["audience"] else ""})


def granted() -> Response:
    return JSONResponse({"token": SECRET, "person": "ada", "expires": "2099-01-01T00:00:00Z"})


def pending() -> Response:
    return JSONResponse({}, 202)


def elsewhere(address: str) -> Response:
    return RedirectResponse(f"{address}/logout", 307)
