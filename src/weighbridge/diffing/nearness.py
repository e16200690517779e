"""Whether two numbers are near enough: exactly, whatever they were written as."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.model.release.build import Tolerance

_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,320}(?:\.[0-9]{1,320})?(?:[eE][+-]?[0-9]{1,3})?")
_SPECIAL: Final = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf}

Number = Fraction | float
"""A finite number, exactly; or a float that is infinite or NaN."""


@dataclass(frozen=True, slots=True)
class Near:
    """How near is near enough; within either of both suffices, and without both only equality."""

    absolute: Fraction | None = None
    relative: Fraction | None = None

    @classmethod
    def of(cls, tolerance: Tolerance | None) -> Near:
        """Read a tolerance of a manifest."""
        if tolerance is None:
            return cls()
        sides = (tolerance.absolute, tolerance.relative)
        return cls(*(None if side is None else Fraction(side) for side in sides))

    def holds(self, expected: Number, seen: Number) -> bool:
        """Tell whether a number is near enough; NaN is near NaN, an infinity near itself."""
        if isinstance(expected, float) or isinstance(seen, float):
            same = expected == seen
            return same or (expected != expected and seen != seen)  # noqa: PLR0124 - NaN
        apart = abs(expected - seen)
        if not apart or (self.absolute is not None and apart <= self.absolute):
            return True
        return self.relative is not None and apart <= self.relative * abs(expected)


def number(value: object) -> Number | None:
    """Read a number, or the text of one; None if it is none. A truth value is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, float):
        return Fraction(value) if math.isfinite(value) else value
    if isinstance(value, str):
        special = _SPECIAL.get(value.lower())
        if special is not None:
            return special
        return Fraction(value) if _DECIMAL.fullmatch(value) else None
    return None


def is_nan(value: Number) -> bool:
    """Tell whether a number is none."""
    return isinstance(value, float) and math.isnan(value)


def apart(expected: Number, seen: Number) -> tuple[float, float]:
    """Return how far two numbers are apart, absolutely and as a share of the first's size.

    Neither may be NaN. Both are infinite where only one number is; the share is, too, where the
    expected number is zero.
    """
    if expected == seen:
        return 0.0, 0.0
    if isinstance(expected, float) or isinstance(seen, float):
        return math.inf, math.inf
    distance = abs(expected - seen)
    share = distance / abs(expected) if expected else None
    return _rounded(distance), math.inf if share is None else _rounded(share)


def _rounded(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
