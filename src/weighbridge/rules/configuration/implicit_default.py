"""A parameter states no value and would run with a default.

## What it checks

That every entry of `spec.parameters` has a `value`. A `default` says what applies where nothing
else is said; it is documentation, and it never becomes the value by itself: neither `seal` nor a
renderer fills it in.

## Why it matters

A default is changed in one place and moves every release that did not say what it wants. Six
months on nobody can tell which value the incident happened with. A value that stands in the
manifest is sealed, compared by `diff` and restored by a rollback.

## How to fix

Write the value down: `weighbridge set spec.parameters.NAME.value VALUE`. Where the default is a
single value, `weighbridge check --fix` writes it; `--diff` shows the change first.

## Example

    parameters:
      max_batch_size: {type: integer, default: 8}

gets a warning until it has `value: 8`.

## References

- The Zen of Python, PEP 20: "Explicit is better than implicit."
- Google SRE workbook, configuration design: https://sre.google/workbook/configuration-design/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.finding import Edit, Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts


def judge(named: items.NamedParameter, facts: Facts) -> Iterator[Judgement]:
    """Ask for a value."""
    at = f"{named.pointer}/value"
    default = named.parameter.default
    if named.parameter.value is not None or items.is_todo(facts, at):
        return
    said = f"only its default {_text(default)}" if default is not None else "not even a default"
    yield placed.against(
        facts,
        at,
        f"parameter {named.name} has no value, {said}",
        location=items.place(facts, named.pointer, key=True),
        seen="no value",
        wanted=f"value: {_text(default)}" if default is not None else "value: …",
        remediation=_remediation(facts, at, default),
        edits=_edits(facts, at, default),
    )


def _remediation(facts: Facts, at: str, default: object) -> tuple[str, ...]:
    if not isinstance(default, str | int):
        return (placed.setting(facts, at) if default is None else "copy the default to `value`",)
    fix = "run `weighbridge check --fix` to write the default down as the value"
    return (fix, placed.setting(facts, at, _text(default)))


def _edits(facts: Facts, at: str, default: object) -> tuple[Edit, ...]:
    if facts.document is None or not isinstance(default, str | int):
        return ()
    name = facts.document.file.rpartition("/")[2]
    return (Edit(file=name, pointer=at, value=default),)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def examples() -> list[Example]:
    """Show a parameter with a value, one with a default alone, and one with neither."""
    at = "/spec/parameters/max_batch_size"
    return [
        Example(
            title="a value beside its default",
            facts=sample.release({at: {"type": "integer", "value": 8, "default": 8}}),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a default alone",
            facts=sample.release({at: {"type": "integer", "default": 8}}),
            verdict=Verdict.FAIL,
            seen="only its default 8",
        ),
        Example(
            title="bounds alone",
            facts=sample.release({at: {"type": "integer", "minimum": 1, "maximum": 256}}),
            verdict=Verdict.FAIL,
            seen="not even a default",
        ),
    ]


RULE = Rule(
    code="CFG003",
    name="implicit-default",
    severity=Severity.WARNING,
    each=items.parameters,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    fixable=True,
)
