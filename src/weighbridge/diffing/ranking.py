"""How far two rankings agree: Kendall's tau-b, by Knight's algorithm (JASA 61, 1966)."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from weighbridge.diffing.nearness import Number


def kendall(pairs: Sequence[tuple[Number, Number]]) -> float | None:
    """Return tau-b of pairs of values, from -1 (turned round) to 1 (the same order).

    Returns:
        None if one side has no order: fewer than two values, or all of them equal.
    """
    count = len(pairs)
    every = count * (count - 1) // 2
    ties_left = _ties(left for left, _ in pairs)
    ties_right = _ties(right for _, right in pairs)
    if every in (ties_left, ties_right):
        return None
    ordered = sorted(pairs)
    ties_both = _ties(ordered)
    swaps, _ = _sorted([right for _, right in ordered])
    agreeing = every - ties_left - ties_right + ties_both - 2 * swaps
    return agreeing / math.sqrt((every - ties_left) * (every - ties_right))


def _ties(values: Iterable[Hashable]) -> int:
    """Count the pairs of equal values."""
    return sum(count * (count - 1) // 2 for count in Counter(values).values())


def _sorted(values: list[Number]) -> tuple[int, list[Number]]:
    """Sort values, and count how many neighbours have to change places."""
    if len(values) < 2:  # noqa: PLR2004 - nothing to sort
        return 0, values
    half = len(values) // 2
    before, left = _sorted(values[:half])
    behind, right = _sorted(values[half:])
    swaps, at, merged = before + behind, 0, []
    for value in right:
        while at < len(left) and left[at] <= value:
            merged.append(left[at])
            at += 1
        swaps += len(left) - at
        merged.append(value)
    return swaps, merged + left[at:]
