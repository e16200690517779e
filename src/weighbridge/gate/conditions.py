"""A policy's conditions: written in CEL, gone through item by item by the gate itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from weighbridge.gate.cel import Bindings, ExpressionError
from weighbridge.gate.program import policies
from weighbridge.gate.times import moment
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.risk import RISKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.gate.cel import Outcome as Evaluated
    from weighbridge.gate.program import Program
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.conditions import Condition
    from weighbridge.model.risk import Risk

_INCONCLUSIVE_REMEDY = "fill in what the condition asks about, or have the policy guard it by has()"


class Scope:
    """The variables of one case: looked through when first asked about, for every expression."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Take the values; they must not be changed afterwards."""
        self.values = values

    @cached_property
    def bindings(self) -> Bindings:
        """The values, ready for the engine."""
        return Bindings(self.values)

    def having(self, **values: Any) -> Scope:  # noqa: ANN401 - whatever expressions see
        """Return a scope with other values of some variables."""
        return Scope({**self.values, **values})


@dataclass(frozen=True, slots=True)
class Applies:
    """Whether an entry of a policy applies.

    Attributes:
        yes: Whether it does; an entry whose `when` errors does.
        error: Why that is not certain, or empty.
    """

    yes: bool
    error: str = ""


def applies(when: str | None, program: Program, scope: Scope) -> Applies:
    """Ask whether an entry applies; one whose condition errors does, inconclusively."""
    if when is None:
        return Applies(yes=True)
    found = program.condition(when).evaluate(scope.bindings)
    if found.error:
        return Applies(yes=True, error=found.error)
    return Applies(yes=found.value is True)


def declared_risk(manifest: Mapping[str, Any]) -> Risk:
    """Return the risk a release declares: low if none, the highest if it is on no scale."""
    declared = manifest["metadata"].get("risk", RISKS[0])
    return declared if declared in RISKS else RISKS[-1]


def effective_risk(bundle: PolicyBundle, declared: Risk, program: Program, scope: Scope) -> Risk:
    """Return the higher of the declared risk and what the policy raises it to.

    A condition that errors holds.
    """
    rules = bundle.policy.spec.risk_when or ()
    raised = [rule.risk for rule in rules if applies(rule.when, program, scope).yes]
    return max([declared, *raised], key=RISKS.index)


def judge_conditions(bundle: PolicyBundle, program: Program, scope: Scope) -> Iterator[Judged]:
    """Judge every condition of a bundle, what is included first."""
    for policy in policies(bundle):
        for condition in policy.spec.conditions or ():
            yield from _judge(condition, program, scope)


def _judge(condition: Condition, program: Program, scope: Scope) -> Iterator[Judged]:
    if not _in_force(condition, scope.values["now"]):
        why = f"not in force at {scope.values['now']}"
        yield Judged(id=condition.id, outcome=Outcome.MET, why=why, binds=False, left_out=True)
        return
    if condition.for_each is None:
        found = list(_judge_whole(condition, program, scope))
    else:
        items = _collection(scope, condition.for_each)
        found = (
            [_inconclusive(condition, f"there are no {condition.for_each} to go through", "")]
            if items is None
            else list(_judge_each(condition, program, scope, items))
        )
    yield from found or [Judged(id=condition.id, outcome=Outcome.MET, why=condition.title)]


def _in_force(condition: Condition, now: str) -> bool:
    started = condition.effective_on is None or moment(condition.effective_on) <= moment(now)
    ended = condition.expires_on is not None and moment(condition.expires_on) <= moment(now)
    return started and not ended


def _collection(scope: Scope, name: str) -> Sequence[Mapping[str, Any]] | None:
    """Find what a condition goes through; None if it is not known, as findings without report."""
    found: Any = scope.values
    for part in name.split("."):
        found = found.get(part)
    return found if found is None else list(found)


def _judge_each(
    condition: Condition, program: Program, scope: Scope, items: Sequence[Mapping[str, Any]]
) -> Iterator[Judged]:
    """Judge every item; only those in which it does not hold are told."""
    asked = items
    if condition.when is not None:
        whens = program.condition(condition.when, condition.for_each).evaluate_each(
            items, scope.bindings
        )
        paired = list(zip(items, whens, strict=True))
        for item, when in paired:
            if when.error:
                yield _inconclusive(condition, when.error, str(item["pointer"]))
        asked = [item for item, when in paired if when.value is True]
    expression = program.condition(condition.expr, condition.for_each)
    for item, found in zip(asked, expression.evaluate_each(asked, scope.bindings), strict=True):
        if found.error or found.value is not True:
            yield _told(condition, found, program, scope, item)


def _judge_whole(condition: Condition, program: Program, scope: Scope) -> Iterator[Judged]:
    if condition.when is not None:
        when = program.condition(condition.when).evaluate(scope.bindings)
        if when.error:
            yield _inconclusive(condition, when.error, "")
            return
        if when.value is not True:
            return
    found = program.condition(condition.expr).evaluate(scope.bindings)
    if found.error or found.value is not True:
        yield _told(condition, found, program, scope, {})


def _told(
    condition: Condition,
    found: Evaluated,
    program: Program,
    scope: Scope,
    item: Mapping[str, Any],
) -> Judged:
    """Say why a condition does not hold, of an item or of the whole."""
    pointer = str(item.get("pointer", ""))
    if found.error:
        return _inconclusive(condition, found.error, pointer)
    return Judged(
        id=condition.id,
        outcome=Outcome.UNMET,
        why=_message(condition, program, scope, item),
        wanted=condition.title,
        pointer=pointer,
        remedy=tuple(condition.remediation or ()),
    )


def _message(condition: Condition, program: Program, scope: Scope, item: Mapping[str, Any]) -> str:
    """Write a condition's message; its title, where that cannot be done."""
    try:
        expression = program.message(condition.message, condition.for_each)
    except ExpressionError:
        return condition.title
    # Of the whole there is no item, and its expressions speak of none.
    (message,) = expression.evaluate_each([dict(item)], scope.bindings)
    return condition.title if message.error else str(message.value)


def _inconclusive(condition: Condition, error: str, pointer: str) -> Judged:
    return Judged(
        id=condition.id,
        outcome=Outcome.INCONCLUSIVE,
        why=f"it could not be decided: {error}",
        wanted=condition.title,
        pointer=pointer,
        remedy=(*(condition.remediation or ()), _INCONCLUSIVE_REMEDY),
    )
