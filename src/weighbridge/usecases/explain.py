"""`explain`: what a code means, or where a value of the manifest comes from."""

from __future__ import annotations

import difflib
import inspect
import re
from typing import TYPE_CHECKING

from weighbridge.codec.describing import describe
from weighbridge.codec.edits import find
from weighbridge.codec.faults import DOCUMENT_FAULTS
from weighbridge.model import errors
from weighbridge.model.errors import UsageError, WeighbridgeError
from weighbridge.rules.catalogue import RULES, rule
from weighbridge.usecases.references import find_authored

if TYPE_CHECKING:
    from pathlib import Path

_CODE = re.compile(r"[A-Za-z]{2,3}\d{3}")


def explain(subject: str, *, manifest: str | None, start: Path) -> str:
    """Explain a code or a value.

    Raises:
        UsageError: There is no such code, or no such value.
    """
    if _CODE.fullmatch(subject):
        return explain_code(subject.upper())
    named, _ = find_authored(manifest, start=start)
    at = find(named.document, subject)
    place = named.document.places.get(at)
    if place is None:
        known = sorted(path.removeprefix("/").replace("/", ".") for path in named.document.places)
        close = difflib.get_close_matches(subject, known, n=3)
        help_ = [f"did you mean {', '.join(close)}?"] if close else []
        raise UsageError(f"the manifest has no {subject}", help=help_)
    lines = [
        f"{subject} = {named.document.source_text(at).strip()}",
        f"  from  {named.document.location(at)}",
    ]
    meaning = describe(at)
    return "\n".join([*lines, f"  is    {meaning}"] if meaning else lines) + "\n"


def explain_code(code: str) -> str:
    """Explain a rule or an error.

    Raises:
        UsageError: There is no such code.
    """
    found = rule(code)
    if found is not None:
        text = inspect.cleandoc(found.text)
        return f"{found.code} {found.name} ({found.severity.value})\n\n{text}\n"
    known = {**{error.code: _said(error) for error in _error_classes()}, **DOCUMENT_FAULTS}
    if code in known:
        return f"{code}\n\n{known[code]}\n"
    every = [*known, *(entry.code for entry in RULES)]
    close = difflib.get_close_matches(code, every, n=3)
    help_ = [f"did you mean {', '.join(close)}?"] if close else ["weighbridge rules list"]
    raise UsageError(f"there is no rule or error {code}", help=help_)


def _error_classes() -> list[type[WeighbridgeError]]:
    found = [member for member in vars(errors).values() if inspect.isclass(member)]
    return [error for error in found if issubclass(error, WeighbridgeError)]


def _said(error: type[WeighbridgeError]) -> str:
    return inspect.cleandoc(error.__doc__ or "")
