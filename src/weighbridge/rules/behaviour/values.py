"""Answers as plain values: their shape, their numbers, and where one is in them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECIMAL: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
_SHOWN: Final = 80

Place = tuple[int | str, ...]
"""The way to a value: indices of lists and keys of mappings, outermost first."""


def number(value: object) -> float | None:
    """Read a number as a manifest writes it, a decimal in quotes; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _float(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    return None


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def leaves(value: object, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield every value that is no list and no mapping, with the way to it."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from leaves(one, (*place, index))
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from leaves(value[key], (*place, key))
    else:
        yield place, value


def rows(value: object) -> Iterator[list[Any]]:
    """Yield the innermost lists, in order; a value that is no list is a row of one."""
    if not isinstance(value, list):
        yield [value]
    elif any(isinstance(one, list) for one in value):
        for one in value:
            yield from rows(one)
    else:
        yield value


def highest(row: list[Any], count: int) -> list[int] | None:
    """Return the places of the highest scores of a row, the highest first; None without scores.

    Of equal scores the first counts for more.
    """
    scores = [number(one) for one in row]
    if any(one is None or math.isnan(one) for one in scores):
        return None
    order = sorted(range(len(row)), key=lambda index: (-(scores[index] or 0.0), index))
    return order[:count]


def written(place: Place) -> str:
    """Write a place as a program would: `[0][3]`."""
    return "".join(f"[{one}]" for one in place)


def shown(value: object) -> str:
    """Write a value for people, cut where it is long."""
    text = f"{value:.9g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
