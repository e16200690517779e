"""`POST /v1/changes`: entries that were made elsewhere; and the keys of the log."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from weighbridge.model.errors import ConflictError, Fault, RequestError, WeighbridgeError
from weighbridge.model.event import Kind
from weighbridge.model.team.change import Binding, Draft, Reads, RemoteChange
from weighbridge.model.team.idempotency import LEASE, Kept
from weighbridge.server.answers import JSON, VOLATILE, document, problem
from weighbridge.server.documents import (
    ChangeRequest,
    LogKeyDocument,
    LogKeyRequest,
    NextKeyRequest,
    TakenDocument,
    problems,
)
from weighbridge.server.envelope import instance
from weighbridge.server.guard import GuardedRoute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from weighbridge.model.team.account import Identity
    from weighbridge.model.team.change import Taken
    from weighbridge.model.team.idempotency import Claim, Idempotency
    from weighbridge.server.services import Services

_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes it: no text of a PostgreSQL database has it."""
_KEY = r"^[\x21-\x7e]{8,200}$"
_AGAIN: Final = 2
"""Seconds after which it is worth asking again for what is still being answered."""
_RESPONSES: Final = problems()
_RESPONSES[409] |= {
    "description": "What it rests on has changed; or, with Retry-After, the same request is still "
    "being answered: it is to be sent again under the same Idempotency-Key",
    "headers": {
        "Retry-After": {
            "description": "Seconds to wait; absent if what the change rests on has changed",
            "schema": {"type": "integer"},
        }
    },
}


def change_routes() -> APIRouter:
    """Make the routes."""
    router = APIRouter(route_class=GuardedRoute, tags=["changes"])

    @router.post(
        "/v1/changes",
        response_model=TakenDocument,
        responses=_RESPONSES,
        summary="Bring entries, with what they rest on; they are weighed before they are taken",
    )
    async def bring(
        request: Request,
        body: ChangeRequest,
        idempotency_key: Annotated[str, Header(pattern=_KEY)],
    ) -> Response:
        asked = hashlib.sha256(_text(body).encode()).hexdigest()
        identity: Identity = request.state.identity
        return await _once(request, identity, (idempotency_key, asked), _change(body))

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


class _Turn:
    """The turn of who holds a claim."""

    def __init__(self, claim: Claim, answers: Idempotency) -> None:
        self.again = claim.again
        self._claim, self._answers = claim, answers

    def holds(self) -> bool:
        return self._answers.holds(self._claim)


async def _once(
    request: Request, identity: Identity, asked: tuple[str, str], change: RemoteChange
) -> Response:
    """Take a change, or give the answer it was given before.

    Raises:
        ConflictError: Under that key something else was asked.
    """
    services: Services = request.app.state.services
    answers, (key, digest) = services.idempotency, asked
    claim = await run_in_threadpool(
        answers.begin, key, identity.credential, digest, now=services.clock()
    )
    if isinstance(claim, Kept):
        if claim.request != digest:
            raise ConflictError("under that Idempotency-Key something else was asked", seen=key)
        if claim.status:
            return _answer(claim.body)
        taken = await run_in_threadpool(_entered, services, change)
        return _under_way(request) if taken is None else _answer(_taken(taken))
    try:
        async with _renewed(claim, services):
            turn = _Turn(claim, answers)
            taken = await run_in_threadpool(_take, services, change, identity, turn)
    except BaseException:
        await run_in_threadpool(answers.forget, claim)
        raise
    body = _taken(taken)
    await run_in_threadpool(answers.finish, claim, status=200, body=body)
    return _answer(body)


@contextlib.asynccontextmanager
async def _renewed(claim: Claim, services: Services) -> AsyncIterator[None]:
    """Say again and again that a claim is still being answered."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE / 4)
            with contextlib.suppress(WeighbridgeError):  # it is tried again soon
                await run_in_threadpool(services.idempotency.renew, claim, now=services.clock())

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewing


def _take(services: Services, change: RemoteChange, by: Identity, turn: _Turn) -> Taken:
    from weighbridge.usecases.accepting import take  # noqa: PLC0415 - slow: what weighs is all there is

    return take(
        change,
        by=by,
        registry=services.registry,
        turn=turn,
        asks_roles=services.asks_roles,
        span=services.tracing.span,
    )


def _entered(services: Services, change: RemoteChange) -> Taken | None:
    from weighbridge.usecases.accepting import entered  # noqa: PLC0415 - slow, see above

    return entered(change, services.registry)


def _under_way(request: Request) -> Response:
    """Say that the same request is still being answered, and when to come again."""
    fault = Fault(
        ConflictError.code,
        "the same request is still being answered",
        wanted=f"the same again, under the same Idempotency-Key, in {_AGAIN} s",
    )
    again = {"retry-after": str(_AGAIN)}
    return problem([fault], 409, instance=instance(request), headers=again)


def _answer(body: bytes) -> Response:
    return Response(body, 200, {"cache-control": VOLATILE}, JSON)


def _taken(taken: Taken) -> bytes:
    told = {
        "schemaVersion": 1,
        "first": taken.first,
        "size": taken.size,
        "checkpoint": taken.checkpoint.decode(),
        "bound": list(taken.bound),
    }
    return bytes(document(told).body)
