from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.scalars import AmbiguousScalarError, read_plain

LARGEST = 2**53 - 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("-7", -7),
        ("0o17", 15),
        ("0x1f", 31),
        ("0xFF", 255),
        (str(LARGEST), LARGEST),
        (f"-{LARGEST}", -LARGEST),
    ],
)
def test_words_and_integers_are_those_of_yaml_1_2(text: str, value: int | None) -> None:
    read = read_plain(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text",
    ["1.10", "0.1", "-.5", "1.", "+1.5e-3", "1e3", "1E+3", "00.5", "0.0", "-0.0", "1e999999"],
)
def test_decimals_keep_every_digit(text: str) -> None:
    read = read_plain(text)
    assert isinstance(read, Decimal)
    assert read.as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    "text",
    # YAML 1.1 takes each of these for a boolean, a number in base 60, a date or another number.
    ["NO", "No", "no", "on", "ON", "off", "y", "Y", "n", "yes", "YES", "12:30:45", "190:20:30.15",
     "2026-11-22", "1_000", "0b101", "0o8", "0xg", "nULL", "tRUE", "None", "<<", "=", "-0x1f",
     "+0o17", ".", "-", "+", "..", "1.2.3", "1e", "e3", ".e3", "1e+", "--1", "٣", "½", "nan",
     "inf", "Infinity", "+.nan", "-.nan"],
)  # fmt: skip
def test_everything_else_is_text(text: str) -> None:
    assert read_plain(text) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("010", 'write 10, or "010" if it is text'),
        ("-007", 'write -7, or "-007" if it is text'),
        ("00", 'write 0, or "00" if it is text'),
        ("08", 'write 8, or "08" if it is text'),
        (".inf", "leave the key out, or give a finite number"),
        ("-.Inf", "leave the key out, or give a finite number"),
        (".NaN", "leave the key out, or give a finite number"),
        (str(2**53), "quote it if it is text"),
        (f"-{2**53}", "quote it if it is text"),
        ("0x20000000000000", "quote it if it is text"),
        ("9" * 100_000, "quote it if it is text"),
        ("0x" + "f" * 100_000, "quote it if it is text"),
        ("0." + "1" * 100_000, "quote it if it is text"),
        ("1e9999999999999999999", "quote it if it is text"),
        ("1e-9999999999999999999", "quote it if it is text"),
    ],
)
def test_what_has_no_single_exact_value_is_refused_with_advice(text: str, hint: str) -> None:
    with pytest.raises(AmbiguousScalarError) as raised:
        read_plain(text)
    assert raised.value.hint == hint
    assert str(raised.value).startswith("is ")


@given(st.integers(-LARGEST, LARGEST))
def test_an_integer_reads_as_itself(number: int) -> None:
    assert read_plain(str(number)) == number


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_reads_as_itself(number: Decimal) -> None:
    read = read_plain(f"{number:E}")
    assert isinstance(read, Decimal)
    assert read.as_tuple() == number.as_tuple()


@given(st.text(alphabet="+-.0123456789aefinoxINF:_", max_size=12))
def test_every_plain_text_is_read_or_refused(text: str) -> None:
    read, hint = _outcome(text)
    assert hint if read is None and text else not hint
    assert read == text or not isinstance(read, str)


def _outcome(text: str) -> tuple[object, str]:
    try:
        return read_plain(text), ""
    except AmbiguousScalarError as error:
        return None, error.hint
