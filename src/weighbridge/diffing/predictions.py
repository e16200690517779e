"""What two models answer to the same inputs, held against one another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from weighbridge.diffing.nearness import Near, apart, is_nan, number
from weighbridge.diffing.ranking import kendall
from weighbridge.model.agreement import Agreement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.diffing.nearness import Number
    from weighbridge.model.release.build import Tolerance

    Shape = tuple[int, ...]


_DEEPEST: Final = 32
"""Dimensions of an answer that is compared."""


class _ShapeError(Exception):
    """Lists that stand beside one another have different shapes, or are nested too deeply."""


def judge_predictions(
    expected: object, seen: object, *, tolerance: Tolerance | None = None
) -> Agreement:
    """Compare the answers of two models.

    Args:
        expected: Numbers, texts of numbers, labels or lists of them, nested as deep as the answer
            has dimensions; the outermost list has a row an input.
        seen: The same of the other model.
        tolerance: How far numbers may be off; labels and truth values must be equal.

    Returns:
        Who is within, and by how much not. Shapes are compared first: of different ones no value
        is. NaN is as expected only where NaN was expected, and that is said.
    """
    try:
        old, new = _shape(expected), _shape(seen)
    except _ShapeError as error:
        return Agreement(within=False, why=str(error))
    if old != new:
        return Agreement(within=False, why=f"the shape is {_told(new)} and not {_told(old)}")
    left, right = [*_flat(expected)], [*_flat(seen)]
    counted = _Count(Near.of(tolerance), old)
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        counted.add(index, one, other)
    flips, rows = _flips(left, right, old)
    return Agreement(
        within=not counted.beyond,
        why=counted.why,
        compared=len(left),
        beyond=counted.beyond,
        first=counted.first,
        largest_absolute=counted.absolute,
        largest_relative=counted.relative,
        not_numbers=counted.not_numbers,
        flips=flips,
        rows=rows,
        ranking=_ranking(left, right),
    )


class _Count:
    """Values compared so far."""

    def __init__(self, near: Near, shape: Shape) -> None:
        self._near = near
        self._shape = shape
        self.beyond = 0
        self.first: Shape = ()
        self.why = ""
        self.absolute = 0.0
        self.relative = 0.0
        self.not_numbers = 0

    def add(self, index: int, expected: object, seen: object) -> None:
        """Compare two values."""
        old, new = number(expected), number(seen)
        if old is None or new is None:
            if type(expected) is not type(seen) or expected != seen:
                self._miss(index, f"it is {seen!r} and not {expected!r}")
            return
        if is_nan(old) or is_nan(new):
            self.not_numbers += is_nan(old) and is_nan(new)
        else:
            distance, share = apart(old, new)
            self.absolute = max(self.absolute, distance)
            self.relative = max(self.relative, share)
        if not self._near.holds(old, new):
            self._miss(index, f"it is {seen} and not {expected}")

    def _miss(self, index: int, why: str) -> None:
        if not self.beyond:
            self.first, self.why = _place(index, self._shape), why
        self.beyond += 1


def _shape(value: object, depth: int = _DEEPEST) -> Shape:
    if not isinstance(value, list | tuple):
        return ()
    if not depth:
        raise _ShapeError(f"it has more than {_DEEPEST} dimensions")
    inner = {_shape(part, depth - 1) for part in value}
    if len(inner) > 1:
        raise _ShapeError("rows have different lengths")
    return (len(value), *(inner.pop() if inner else ()))


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _place(index: int, shape: Shape) -> Shape:
    place: list[int] = []
    for size in reversed(shape):
        index, at = divmod(index, size)
        place.append(at)
    return tuple(reversed(place))


def _told(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _flips(left: Sequence[object], right: Sequence[object], shape: Shape) -> tuple[int, int]:
    """Count rows with another label: the value itself, or the largest of a row of scores."""
    width = 1 if len(shape) < 2 else shape[-1]  # noqa: PLR2004 - rows of scores
    if not width or (width == 1 and not all(map(_is_label, left))):
        return 0, 0
    rows = range(0, len(left), width)
    flips = sum(_label(left[at : at + width]) != _label(right[at : at + width]) for at in rows)
    return flips, len(rows)


def _is_label(value: object) -> bool:
    return isinstance(value, bool | int) or (isinstance(value, str) and number(value) is None)


def _label(row: Sequence[object]) -> object:
    if len(row) == 1:
        return row[0]
    scores = [_order(number(value)) for value in row]
    return scores.index(max(scores))


def _order(value: Number | None) -> Number:
    """Return where a score stands; what is no number stands below all."""
    return -math.inf if value is None or is_nan(value) else value


def _ranking(left: Sequence[object], right: Sequence[object]) -> float | None:
    pairs = [(number(one), number(other)) for one, other in zip(left, right, strict=True)]
    known = [
        (one, other)
        for one, other in pairs
        if one is not None and other is not None and not is_nan(one) and not is_nan(other)
    ]
    return kendall(known) if len(known) == len(pairs) else None
