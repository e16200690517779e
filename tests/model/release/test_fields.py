from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from weighbridge.model.authoring.fields import (
    DecimalText,
    Duration,
    Share,
    Timestamp,
    canonical_decimal,
)

DIGITS = st.integers(-(10**34) + 1, 10**34 - 1)
DURATION: TypeAdapter[str] = TypeAdapter(Duration)
TIMESTAMP: TypeAdapter[str] = TypeAdapter(Timestamp)
SECONDS = {
    "ms": Fraction(1, 1000),
    **{unit: Fraction(60) ** power for power, unit in enumerate("smh")},
    "d": Fraction(86_400),
    "w": Fraction(604_800),
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1", "1"), (1, "1"), (Decimal("1.0"), "1"), ("01.50", "1.5"), ("+.5", "0.5"), ("5.", "5"),
        ("-0", "0"), (Decimal("-0.000"), "0"), ("0e9999", "0"), ("-2.50", "-2.5"),
        ("1e3", "1000"), ("12E-3", "0.012"), ("1e33", "1" + "0" * 33), ("1e34", "1e34"),
        ("120e33", "12e34"), ("1e-34", "0." + "0" * 33 + "1"), ("1e-35", "1e-35"),
        ("1e308", "1e308"), ("-1e-308", "-1e-308"), ("0.1e309", "1e308"),
        ("9" * 34, "9" * 34), ("9" * 34 + "000", "9" * 34 + "e3"),
        ("0" * 5_000 + "1", "1"), ("1" + "0" * 308, "1e308"), ("0." + "0" * 307 + "1", "1e-308"),
    ],
)  # fmt: skip
def test_a_decimal_has_one_text(value: Decimal | int | str, text: str) -> None:
    assert canonical_decimal(value) == text


@pytest.mark.parametrize(
    "value",
    ["", " 1", "1 ", "1,5", "1_000", "0x1", "NaN", "Infinity", "inf", "-", ".", "e1", "1e", "٣",
     "1e99999",
     "1e309", "1e-309", "10e308", "1" + "0" * 309, "1" * 35, "1." + "1" * 34, Decimal("NaN"),
     Decimal("-Infinity"), Decimal("sNaN"), Decimal("1e999999"), 10**34 + 1],
)  # fmt: skip
def test_what_is_no_decimal_of_that_size_is_refused(value: Decimal | int | str) -> None:
    with pytest.raises(PydanticCustomError) as raised:
        canonical_decimal(value)
    context = raised.value.context
    assert context is not None
    assert context["wanted"] == "a decimal of at most 34 digits, exponent within ±308"


@given(DIGITS, st.integers(-300, 270))
def test_a_canonical_decimal_is_the_number_it_came_from(digits: int, exponent: int) -> None:
    text = canonical_decimal(f"{digits}e{exponent}")
    assert Fraction(text) == Fraction(f"{digits}e{exponent}")
    assert canonical_decimal(text) == text
    assert len(text) <= 40


@given(DIGITS, st.integers(-200, 200), st.integers(0, 40), st.booleans())
def test_equal_numbers_have_equal_texts(
    digits: int,
    exponent: int,
    zeros: int,
    plain: bool,  # noqa: FBT001 - drawn
) -> None:
    other = Decimal(f"{digits}{'0' * zeros}e{exponent - zeros}")
    assert canonical_decimal(format(other, "f") if plain else other) == canonical_decimal(
        f"{digits}e{exponent}"
    )


@given(DIGITS, DIGITS, st.integers(-40, 40))
def test_other_numbers_have_other_texts(left: int, right: int, exponent: int) -> None:
    assume(left != right)
    assert canonical_decimal(f"{left}e{exponent}") != canonical_decimal(f"{right}e{exponent}")


@given(st.decimals(0, 10**12, allow_nan=False, places=6), st.sampled_from(sorted(SECONDS)))
def test_a_duration_is_its_seconds(amount: Decimal, unit: str) -> None:
    text = DURATION.validate_python(f"{amount:f}{unit}")
    assert Fraction(text.removesuffix("s")) == Fraction(amount) * SECONDS[unit]
    assert DURATION.validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    ["1.2345678901234567890123456789012345678s", "0." + "0" * 40 + "1s", "9" * 40 + "d",
     "1.2345678901234567890123456789012345678ms", "-1s", "1", "s", "1 s", "1S", "1y", "٣s",
     5, None],
)  # fmt: skip
def test_a_duration_is_never_rounded(text: object) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(text)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22t10:00:00z", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00.120+01:00", "2026-11-22T09:00:00.12Z"),
        ("2026-01-01T00:00:00.000001+14:00", "2025-12-31T10:00:00.000001Z"),
        ("2026-11-22T10:00:00-00:00", "2026-11-22T10:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("0999-12-31T23:00:00-02:00", "1000-01-01T01:00:00Z"),
    ],
)
def test_times_are_brought_to_utc(text: str, utc: str) -> None:
    assert TIMESTAMP.validate_python(text) == utc
    assert TIMESTAMP.validate_python(utc) == utc


@pytest.mark.parametrize(
    "text",
    ["2026-11-22", "2026-11-22 10:00:00Z", "2026-11-22T10:00:00", "2026-11-22T10:00Z",
     "20261122T100000Z",
     "2026-02-30T10:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T10:00:60Z", "2026-W47-7T10:00:00Z",
     "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-11-22T10:00:00.1234567Z",
     "2026-11-22T10:00:00+24:00", "٢٠٢٦-11-22T10:00:00Z", 12, None],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TIMESTAMP.validate_python(text)


def test_a_decimal_field_takes_numbers_and_their_text() -> None:
    decimal: TypeAdapter[str] = TypeAdapter(DecimalText)
    assert [decimal.validate_python(value) for value in (1, "1.0", Decimal("1e0"))] == ["1"] * 3
    refused: tuple[object, ...] = (True, 0.5, None, [], "x")
    for value in refused:
        with pytest.raises(ValidationError):
            decimal.validate_python(value)


def test_a_share_is_a_count_or_a_percentage() -> None:
    share: TypeAdapter[int | str] = TypeAdapter(Share)
    assert [share.validate_python(value) for value in (0, 7, "0%", "100%")] == [0, 7, "0%", "100%"]
    for value in (True, -1, "7", "101%", "07%", "%", "1.5%", None, 0.5):
        with pytest.raises(ValidationError):
            share.validate_python(value)
