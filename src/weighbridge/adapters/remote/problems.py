"""What a server says is wrong, as the error it would be beside the registry (RFC 9457)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import (
    ConflictError,
    Fault,
    LoginError,
    NotFoundError,
    RequestError,
    TooMuchError,
    UnavailableError,
    class_of,
)

if TYPE_CHECKING:
    from weighbridge.model.errors import WeighbridgeError

_LONGEST: Final = 2_000
_MOST: Final = 100
_UNAUTHORIZED, _BROKEN = 401, 500
_BY_STATUS: Final[dict[int, type[WeighbridgeError]]] = {
    401: LoginError,
    403: LoginError,
    404: NotFoundError,
    409: ConflictError,
    413: TooMuchError,
    429: TooMuchError,
}


def error_of(status: int, data: bytes, *, address: str) -> WeighbridgeError:
    """Read what is wrong.

    Args:
        status: Status of the answer.
        data: Its body: a problem document, or what a proxy on the way said instead.
        address: The server.

    Returns:
        The error of the server's own code, or a general one for its status.
    """
    try:
        found = json.loads(data)
        faults = [_fault(one) for one in found["faults"][:_MOST]]
        code = _text(found, "code")
    except (ValueError, KeyError, TypeError, RecursionError):
        code, faults = "", []
    kind = class_of(code) if code else None
    if kind is None or kind.kind == "bug":
        # What broke there is no bug of ours here.
        general = RequestError if status < _BROKEN else UnavailableError
        kind = _BY_STATUS.get(status, general)
    if not faults:
        return _general(kind, status, address)
    if status == _UNAUTHORIZED:
        help_ = (f"weighbridge login {address}",)
        faults = [Fault(f.code, f.message, None, f.seen, f.wanted, f.cause, help_) for f in faults]
    return kind.from_faults(faults)


def _general(kind: type[WeighbridgeError], status: int, address: str) -> WeighbridgeError:
    help_ = [f"weighbridge login {address}"] if kind is LoginError else ["run it again later"]
    return kind(f"{address} refuses", seen=f"status {status}", help=help_)


def _fault(found: dict[str, Any]) -> Fault:
    help_ = found.get("help") or []
    return Fault(
        code=_text(found, "code"),
        message=_text(found, "message"),
        seen=_text(found, "seen"),
        wanted=_text(found, "wanted"),
        cause=_text(found, "cause"),
        help=tuple(_shown(str(one)) for one in help_[:_MOST]),
    )


def _text(found: dict[str, Any], name: str) -> str:
    return _shown(str(found.get(name) or ""))


def _shown(text: str) -> str:
    """Leave out what would move a terminal's cursor."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text[:_LONGEST])
