"""How far apart two stretches of numbers are, in bounded memory.

Every difference is taken in double precision: exact for what has half the digits, rounded once for
doubles and for integers beyond 2⁵³.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from operator import ne, sub, truediv
from typing import TYPE_CHECKING, Final

from weighbridge.model.replay import NumberDifference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.formats.comparing.number_types import NumberType

_CODES: Final = {
    ("float", 4): "f",
    ("float", 8): "d",
    ("signed", 1): "b",
    ("signed", 2): "h",
    ("signed", 4): "i",
    ("signed", 8): "q",
    ("unsigned", 1): "B",
    ("unsigned", 2): "H",
    ("unsigned", 4): "I",
    ("unsigned", 8): "Q",
}
_STEP: Final = 64 << 10
"""Bytes compared at once; every type's elements fill it without a rest."""


class Measuring:
    """Two tensors while they are compared, a piece after the other."""

    def __init__(self, kind: NumberType | None) -> None:
        """Begin with no difference.

        Args:
            kind: What the elements are; None if they are no numbers: then bytes are counted.
        """
        self._kind = kind
        self._item = 1 if kind is None else kind.item
        self._elements = 0
        self._differing = 0
        self._lost = 0
        self._absolute = 0.0
        self._relative = 0.0

    def add(self, before: bytes, after: bytes) -> None:
        """Compare two pieces of the same length, which end where an element does."""
        for start in range(0, len(before), _STEP):
            old, new = before[start : start + _STEP], after[start : start + _STEP]
            self._elements += len(old) // self._item
            if old != new:
                self._compare(old, new)

    def result(self) -> NumberDifference:
        """Return how far apart they are."""
        numbers = self._kind is not None
        return NumberDifference(
            elements=self._elements,
            differing=self._differing,
            largest_absolute=self._absolute if numbers else None,
            largest_relative=self._relative if numbers else None,
            lost=self._lost,
        )

    def _compare(self, old: bytes, new: bytes) -> None:
        kind = self._kind
        if kind is None:
            self._differing += sum(map(ne, old, new))
            return
        self._differing += _differing(old, new, kind)
        unpack = _unpacker(kind)
        left, right = unpack(old), unpack(new)
        if not self._weigh_all(left, right):
            for first, second in zip(left, right, strict=True):
                self._weigh(first, second)

    def _weigh_all(self, left: Sequence[float], right: Sequence[float]) -> bool:
        """Weigh many at once; false if there are zeros, infinities or NaN to be looked at."""
        if 0 in left:
            return False
        distances = [*map(abs, map(sub, left, right))]
        if not math.isfinite(sum(distances)):
            return False
        self._absolute = max(self._absolute, float(max(distances)))
        self._relative = max(self._relative, *map(truediv, distances, map(abs, left)))
        return True

    def _weigh(self, first: float, second: float) -> None:
        if first == second:
            return
        if math.isnan(first) or math.isnan(second):
            self._lost += math.isnan(first) is not math.isnan(second)
            return
        apart = abs(first - second)
        share = apart / abs(first) if first and not math.isinf(apart) else math.inf
        self._absolute = max(self._absolute, float(apart))
        self._relative = max(self._relative, share)


def _differing(old: bytes, new: bytes, kind: NumberType) -> int:
    """Count the elements whose bytes differ."""
    if kind.parts == 1:
        code = _CODES["unsigned", kind.width]
        return sum(map(ne, array(code, old), array(code, new)))
    item = kind.item
    return sum(old[at : at + item] != new[at : at + item] for at in range(0, len(old), item))


def _unpacker(kind: NumberType) -> Callable[[bytes], Sequence[float]]:
    if kind.kind == "brain-float":
        return _brain_floats
    if (kind.kind, kind.width) == ("float", 2):
        order = ">" if kind.big else "<"
        return lambda raw: struct.unpack(f"{order}{len(raw) // 2}e", raw)
    return lambda raw: _numbers(_CODES[kind.kind, kind.width], raw, big=kind.big)


def _numbers(code: str, raw: bytes, *, big: bool) -> array[float]:
    found: array[float] = array(code, raw)
    if big is (sys.byteorder == "little"):
        found.byteswap()
    return found


def _brain_floats(raw: bytes) -> Sequence[float]:
    """Read bfloat16, which is the upper half of a single."""
    wide = bytearray(2 * len(raw))
    wide[2::4], wide[3::4] = raw[::2], raw[1::2]
    return _numbers("f", bytes(wide), big=False)
