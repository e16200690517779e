"""Errors over HTTP: problem documents (RFC 9457), with the codes and hints of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import (
    BoundError,
    ConflictError,
    LoginError,
    NotAllowedError,
    NotFoundError,
    OwnerlessError,
    TooMuchError,
    UnprovenError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.errors import Fault, WeighbridgeError

PROBLEM: Final = "application/problem+json"
TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_CLASSES: Final = (
    (NotFoundError, 404),
    (BoundError, 409),
    (ConflictError, 409),
    (OwnerlessError, 409),
    (LoginError, 401),
    (NotAllowedError, 403),
    (UnprovenError, 422),
    (TooMuchError, 429),
)
_KINDS: Final = {"usage": 400, "failed": 422, "unavailable": 503, "forbidden": 403, "bug": 500}


def status_of(error: WeighbridgeError) -> int:
    """Return the HTTP status (RFC 9110) an error is answered with."""
    found = (status for kind, status in _CLASSES if isinstance(error, kind))
    return next(found, _KINDS[error.kind])


def problem_of(faults: Sequence[Fault], status: int, *, instance: str = "") -> dict[str, Any]:
    """Write faults as a problem document.

    Args:
        faults: What is wrong, at least one.
        status: The status of the answer.
        instance: What names the request in the server's log.
    """
    first = faults[0]
    return {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": first.message,
        "instance": instance,
        "code": first.code,
        "faults": [fault_json(fault) for fault in faults],
    }


def fault_json(fault: Fault) -> dict[str, Any]:
    """Write one fault as plain values."""
    return {
        "code": fault.code,
        "message": fault.message,
        "seen": fault.seen,
        "wanted": fault.wanted,
        "cause": fault.cause,
        "help": list(fault.help),
    }
