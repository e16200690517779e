"""The two sides of a change on one line: short, and never so short that they look the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from weighbridge.model.quantity import written
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from weighbridge.model.change import Change, Type, Value

_DIGEST = re.compile(r"\b((?:sha256|sha384|sha512|blake3):[0-9a-f]{12})[0-9a-f]{20,}")
_LONGEST = 72
"""Characters of a value shown on a line."""
_CONTEXT = 12
"""Characters shown before the place where two long values part."""
_PLAIN = re.compile(r"[\w./:@+-]+(?: [\w./:@+-]+)*")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_WORDS = frozenset({"true", "false", "null"})


def sides(change: Change) -> tuple[str, str]:
    """Write before and after; the one that is not there is empty."""
    left, right = _told(change.type, change.before), _told(change.type, change.after)
    if change.kind == "added":
        return "", shortened(right)
    if change.kind == "removed":
        return shortened(left), ""
    if left == right:
        # Rounded alike, and yet not the same.
        left, right = _whole(change.before), _whole(change.after)
    return apart(left, right)


def apart(left: str, right: str) -> tuple[str, str]:
    """Shorten two texts; where they would look the same, show where they part."""
    if shortened(left) != shortened(right):
        return shortened(left), shortened(right)
    start = max(_agreed(left, right) - _CONTEXT, 0)
    return f"…{clipped(left[start:])}", f"…{clipped(right[start:])}"


def shortened(text: str) -> str:
    """Cut digests and what is too long for a line."""
    return clipped(in_brief(text))


def in_brief(text: str) -> str:
    """Cut digests to what people compare."""
    return _DIGEST.sub(r"\1…", text)


def clipped(text: str) -> str:
    """Cut what is too long for a line."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _told(kind: Type, value: Value) -> str:
    """Write a value as what it is: a quantity in its unit, text bare where its field says what."""
    quantity = written(kind, value) if kind else None
    if quantity is not None:
        return quantity
    if kind and isinstance(value, str) and _PLAIN.fullmatch(value):
        return visible(value)
    return _whole(value)


def _whole(value: Value) -> str:
    """Write a value as data, text bare where that is clear."""
    bare = isinstance(value, str) and _PLAIN.fullmatch(value) and not _NUMBER.fullmatch(value)
    if bare and value not in _WORDS:
        return visible(str(value))
    return visible(json.dumps(value, ensure_ascii=False))


def _agreed(left: str, right: str) -> int:
    """Count the characters both texts start with."""
    pairs = zip(left, right, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))
