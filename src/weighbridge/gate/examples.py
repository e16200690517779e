"""A condition's examples: tried by what judges releases, on the variables each of them sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weighbridge.gate.program import Program
    from weighbridge.model.policy.conditions import Condition, Example

_VARIABLES = ("release", "environment", "evidence", "findings", "item", "data", "now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of an example.

    Attributes:
        holds: Whether the condition holds in it; None if that could not be decided.
        why: A sentence without its subject, the condition.
    """

    holds: bool | None
    why: str


def try_example(condition: Condition, example: Example, program: Program) -> Tried:
    """Evaluate a condition on an example; a variable it leaves out is not there."""
    values = variables_of(example)
    if condition.when is not None:
        when = program.condition(condition.when, condition.for_each).evaluate(values)
        if when.error:
            return Tried(holds=None, why=f"could not be decided, by its `when`: {when.error}")
        if when.value is not True:
            return Tried(holds=True, why="is not asked: its `when` is false")
    found = program.condition(condition.expr, condition.for_each).evaluate(values)
    if found.error:
        return Tried(holds=None, why=f"could not be decided: {found.error}")
    if found.value is True:
        return Tried(holds=True, why="holds")
    message = program.message(condition.message, condition.for_each).evaluate(values)
    said = (
        f"{condition.title} (of the message, {message.error})" if message.error else message.value
    )
    return Tried(holds=False, why=f"does not hold: {said}")


def variables_of(example: Example) -> dict[str, Any]:
    """List the variables an example sets, by name."""
    found = {name: getattr(example, name) for name in _VARIABLES}
    return {name: value for name, value in found.items() if value is not None}
