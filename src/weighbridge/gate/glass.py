"""Broken glass: in an emergency somebody named for it lets one release in past what is not met.

The decision stays what it is: denied, or in need of somebody. It says who broke the glass and why.
For two hours, for one release under one policy in one environment; then another person reviews it,
or nothing else gets in. What nobody gets past: a case that is not intact, a release that somebody
rejected or that is blocked (those are words against it, and not a want of people or time), one that
was found damaged, one that no author signed (he might be who broke the glass), and glass of before
that nobody has reviewed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.exclusion import authors
from weighbridge.gate.stops import VERIFIED
from weighbridge.gate.times import after
from weighbridge.model.decision import BREAK_GLASS, ENFORCE, GateVerdict, Judged, Outcome
from weighbridge.model.permissions import Operation, allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case, Said
    from weighbridge.model.decision import Decision

BROKEN, REVIEWED = "glass-broken", "glass-reviewed"
LIFE = "7200s"
"""How long glass stays broken."""

_NEVER = frozenset(
    {"case-intact", "not-blocked", "not-rejected", "signed-by-builder", REVIEWED, VERIFIED}
)
"""What nobody gets past."""


def judge_glass(case: Case) -> Iterator[Judged]:
    """Say whether the glass is broken for this case, and whether all that was broken is reviewed.

    Nothing is said where nobody ever broke any.
    """
    force = in_force(case)
    if force is not None:
        yield Judged(
            id=BROKEN,
            outcome=Outcome.MET,
            why=f"{force.person} broke the glass at {force.at}: {force.reason}",
            seen=f"until {after(force.at, LIFE)}",
            binds=False,
            warns=True,
        )
    broken = breaks(case)
    if not broken:
        return
    # Glass that is broken again for the same release is reviewed together.
    due = [one for one in unreviewed(case) if force is None or one.release != case.release]
    if not due:
        why = (
            "glass of before was reviewed" if force is None else "no other glass is to be reviewed"
        )
        yield Judged(id=REVIEWED, outcome=Outcome.MET, why=why, binds=False)
        return
    yield Judged(
        id=REVIEWED,
        outcome=Outcome.UNMET,
        why="the glass was broken here, and nobody has reviewed it",
        seen="; ".join(map(told, due)),
        wanted="a review by another who may approve",
        remedy=tuple(dict.fromkeys(_review(one, case) for one in due)),
        findings=({"code": "GOV002", "severity": "error", "subject": REVIEWED, "verdict": "fail"},),
        waits=True,
        binds=False,
    )


def in_force(case: Case) -> Said | None:
    """Return the newest word by which the glass is broken for this case now, if there is one."""
    open_ = {one.entry for one in unreviewed(case)}
    able = frozenset(allowed(Operation.BREAK_GLASS, case.where()))
    made = authors(case)
    for one in reversed(breaks(case)):
        if (
            one.entry in open_
            and one.release == case.release
            and one.environment_digest == case.environment_digest
            and one.policy == case.bundle_digest
            and one.at <= case.now < after(one.at, LIFE)
            and one.person not in made
            and not able.isdisjoint(one.roles)
        ):
            return one
    return None


def breaks(case: Case) -> list[Said]:
    """List when somebody broke the glass for releases of this name here, oldest first."""
    return [
        said
        for said in sorted(case.acts, key=lambda said: said.entry)
        if said.act is Act.BREAK_GLASS and said.environment == case.environment_name
    ]


def unreviewed(case: Case) -> list[Said]:
    """List the glass that was broken here and that nobody else has reviewed since, oldest first."""
    reviews = [said for said in case.acts if said.act is Act.REVIEW]
    return [one for one in breaks(case) if not any(reviews_it(said, one, case) for said in reviews)]


def reviews_it(said: Said, broken: Said, case: Case) -> bool:
    """Tell whether a review is about some glass, and of somebody who had no part in it."""
    movers = {person for entry, person in case.under_glass if broken.entry < entry < said.entry}
    return (
        said.entry > broken.entry
        and (said.release, said.environment) == (broken.release, broken.environment)
        and said.person not in {broken.person, *movers}
    )


def told(one: Said) -> str:
    """Write who broke the glass, when and why."""
    return f"{one.person} at {one.at}: {one.reason}"


def _review(one: Said, case: Case) -> str:
    which = "REF" if one.release == case.release else one.release
    return f"weighbridge break-glass {which} --to ENV --review --reason TEXT --key NAME"


def lets_through(decision: Decision) -> bool:
    """Tell whether broken glass lets a release in past what a decision says is not met."""
    conditions = decision.conditions
    broken = any(one.id == BROKEN and one.outcome is Outcome.MET for one in conditions)
    return broken and not never_past(decision)


def never_past(decision: Decision) -> tuple[Judged, ...]:
    """List what is not met, or not known to be, of what nobody gets past."""
    return tuple(one for one in decision.conditions if one.id in _NEVER and one.is_open)


def mode_of(decision: Decision, enforcement: str) -> str:
    """Say in which mode a decision is carried out: by broken glass, or as the environment says."""
    past_it = decision.verdict is not GateVerdict.ALLOWED and lets_through(decision)
    return BREAK_GLASS if past_it and enforcement == ENFORCE else enforcement
