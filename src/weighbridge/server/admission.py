"""The admission webhook over HTTP: `POST /admit/ENVIRONMENT`, `GET /healthz`, `GET /readyz`.

It keeps nothing but what the doorkeeper keeps. A body is read as far as an API server writes one,
in the time it has; what is no strict JSON is no review.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from weighbridge.gate.admission.review import ReviewError as NoReviewError
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import (
    BugError,
    Fault,
    NotFoundError,
    ReviewError,
    UnavailableError,
    WeighbridgeError,
)
from weighbridge.report.admission import PROBLEM, problem_json, response_json, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from weighbridge.server.running import Drain
    from weighbridge.usecases.admission import Doorkeeper

LARGEST: Final = 3 << 20
"""Bytes of a body: what an API server takes itself (`MaxRequestBodyBytes`)."""
SECONDS: Final = 4.5
"""What a question may take, body and all; an API server waits for five."""
_JSON: Final = "application/json"


class _RefusedError(Exception):
    """A request that is no question.

    Attributes:
        status: HTTP status.
        title: What that means, for people.
        fault: What is wrong.
    """

    def __init__(self, status: int, title: str, fault: Fault) -> None:
        """Say what is wrong."""
        self.status, self.title, self.fault = status, title, fault
        super().__init__(fault.message)


def admission_app(
    doorkeeper: Doorkeeper, *, tell: Callable[[str], None], drain: Drain | None = None
) -> Starlette:
    """Make the application.

    Args:
        doorkeeper: Who answers.
        tell: Takes a line about each answer, from any thread.
        drain: Says whether the server is about to end.
    """

    async def admit(request: Request) -> Response:
        try:
            async with asyncio.timeout(SECONDS):
                return await _admit(request, doorkeeper, tell)
        except _RefusedError as error:
            return _problem(error.status, error.title, error.fault)
        except TimeoutError:
            fault = Fault(ReviewError.code, f"it took more than {SECONDS} s to ask and to answer")
            return _problem(408, "Request Timeout", fault)

    async def live(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        if drain is not None and drain.begun:
            fault = Fault(UnavailableError.code, "this server is about to end")
            return _problem(503, "Service Unavailable", fault)
        try:
            async with asyncio.timeout(SECONDS):
                await run_in_threadpool(doorkeeper.check)
        except (WeighbridgeError, OSError, TimeoutError) as error:
            code = error.code if isinstance(error, WeighbridgeError) else BugError.code
            message = str(error) or f"it took more than {SECONDS} s to read the registry"
            return _problem(503, "Service Unavailable", Fault(code, message))
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            Route("/admit/{environment}", admit, methods=["POST"]),
            Route("/healthz", live, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _unknown, Exception: _broken},
    )


async def _admit(request: Request, doorkeeper: Doorkeeper, tell: Callable[[str], None]) -> Response:
    environment = request.path_params["environment"]
    if environment not in doorkeeper.environments:
        known = ", ".join(sorted(doorkeeper.environments))
        fault = Fault(
            NotFoundError.code,
            "this server does not answer for that environment",
            seen=environment[:80],
            wanted=known,
            help=("weighbridge serve --admission ENV",),
        )
        raise _RefusedError(404, "Not Found", fault)
    body = await _body(request)
    answer = await run_in_threadpool(_answer, doorkeeper, environment, body, tell)
    return Response(json.dumps(answer, separators=(",", ":")), media_type=_JSON)


def _answer(
    doorkeeper: Doorkeeper, environment: str, body: bytes, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Read a review strictly, and answer it.

    Raises:
        _RefusedError: It is none.
    """
    try:
        answer = doorkeeper.answer(environment, read_json(body, decimals=True))
    except NotCanonicalError as error:
        fault = Fault(ReviewError.code, "the body is no JSON that can be read", cause=str(error))
        raise _RefusedError(400, "Bad Request", fault) from error
    except NoReviewError as error:
        fault = Fault(ReviewError.code, str(error), seen=error.seen, wanted=error.wanted)
        raise _RefusedError(400, "Bad Request", fault) from error
    tell(f"{environment}: {told(answer)}")
    return response_json(answer)


async def _body(request: Request) -> bytes:
    """Read a body of JSON that is no larger than one may be.

    Raises:
        _RefusedError: It is larger, or of another type.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _JSON:
        fault = Fault(ReviewError.code, "the body is no JSON", seen=media_type[:80], wanted=_JSON)
        raise _RefusedError(415, "Unsupported Media Type", fault)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                wanted = f"at most {LARGEST:,} bytes"
                fault = Fault(ReviewError.code, "the body is too large", wanted=wanted)
                raise _RefusedError(413, "Content Too Large", fault)
    except ClientDisconnect as error:  # nobody reads the answer
        fault = Fault(ReviewError.code, "the body ends before its end")
        raise _RefusedError(400, "Bad Request", fault) from error
    return bytes(body)


def _problem(status: int, title: str, fault: Fault) -> Response:
    document = problem_json((fault,), status, title)
    headers = {"connection": "close"} if status in {408, 413} else None
    return Response(
        json.dumps(document, separators=(",", ":")),
        status_code=status,
        media_type=PROBLEM,
        headers=headers,
    )


async def _unknown(_request: Request, error: Exception) -> Response:
    """Answer what the routes do not know."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    title = error.detail if isinstance(error, HTTPException) else "Not Found"
    fault = Fault(NotFoundError.code, "there is no such page", wanted="POST /admit/ENVIRONMENT")
    return _problem(status, title, fault)


async def _broken(_request: Request, error: Exception) -> Response:
    """Answer for a bug of ours: an API server lets nothing in by it."""
    fault = Fault(BugError.code, f"weighbridge has a bug: {type(error).__name__}")
    return _problem(500, "Internal Server Error", fault)
