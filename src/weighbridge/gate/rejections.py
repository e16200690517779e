"""Rejections: final for a release and an environment, until another person lifts them.

Who rejected something cannot take that back himself, nor by who stands in for him.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.exclusion import excluded
from weighbridge.gate.seats import seats
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.permissions import Operation, allowed

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Case, Said

ID = "not-rejected"


def standing_rejections(case: Case) -> list[Said]:
    """List the rejections of this release here that nobody lifted, the newest of each person."""
    standing: dict[str, Said] = {}
    for said in sorted(case.acts, key=lambda said: said.entry):
        if said.release != case.release or said.environment != case.environment_name:
            continue
        if said.act is Act.REJECT:
            standing[said.person] = said
        elif said.act is Act.LIFT_REJECTION:
            for rejecter in liftable(said, case, standing):
                del standing[rejecter]
    return list(standing.values())


def liftable(said: Said, case: Case, rejecters: Collection[str]) -> list[str]:
    """Name those whose rejection somebody can lift: another's, if he may approve here himself.

    Args:
        said: What he said.
        case: The case.
        rejecters: Who rejected it.
    """
    out = excluded(case)
    if said.person in out:
        return []
    roles = allowed(Operation.LIFT_REJECTION, case.where())
    free = [seat for seat in seats(said, roles, case) if seat not in out]
    return [
        rejecter
        for rejecter in rejecters
        if rejecter != said.person and any(seat != rejecter for seat in free)
    ]


def judge_rejections(case: Case) -> Judged:
    """A release somebody rejected goes nowhere until another lifts that."""
    rejected = standing_rejections(case)
    if not rejected:
        why = "nobody rejected it" if not _was(case) else "every rejection was lifted by another"
        return Judged(id=ID, outcome=Outcome.MET, why=why, binds=False)
    return Judged(
        id=ID,
        outcome=Outcome.UNMET,
        why="it was rejected",
        seen=", ".join(f"{said.person}: {said.reason}" for said in rejected),
        wanted="no rejection that stands",
        remedy=(
            "weighbridge lift REF --to ENV --reason TEXT --key NAME, by another who may approve",
        ),
        binds=False,  # what one person says is no evidence another approves
    )


def _was(case: Case) -> bool:
    here = case.environment_name
    return any(
        said.act is Act.REJECT and said.release == case.release and said.environment == here
        for said in case.acts
    )
