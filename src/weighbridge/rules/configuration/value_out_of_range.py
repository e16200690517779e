"""A value lies outside the bounds that the manifest itself gives.

## What it checks

`value`, `default` and `fallback` of every parameter: within `minimum` and `maximum` if it is a
number, one of `enum` where that is given, and meeting every condition of `validations`, which may
speak of other parameters. `minimum` does not exceed `maximum`. Resources that are requested do not
exceed their limits, and no soft limit of a process exceeds its hard one (-1 is no limit). Numbers
are compared as decimals, to the last digit.

A validation is a condition such as `value % 8 == 0`, `value in [1, 2, 4]` or
`value <= max_concurrency`, in the words of CEL. One that cannot be read fails; one about a
parameter without a value is inconclusive.

## Why it matters

Bounds are what somebody measured the model to work in. A value outside is a typing error, or a
change nobody tried out; a `fallback` outside fails exactly when everything else already has.

## How to fix

Correct the value (`weighbridge set spec.parameters.NAME.value VALUE`), or widen the bounds if the
value was tried out.

## Example

    parameters:
      max_batch_size: {type: integer, value: 512, minimum: 1, maximum: 256}

fails: 512 is above 256. So does `requests: {memory: 1Gi}` with `limits: {memory: 512Mi}`.

## References

- JSON Schema 2020-12, validation: `minimum`, `maximum`, `enum`
- Common Expression Language: https://cel.dev
- Kubernetes, resource requests and limits; setrlimit(2)
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.configuration import pairs, validations
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_NUMERIC = ("integer", "number")
_VALUES = ("value", "default", "fallback")


def each(facts: Facts) -> Iterator[Item[items.NamedParameter | pairs.Pair]]:
    """Yield every parameter, and every other pair of values that are ordered."""
    for named in items.parameters(facts):
        yield Item(subject=named.subject, location=named.location, value=named.value)
    for pair in pairs.pairs(facts):
        yield Item(subject=pair.subject, location=pair.location, value=pair.value)


def judge(value: items.NamedParameter | pairs.Pair, facts: Facts) -> Iterator[Judgement]:
    """Hold a value against its bounds."""
    if isinstance(value, pairs.Pair):
        yield from pairs.judge(value, facts)
    else:
        yield from _bounded(value, facts)
        yield from validations.judge(value, facts)


def _bounded(named: items.NamedParameter, facts: Facts) -> Iterator[Judgement]:
    low, high = _number(named, "minimum"), _number(named, "maximum")
    if low is not None and high is not None and low > high:
        yield _found(named, facts, "minimum", f"is above the maximum {high}", f"at most {high}")
    for field in _VALUES:
        number = _number(named, field)
        if number is not None and low is not None and number < low:
            yield _found(named, facts, field, f"is below the minimum {low}", f"at least {low}")
        if number is not None and high is not None and number > high:
            yield _found(named, facts, field, f"is above the maximum {high}", f"at most {high}")
        yield from _not_listed(named, facts, field)


def _not_listed(named: items.NamedParameter, facts: Facts, field: str) -> Iterator[Judgement]:
    parameter = named.parameter
    value = getattr(parameter, field)
    known = parameter.type != TODO and value is not None and value != TODO
    if known and parameter.enum and value not in parameter.enum:
        wanted = ", ".join(_text(choice) for choice in parameter.enum)
        yield _found(named, facts, field, "is not one of the values allowed", f"one of {wanted}")


def _number(named: items.NamedParameter, field: str) -> Decimal | None:
    value = getattr(named.parameter, field)
    if named.parameter.type not in _NUMERIC or value is None or value == TODO:
        return None
    return Decimal(value)


def _found(
    named: items.NamedParameter, facts: Facts, field: str, what: str, wanted: str
) -> Judgement:
    value = _text(getattr(named.parameter, field))
    path = f"spec.parameters.{named.name}.{field}"
    return Judgement(
        message=f"{field} {value} of {named.name} {what}",
        subject=path,
        location=items.place(facts, f"{named.pointer}/{field}"),
        seen=value,
        wanted=wanted,
        remediation=(
            f"run `weighbridge set {path} VALUE`",
            "or widen the bounds, if the value was tried out",
        ),
    )


def _text(value: Any) -> str:  # noqa: ANN401 - parameters hold any value
    return str(value).lower() if isinstance(value, bool) else str(value)


def examples() -> list[Example]:
    """Show values within and outside their bounds, and outside their enumeration."""
    at = "/spec/parameters/max_batch_size"
    batch = {"type": "integer", "value": 32, "minimum": 1, "maximum": 256}
    level = {"type": "string", "value": "loud", "enum": ["debug", "info", "warning"]}
    return [
        Example(
            title="a value within its bounds",
            facts=sample.release({at: batch}),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a value above its maximum",
            facts=sample.release({at: {**batch, "value": 512}}),
            verdict=Verdict.FAIL,
            seen="above the maximum 256",
        ),
        Example(
            title="a fallback below the minimum",
            facts=sample.release({at: {**batch, "fallback": 0}}),
            verdict=Verdict.FAIL,
            seen="fallback 0",
        ),
        Example(
            title="a text that is not in the enumeration",
            facts=sample.release({"/spec/parameters/log_level": level}),
            verdict=Verdict.FAIL,
            seen="one of debug, info, warning",
        ),
        Example(
            title="a value that its validation does not allow",
            facts=sample.release({at: {**batch, "value": 33, "validations": ["value % 8 == 0"]}}),
            verdict=Verdict.FAIL,
            seen="does not meet its validation 'value % 8 == 0'",
        ),
        Example(
            title="a validation about a parameter without a value",
            facts=sample.release(
                {
                    at: {**batch, "validations": ["value <= streams"]},
                    "/spec/parameters/streams": {"type": "integer"},
                }
            ),
            verdict=Verdict.INCONCLUSIVE,
            seen="streams has no value",
        ),
        Example(
            title="a request above its limit",
            facts=sample.release(
                {
                    "/spec/environment/resources/requests": {"memory": "1Gi"},
                    "/spec/environment/resources/limits": {"memory": "512Mi"},
                }
            ),
            verdict=Verdict.FAIL,
            seen="request 1Gi of memory is above the limit 512Mi",
        ),
    ]


RULE = Rule(
    code="CFG001",
    name="value-out-of-range",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
