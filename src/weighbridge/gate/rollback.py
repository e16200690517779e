"""The way back: which release an environment may be rolled back to, by today's facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.rejections import judge_rejections
from weighbridge.model.decision import Judged, Outcome

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer

ALLOW = "previously-promoted"
"""What a policy allows that says nothing of rollbacks."""


def previous(pointer: Pointer) -> str:
    """Find the release to go back to: the newest that is not the present one nor was left.

    Returns:
        Its digest, or empty if there is none.
    """
    for move in reversed(pointer.moves):
        if move.release != pointer.release and move.release not in pointer.left:
            return move.release
    return ""


def judge_rollback(case: Case, pointer: Pointer) -> list[Judged]:
    """Judge whether an environment may go back to a release now; the case is intact.

    Args:
        case: The case of the release to go back to.
        pointer: Where its name points in the environment.
    """
    rule = case.policy.rollback_policy
    allow = rule.allow if rule is not None else ALLOW
    been = any(move.release == case.release for move in pointer.moves)
    permitted = allow == "any" or (allow == ALLOW and been)
    left = case.release in pointer.left
    there = case.release == pointer.release
    return [
        Judged(
            id="moves",
            outcome=Outcome.UNMET if there else Outcome.MET,
            why="the environment points to it already" if there else "it points to another",
            binds=False,
        ),
        Judged(
            id="rollback-allowed",
            outcome=Outcome.MET if permitted else Outcome.UNMET,
            why="the policy allows it" if permitted else "the policy does not allow it",
            seen="promoted here before" if been else "never promoted here",
            wanted=allow,
            binds=False,
        ),
        Judged(
            id="not-left",
            outcome=Outcome.UNMET if left else Outcome.MET,
            why="this environment was rolled back from it" if left else "it was not left",
            remedy=("weighbridge promote REF --to ENV, once the hold is lifted",) if left else (),
            binds=False,
        ),
        judge_rejections(case),
    ]


def holds(case: Case) -> bool:
    """Tell whether a rollback holds the environment until somebody lifts that."""
    rule = case.policy.rollback_policy
    return rule is None or rule.holds
