"""A parameter has no description.

## What it checks

That every entry of `spec.parameters` has a `description`.

## Why it matters

At three in the morning somebody will ask what `beta2_floor` does and whether raising it is safe.
The person who knew has left; the manifest has not.

## How to fix

Add a sentence that says what the parameter does, and `unit`, `effects` and `adjustWhen` if raising
it trades one property for another.

## Example

    parameters:
      max_batch_size: {type: integer, value: 32}

gets a warning until it has `description: Requests scored in one call of the model.`

## References

- Google SRE book, configuration design: https://sre.google/workbook/configuration-design/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts


def judge(named: items.NamedParameter, _facts: Facts) -> Iterator[Judgement]:
    """Ask for a description."""
    if named.parameter.description is None:
        yield Judgement(
            message=f"parameter {named.name} has no description",
            subject=f"spec.parameters.{named.name}",
            seen="no description",
            wanted="a sentence that says what it does",
            remediation=(f"add `description` under `spec.parameters.{named.name}`",),
        )


def examples() -> list[Example]:
    """Show a parameter with a description and one without."""
    at = "/spec/parameters/max_batch_size"
    batch = {"type": "integer", "value": 32}
    described = {**batch, "description": "Requests scored in one call of the model."}
    return [
        Example(
            title="a parameter with a description",
            facts=sample.release({at: described}),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a parameter without",
            facts=sample.release({at: batch}),
            verdict=Verdict.FAIL,
            seen="max_batch_size has no description",
        ),
    ]


RULE = Rule(
    code="CFG002",
    name="undocumented-parameter",
    severity=Severity.WARNING,
    each=items.parameters,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
