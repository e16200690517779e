"""`onDeny: request-waiver`: who asked for a promotion asks for the waivers it would pass with.

A request is a person's signed word, and it is his: he signed what was denied with the same key, in
the same transaction. Who asks for a promotion may waive nothing of it anyway; to ask takes nothing
more from him.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from weighbridge.gate.aftermath import waivable_rules
from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide
from weighbridge.gate.times import after, span
from weighbridge.gate.waivers import Waivers, waivable
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.refusing import Refused
from weighbridge.usecases.waive import Waivable, Waived, Wish, say_so

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision
    from weighbridge.usecases.deciding import Deciding


def ask_for_waivers(deciding: Deciding, decision: Decision) -> tuple[str, ...]:
    """Ask for every waiver a denied promotion would pass with, behind its entry in the ledger.

    Args:
        deciding: The promotion.
        decision: The denial, with the steps that would pass.

    Returns:
        The rules a waiver was asked for; what somebody asks for already is not asked for again.
    """
    rules = []
    for wanted in _wanted(deciding.case, decision):
        with suppress(Refused):  # the denial stands, whether or not he may ask
            rules.append(say_so(deciding.speaker, wanted, deciding.case).wish.rule)
    return tuple(rules)


def _wanted(case: Case, decision: Decision) -> Iterator[Waived]:
    """Say what is to be waived: what nobody answers for and nobody asks for."""
    waivers = Waivers(case)
    decide(case, program_of(case.bundle), waivers=waivers)
    for rule in waivable_rules(decision):
        found = [
            Waivable(subject=subject, covered=covered)
            for (code, covered), subject in waivers.found.items()
            if code == rule and not waivers.words.asked.get(key := (code, covered))
            if not waivers.standing(key)
        ]
        if found:
            yield Waived(
                wish=_wish(case, rule),
                name=decision.name,
                version=decision.version,
                findings=tuple(sorted(found, key=lambda one: (one.subject, one.covered))),
            )


def _wish(case: Case, rule: str) -> Wish:
    """Wish for as long as the policy lets a waiver last; who grants it may give less."""
    longest = max((entry.longest for entry in waivable(case, rule)), key=span)
    return Wish(
        rule=rule,
        release=case.release,
        environment=case.environment_name,
        reason=f"its promotion was denied at {case.now}",
        expires=after(case.now, longest),
        act=Act.REQUEST_WAIVER,
    )
