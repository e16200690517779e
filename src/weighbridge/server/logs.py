"""Logs: one line for each thing that happened, as JSON for machines or as text for people.

Nothing of a request stands in them that lets somebody in: no header, no query, no body. What
somebody else wrote is made harmless to look at, and what looks like a secret is taken out.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

Format = Literal["json", "text"]
LOG: Final = logging.getLogger("weighbridge.server.requests")
_SECRETS: Final = re.compile(
    r"(?P<url>[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@/]*(?=@)"
    r"|(?P<word>\b(?:password|passwd|secret|code|state|token|ticket)=)[^\s&'\"]+"
    r"|(?P<scheme>\b(?:bearer|basic)\s+)[^\s'\",]+"
    r"|\bwb[a-z]_[A-Za-z0-9_-]{8,}",
    re.IGNORECASE,
)
_LONGEST: Final = 2_000
_LEVELS: Final = {
    "weighbridge.server": logging.INFO,
    "uvicorn": logging.WARNING,
    "opentelemetry": logging.ERROR,  # not each try of each batch
}
_JSON: Final = json.JSONEncoder(separators=(",", ":"), default=str)


def redacted(text: str) -> str:
    """Return a text without what looks like a secret."""
    if not ("=" in text or "_" in text or "://" in text or len(text.split(None, 1)) > 1):
        return text  # each of those patterns has one of these in it: most paths have none

    def replace(match: re.Match[str]) -> str:
        return (match["url"] or match["word"] or match["scheme"] or "") + "[redacted]"

    return _SECRETS.sub(replace, text)


def fields_of(scope: Scope, status: int, seconds: float) -> dict[str, Any]:
    """Return what is said of a request that was answered."""
    state = scope["state"]
    identity = state.get("identity")
    trace = state.get("trace_id")
    return {
        **({"trace_id": trace} if trace else {}),
        "request": state.get("request_id", ""),
        "method": scope["method"][:20],
        "route": state.get("template", "unknown"),
        "path": redacted(scope["path"][:_LONGEST]),
        "status": status,
        "milliseconds": round(seconds * 1_000, 1),
        "person": identity.person if identity else "",
        "credential": identity.credential if identity else "",
        "client": scope["client"][0] if scope.get("client") else "",
        "received": state.get("taken", 0),
        "sent": state.get("sent", 0),
    }


def log_request(scope: Scope, status: int, seconds: float) -> None:
    """Say that a request was answered."""
    if LOG.isEnabledFor(logging.INFO):
        # As LOG.info does it, but that nobody looks through the stack for who says so.
        more = {"fields": fields_of(scope, status, seconds)}
        LOG.handle(LOG.makeRecord(LOG.name, logging.INFO, "", 0, "answered", (), None, None, more))


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object on one line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        written = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "message": redacted(record.getMessage())[:_LONGEST],
            "logger": record.name,
            **_fields(record),
        }
        if trace := _trace(record):
            written["trace"] = trace
        return _JSON.encode(written)


class TextLines(logging.Formatter):
    """Writes a record for people, a trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        fields = _fields(record)
        message = redacted(record.getMessage())[:_LONGEST]
        more = " ".join(f"{name}={value}" for name, value in fields.items() if value != "")
        line = visible(f"{_time(record)} {record.levelname.lower()} {message} {more}".rstrip())
        return "\n".join([line, *(f"  {visible(one)}" for one in _trace(record).splitlines())])


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(record, "fields", {})
    return found


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    return redacted("".join(traceback.format_exception(record.exc_info[1]))).rstrip()


def begin_logging(form: Format | None = None) -> None:
    """Have everything the server says go to stderr; a terminal gets text, unless told otherwise."""
    # No line says which thread or process it is of, and to find that out costs every request.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    chosen = form or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if chosen == "json" else TextLines())
    for name, level in _LEVELS.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
