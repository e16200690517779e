"""What may be handed to the engine: plain JSON, and of that only what it reads exactly.

Measured with cel-expr-python 0.1.3: text is cut at U+0000 (what follows is not seen), integers
beyond 63 bits become another type, NaN is unequal to everything, keys that are not text vanish.
"""

from __future__ import annotations

from math import isfinite
from typing import Final

MAX_NESTING: Final = 64
MAX_INTEGER: Final = 2**63 - 1


def why_not_plain(value: object) -> str:
    """Say what keeps a value from being handed over; nothing if nothing does."""
    level = [value]
    for _ in range(MAX_NESTING):
        below: list[object] = []
        for member in level:
            if why := _why_not(member):
                return why
            if isinstance(member, dict):
                below += member
                below += member.values()
            elif isinstance(member, list):
                below += member
        if not below:
            return ""
        level = below
    return f"it is nested deeper than {MAX_NESTING} levels"


def _why_not(member: object) -> str:
    why = ""
    match member:
        case str():
            why = _why_not_text(member)
        case int() if not -MAX_INTEGER - 1 <= member <= MAX_INTEGER:
            why = "it holds an integer of more than 64 bits"
        case float() if not isfinite(member):
            why = "it holds a number that is not finite"
        case dict() if not all(isinstance(key, str) for key in member):
            why = "it holds a key that is not text"
        case None | int() | float() | list() | dict():
            pass
        case _:
            why = f"it holds a {type(member).__name__}, which JSON does not have"
    return why


def _why_not_text(text: str) -> str:
    if "\0" in text:
        return "it holds text with the character U+0000"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "it holds text that is not Unicode"
    return ""
