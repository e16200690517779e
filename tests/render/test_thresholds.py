from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.condition import read_condition
from weighbridge.render.thresholds import Bounds, ThresholdError, bounds, plain, threshold

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
numbers = st.one_of(
    st.sampled_from([0.0, 0.01, 0.05, 0.5, 1.0, 2.0, 100.0]),
    st.integers(-1000, 1000).map(lambda n: n / 8),
)
operators = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def written(number: float) -> str:
    return format(Decimal(repr(number)), "f")


comparisons = st.one_of(
    st.builds(lambda op, n: f"value {op} {written(n)}", operators, numbers),
    st.builds(lambda op, n: f"{written(n)} {op} value", operators, numbers),
    st.builds(
        lambda ns: f"value in [{', '.join(map(written, ns))}]",
        st.lists(numbers, min_size=1, max_size=3),
    ),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(
            lambda a, op, b: f"({a}) {op} ({b})", inner, st.sampled_from(["&&", "||"]), inner
        ),
        inner.map(lambda one: f"!({one})"),
    ),
    max_leaves=6,
)
values = st.one_of(numbers, finite)


def holds(text: str, value: float) -> bool:
    return read_condition(text, ("value",)).holds({"value": Decimal(repr(value))})


def controller(text: str, value: float) -> bool:
    """Judge as expr-lang does: doubles, && before ||."""
    python = text.replace("&&", "and").replace("||", "or")
    return bool(eval(python, {"__builtins__": {}}, {"v": value}))  # noqa: S307 - our own words


@given(conditions, values)
def test_a_controller_judges_every_value_as_the_manifest_does(text: str, value: float) -> None:
    assert controller(threshold(text).written("v"), value) == holds(text, value)


@given(conditions, values)
def test_the_negated_condition_is_true_where_the_condition_is_not(text: str, value: float) -> None:
    assert controller(threshold(text).negated().written("v"), value) != holds(text, value)


@given(st.lists(conditions, min_size=1, max_size=3), values)
def test_bounds_hold_exactly_the_values_that_all_conditions_accept(
    texts: list[str], value: float
) -> None:
    try:
        found = bounds(*map(threshold, texts))
    except ThresholdError:
        return
    inside = (found.least is None or value >= found.least) and (
        found.most is None or value <= found.most
    )
    assert inside == all(holds(text, value) for text in texts)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["value <= 0.05"], Bounds(None, 0.05)),
        (["value < 0.01"], Bounds(None, math.nextafter(0.01, 0))),
        (["value > 1", "value <= 2"], Bounds(math.nextafter(1, 2), 2)),
        (["value == 3"], Bounds(3, 3)),
        (["value in [3]"], Bounds(3, 3)),
        (["!(value > 2 || value < 1)"], Bounds(1, 2)),
        (["value < 5 && value < 4", "value >= 0", "value > -1"], Bounds(0, math.nextafter(4, 0))),
    ],
)
def test_a_range_is_read_from_its_conditions(texts: list[str], expected: Bounds) -> None:
    found = bounds(*map(threshold, texts))
    assert (found.least, found.most) == (expected.least, expected.most) or found == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("value < 1 || value > 5", "more than one range"),
        ("value != 3", "all values but one"),
        ("value > 5 && value < 1", "true of no value"),
    ],
)
def test_what_is_no_range_is_refused_with_what_would_do(text: str, words: str) -> None:
    with pytest.raises(ThresholdError, match=words) as caught:
        bounds(threshold(text))
    assert caught.value.alternatives


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("value * 2 < 1", "calculates with `value`"),
        ("1 < 2", "calculates with `value`"),
        ("value < value", "something else than a number"),
        ("value < value + 1", "hangs on"),
        ('value == "text"', "a text or a truth"),
        ("value == true", "a text or a truth"),
        ("value == (1 < 2)", "something else than a number"),
        ("value", "more than comparisons"),
        ("true", "more than comparisons"),
        ("value in []", "more than comparisons"),
        ("1 in [value]", "more than comparisons"),
        ("value < 1 / 3", "round"),
        ("value < 0.12345678901234567890", "round"),
        ("value < 1e400", "round"),
        ("value <", "cannot be read"),
        ("values < 1", "cannot be read"),
        ("value < 1 / 0", "cannot be read"),
    ],
)
def test_what_no_controller_judges_alike_is_refused(text: str, words: str) -> None:
    with pytest.raises(ThresholdError, match=words):
        threshold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value < 1e-7", "v < 0.0000001"),
        ("value < 1 / 4", "v < 0.25"),
        ("value > -0.5", "v > -0.5"),
        ("5 >= value", "v <= 5"),
        ("value < 1 && (value > 0 || value == -1)", "v < 1 && (v > 0 || v == -1)"),
    ],
)
def test_conditions_are_written_in_plain_digits(text: str, expected: str) -> None:
    assert threshold(text).written("v") == expected


def test_a_negative_zero_is_written_as_zero() -> None:
    assert plain(-0.0) == "0"
