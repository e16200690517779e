"""Answers: documents, stored bytes that never change, and what is wrong with a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from weighbridge.model.errors import BugError, Fault, LoginError, RequestError, TooMuchError
from weighbridge.report.problem import PROBLEM, problem_of, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from weighbridge.model.errors import WeighbridgeError


IMMUTABLE: Final = "private, max-age=31536000, immutable"
"""Bytes by digest stay what they are; who may read them is for the cache of who asked alone."""
VOLATILE: Final = "no-store"
JSON: Final = "application/json"
METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""
_AGAIN: Final = 1
"""Seconds after which it is worth asking again."""


class RefusedError(HTTPException):
    """A request that is refused before anything is done: its status is not its error's own.

    It is an HTTPException, since the framework lets those alone pass through its reading of bodies.

    Attributes:
        fault: What is wrong.
    """

    def __init__(self, status: int, fault: Fault) -> None:
        """Say what is wrong."""
        super().__init__(status, fault.message)
        self.fault = fault


def refused(status: int, message: str, **more: Any) -> RefusedError:  # noqa: ANN401 - fields of a fault
    """Return what refuses a request, with the fields of a fault."""
    code = TooMuchError.code if status in {413, 429} else RequestError.code
    return RefusedError(status, Fault(code, message, **more))


def document(value: Mapping[str, Any], *, status: int = 200, **headers: str) -> Response:
    """Answer with a document of a moment."""
    data = orjson.dumps(value)
    return Response(data, status, {"cache-control": VOLATILE, **headers}, JSON)


def stored(request: Request, data: bytes, *, etag: str, media_type: str) -> Response:
    """Answer with bytes that never change.

    Args:
        request: Who has them already names them (If-None-Match).
        data: The bytes.
        etag: What they are told apart by: their digest.
        media_type: What they are.
    """
    quoted = f'"{etag}"'
    headers = {"etag": quoted, "cache-control": IMMUTABLE}
    known = request.headers.get("if-none-match")
    if known is not None and (known == "*" or quoted in known):
        return Response(status_code=304, headers=headers)
    return Response(data, 200, headers, media_type)


def problem(
    faults: Sequence[Fault], status: int, *, instance: str, headers: Mapping[str, str] = {}
) -> Response:
    """Answer that something is wrong."""
    more = {"cache-control": VOLATILE, **headers}
    if status == 401:  # noqa: PLR2004 - RFC 9110
        more["www-authenticate"] = "Bearer"
    if status in {429, 503}:
        more.setdefault("retry-after", str(_AGAIN))
    body = json.dumps(problem_of(faults, status, instance=instance), separators=(",", ":"))
    return Response(body, status, more, PROBLEM)


def answer_error(error: WeighbridgeError, *, instance: str) -> Response:
    """Answer with an error, told as everywhere."""
    return problem(error.faults, status_of(error), instance=instance)


def answer_refused(error: RefusedError, *, instance: str) -> Response:
    """Answer who is refused."""
    status = error.status_code
    return problem([error.fault], status, instance=instance, headers=closing(status))


def closing(status: int) -> Mapping[str, str]:
    """Return the headers of a refusal: what of a body still comes is not read."""
    return {"connection": "close"} if status in {408, 413} else {}


def nobody() -> LoginError:
    """Return the error that a request came without a credential."""
    return LoginError(
        "this is for who has logged in",
        wanted="Authorization: Bearer TOKEN",
        help=["weighbridge login", "or weighbridge token new"],
    )


def bug(error: BaseException) -> Fault:
    """Say that it is a fault of ours; nothing of its text leaves the server."""
    return Fault(BugError.code, f"weighbridge has a bug: {type(error).__name__}")
