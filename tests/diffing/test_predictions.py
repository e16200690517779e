"""Answers of two models: shapes first, exactly, and NaN is never near a number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.diffing.predictions import judge_predictions
from weighbridge.model.release.build import Tolerance

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = math.nan
VALUES = st.floats(width=32)
LISTS = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3), max_leaves=8)


def near(absolute: str | None = None, relative: str | None = None) -> Tolerance:
    return Tolerance(absolute=absolute, relative=relative)


@given(st.lists(VALUES, max_size=9))
def test_what_is_equal_is_within_without_a_tolerance(values: list[float]) -> None:
    found = judge_predictions(values, list(values))
    assert found.within
    assert found.not_numbers == sum(map(math.isnan, values))
    assert (found.beyond, found.largest_absolute, found.why) == (0, 0.0, "")


@pytest.mark.parametrize(
    ("expected", "seen", "tolerance", "within"),
    [
        (1.0, 1.0 + 1e-9, None, False),
        ("0.1", "0.10", None, True),
        ("0.1", 0.1, None, False),
        ("0.1", "0.2", near("0.1"), True),
        ("0.1", "0.2000001", near("0.1"), False),
        ("100", "101", near(relative="0.01"), True),
        ("100", "101.1", near(relative="0.01"), False),
        ("100", "101.1", near("1.1", "0.01"), True),
        (0, 1e-9, near(relative="0.5"), False),
        (NAN, NAN, near("1"), True),
        (NAN, 1.0, near("1"), False),
        (1.0, NAN, near("1"), False),
        (math.inf, math.inf, None, True),
        (math.inf, -math.inf, near("1"), False),
        (math.inf, 1e308, near("1", "1"), False),
        ("cat", "cat", None, True),
        ("cat", "dog", near("9"), False),
        ("1", "cat", near("9"), False),
        (True, True, None, True),
        (True, 1, near("9"), False),
        (None, None, None, True),
        (None, 0, near("9"), False),
    ],
)
def test_one_value_against_another(
    expected: object, seen: object, tolerance: Tolerance | None, *, within: bool
) -> None:
    assert judge_predictions(expected, seen, tolerance=tolerance).within is within


@pytest.mark.parametrize(
    ("expected", "seen", "why"),
    [
        ([1, 2], [1, 2, 3], "the shape is [3] and not [2]"),
        ([[1], [2]], [1, 2], "the shape is [2] and not [2, 1]"),
        ([[1], [2, 3]], [[1], [2, 3]], "rows have different lengths"),
        (1, [1], "the shape is [1] and not []"),
        ([], [[]], "the shape is [1, 0] and not [0]"),
    ],
)
def test_shapes_are_compared_first(expected: object, seen: object, why: str) -> None:
    found = judge_predictions(expected, seen, tolerance=near("99"))
    assert (found.within, found.why, found.compared) == (False, why, 0)


def test_an_answer_nested_without_end_is_refused() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    assert "dimensions" in judge_predictions(deep, 1).why


def test_the_first_value_that_is_off_is_told_by_its_place() -> None:
    found = judge_predictions([[1, 2], [3, 4]], [[1, 2], [5, 8]], tolerance=near("1"))
    assert (found.beyond, found.first, found.why) == (2, (1, 0), "it is 5 and not 3")
    assert (found.largest_absolute, found.largest_relative) == (4.0, 1.0)


def test_labels_that_flip_are_counted_by_row() -> None:
    scores = judge_predictions([[0.9, 0.1], [0.4, 0.6]], [[0.8, 0.2], [0.55, 0.45]])
    assert (scores.flips, scores.rows) == (1, 2)
    labels = judge_predictions(["cat", "dog", "dog"], ["cat", "cat", "dog"])
    assert (labels.flips, labels.rows) == (1, 3)
    assert judge_predictions([0.5, 0.25], [0.5, 0.5]).rows == 0


def test_a_score_that_is_no_number_is_never_the_likeliest() -> None:
    assert judge_predictions([[NAN, 0.1]], [[0.0, 0.1]]).flips == 0


def test_the_ranking_is_one_if_the_order_is_kept_and_less_if_not() -> None:
    assert judge_predictions([1, 2, 3], [10, 20, 30]).ranking == 1.0
    assert judge_predictions([1, 2, 3], [30, 20, 10]).ranking == -1.0
    assert judge_predictions([1, 1], [2, 3]).ranking is None
    assert judge_predictions([1, NAN], [1, NAN]).ranking is None


def _slow(pairs: list[tuple[int, int]]) -> float | None:
    """Count pair by pair, as the definition has it."""
    total, left, right = 0, 0, 0
    for index, (a, b) in enumerate(pairs):
        for c, d in pairs[:index]:
            total += ((a > c) - (a < c)) * ((b > d) - (b < d))
            left += a != c
            right += b != d
    return total / math.sqrt(left * right) if left and right else None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=25))
def test_the_ranking_is_kendalls(pairs: list[tuple[int, int]]) -> None:
    found = judge_predictions([a for a, _ in pairs], [b for _, b in pairs]).ranking
    wanted = _slow(pairs)
    assert (found is None) is (wanted is None)
    assert found is None or wanted is None or math.isclose(found, wanted, abs_tol=1e-12)


@given(LISTS, LISTS, st.sampled_from([None, "0.5", "1e-3"]))
def test_a_wider_tolerance_never_refuses_what_a_narrower_allows(
    one: object, other: object, absolute: str | None
) -> None:
    narrow = judge_predictions(one, other, tolerance=near(absolute))
    wide = judge_predictions(one, other, tolerance=near("1"))
    assert wide.within or not narrow.within


@pytest.mark.parametrize("turn", [list, tuple])
def test_lists_and_tuples_are_the_same(turn: Callable[[list[int]], object]) -> None:
    assert judge_predictions([1, 2], turn([1, 2])).within
