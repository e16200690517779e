"""Somebody is away: he hands his right to approve in an environment to another, or takes it back.

Who may hand it over may approve there himself. What it is worth, the gate says of each approval:
by then neither of the two may be excluded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.case import Act
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, Where, allowed, projects
from weighbridge.model.predicates import DELEGATION
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.keyless import PublishedRoot
from weighbridge.usecases.signing import holder, keep_signed, not_allowed

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Delegation
    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction


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
    outcome = registry.change(lambda transaction: _hand(transaction, handing, signer, registry))
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _hand(
    transaction: Transaction, handing: Handing, signer: AnySigner, registry: Registry
) -> Handed | NotAllowedError:
    gathering = Gathering.of(transaction, registry)
    now, trust = transaction.now, gathering.state.trust
    digest, record = gathering.environment(handing.environment)
    _check(handing, gathering, now)
    begun = _begun(handing, now)
    person = holder(signer, trust)
    given = [one for one in gathering.delegations(handing.environment) if one.person == person]
    payload = _payload(begun, digest, log=gathering.log.checkpoint)
    bundle = keep_signed(payload, signer=signer, registry=registry)
    body: dict[str, Any] = {
        "act": handing.act.value,
        "environment": handing.environment,
        "environmentDigest": digest,
        "from": begun.since,
        "person": person,
        "to": handing.to,
        "until": begun.until,
    }
    judged = judge(
        read_bundle(registry.blobs.read(bundle)),
        snapshot=trust,
        at=now,
        roles=_roles(handing, given, gathering, record),
        subject_digests=[digest],
        predicate_type=DELEGATION,
        keyless=PublishedRoot(gathering.state, registry.blobs),
    )
    if isinstance(judged, Refusal):
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": judged.reason.value})
        return not_allowed(judged)
    if handing.to == judged.person:
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": "to-himself"})
        return _to_himself(judged.person)
    if handing.act is Act.WITHDRAW and not _stands(given, handing.to):
        message = f"{person} has handed nothing to {handing.to} in {handing.environment}"
        raise UsageError(message, help=["weighbridge log show"])
    said = {**body, "bundle": bundle, "predicateType": DELEGATION}
    index = transaction.append(Kind.ACT_SAID, said)
    return Handed(handing=begun, person=judged.person, index=index)


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


def _payload(handing: Handing, digest: str, *, log: Checkpoint) -> bytes:
    predicate: dict[str, Any] = {
        "act": handing.act.value,
        "after": log.size,
        "environment": handing.environment,
        "environmentDigest": digest,
        "from": handing.since,
        "log": log.origin,
        "reason": handing.reason,
        "to": handing.to,
        "until": handing.until,
    }
    subject = (handing.environment, digest)
    return write_statement(Statement(DELEGATION, subjects=(subject,), predicate=predicate))


def _to_himself(person: str) -> NotAllowedError:
    return NotAllowedError(
        f"{person} cannot stand in for himself",
        wanted="somebody else",
        cause="to-himself",
        help=["name another with --delegate-to"],
    )
