"""Which factors break a build, in as few builds as can be: group tests and bisection.

All factors are changed at once. Where that makes no difference, as it mostly does, none of them
does. Where it does, the shortest beginning of the list that makes a difference is searched by
halves: its last factor is guilty, for without it there was none. Then the rest is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

T = TypeVar("T")


def find_guilty(factors: Sequence[T]) -> Generator[tuple[T, ...], bool, tuple[T, ...]]:
    """Ask which groups of factors make a difference, and return the guilty ones, in their order.

    Yields groups to be changed together; is sent whether that made a difference. For one guilty
    factor among n it asks at most 2 + log2(n) times, rounded up.

    Args:
        factors: The factors, those that are guilty most often first.
    """
    left, guilty = list(factors), []
    cleared = 0
    while left and (yield tuple(left)):
        # No difference up to `low`, one up to `high`: both were asked, or follow from it.
        low, high = cleared, len(left)
        while high - low > 1:
            middle = (low + high) // 2
            if (yield tuple(left[:middle])):
                high = middle
            else:
                low = middle
        guilty.append(left.pop(low))
        cleared = low
        if cleared == len(left):
            break
    return tuple(guilty)
