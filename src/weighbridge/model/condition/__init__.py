"""Conditions on numbers and texts: `value < 0.01`, `value % 8 == 0`, `value <= max_concurrency`.

What parameters and analyses demand, in a part of CEL that is small enough to be exact. The gate's
language is all of CEL; here there are no fields, no functions and no loops, so a condition costs
next to nothing, and no number passes through a binary float.

* values: `1`, `0.05`, `1e-3`, `"text"`, `'text'`, `true`, `false`, and names;
* operators: `! && || == != < <= > >= + - * / %`, parentheses, and `in [1, 2, 4]`.

Every condition is an expression of CEL, and where both say something they say the same, but for
one difference: a number is a number here. CEL tells integers from doubles, refuses to compare
them, and cuts off what `7 / 2` leaves; here `7 / 2` is exactly 3.5. `%` takes whole numbers.

`&&` and `||` go from left to right and stop when they know. What is not there, of the wrong kind
or divided by zero is an error, never true and never false.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.condition.grammar import read
from weighbridge.model.condition.tree import ConditionError, Kind, Value, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from decimal import Decimal
    from fractions import Fraction

    from weighbridge.model.condition.tree import Node

__all__ = ["MAX_LENGTH", "Condition", "ConditionError", "read_condition"]

MAX_LENGTH: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition that was read; made by `read_condition`.

    Attributes:
        text: How it is written.
        names: The names it speaks of.
        numbers: The numbers it mentions, ascending, without their signs.
    """

    text: str
    names: frozenset[str]
    numbers: tuple[Fraction, ...]
    _root: Node

    def holds(self, values: Mapping[str, Decimal | Fraction | int | str | bool]) -> bool:
        """Tell whether it is true of some values.

        Raises:
            ConditionError: It cannot be told: a name has no value, a value is no finite number,
                or two values are not of a kind.
        """
        given: dict[str, Value] = {}
        for name in sorted(self.names):
            if name not in values:
                raise ConditionError(f"`{name}` has no value")
            given[name] = value_of(name, values[name])
        answer = self._root.gives(given)
        if not isinstance(answer, bool):
            raise ConditionError("gives no true or false")
        return answer


def read_condition(text: str, known: Collection[str] | None = None) -> Condition:
    """Read a condition.

    Args:
        text: The condition.
        known: The names it may speak of; any, if None.

    Raises:
        ConditionError: It cannot be read, speaks of what there is not, or is no condition.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"is longer than {MAX_LENGTH:,} characters", hint="split it in two")
    found = read(text, known)
    if found.root.kind not in (Kind.TRUTH, Kind.ANY):
        hint = "compare it: `value < 10`"
        raise ConditionError(f"is {found.root.kind.value}, no condition", hint=hint)
    numbers = tuple(sorted(found.numbers))
    return Condition(text=text, names=frozenset(found.names), numbers=numbers, _root=found.root)
