from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.rules.behaviour.golden import Allowed, mismatches
from weighbridge.rules.behaviour.values import rows, shown


def wrong(expected: Any, seen: Any, **allowed: Any) -> list[str]:  # noqa: ANN401 - plain values
    found = mismatches({"y": expected}, {"y": seen}, Allowed(**allowed))
    return [one.message for one in found]


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        (3, 3),
        (3, 3.0),
        ("0.5", 0.5),
        ("pdf", "pdf"),
        (True, True),
        ([["0.25", "0.75"]], [[0.25, 0.75]]),
        ([{"cat": "0.5"}], [{"cat": 0.5}]),
        ([], []),
    ],
)
def test_without_a_tolerance_an_answer_is_the_same_or_wrong(expected: Any, seen: Any) -> None:  # noqa: ANN401 - plain values
    assert wrong(expected, seen) == []


@pytest.mark.parametrize(
    ("expected", "seen", "message"),
    [
        (3, 4, "y is off by 1"),
        ("0.5", 0.5000001, "y is off by 1e-07"),
        ("pdf", "png", "y is off"),
        (1, True, "y is off"),
        (3, "3", "y is off"),
        ("pdf", 3, "y is off"),
        (3, None, "y is off"),
        ([1, 2], [1], "y has another shape"),
        ([1, 2], 1, "y has another shape"),
        ({"a": 1}, {"b": 1}, "y has another shape"),
        ([1, 2, 3], [1, 4, 9], "y[2] is off by 6; 2 of 3 values are"),
    ],
)
def test_what_differs_is_told_with_its_place(
    expected: Any,  # noqa: ANN401 - plain values
    seen: Any,  # noqa: ANN401 - plain values
    message: str,
) -> None:
    assert wrong(expected, seen) == [message]


def test_an_output_that_is_not_there_is_wrong_and_one_nobody_expects_is_not() -> None:
    (found,) = mismatches({"y": 1}, {"z": 1}, Allowed())
    assert (found.message, found.seen, found.wanted) == ("there is no output y", "z", "y")
    assert list(mismatches({"y": 1}, {"y": 1, "z": 2}, Allowed())) == []


def test_within_either_tolerance_is_near_enough() -> None:
    assert wrong("100", 100.5, absolute=1.0) == []
    assert wrong("100", 101.0, relative=0.01) == []
    assert wrong("100", 101.0, absolute=0.1, relative=0.01) == []
    (found,) = mismatches({"y": "100"}, {"y": 102.0}, Allowed(absolute=1.0, relative=0.01))
    assert found.wanted == "100 ±1 or ±1 %"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("allowed", [{"absolute": math.inf}, {"rank": 1}, {"flips": 1.0}])
def test_nothing_is_near_to_what_is_no_number(value: float, allowed: dict[str, Any]) -> None:
    assert wrong([["0.5", "0.25"]], [[0.5, value]], **allowed) == ["y[0][1] is no number"]


def test_the_highest_scores_keep_their_order_whatever_the_numbers_are() -> None:
    expected = [["0.1", "0.7", "0.2"], ["0.5", "0.3", "0.2"]]
    assert wrong(expected, [[0.2, 0.5, 0.3], [0.9, 0.1, 0.0]], rank=2) == []
    (found,) = mismatches({"y": expected}, {"y": [[0.4, 0.5, 0.1], [1, 0, 0]]}, Allowed(rank=2))
    assert found.message == "the 2 highest scores of row 0 of y are in another order"
    assert (found.seen, found.wanted) == ("[1, 0]", "[1, 2]")
    assert wrong(["cat", "dog"], ["cat", "dog"], rank=1)  # words have no order


def test_some_labels_may_flip_and_no_more() -> None:
    expected = [["0.1", "0.9"], ["0.9", "0.1"], ["0.2", "0.8"], ["0.3", "0.7"]]
    seen = [[0.6, 0.4], [0.8, 0.2], [0.1, 0.9], [0.0, 1.0]]
    assert wrong(expected, seen, flips=0.25) == []
    (found,) = mismatches({"y": expected}, {"y": seen}, Allowed(flips=0.2))
    assert (found.message, found.seen) == ("labels of y flipped", "1 of 4")
    assert wrong([1, 0, 1], [1, 1, 1], flips=0.5) == []
    assert wrong(["cat", "dog"], ["dog", "cat"], flips=0.5) == ["labels of y flipped"]
    assert wrong([["0.1", "0.9"]], [["a", "b"]], flips=0.5) == ["labels of y flipped"]
    assert wrong([], [], flips=1.0) == ["labels of y flipped"]


def test_numbers_are_compared_beside_rank_only_if_a_tolerance_is_given() -> None:
    assert wrong([["0.9", "0.1"]], [[0.6, 0.4]], rank=1) == []
    assert len(wrong([["0.9", "0.1"]], [[0.6, 0.4]], rank=1, absolute=0.01)) == 1


def test_a_long_value_is_cut_for_people() -> None:
    assert shown("x" * 200) == "x" * 80 + "…"
    assert list(rows(3)) == [[3]]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.floats(0, 10),
)
def test_an_answer_is_right_exactly_if_every_number_is_within_the_tolerance(
    values: list[float], margin: float
) -> None:
    seen = [value + margin * (-1) ** index for index, value in enumerate(values)]
    within = all(abs(there - here) <= margin for there, here in zip(values, seen, strict=True))
    assert (wrong([repr(one) for one in values], seen, absolute=margin) == []) == within


@given(st.integers(10**400, 10**401))
def test_a_number_too_large_for_anybody_is_no_bug(value: int) -> None:
    assert wrong(1, value)
