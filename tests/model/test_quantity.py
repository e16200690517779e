from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.authoring.fields import canonical_decimal
from weighbridge.model.quantity import Measure, amount, relative, written

MI = 1 << 20


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        ("size", 3_173_232, "3.2 MB"),
        ("size", 12, "12 B"),
        ("memory", "536870912", "512 MiB"),
        ("memory", "4294967296", "4 GiB"),
        ("memory", str(1536 * MI), "1.5 GiB"),
        ("memory", "1000", "1 kB"),
        ("memory", "1001", "1,001 B"),
        ("memory", "1000000000", "1 GB"),
        ("memory", "1000000001", "1,000,000,001 B"),
        ("memory", "0", "0 B"),
        ("memory", str(1 << 63), "8 EiB"),
        ("duration", "0.02s", "20 ms"),
        ("duration", "0.0205s", "20.5 ms"),
        ("duration", "1.5s", "1.5 s"),
        ("duration", "30s", "30 s"),
        ("duration", "300s", "5 min"),
        ("duration", "5400s", "90 min"),
        ("duration", "7200s", "2 h"),
        ("duration", "7776000s", "90 d"),
        ("duration", "0s", "0 s"),
        ("cpu", "500m", "0.5 CPU"),
        ("cpu", "2000m", "2 CPU"),
        ("cpu", "1m", "0.001 CPU"),
        ("decimal", "0.985", "0.985"),
        ("decimal", "-1e-40", "-1e-40"),
        ("count", 200, "200"),
        ("percent", 10, "10 %"),
        ("share", "25%", "25%"),
        ("share", 2, "2"),
    ],
)
def test_quantities_are_written_as_people_do(measure: str, value: object, text: str) -> None:
    assert written(measure, value) == text


@pytest.mark.parametrize("measure", [*get_args(Measure), "", "digest", "version"])
@pytest.mark.parametrize(
    "value", [None, True, [], {}, "", "TODO", "five", 1.5, "\u0661s", "1e9999"]
)
def test_what_is_no_quantity_is_none(measure: str, value: object) -> None:
    assert amount(measure, value) is None
    assert written(measure, value) is None


def test_text_is_no_integer_and_an_integer_no_text() -> None:
    assert [m for m in get_args(Measure) if amount(m, 1) is not None] == [
        "count",
        "percent",
        "share",
        "size",
    ]
    assert [m for m in get_args(Measure) if amount(m, "1") is not None] == ["decimal", "memory"]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("3.2", "4.1", "+28 %"),
        ("256", "512", "x2"),
        ("2", "5", "x2.5"),
        ("1", "1000000", "x1,000,000"),
        ("512", "256", "-50 %"),
        ("100", "101", "+1 %"),
        ("1000", "1001", "+0.1 %"),
        ("100000", "100001", "+<0.1 %"),
        ("100000", "99999", "-<0.1 %"),
        ("8", "9", "+12 %"),
        ("0.985", "0.98", "-0.5 %"),
        ("1000", "101", "-90 %"),
        ("1000", "100", "x1/10"),
        ("1000000", "1", "x1/1,000,000"),
        ("1", "1", ""),
        ("0", "1", ""),
        ("1", "0", ""),
        ("-1", "1", ""),
        ("-2", "-1", ""),
    ],
)
def test_a_difference_is_told_in_proportion(before: str, after: str, text: str) -> None:
    assert relative(Fraction(before), Fraction(after)) == text


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9
    )
)
def test_every_canonical_decimal_is_a_quantity(value: object) -> None:
    text = canonical_decimal(str(value))
    assert amount("decimal", text) == Fraction(str(value))
    assert written("decimal", text) == text


@given(st.integers(0, 1 << 64), st.integers(0, 1 << 64))
def test_what_is_exact_never_looks_the_same(one: int, other: int) -> None:
    for measure, text in (("memory", "{}"), ("cpu", "{}m"), ("duration", "{}s")):
        same = written(measure, text.format(one)) == written(measure, text.format(other))
        assert same == (one == other)


@given(st.fractions(min_value=Fraction(1, 10**9)), st.fractions(min_value=Fraction(1, 10**9)))
def test_growth_and_shrinkage_have_their_signs(one: Fraction, other: Fraction) -> None:
    text = relative(one, other)
    assert (text == "") == (one == other)
    if one < other:
        assert text[0] == "+" or (text[0] == "x" and "/" not in text)
    if one > other:
        assert text[0] == "-" or text.startswith("x1/")
