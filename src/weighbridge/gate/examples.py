"""What is asked by expressions, tried on given values: examples, and items of a rule pack.

What judges releases tries examples, on the variables each of them sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.gate.cel import Bindings, ExpressionError

if TYPE_CHECKING:
    from weighbridge.gate.cel import Expression, Outcome
    from weighbridge.gate.program import Expressions
    from weighbridge.model.policy.conditions import Condition, Example
    from weighbridge.model.policy.expressions import Asked

_VARIABLES = ("release", "environment", "evidence", "findings", "item", "data", "now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of asking.

    Attributes:
        holds: Whether the condition holds; None if that could not be decided.
        why: A sentence without its subject, the condition.
        said: Its message, if it does not hold; the title if that cannot be written.
    """

    holds: bool | None
    why: str
    said: str = ""


def try_example(condition: Condition, example: Example, program: Expressions) -> Tried:
    """Evaluate a condition on an example; a variable it leaves out is not there."""
    return try_values(condition, Bindings(variables_of(example)), program)


def try_values(asked: Asked, values: Bindings, program: Expressions, *item: object) -> Tried:
    """Evaluate a condition or rule.

    Args:
        asked: The condition or rule.
        values: What it sees.
        program: Its expressions.
        item: The item it sees, if another than the one in `values`.
    """

    def once(expression: Expression) -> Outcome:
        if not item:
            return expression.evaluate(values)
        return next(expression.evaluate_each(item, values))

    if asked.when is not None:
        when = once(program.condition(asked.when, asked.for_each))
        if when.error:
            return Tried(holds=None, why=f"could not be decided, by its `when`: {when.error}")
        if when.value is not True:
            return Tried(holds=True, why="is not asked: its `when` is false")
    found = once(program.condition(asked.expr, asked.for_each))
    if found.error:
        return Tried(holds=None, why=f"could not be decided: {found.error}")
    if found.value is True:
        return Tried(holds=True, why="holds")
    try:
        message = once(program.message(asked.message, asked.for_each))
        said, unsaid = str(message.value), message.error
    except ExpressionError as error:
        said, unsaid = "", str(error)
    if unsaid:
        told = f"does not hold: {asked.title} (of the message, {unsaid})"
        return Tried(holds=False, why=told, said=asked.title)
    return Tried(holds=False, why=f"does not hold: {said}", said=said)


def variables_of(example: Example) -> dict[str, Any]:
    """List the variables an example sets, by name."""
    found = {name: getattr(example, name) for name in _VARIABLES}
    return {name: value for name, value in found.items() if value is not None}
