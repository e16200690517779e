"""What a server asks of whoever asks it: `WWW-Authenticate` (RFC 9110, section 11)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST = 8192
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - that of the grammar
_PART = re.compile(
    rf'\s*,?\s*(?:(?P<name>{_TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))'
    rf"|(?P<scheme>{_TOKEN})(?=\s|,|$))"
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to say who one is.

    Attributes:
        scheme: `basic`, `bearer` or another, in small letters.
        parameters: What is said of it, by name in small letters.
    """

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Read all challenges of an answer; what cannot be read ends the reading of its header."""
    found: list[Challenge] = []
    for header in headers:
        found += _read(header[:_LONGEST])
    return found


def _read(header: str) -> list[Challenge]:
    schemes: list[tuple[str, dict[str, str]]] = []
    at = 0
    while match := _PART.match(header, at):
        at = match.end()
        if match["scheme"]:
            schemes.append((match["scheme"].lower(), {}))
        elif schemes:
            quoted = match["quoted"]
            value = match["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            schemes[-1][1].setdefault(match["name"].lower(), value)
    return [Challenge(scheme, parameters) for scheme, parameters in schemes]
