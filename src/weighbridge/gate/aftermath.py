"""What a denial sets off, as its policy says. It is chosen here, and done elsewhere.

A denial is the verdict `denied`: who only waits for people or time, or for somebody to find
something out, is not told to change anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.speaking import spoken
from weighbridge.model.aftermath import Aftermath, Deed
from weighbridge.model.decision import GateVerdict
from weighbridge.model.step import Do

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.decision import Decision
    from weighbridge.model.policy import Spec


def aftermath(decision: Decision, policy: Spec, pointer: Pointer) -> Aftermath | None:
    """Choose what a decision sets off; None if nothing.

    Args:
        decision: The decision, with the steps that would pass if something is to be asked for.
        policy: The policy it was made under.
        pointer: Where the release name points there.
    """
    if decision.verdict is not GateVerdict.DENIED or policy.on_deny is None:
        return None
    deed = Deed(policy.on_deny.action)
    serves = decision.release == pointer.release
    if deed is Deed.HALT:
        return None if pointer.held else Aftermath(deed=deed)
    if deed is Deed.ROLLBACK:
        back = spoken("weighbridge rollback RELEASE --in ENV --key NAME", decision)
        return Aftermath(deed=deed, commands=(back,)) if serves else None
    if deed is Deed.REQUEST_CHANGE:
        return Aftermath(deed=deed, commands=decision.passes_if)
    if deed is Deed.REQUEST_WAIVER:
        return Aftermath(deed=deed, commands=tuple(_granting(decision)))
    return None


def waivable_rules(decision: Decision) -> tuple[str, ...]:
    """Name the rules whose findings somebody could waive, of what would pass."""
    return tuple(step.action.about for step in decision.steps if step.action.do is Do.WAIVE)


def _granting(decision: Decision) -> Iterator[str]:
    """Say how what is asked for is granted."""
    for rule in waivable_rules(decision):
        yield spoken(f"weighbridge waive {rule} REF --to ENV --grant --key NAME", decision)
