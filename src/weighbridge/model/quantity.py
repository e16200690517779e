"""Quantities of a manifest: what they amount to, and how people write them.

Canonical forms are exact and few, and not what anybody reads with ease: 4294967296 bytes, 0.02s.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from weighbridge.model.wording import human_size

if TYPE_CHECKING:
    from collections.abc import Mapping

Measure = Literal["count", "cpu", "decimal", "duration", "memory", "percent", "share", "size"]
"""Kinds of quantities: whole numbers, processor time, decimals, durations, memory, percent, pods
or percent of them, sizes of files."""

_TEXTS: Mapping[Measure, re.Pattern[str]] = {
    "cpu": re.compile(r"(\d{1,20})m", re.ASCII),
    "decimal": re.compile(r"(-?\d{1,320}(?:\.\d{1,320})?(?:e-?\d{1,3})?)", re.ASCII),
    "duration": re.compile(r"(\d{1,320}(?:\.\d{1,320})?)s", re.ASCII),
    "memory": re.compile(r"(\d{1,20})", re.ASCII),
    "share": re.compile(r"(\d{1,3})%", re.ASCII),
}
"""The canonical form of those that are texts."""

_INTEGERS = frozenset({"count", "percent", "share", "size"})
_DURATIONS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_MEMORY = (
    (1024, ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")),
    (1000, ("kB", "MB", "GB", "TB", "PB", "EB")),
)
_MILLI = 1000
_THRESHOLD = 2
"""Growth from which on it is told as a factor."""
_SHRINKAGE = 10
"""The same of shrinkage, which percents tell well for longer."""


def amount(measure: str, value: object) -> Fraction | None:
    """Read a quantity in canonical form, or None if it is not one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value) if measure in _INTEGERS else None
    pattern = next((found for name, found in _TEXTS.items() if name == measure), None)
    match = pattern.fullmatch(value) if pattern is not None and isinstance(value, str) else None
    return Fraction(match[1]) if match is not None else None


def written(measure: str, value: object) -> str | None:
    """Write a quantity as people do, or None if it is not one. Sizes are rounded, no other is."""
    found = amount(measure, value)
    if found is None:
        return None
    if measure == "size":
        return human_size(int(found))
    if measure == "memory":
        return _memory(int(found))
    if measure == "duration":
        return _duration(found)
    if measure == "cpu":
        return f"{_plain(found / _MILLI)} CPU"
    return f"{value} %" if measure == "percent" else str(value)


def relative(before: Fraction, after: Fraction) -> str:
    """Say how far the second is from the first: `+28 %`, `-50 %`, `x2`, `x1/12`; or nothing.

    Only of positive numbers: half of nothing and a third of a debt tell nobody anything.
    """
    if before <= 0 or after <= 0 or before == after:
        return ""
    ratio = after / before
    if ratio >= _THRESHOLD:
        return f"x{_rounded(ratio)}"
    if 1 / ratio >= _SHRINKAGE:
        return f"x1/{_rounded(1 / ratio)}"
    share = (ratio - 1) * 100
    sign, size = ("-", -share) if share < 0 else ("+", share)
    return f"{sign}{_rounded(size)} %" if size >= Fraction(1, 20) else f"{sign}<0.1 %"


def _rounded(number: Fraction) -> str:
    """Write a positive number, one place below ten and none above."""
    tenths = round(number * 10)
    if tenths % 10 and tenths < 100:  # noqa: PLR2004 - ten, in tenths
        return f"{tenths // 10}.{tenths % 10}"
    return f"{round(number):,}"


def _duration(seconds: Fraction) -> str:
    """Write a duration exactly, in the largest unit that needs no fraction."""
    if 0 < seconds < 1:
        return f"{_plain(seconds * _MILLI)} ms"
    units = ((unit, length) for unit, length in _DURATIONS if seconds and seconds % length == 0)
    unit, length = next(units, ("s", 1))
    return f"{_plain(seconds / length)} {unit}"


def _memory(size: int) -> str:
    """Write memory exactly, in the largest unit that needs no more than two places."""
    for step, units in _MEMORY:
        for power, unit in enumerate(units, 1):
            number = Fraction(size, step**power)
            if 1 <= number < step and number * 100 % 1 == 0:
                return f"{_plain(number)} {unit}"
    return f"{size:,} B"


def _plain(number: Fraction) -> str:
    """Write a number that decimals can write, without an exponent."""
    whole, rest = divmod(number, 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)
