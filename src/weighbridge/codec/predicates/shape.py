"""Shapes of plain values, put together from small ones, and where a value has another.

A record is closed or open, as its standard has it: an open one may hold members nobody has named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Mapping

Way = tuple[str | int, ...]
Shape = Callable[[Any, Way], None]
"""Takes a value and the way to it; raises `ShapeError` where it has another shape."""

_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,12})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class ShapeError(ValueError):
    """A value has another shape than it should; the message says where."""

    def __init__(self, message: str, way: Way) -> None:
        """Say what is wrong, and where."""
        super().__init__(f"{pointer(*way) or '/'} {message}")


def record(
    required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None, *, closed: bool
) -> Shape:
    """Shape a mapping.

    Args:
        required: Members that must be there.
        optional: Members that may be; null stands for one that is not.
        closed: Whether any other member is a fault.
    """
    more = optional or {}

    def check(value: Any, way: Way) -> None:
        if not isinstance(value, dict):
            raise ShapeError("is not a mapping", way)
        for name, shape in required.items():
            if name not in value:
                raise ShapeError(f"has no member {name}", way)
            shape(value[name], (*way, name))
        for name, shape in more.items():
            if value.get(name) is not None:
                shape(value[name], (*way, name))
        if closed and (unknown := sorted(value.keys() - required.keys() - more.keys())):
            raise ShapeError(f"has a member nobody knows: {unknown[0][:80]}", way)

    return check


def list_of(shape: Shape, *, least: int = 0) -> Shape:
    """Shape a list by its members."""

    def check(value: Any, way: Way) -> None:
        if not isinstance(value, list):
            raise ShapeError("is not a list", way)
        if len(value) < least:
            raise ShapeError(f"has fewer than {least} members", way)
        for index, one in enumerate(value):
            shape(one, (*way, index))

    return check


def map_of(shape: Shape) -> Shape:
    """Shape a mapping whose keys are free by its values."""

    def check(value: Any, way: Way) -> None:
        if not isinstance(value, dict):
            raise ShapeError("is not a mapping", way)
        for name, one in value.items():
            shape(one, (*way, name))

    return check


def one_of(*words: str) -> Shape:
    """Shape a text that is one of some words."""

    def check(value: Any, way: Way) -> None:
        if not isinstance(value, str) or value not in words:
            raise ShapeError(f"is not {' or '.join(words)}", way)

    return check


def either(first: Shape, second: Shape) -> Shape:
    """Shape a value that may have one of two; what is wrong is told of the second."""

    def check(value: Any, way: Way) -> None:
        try:
            first(value, way)
        except ShapeError:
            second(value, way)

    return check


def _matching(pattern: re.Pattern[str], what: str) -> Shape:
    def check(value: Any, way: Way) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ShapeError(f"is not {what}", way)

    return check


def time(value: Any, way: Way) -> None:
    """Take a time (RFC 3339) that there is; a leap second is none."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ShapeError("is not a time (RFC 3339)", way)
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ShapeError("is not a time there is", way) from error


def matching(pattern: str, what: str) -> Shape:
    """Shape a text that matches a pattern whole."""
    return _matching(re.compile(pattern, re.ASCII), what)


def _typed(kind: type | tuple[type, ...], what: str) -> Shape:
    def check(value: Any, way: Way) -> None:
        # True is an integer to Python, and to nobody else.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ShapeError(f"is not {what}", way)

    return check


def any_value(value: Any, way: Way) -> None:
    """Take whatever there is."""


text: Final = _typed(str, "a text")
word: Final = _matching(re.compile(r"[^\x00-\x1f]*\S[^\x00-\x1f]*"), "a text with something in it")
integer: Final = _typed(int, "an integer")
number: Final = _typed((int, float), "a number")
boolean: Final = _typed(bool, "true or false")
mapping: Final = _typed(dict, "a mapping")
uri: Final = _matching(_URI, "a URI")
digest: Final = _matching(_DIGEST, "a sha256 digest")
