from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.rules.behaviour.intervals import (
    bootstrap,
    percentile,
    percentile_bound,
    samples_for,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        # Newcombe, 1998, table I, method 3: two sides of 95 % are one of 97.5 %.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_that_of_the_literature(
    hits: int, count: int, low: float, high: float
) -> None:
    assert wilson(hits, count, 0.975) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_more_confidence_never_makes_an_interval_narrower(case: tuple[int, int]) -> None:
    low, high = wilson(*case, 0.9)
    wider = wilson(*case, 0.99)
    assert 0 <= wider[0] <= low <= case[0] / case[1] + 1e-9 <= high + 2e-9 <= wider[1] + 3e-9
    assert wilson(*case, 0.0) == (case[0] / case[1],) * 2


def test_the_bootstrap_gives_the_same_bounds_every_time_and_covers_the_mean() -> None:
    samples = [float(index % 10) for index in range(200)]
    first = bootstrap(samples, mean, 0.95)
    assert first == bootstrap(samples, mean, 0.95)
    assert first is not None
    low, high = first
    # A standard error is 2.87 / √200, and 1.645 of them are 95 % on one side.
    assert low == pytest.approx(4.5 - 1.645 * 2.872 / math.sqrt(200), abs=0.05)
    assert high == pytest.approx(4.5 + 1.645 * 2.872 / math.sqrt(200), abs=0.05)


def test_of_few_samples_or_measures_that_fail_the_bootstrap_says_nothing() -> None:
    assert bootstrap([1.0] * 29, mean, 0.95) is None
    assert bootstrap([1.0] * 30, lambda _: None, 0.95) is None
    assert bootstrap([1.0] * 30, mean, 0.95) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("percent", "count"), [(50, 5), (95, 59), (99, 299), (99.9, 2995), (0, 1), (100, 299)]
)
def test_a_percentile_takes_as_many_samples_as_wilks_says(percent: float, count: int) -> None:
    assert samples_for(percent) == count


def test_a_percentile_is_bounded_from_above_by_one_of_the_samples() -> None:
    values = [float(one) for one in range(1, 1001)]
    assert percentile(values, 50) == 500
    assert percentile(values, 0) == 1
    bound = percentile_bound(values, 50)
    assert bound == 528  # 500 + 1.645 × √(1000 / 4), and one for the count from nought
    assert percentile_bound(values, 100) == 1000
    assert percentile_bound(values[:298], 99) is None
