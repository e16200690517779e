"""Somebody is away: he hands his right to approve in an environment to another, or takes it back.

Who may hand it over may approve there himself. What it is worth, the gate says of each approval:
by then neither of the two may be excluded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.case import Act
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.permissions import Operation, Where, allowed, projects
from weighbridge.model.predicates import DELEGATION
from weighbridge.seal.statement import Statement
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.saying import speaking

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Delegation
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.saying import Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """What somebody wants to hand over, or back.

    Attributes:
        act: `delegate`, or `withdraw`.
        environment: Where.
        to: Who stands in, or does so no longer.
        since: From when (`check_time`); empty for now.
        until: From when no longer; empty for `withdraw`.
        reason: Why.
    """

    act: Act
    environment: str
    to: str
    since: str = ""
    until: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What was handed over, or back.

    Attributes:
        handing: What, its beginning filled in.
        person: By whom; empty if it was only shown.
        index: Its entry in the ledger; -1 if there is none.
    """

    handing: Handing
    person: str = ""
    index: int = -1


def preview(handing: Handing, *, registry: Registry, now: str) -> Handed:
    """Show what would be handed over; signs nothing.

    Raises:
        UsageError: It makes no sense.
        NotFoundError: There is no such environment.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        gathering.environment(handing.environment)
        at = max(now, gathering.log.time)
        _check(handing, gathering, at)
    return Handed(handing=_begun(handing, at))


def hand_over(handing: Handing, *, signer: AnySigner, registry: Registry) -> Handed:
    """Hand the right to approve over, or back, signed.

    Raises:
        NotAllowedError: He may not approve there himself. The refusal is in the ledger.
        UsageError: It makes no sense: nobody of that name, no time left, no reason.
        NotFoundError: There is no such environment.
    """
    return speaking(signer, registry, lambda speaker: _hand(speaker, handing))


def _hand(speaker: Speaker, handing: Handing) -> Handed:
    gathering = speaker.gathering
    digest, record = gathering.environment(handing.environment)
    _check(handing, gathering, speaker.now)
    begun = _begun(handing, speaker.now)
    person = speaker.person
    given = [one for one in gathering.delegations(handing.environment) if one.person == person]
    said = {
        "act": handing.act.value,
        "environment": handing.environment,
        "environmentDigest": digest,
        "from": begun.since,
        "to": handing.to,
        "until": begun.until,
    }
    predicate = {**said, "reason": handing.reason}
    signed = speaker.say(
        Statement(DELEGATION, subjects=((handing.environment, digest),), predicate=predicate),
        body=said,
        roles=_roles(handing, given, gathering, record),
    )
    if handing.to == signed.by.person:
        raise signed.refused("to-himself", _to_himself(handing.to))
    if handing.act is Act.WITHDRAW and not _stands(given, handing.to):
        message = f"{person} has handed nothing to {handing.to} in {handing.environment}"
        raise UsageError(message, help=["weighbridge log show"])
    return Handed(handing=begun, person=signed.by.person, index=signed.log())


def _check(handing: Handing, gathering: Gathering, now: str) -> None:
    """Refuse what makes no sense, whoever asks for it."""
    known = {one.person for one in gathering.state.trust.holdings if not one.revoked_at}
    if handing.to not in known:
        raise UsageError(
            f"nobody is called {handing.to}",
            seen=handing.to,
            wanted=f"one of {', '.join(sorted(known))}",
            help=["weighbridge registry status"],
        )
    if handing.act is Act.WITHDRAW:
        return
    if not handing.reason.strip():
        raise UsageError("to delegate needs a reason: it is kept for ever", help=["give --reason"])
    if not handing.until > max(now, handing.since):
        raise UsageError(
            "the delegation would be over before it began",
            seen=f"from {handing.since or now} until {handing.until}, now {now}",
            wanted="an --until after --from, and after now",
        )


def _begun(handing: Handing, now: str) -> Handing:
    begins = handing.act is Act.DELEGATE and not handing.since
    return replace(handing, since=now) if begins else handing


def _roles(
    handing: Handing, given: Collection[Delegation], gathering: Gathering, record: dict[str, Any]
) -> Collection[str]:
    """Name the roles that may approve there, whatever release; any, for who takes back his own."""
    if handing.act is Act.WITHDRAW and _stands(given, handing.to):
        return gathering.state.trust.roles
    policy = gathering.bundle(record["policyDigest"]).policy.spec
    return frozenset(
        role
        for name in ("", *projects(record))
        for role in allowed(Operation.DELEGATE, Where(environment=record, name=name, policy=policy))
    )


def _stands(given: Collection[Delegation], to: str) -> bool:
    """Tell whether something was handed to somebody and not taken back."""
    ours = [one for one in given if one.to == to]
    return bool(ours) and ours[-1].act is Act.DELEGATE


def _to_himself(person: str) -> NotAllowedError:
    return NotAllowedError(
        f"{person} cannot stand in for himself",
        wanted="somebody else",
        cause="to-himself",
        help=["name another with --delegate-to"],
    )
