"""The tree of a condition, and what it says of given values: exact, or an error."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = Fraction | str | bool

# Beyond it an exact fraction would have more digits than anybody wants to wait for.
_MAX_EXPONENT: Final = 400
_ORDERING: Final = ("<", "<=", ">", ">=")


class Kind(Enum):
    """What kind of value a part of a condition gives; `ANY` if only its values tell."""

    NUMBER = "a number"
    TEXT = "a text"
    TRUTH = "true or false"
    ANY = "a value"


class ConditionError(Exception):
    """A condition that cannot be read, or that cannot be told of the values given."""

    def __init__(self, message: str, *, text: str = "", offset: int = 0, hint: str = "") -> None:
        """Say what is wrong, at which character of the text, and what to write instead."""
        super().__init__(message)
        before = text[:offset]
        self.message = message
        self.hint = hint
        self.line = before.count("\n") + 1
        self.column = offset - before.rfind("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value that is written down.

    Attributes:
        value: The value.
        kind: Its kind.
    """

    value: Value
    kind: Kind

    def gives(self, _values: Mapping[str, Value]) -> Value:
        """Say what it says."""
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name whose value is given when the condition is asked.

    Attributes:
        name: The name.
        kind: Not known before.
    """

    name: str
    kind: Kind = Kind.ANY

    def gives(self, values: Mapping[str, Value]) -> Value:
        """Look its value up."""
        return values[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary:
    """`!` or `-` before a part.

    Attributes:
        operator: The operator.
        operand: The part.
        kind: What it gives.
    """

    operator: str
    operand: Node
    kind: Kind

    def gives(self, values: Mapping[str, Value]) -> Value:
        """Turn the part's value round."""
        operand = self.operand.gives(values)
        return not _truth(operand, "!") if self.operator == "!" else -_number(operand, "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """An operator between two parts.

    Attributes:
        operator: The operator.
        left: The part before it.
        right: The part behind it.
        kind: What it gives.
    """

    operator: str
    left: Node
    right: Node
    kind: Kind

    def gives(self, values: Mapping[str, Value]) -> Value:
        """Join the values of the two parts; what `&&` or `||` knows already is not asked."""
        left = self.left.gives(values)
        if self.operator in ("&&", "||"):
            known = _truth(left, self.operator)
            enough = known is (self.operator == "||")
            return known if enough else _truth(self.right.gives(values), self.operator)
        right = self.right.gives(values)
        if self.kind is Kind.TRUTH:
            return _compared(self.operator, left, right)
        return _computed(self.operator, left, right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`in`: whether a value is one of several.

    Attributes:
        value: The value that is looked for.
        choices: The values.
        kind: What it gives.
    """

    value: Node
    choices: tuple[Node, ...]
    kind: Kind = Kind.TRUTH

    def gives(self, values: Mapping[str, Value]) -> Value:
        """Compare with every choice, so that none of another kind goes unnoticed."""
        sought = self.value.gives(values)
        return True in [_equal(sought, choice.gives(values)) for choice in self.choices]


Node = Literal | Name | Unary | Binary | Member
"""A part of a condition. Each `gives` a value once every name has one, or a `ConditionError`."""


def value_of(name: str, given: object) -> Value:
    """Take a value that is given for a name.

    Raises:
        ConditionError: It is none a condition can speak of.
    """
    if isinstance(given, bool | str | Fraction):
        return given
    if isinstance(given, int):
        return Fraction(given)
    if not isinstance(given, Decimal):
        raise ConditionError(f"`{name}` is neither a number nor a text nor true or false")
    if not given.is_finite():
        raise ConditionError(f"`{name}` is {given}, no finite number")
    if abs(given.adjusted()) > _MAX_EXPONENT:
        raise ConditionError(f"`{name}` is {given}, too far from 1 to be compared exactly")
    return Fraction(given)


def kind_of(value: Value) -> Kind:
    """Tell a value's kind."""
    if isinstance(value, bool):
        return Kind.TRUTH
    return Kind.TEXT if isinstance(value, str) else Kind.NUMBER


def _compared(operator: str, left: Value, right: Value) -> bool:
    if operator in _ORDERING:
        return _ordered(operator, left, right)
    return _equal(left, right) is (operator == "==")


def _equal(left: Value, right: Value) -> bool:
    """Compare two values of one kind; of two kinds it is a mistake to ask."""
    if kind_of(left) is not kind_of(right):
        said = f"compares {kind_of(left).value} with {kind_of(right).value}"
        raise ConditionError(said)
    return left == right


def _ordered(operator: str, left: Value, right: Value) -> bool:
    _equal(left, right)
    if isinstance(left, bool):
        raise ConditionError(f"asks by `{operator}` which of two truths is greater")
    # Both are numbers, or both are texts: just asked.
    lesser: bool = left < right  # type: ignore[operator]
    greater: bool = left > right  # type: ignore[operator]
    return {"<": lesser, "<=": not greater, ">": greater, ">=": not lesser}[operator]


def _computed(operator: str, left: Value, right: Value) -> Fraction:
    first, second = _number(left, operator), _number(right, operator)
    if operator == "+":
        return first + second
    if operator == "-":
        return first - second
    if operator == "*":
        return first * second
    if second == 0:
        raise ConditionError("divides by zero")
    if operator == "/":
        return first / second
    if first.denominator != 1 or second.denominator != 1:
        raise ConditionError("takes `%` of a number that is not whole")
    rest = abs(first) % abs(second)  # with the sign of the dividend, as CEL has it
    return -rest if first < 0 else rest


def _number(value: Value, operator: str) -> Fraction:
    if isinstance(value, Fraction):
        return value
    raise ConditionError(f"`{operator}` takes numbers, not {kind_of(value).value}")


def _truth(value: Value, operator: str) -> bool:
    if isinstance(value, bool):
        return value
    raise ConditionError(f"`{operator}` takes true or false, not {kind_of(value).value}")
