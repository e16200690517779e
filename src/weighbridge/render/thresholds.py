"""Conditions of analyses as controllers can judge them: `value` compared with plain numbers.

Controllers compare binary doubles. A number that no double stands for, arithmetic with `value`,
or a text is refused, for the controller would judge something else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from weighbridge.model.condition.grammar import read
from weighbridge.model.condition.tree import (
    Binary,
    ConditionError,
    Kind,
    Literal,
    Member,
    Name,
    Node,
    Unary,
)

VALUE: Final = "value"
_OPPOSITES: Final = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_TURNED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_JOINED: Final = {"&&": "||", "||": "&&"}


class ThresholdError(Exception):
    """A condition no controller can judge as it stands; says why, and what would do."""

    def __init__(self, message: str, *alternatives: str) -> None:
        """Say why, and what would do."""
        super().__init__(message)
        self.alternatives = alternatives


@dataclass(frozen=True, slots=True)
class Comparison:
    """`value` compared with a number.

    Attributes:
        operator: `<`, `<=`, `>`, `>=`, `==` or `!=`.
        number: The number.
    """

    operator: str
    number: float

    def negated(self) -> Comparison:
        """Return what is true of every finite value this is false of."""
        return Comparison(_OPPOSITES[self.operator], self.number)

    def written(self, value: str) -> str:
        """Write it for a controller that calls the value so."""
        return f"{value} {self.operator} {plain(self.number)}"


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions of which all (`&&`) or any (`||`) are to be true.

    Attributes:
        operator: `&&` or `||`.
        parts: The conditions.
    """

    operator: str
    parts: tuple[Threshold, ...]

    def negated(self) -> Joined:
        """Return what is true of every finite value this is false of."""
        return Joined(_JOINED[self.operator], tuple(one.negated() for one in self.parts))

    def written(self, value: str) -> str:
        """Write it for a controller that calls the value so."""
        parts = (
            f"({one.written(value)})" if isinstance(one, Joined) else one.written(value)
            for one in self.parts
        )
        return f" {self.operator} ".join(parts)


Threshold = Comparison | Joined


@dataclass(frozen=True, slots=True)
class Bounds:
    """What values lie in, both ends included.

    Attributes:
        least: The least of them; None for no bound.
        most: The most of them; None for no bound.
    """

    least: float | None = None
    most: float | None = None


def threshold(text: str) -> Threshold:
    """Read a condition.

    Raises:
        ThresholdError: It is more than comparisons of `value` with numbers.
    """
    try:
        return _read(read(text, (VALUE,)).root)
    except ConditionError as error:
        raise ThresholdError(f"cannot be read: {error.message}") from None


def _read(node: Node) -> Threshold:
    match node:
        case Binary(operator="&&" | "||" as operator, left=left, right=right):
            return Joined(operator, (_read(left), _read(right)))
        case Binary(operator=operator, left=left, right=right) if operator in _OPPOSITES:
            return _comparison(operator, left, right)
        case Unary(operator="!", operand=operand):
            return _read(operand).negated()
        case Member(value=Name(), choices=choices) if choices:
            parts = tuple(Comparison("==", _number(one)) for one in choices)
            return Joined("||", parts) if len(parts) > 1 else parts[0]
    raise ThresholdError(
        "is more than comparisons of `value` with numbers",
        "write it as such: value < 0.01 && value > -1",
    )


def _comparison(operator: str, left: Node, right: Node) -> Comparison:
    match left, right:
        case Name(), other:
            return Comparison(operator, _number(other))
        case other, Name():
            return Comparison(_TURNED[operator], _number(other))
        case _:
            pass
    raise ThresholdError(
        "calculates with `value`, which controllers do not",
        "calculate in the query instead, and compare the outcome: value < 0.01",
    )


def _number(node: Node) -> float:
    if node.kind is not Kind.NUMBER and not isinstance(node, Literal):
        raise ThresholdError(
            "compares `value` with something else than a number",
            "compare it with a number: value < 0.01",
        )
    try:
        exact = node.gives({})
    except KeyError:
        raise ThresholdError(
            "compares `value` with something that hangs on `value`",
            "compare it with a number: value < 0.01",
        ) from None
    if isinstance(exact, bool) or not isinstance(exact, Fraction):
        raise ThresholdError(
            "compares `value` with a text or a truth", "compare it with a number: value < 0.01"
        )
    return _double(exact)


def _double(exact: Fraction) -> float:
    """Return the double that is written as this number is; controllers read no others."""
    try:
        near = float(exact)
    except OverflowError:
        near = math.inf
    if math.isinf(near) or Fraction(Decimal(repr(near))) != exact:
        raise ThresholdError(
            "mentions a number that controllers, which calculate with doubles, round",
            "write it with at most 15 digits",
        )
    return near


def plain(number: float) -> str:
    """Write a double in plain digits, as short as it can be told from others."""
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0") if text != "-0.0" else "0"


def bounds(*demands: Threshold) -> Bounds:
    """Return the range in which all demands are true.

    A value below a bound is below the double before it, so both ends can be included.

    Raises:
        ThresholdError: They are true of no range, or of more than one.
    """
    found = Bounds()
    for one in demands:
        found = _within(found, one)
    if found.least is not None and found.most is not None and found.least > found.most:
        raise ThresholdError("is true of no value", "see that some value can pass")
    return found


def _within(found: Bounds, demand: Threshold) -> Bounds:
    if isinstance(demand, Joined):
        if demand.operator == "||":
            raise ThresholdError(
                "accepts values of more than one range, and thresholdRange is one",
                "say it with `&&`: value >= 0 && value < 0.01",
                "or render for argo, which judges whole conditions",
            )
        for one in demand.parts:
            found = _within(found, one)
        return found
    operator, number = demand.operator, demand.number
    if operator == "!=":
        raise ThresholdError(
            "accepts all values but one, and thresholdRange is one range",
            "say it with `<` or `>`",
            "or render for argo, which judges whole conditions",
        )
    least, most = found.least, found.most
    if operator in (">", ">=", "=="):
        low = math.nextafter(number, math.inf) if operator == ">" else number
        least = low if least is None else max(least, low)
    if operator in ("<", "<=", "=="):
        high = math.nextafter(number, -math.inf) if operator == "<" else number
        most = high if most is None else min(most, high)
    return Bounds(least, most)
