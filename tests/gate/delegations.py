"""Short ways to let people stand in for each other in a case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.gate.cases import MORNING, PEOPLE, SPKI
from weighbridge.gate.case import Act, Delegation

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

LATER = "2026-11-08T00:00:00Z"


def handed(case: Case, giver: str, to: str, **changes: Any) -> Case:  # noqa: ANN401 - fields of it
    """Have somebody hand his right to approve to another, before anything more is said."""
    entries = [one.entry for one in case.evidence]
    entries += [one.entry for one in case.acts]
    entries += [one.entry for one in case.delegations]
    plain = Delegation(
        act=Act.DELEGATE,
        entry=max([20, *entries]) + 1,
        at=MORNING,
        person=giver,
        roles=PEOPLE[giver],
        key=SPKI[giver],
        environment=case.environment_name,
        to=to,
        since=MORNING,
        until=LATER,
        reason="on leave",
    )
    return replace(case, delegations=(*case.delegations, replace(plain, **changes)))


def taken_back(case: Case, giver: str, to: str) -> Case:
    """Have him take it back."""
    return handed(case, giver, to, act=Act.WITHDRAW, since="", until="", reason="")
