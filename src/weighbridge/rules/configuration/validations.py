"""The conditions a parameter's author wrote down, put to the values the parameter has."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.condition import ConditionError, read_condition
from weighbridge.model.finding import Verdict
from weighbridge.model.location import pointer
from weighbridge.rules import items, placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.condition import Condition
    from weighbridge.model.fact import Facts
    from weighbridge.model.release import Parameter
    from weighbridge.rules.interface import Judgement

Given = Decimal | int | str | bool

VALUE = "value"
_VALUES = (VALUE, "default", "fallback")


def judge(named: items.NamedParameter, facts: Facts) -> Iterator[Judgement]:
    """Put every condition to every value."""
    for index, text in enumerate(named.parameter.validations or ()):
        at = f"{named.pointer}/validations/{index}"
        if text == TODO:
            continue
        try:
            condition = _read(text, named, facts)
        except ConditionError as error:
            yield unreadable(facts, at, f"validation {text!r} of {named.name}", error)
        else:
            yield from _judge(condition, at, named, facts)


def unreadable(facts: Facts, at: str, what: str, error: ConditionError) -> Judgement:
    """Say that a condition is none."""
    return placed.against(
        facts,
        at,
        f"{what} {error.message}",
        location=items.place_within(facts, at, error.line, error.column),
        seen=error.message,
        wanted="a condition such as `value <= 64` or `value % 8 == 0`",
        remediation=((error.hint,) if error.hint else ()) + (placed.setting(facts, at),),
    )


def _read(text: str, named: items.NamedParameter, facts: Facts) -> Condition:
    others = _parameters(facts)
    condition = read_condition(text)
    if condition.names <= {VALUE, named.name, *(condition.names & others.keys())}:
        return condition
    return read_condition(text, {VALUE, *others})


def _parameters(facts: Facts) -> dict[str, Parameter]:
    return facts.release.spec.parameters or {} if facts.release else {}


def _judge(
    condition: Condition, at: str, named: items.NamedParameter, facts: Facts
) -> Iterator[Judgement]:
    others: dict[str, Given] = {}
    for name in sorted(condition.names - {VALUE, named.name}):
        other = _parameters(facts)[name]
        value = other.default if other.value is None else other.value
        if value is None or other.type == TODO:
            yield _open(condition, at, named, name, facts)
            return
        others[name] = _given(value, other)
    for field in _VALUES:
        value = getattr(named.parameter, field)
        if value is None or named.parameter.type == TODO:
            continue
        given = _given(value, named.parameter)
        values = {**others, VALUE: given, named.name: given}
        try:
            if not condition.holds(values):
                yield _broken(condition, field, named, facts)
        except ConditionError as error:
            said = f"{field} of {named.name} cannot be tested: {condition.text!r}"
            yield unreadable(facts, at, said, error)
            return


def _given(value: Given, parameter: Parameter) -> Given:
    return Decimal(str(value)) if parameter.type in ("integer", "number") else value


def _broken(
    condition: Condition, field: str, named: items.NamedParameter, facts: Facts
) -> Judgement:
    at = f"{named.pointer}{pointer(field)}"
    value = getattr(named.parameter, field)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return placed.against(
        facts,
        at,
        f"{field} {text} of {named.name} does not meet its validation {condition.text!r}",
        seen=text,
        wanted=condition.text,
        remediation=(
            placed.setting(facts, at),
            "or change the validation, if the value was tried out",
        ),
    )


def _open(
    condition: Condition, at: str, named: items.NamedParameter, name: str, facts: Facts
) -> Judgement:
    where = f"/spec/parameters{pointer(name)}/value"
    return placed.against(
        facts,
        at,
        f"validation {condition.text!r} of {named.name} cannot be told: {name} has no value",
        seen=f"no value of {name}",
        wanted=condition.text,
        remediation=(placed.setting(facts, where),),
        verdict=Verdict.INCONCLUSIVE,
    )
