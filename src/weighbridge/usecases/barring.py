"""What nobody says, though he holds a role for it: what makes no sense, and what is his own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.approvals import standing_words
from weighbridge.gate.case import Act, Said
from weighbridge.gate.exclusion import authors, excluded
from weighbridge.gate.glass import lets_through, reviews_it, unreviewed
from weighbridge.gate.rejections import liftable, standing_rejections
from weighbridge.gate.seats import seats
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.permissions import Operation, allowed

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision

_NEITHER = "somebody who neither asked for it nor signed the release or evidence about it"
_LIFT = "weighbridge lift {release} --to {environment} --reason TEXT --key NAME, by another who may"


def supposed(
    act: Act, case: Case, outcome: str, *, person: str, roles: Collection[str], entry: int
) -> Said:
    """Write what somebody would say of a case, as the gate would read it.

    Args:
        act: What he would say.
        case: Of which release, in which environment.
        outcome: Digest of the outcome there is.
        person: Who would say it.
        roles: The roles of his keys.
        entry: The entry it would be.
    """
    return Said(
        act=act,
        entry=entry,
        at=case.now,
        person=person,
        roles=tuple(sorted(roles)),
        key="",
        release=case.release,
        environment=case.environment_name,
        policy=case.bundle_digest,
        outcome=outcome,
        environment_digest=case.environment_digest,
    )


def check_sense(said: Said, case: Case) -> None:
    """Refuse what is about nothing: to take back what was never said, to lift what does not stand.

    Raises:
        UsageError: There is nothing of the kind.
    """
    here, person = case.environment_name, said.person
    message, help_ = "", "weighbridge history"
    if said.act is Act.LIFT and not case.held:
        message, help_ = f"{here} is not held for this release", "weighbridge status"
    elif said.act is Act.LIFT_REJECTION and not standing_rejections(case):
        message = f"no rejection of this release stands in {here}"
    elif said.act is Act.REVIEW and not _broken(case):
        message = f"nobody broke the glass for this release in {here}, or it was reviewed"
    elif said.act is Act.WITHDRAW and not _has_said(person, case):
        message = f"{person} has said nothing of it that could be withdrawn"
    if message:
        raise UsageError(message, help=[help_])


def check_use(before: Decision, after: Decision) -> None:
    """Refuse to break glass that need not be broken, or that would let nothing in.

    Args:
        before: The decision without it.
        after: The decision with it.

    Raises:
        UsageError: It is of no use.
    """
    if before.verdict is GateVerdict.ALLOWED:
        message = "the glass need not be broken: the gate lets the release in"
        command = f"weighbridge promote {before.name}@{before.version} --to {before.environment}"
        raise UsageError(message, help=[command])
    if not lets_through(after):
        open_ = {Outcome.UNMET, Outcome.INCONCLUSIVE}
        named = [one for one in after.conditions if one.outcome in open_ and one.remedy]
        raise UsageError(
            "broken glass would not let it in: there are things nobody gets past",
            seen=", ".join(one.id for one in after.conditions if one.outcome in open_),
            wanted="an intact case, an author's signature, no rejection, no block, and a review "
            "of all glass that was broken before",
            help=[step for one in named for step in one.remedy[:1]],
        )


def barred(said: Said, case: Case) -> NotAllowedError | None:
    """Say why somebody may not say this of this release, though he holds a role for it."""
    if said.act in {Act.WITHDRAW, Act.APPROVE}:
        return _own_rejection(said, case) or (
            _own_approval(said, case) if said.act is Act.APPROVE else None
        )
    if said.act is Act.LIFT_REJECTION:
        return _not_to_lift(said, case)
    if said.act is Act.BREAK_GLASS and said.person in authors(case):
        return NotAllowedError(
            f"{said.person} cannot break the glass for this release: he signed evidence about it",
            wanted="somebody who signed neither the release nor evidence about it",
            cause="own-release",
            help=["have somebody else break it"],
        )
    return _own_glass(said, case) if said.act is Act.REVIEW else None


def _has_said(person: str, case: Case) -> bool:
    """Tell whether somebody said something that stands: a rejection that was lifted does not."""
    said = standing_words(case).get(person)
    if said is None or said.act is Act.WITHDRAW:
        return False
    return said.act is not Act.REJECT or person in _rejecters(case)


def _rejecters(case: Case) -> list[str]:
    return [said.person for said in standing_rejections(case)]


def _broken(case: Case) -> list[Said]:
    return [one for one in unreviewed(case) if one.release == case.release]


def _own_rejection(said: Said, case: Case) -> NotAllowedError | None:
    """Refuse to take back a rejection oneself, or to approve past it."""
    if said.person not in _rejecters(case):
        return None
    return NotAllowedError(
        f"{said.person} rejected this release, and cannot take that back himself",
        wanted="another person who may approve there, to lift the rejection",
        cause="own-rejection",
        help=[_lift(case)],
    )


def _own_approval(said: Said, case: Case) -> NotAllowedError | None:
    """Refuse an approval of one's own, or for somebody whose own it would be."""
    out = excluded(case)
    if said.person in out:
        return NotAllowedError(
            f"{said.person} cannot approve this promotion: he {out[said.person]}",
            wanted=_NEITHER,
            cause="own-approval",
            help=["have somebody else approve it"],
        )
    may = seats(said, allowed(Operation.APPROVE, case.where()), case)
    if all(seat in out for seat in may):
        named = ", ".join(f"{seat} {out[seat]}" for seat in may)
        return NotAllowedError(
            f"{said.person} cannot approve this promotion for another: {named}",
            wanted=f"to stand in for {_NEITHER}",
            cause="own-approval",
            help=["have somebody else approve it"],
        )
    return None


def _not_to_lift(said: Said, case: Case) -> NotAllowedError | None:
    """Refuse to lift a rejection of one's own, or of what one may not approve."""
    rejecters = _rejecters(case)
    if liftable(said, case, rejecters):
        return None
    why = excluded(case).get(said.person)
    own = why is None
    return NotAllowedError(
        f"{said.person} cannot lift this rejection: "
        + ("it is his own, or of whom he stands in for" if own else f"he {why}"),
        wanted="another person who may approve this promotion there",
        cause="own-rejection" if own else "own-approval",
        help=[_lift(case)],
    )


def _own_glass(said: Said, case: Case) -> NotAllowedError | None:
    """Refuse a review by who had a part in it, or who stands in for nobody who had none."""
    out = set(excluded(case)) | {one.person for one in _broken(case)}
    may = seats(said, allowed(Operation.REVIEW, case.where()), case)
    reviewed = [one for one in _broken(case) if reviews_it(said, one, case)]
    if said.person not in out and reviewed and any(seat not in out for seat in may):
        return None
    return NotAllowedError(
        f"{said.person} cannot review this: he, or whom he stands in for, had a part in it",
        wanted="somebody who neither broke the glass nor asked for the promotion, nor signed "
        "the release or evidence about it",
        cause="own-glass",
        help=["have somebody else review it"],
    )


def _lift(case: Case) -> str:
    metadata = case.manifest["metadata"]
    release = f"{metadata['name']}@{metadata['version']}"
    return _LIFT.format(release=release, environment=case.environment_name)
