from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from weighbridge.model.condition import MAX_LENGTH, ConditionError, read_condition
from weighbridge.model.condition.grammar import MAX_DEPTH
from weighbridge.model.condition.words import MAX_WORDS

KNOWN = ("value", "max_concurrency", "mode", "ready")


def holds(text: str, **values: Decimal | Fraction | int | str | bool) -> bool:
    return read_condition(text).holds(values)


def fault(text: str) -> ConditionError:
    with pytest.raises(ConditionError) as raised:
        read_condition(text, KNOWN)
    return raised.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("value < 0.01", Decimal("0.009999999999999999999999999999999")),
        ("value >= 1 && value <= 64", 64),
        ("value % 8 == 0", 32),
        ("value % 8 == -3", -11),
        ("value * 3 == 0.3", Decimal("0.1")),
        ("value / 3 * 3 == value", Decimal("0.1")),
        ("7 / 2 == 3.5 && value == 0", 0),
        ("value == .5e1", 5),
        ("value - 1 - 1 == 0", 2),
        ("value + 2 * 3 == 7", 1),
        ("(value + 2) * 3 == 9", 1),
        ("-value < 0 && - -value > 0", 1),
        ("!(value < 0)", 0),
        ("value == 1 || value == 2 && false", 1),
        ("value in [1, 2, 4]", Fraction(4)),
        ("!(value in [])", 4),
        ("value in [-1, 2 * 2]", 4),
        ("value != 1", Decimal("1.0000000000000000000000000000000000001")),
        ('value == "a\\"b\\\\"', 'a"b\\'),
        ("value == 'it\\'s' || value >= 'a'", "b"),
        ("value", True),
        ("value == true", True),
        ("value != false", True),
        ("value\n<\t5", 4),
    ],
)
def test_what_holds(text: str, value: Decimal | Fraction | int | str | bool) -> None:  # noqa: FBT001
    assert holds(text, value=value) is True
    assert holds(f"!({text})", value=value) is False


def test_a_decimal_is_compared_to_its_last_digit() -> None:
    assert holds("value < 0.3", value=Decimal("0.1") + Decimal("0.2")) is False
    assert holds("value > 0.1", value=Decimal("0.10000000000000000000000001")) is True


def test_other_names_take_part() -> None:
    condition = read_condition("value <= max_concurrency", KNOWN)

    assert condition.names == {"value", "max_concurrency"}
    assert condition.holds({"value": 4, "max_concurrency": 4, "mode": "unasked"}) is True
    assert condition.holds({"value": 5, "max_concurrency": 4}) is False


def test_the_numbers_it_mentions_are_known() -> None:
    condition = read_condition("value < 0.5 || value > 5e-1 && value in [3, -1]")

    assert condition.numbers == (Fraction(1, 2), Fraction(1), Fraction(3))


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("value < 1", {}, "`value` has no value"),
        ("true || value < 1", {}, "`value` has no value"),
        ("value < 1", {"value": Decimal("NaN")}, "`value` is NaN, no finite number"),
        ("value < 1", {"value": Decimal("Infinity")}, "`value` is Infinity, no finite number"),
        (
            "value < 1",
            {"value": Decimal("1e401")},
            "`value` is 1E+401, too far from 1 to be compared exactly",
        ),
        ("value < 1", {"value": "1"}, "compares a text with a number"),
        ("value == 1", {"value": True}, "compares true or false with a number"),
        ("value < other", {"value": True, "other": True}, "asks by `<` which of two truths is"),
        ("value in [1, other]", {"value": 1, "other": "1"}, "compares a number with a text"),
        ("value + 1 > 0", {"value": "1"}, "`+` takes numbers, not a text"),
        ("-value < 0", {"value": "1"}, "`-` takes numbers, not a text"),
        ("!value", {"value": 1}, "`!` takes true or false, not a number"),
        ("value && true", {"value": 1}, "`&&` takes true or false, not a number"),
        ("false || value", {"value": 1}, "`||` takes true or false, not a number"),
        ("1 / value > 0", {"value": 0}, "divides by zero"),
        ("1 % value > 0", {"value": 0}, "divides by zero"),
        ("value % 2 == 0", {"value": Decimal("1.5")}, "takes `%` of a number that is not whole"),
        ("value", {"value": 1}, "gives no true or false"),
    ],
)
def test_what_cannot_be_told_is_an_error(
    text: str, values: dict[str, Decimal | Fraction | int | str | bool], message: str
) -> None:
    with pytest.raises(ConditionError, match=r"^") as raised:
        read_condition(text).holds(values)
    assert raised.value.message.startswith(message)


def test_a_list_is_no_value() -> None:
    with pytest.raises(ConditionError, match="neither a number nor a text"):
        read_condition("value == 1").holds({"value": [1]})  # type: ignore[dict-item]


def test_what_is_not_needed_is_not_asked() -> None:
    assert holds("value == 0 || 1 / value > 0", value=0) is True
    assert holds("value != 0 && 1 / value > 0", value=0) is False


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("valeu < 1", 1, "speaks of `valeu`, which is not a value here", "did you mean `value`?"),
        (
            "1 < zzz",
            5,
            "speaks of `zzz`, which",
            "values here: max_concurrency, mode, ready, value",
        ),
        ("value = 1", 7, "cannot be read at `=`", "did you mean `==`?"),
        ("value ≤ 1", 7, "cannot be read at `≤`", "did you mean `<=`?"),
        ("value < 1\x01", 10, "cannot be read at `U+0001`", ""),
        ("value and ready", 7, "has `and` where an operator", "did you mean `&&`?"),
        ("ready && not ready", 10, "speaks of `not`, which is", "did you mean `!`?"),
        ("0 < value < 1", 11, "compares the answer of a comparison", "join two comparisons: `0"),
        ("value < 1 in [2]", 11, "compares the answer of a comparison", "join two comparisons: `0"),
        ("value <", 8, "ends where a value should be", ""),
        ("(value < 1", 11, "ends where `)` should be", ""),
        ("value < 1)", 10, "has `)` where an operator should be", ""),
        ("value in 3", 10, "has `3` where a list such as `[1, 2]` should be", ""),
        ("value in [1 2]", 13, "has `2` where `,` or `]` should be", ""),
        ("value in [1, 'a']", 10, "compares a number with a text", ""),
        ("value + 1", 1, "is a number, no condition", "compare it: `value < 10`"),
        ("'text'", 1, "is a text, no condition", "compare it: `value < 10`"),
        ("1 + 'a' > 0", 3, "`+` takes numbers, not a text", ""),
        ("!1 == 0", 1, "`!` takes true or false, not a number", ""),
        ("1 && ready", 3, "`&&` takes true or false, not a number", ""),
        ("value < true", 7, "`<` takes numbers or texts, not true or false", ""),
        ("1 == 'a'", 3, "compares a number with a text", ""),
        ("size(value) > 1", 1, "calls `size`, and conditions have no functions", ""),
        ("null == value", 1, "uses the word `null` of CEL as a name", ""),
        ("0x10 < value", 1, "holds `0x10`, which is no number", ""),
        ("value < 1u", 9, "holds `1u`, which is no number", ""),
        ("value < 1.2.3", 9, "holds `1.2.3`, which is no number", ""),
        ("value.size < 1", 6, "cannot be read at `.`", ""),
        ("mode == 'a", 9, "holds a text whose quotes are not closed", ""),
        ("mode == '\\d'", 10, "holds the unknown escape \\d", ""),
        ("", 1, "ends where a value should be", ""),
        ("(" * 40 + "value", MAX_DEPTH + 1, "is nested more than 32 levels deep", ""),
        ("!" * 40 + "ready", MAX_DEPTH + 1, "is nested more than 32 levels deep", ""),
        ("1+" * MAX_WORDS + "1", 1, f"has more than {MAX_WORDS} words", "split it in two"),
        ("1" * (MAX_LENGTH + 1), 1, "is longer than 1,000 characters", "split it in two"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(
    text: str, column: int, message: str, hint: str
) -> None:
    error = fault(text)

    assert (error.line, error.column) == (1, column)
    assert error.message.startswith(message)
    assert error.hint.startswith(hint)
    assert bool(error.hint) == bool(hint)


def test_a_fault_in_a_later_line_is_placed_there() -> None:
    error = fault("value < 1\n  && vaule > 0")

    assert (error.line, error.column) == (2, 6)


def test_a_long_list_of_known_names_is_cut() -> None:
    with pytest.raises(ConditionError) as raised:
        read_condition("q < 1", [f"name_{index}" for index in range(20)])
    assert raised.value.hint.endswith("name_15, …")


def test_nothing_is_suggested_where_nothing_is_known() -> None:
    with pytest.raises(ConditionError) as raised:
        read_condition("q < 1", ())
    assert raised.value.hint == ""


def test_a_long_chain_is_answered() -> None:
    assert holds(" && ".join(["value < 1"] * 49), value=0) is True
