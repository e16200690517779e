from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.rebuilding import Factor
from weighbridge.usecases.replaying.bisecting import find_guilty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

FACTORS = tuple(Factor)


def searched(
    factors: tuple[Factor, ...], differs: Callable[[frozenset[Factor]], bool]
) -> tuple[tuple[Factor, ...], int]:
    """Answer until the search ends; return whom it found and how often it asked."""
    asking, asked = find_guilty(factors), 0
    try:
        group = next(asking)
        while True:
            asked += 1
            group = asking.send(differs(frozenset(group)))
    except StopIteration as end:
        return end.value, asked


@given(st.permutations(FACTORS), st.sets(st.sampled_from(FACTORS)), st.integers(0, len(FACTORS)))
def test_exactly_the_guilty_are_found(
    order: list[Factor], guilty: Collection[Factor], count: int
) -> None:
    factors = tuple(order[:count])
    found, _ = searched(factors, lambda group: not group.isdisjoint(guilty))
    assert found == tuple(one for one in factors if one in guilty)


def test_of_harmless_factors_one_group_is_asked_and_of_none_none() -> None:
    assert searched(FACTORS, lambda _: False) == ((), 1)
    assert searched((), lambda _: False) == ((), 0)


@given(st.sampled_from(FACTORS))
def test_one_guilty_factor_costs_a_logarithm(guilty: Factor) -> None:
    found, asked = searched(FACTORS, lambda group: guilty in group)
    assert found == (guilty,)
    assert asked <= 2 + math.ceil(math.log2(len(FACTORS)))


@given(st.sets(st.sampled_from(FACTORS), min_size=2, max_size=2))
def test_of_two_that_are_guilty_only_together_one_is_named(pair: set[Factor]) -> None:
    found, _ = searched(FACTORS, lambda group: pair <= group)
    assert len(found) == 1
    assert set(found) <= pair
