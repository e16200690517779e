"""How sure a measured value is: Wilson's interval, the bootstrap, and how many samples it takes.

The same samples always give the same bounds: the bootstrap draws from a generator of its own with
a fixed seed.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

_SEED: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1
_MOST: Final = 2_000
_LEAST: Final = 200
_DRAWS: Final = 2_000_000
"""Samples that are drawn in all: what bounds the time it takes."""

_FEW: Final = 30
"""Of fewer samples the bootstrap is far too sure: three that agree always agree."""

_SURE: Final = 0.95
_ALL: Final = 100.0
_NEARLY_ALL: Final = 99.0
"""No number of samples says anything of every request there will be: that many are asked."""


def wilson(hits: int, count: int, confidence: float) -> tuple[float, float]:
    """Bound a proportion from below and from above, each with the confidence given (Wilson, 1927).

    Args:
        hits: How often it was so.
        count: How often it could have been; more than none.
        confidence: That of one bound, less than 1.
    """
    z = NormalDist().inv_cdf(confidence) if confidence > 0 else -math.inf
    if math.isinf(z):
        return (hits / count, hits / count)
    share, square = hits / count, z * z / count
    centre = share + square / 2
    spread = z * math.sqrt(share * (1 - share) / count + square / (4 * count))
    low, high = (centre - spread) / (1 + square), (centre + spread) / (1 + square)
    return max(0.0, min(low, high)), min(1.0, max(low, high))


def bootstrap(
    samples: Sequence[T], measure: Callable[[Sequence[T]], float | None], confidence: float
) -> tuple[float, float] | None:
    """Bound any measure by drawing the samples again (Efron, 1979; percentile method).

    Args:
        samples: What was measured; not empty.
        measure: The measure; None where some samples have none.
        confidence: That of one bound.

    Returns:
        The lower and the upper bound, or None if there are too few samples to draw from, or too
        few draws had a measure.
    """
    count = len(samples)
    if count < _FEW:
        return None
    rounds = max(_LEAST, min(_MOST, _DRAWS // count))
    chance = _chance()
    found = []
    for _ in range(rounds):
        value = measure([samples[next(chance) * count >> 64] for _ in range(count)])
        if value is not None:
            found.append(value)
    if len(found) < rounds // 2:
        return None
    found.sort()
    cut = math.floor((1 - confidence) * len(found))
    return found[cut], found[-1 - cut]


def _chance() -> Iterator[int]:
    """Yield numbers of 64 bits that look like chance (SplitMix64; Steele, Lea, Flood, 2014)."""
    state = _SEED
    while True:
        state = (state + _SEED) & _MASK
        mixed = state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        yield mixed ^ (mixed >> 31)


def samples_for(percentile: float) -> int:
    """Count the samples of which the slowest is, with 95 %, no less than a percentile.

    With fewer, nobody can tell that a percentile was kept (Wilks, 1941).

    Args:
        percentile: In percent.
    """
    if percentile >= _ALL:
        return samples_for(_NEARLY_ALL)
    if percentile <= 0:
        return 1
    return math.ceil(math.log(1 - _SURE) / math.log(percentile / 100))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least so many percent do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def percentile_bound(values: Sequence[float], percent: float) -> float | None:
    """Bound a percentile from above with 95 % by an order statistic; None with too few samples."""
    share, count = percent / 100, len(values)
    # The place whose value is no less than the percentile, by the binomial's normal approximation.
    z = NormalDist().inv_cdf(_SURE)
    place = math.ceil(count * share + z * math.sqrt(count * share * (1 - share)))
    if count < max(1, samples_for(percent)):
        return None
    return sorted(values)[min(place, count - 1)]
