"""`POST /v1/changes`: entries that were made elsewhere; and the keys of the log."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from weighbridge.model.errors import ConflictError, RequestError
from weighbridge.model.event import Kind
from weighbridge.model.team.change import Binding, Draft, Reads, RemoteChange
from weighbridge.server.answers import JSON, VOLATILE, document
from weighbridge.server.documents import (
    ChangeRequest,
    LogKeyDocument,
    LogKeyRequest,
    NextKeyRequest,
    TakenDocument,
    problems,
)
from weighbridge.server.guard import GuardedRoute

if TYPE_CHECKING:
    from weighbridge.model.team.account import Identity
    from weighbridge.model.team.change import Taken
    from weighbridge.server.services import Services

_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes it: no text of a PostgreSQL database has it."""
_KEY = r"^[\x21-\x7e]{8,200}$"


def change_routes() -> APIRouter:
    """Make the routes."""
    router = APIRouter(route_class=GuardedRoute, tags=["changes"])

    @router.post(
        "/v1/changes",
        response_model=TakenDocument,
        responses=problems(),
        summary="Bring entries, with what they rest on; they are weighed before they are taken",
    )
    async def bring(
        request: Request,
        body: ChangeRequest,
        idempotency_key: Annotated[str, Header(pattern=_KEY)],
    ) -> Response:
        services: Services = request.app.state.services
        identity: Identity = request.state.identity
        text = _text(body)
        change = _change(body)
        asked = hashlib.sha256(text.encode()).hexdigest()
        answered = await run_in_threadpool(
            _once, services, identity, (idempotency_key, asked), change
        )
        return Response(answered, 200, {"cache-control": VOLATILE}, JSON)

    @router.post(
        "/v1/log/key",
        response_model=LogKeyDocument,
        responses=problems(),
        summary="Make the log's key, before its first entry",
    )
    async def begin(request: Request, body: LogKeyRequest) -> Response:
        registry = request.app.state.services.registry
        key = await run_in_threadpool(registry.make_log_key, body.origin)
        return document({"schemaVersion": 1, "logKey": key, "endorsement": ""})

    @router.post(
        "/v1/log/next-key",
        response_model=LogKeyDocument,
        responses=problems(),
        summary="Make the log's next key, and have the present one endorse it",
    )
    async def follow(request: Request, body: NextKeyRequest) -> Response:
        registry = request.app.state.services.registry
        key, endorsement = await run_in_threadpool(registry.propose_log_key, body.after)
        return document({"schemaVersion": 1, "logKey": key, "endorsement": endorsement})

    return router


def _text(body: ChangeRequest) -> str:
    """Write what is brought in one way.

    Raises:
        RequestError: It holds what no text is.
    """
    try:
        text = body.model_dump_json()
    except ValueError as error:
        raise RequestError("the change holds half a character", wanted="Unicode text") from error
    if _NUL.search(text):
        raise RequestError("the change holds the character NUL", wanted="text without it")
    return text


def _change(body: ChangeRequest) -> RemoteChange:
    """Read what is brought.

    Raises:
        RequestError: An entry is of a kind there is not.
    """
    try:
        drafts = tuple(Draft(kind=Kind(one.kind), body=one.body) for one in body.entries)
    except ValueError as error:
        raise RequestError(str(error), wanted=", ".join(Kind)) from error
    return RemoteChange(
        time=body.time,
        reads=Reads(**body.reads.model_dump()),
        bindings=tuple(Binding(**one.model_dump()) for one in body.bindings),
        entries=drafts,
        rotates=body.rotates,
    )


def _once(
    services: Services, identity: Identity, asked: tuple[str, str], change: RemoteChange
) -> bytes:
    """Take a change, or give the answer it was given before.

    Raises:
        ConflictError: Under that key something else was asked, or is being asked just now.
    """
    from weighbridge.usecases.accepting import take  # noqa: PLC0415 - slow: what weighs is all there is

    key, request = asked
    kept = services.idempotency.begin(key, identity.credential, request, now=services.clock())
    if kept is not None and kept.request != request:
        raise ConflictError("under that Idempotency-Key something else was asked", seen=key)
    if kept is not None and kept.status:
        return kept.body
    try:
        taken = take(
            change,
            by=identity,
            registry=services.registry,
            asks_roles=services.asks_roles,
            span=services.tracing.span,
        )
    except BaseException:
        services.idempotency.forget(key, identity.credential)
        raise
    body = document(_taken(taken)).body
    answer = bytes(body)
    services.idempotency.finish(key, identity.credential, status=200, body=answer)
    return answer


def _taken(taken: Taken) -> dict[str, object]:
    return {
        "schemaVersion": 1,
        "first": taken.first,
        "size": taken.size,
        "checkpoint": taken.checkpoint.decode(),
        "bound": list(taken.bound),
    }
