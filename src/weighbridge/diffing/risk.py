"""What a change could hurt, which rules judge what it touches, what kind of change it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.diffing.patterns import Patterns
from weighbridge.diffing.table import TABLE, Field
from weighbridge.diffing.versions import step
from weighbridge.model.quantity import amount, relative

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from weighbridge.model.change import Risk, Type, Value

_RANKS: Mapping[Risk, int] = {"low": 0, "medium": 1, "high": 2}

_UNKNOWN = Field("medium", ())

_DEMANDS = ("none", "optional", "required")
"""What may be asked for, the least first."""

_PARAMETERS: Mapping[Value, Type] = {"integer": "count", "number": "decimal"}
"""Type of a parameter's values by the word of its `type`."""

_PATTERNS = Patterns(TABLE)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a change of a place comes to.

    Attributes:
        risk: How much a mistake there could hurt.
        rules: Codes of the rules that judge what is touched, sorted.
        type: Type of the value.
        delta: How far apart the two values are, in words.
    """

    risk: Risk
    rules: tuple[str, ...]
    type: Type = ""
    delta: str = ""


def assess(
    at: tuple[str, ...], before: Value, after: Value, *, beside: tuple[Value, Value] = (None, None)
) -> Weight:
    """Judge a change at a place by the riskiest field it touches, with the rules of them all.

    Args:
        at: The place.
        before: The value there in the first manifest; None if there is none.
        after: The same of the second.
        beside: The `type` that stands beside the value in either, where it is a parameter's.
    """
    touched = {*_leaves(at, before), *_leaves(at, after)}
    found = [_PATTERNS.longest(leaf) or _UNKNOWN for leaf in touched]
    risk = max((entry.risk for entry in found), key=_RANKS.__getitem__)
    rules = tuple(sorted({rule for entry in found for rule in entry.rules}))
    field = _PATTERNS.exact(at) or _UNKNOWN
    kind = _type(field, beside)
    delta = _delta(kind, before, after)
    eased = field.safer and _direction(kind, before, after) == field.safer
    return Weight("medium" if eased and risk == "high" else risk, rules, kind, delta)


def _type(field: Field, beside: tuple[Value, Value]) -> Type:
    if field.type != "parameter":
        return field.type
    # Of a value that comes or goes with its type, only one side has one.
    named = {word for word in beside if isinstance(word, str)}
    return _PARAMETERS.get(named.pop(), "") if len(named) == 1 else ""


def _delta(kind: Type, before: Value, after: Value) -> str:
    if kind == "version":
        return step(before, after) if isinstance(before, str) and isinstance(after, str) else ""
    left, right = _comparable(kind, before, after)
    return "" if left is None or right is None else relative(left, right)


def _direction(kind: Type, before: Value, after: Value) -> str:
    left: Fraction | int | None
    right: Fraction | int | None
    if before in _DEMANDS and after in _DEMANDS:
        left, right = (_DEMANDS.index(str(side)) for side in (before, after))
    else:
        left, right = _comparable(kind, before, after)
    if left is None or right is None or left == right:
        return ""
    return "up" if left < right else "down"


def _comparable(kind: Type, before: Value, after: Value) -> tuple[Fraction | None, Fraction | None]:
    """Read both values as quantities of one unit; two pods and 2 % of them have none in common."""
    if not kind or type(before) is not type(after):
        return None, None
    return amount(kind, before), amount(kind, after)


def _leaves(at: tuple[str, ...], value: Value) -> Iterator[tuple[str, ...]]:
    """List the places a value reaches; an empty container is a place of its own."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _leaves((*at, key), below)
    elif isinstance(value, list) and value:
        for index, below in enumerate(value):
            yield from _leaves((*at, str(index)), below)
    else:
        yield at
