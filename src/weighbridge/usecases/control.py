"""Change the control plane: owners sign one statement, and what enough of them signed applies.

Too few signatures leave a proposal behind; another owner asks for the same change and signs the
same bytes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.ledger.note import NoteError
from weighbridge.model.errors import NotAllowedError
from weighbridge.model.event import Kind
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.control import (
    Action,
    ControlError,
    Obstacle,
    Proposal,
    authorise,
    log_rotation_of,
    read_proposal,
    revoke_key,
    said_in,
    write_proposal,
)
from weighbridge.usecases.believed import (
    believe,
    control_state,
    signed_change,
    state_after,
    trust_in,
)
from weighbridge.usecases.log_keys import endorsed_after
from weighbridge.usecases.refusing import Refused, change_or_refuse
from weighbridge.usecases.signing import keep_signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.seal.control import Authorisation, Change
    from weighbridge.usecases.believed import BelievedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A proposal too few owners have signed.

    Attributes:
        proposal: What is proposed.
        payload: The statement they sign.
        authorisation: Who signed, and how many are missing.
    """

    proposal: Proposal
    payload: bytes
    authorisation: Authorisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a change.

    Attributes:
        applied: Whether it is in force.
        signers: Owners who have signed it.
        missing: How many more must.
    """

    applied: bool
    signers: tuple[str, ...] = ()
    missing: int = 0


class _Deliberation:
    """One statement before the owners, at one moment of the registry."""

    def __init__(self, view: LedgerView, payload: bytes, registry: Registry, at: str) -> None:
        self._blobs = registry.blobs
        self._payload = payload
        self._at = at
        self.log = believe(view, log_key=registry.log_key)
        self.state = control_state(self.log, registry.blobs)
        self.statement = f"sha256:{sha256(payload).hexdigest()}"
        self.applied = self.statement in _applied(self.log)
        entries = [event for _, event in self.log.found(f"statement:{self.statement}")]
        self._proposed = [e for e in entries if e.kind is Kind.CONTROL_PROPOSED]

    def earlier(self) -> list[str]:
        """Name the bundles signed before that still count."""
        digests = [digest for event in self._proposed for digest in event.body["bundles"]]
        refused = {index for index, _ in self.judge(digests).refusals}
        return [digest for index, digest in enumerate(digests) if index not in refused]

    def judge(self, digests: Sequence[str]) -> Authorisation:
        """Judge what some bundles amount to."""
        bundles = [read_bundle(self._blobs.read(digest)) for digest in digests]
        return authorise(bundles, payload=self._payload, snapshot=self.state.trust, at=self._at)


def change_control(change: Change, *, signers: Sequence[AnySigner], registry: Registry) -> Outcome:
    """Sign a change as owners; apply it if enough have signed.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotAllowedError: A signature does not count, or nobody could make this change. The refusal
            is in the ledger.
    """
    payload = proposal_of(change, registry)
    added = [keep_signed(payload, signer=key, registry=registry) for key in signers]
    return change_or_refuse(
        registry, lambda transaction: _decide(transaction, payload, added, registry)
    )


def in_force(change: Change, registry: Registry) -> bool:
    """Tell whether a change would change nothing: what it asks for is so already."""
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        state = control_state(log, registry.blobs)
        try:
            after = state.after(change, as_of=state.trust.as_of, at=log.time)
        except ControlError:
            return False
    return after == state


def revocation(spki: str, *, reason: str, revoked_at: str, registry: Registry) -> Change:
    """Ask for a trusted key to be revoked.

    Raises:
        ControlError: It is not trusted, or the time or the reason is none.
    """
    with registry.reading() as view:
        trust = trust_in(believe(view, log_key=registry.log_key), registry.blobs)
    found = trust.find(spki)
    if found is None:
        raise ControlError(Obstacle.UNKNOWN_KEY, f"nobody trusts the key {spki}")
    return revoke_key(spki, person=found.person, reason=reason, revoked_at=revoked_at)


def proposal_of(change: Change, registry: Registry) -> bytes:
    """Return the statement that proposes a change: the pending one, if there is one."""
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        for found in pending(log, registry):
            if found.proposal.change == change:
                return found.payload
        after = log.size
        if change.action is Action.LOG_ROTATE:
            with contextlib.suppress(NoteError):  # the lost key's word, or none: judged later
                after = endorsed_after(log_rotation_of(change).endorsement.encode())
        proposal = Proposal(change=change, log=log.checkpoint.origin, after=after)
    return write_proposal(proposal)


def pending(log: BelievedLog, registry: Registry) -> Iterator[Pending]:
    """List the proposals that were not applied yet, as their signatures count now."""
    applied = _applied(log)
    payloads: dict[str, bytes] = {}
    for _, event in log.found("control"):
        statement = event.body["statement"]
        proposed = event.kind is Kind.CONTROL_PROPOSED and statement not in applied
        if proposed and statement not in payloads:
            payloads[statement] = signed_change(event, registry.blobs)[0]
    for payload in payloads.values():
        deliberation = _Deliberation(log.view, payload, registry, log.time)
        yield Pending(
            proposal=read_proposal(payload),
            payload=payload,
            authorisation=deliberation.judge(deliberation.earlier()),
        )


def _applied(log: BelievedLog) -> set[str]:
    """Name the statements that were applied: by their chain, for the index may lack one."""
    return {event.body["statement"] for _, event in log.control[1:]}


def _decide(
    transaction: Transaction, payload: bytes, added: Sequence[str], registry: Registry
) -> Outcome:
    """Apply a change, keep it as a proposal or refuse it, and log which."""
    before = _Deliberation(transaction, payload, registry, transaction.now)
    proposal = read_proposal(payload)
    change = proposal.change
    body = {
        "action": change.action.value,
        "statement": before.statement,
        "about": change.subject[0],
        "subject": change.subject[1],
        **said_in(change),
    }
    earlier = before.earlier()
    bundles = [*earlier, *(digest for digest in added if digest not in earlier)]
    authorisation = before.judge(bundles)
    people = tuple(sorted({signer.person for signer in authorisation.signers}))
    if before.applied:
        return Outcome(applied=True, signers=people)
    refused = _refusal(authorisation) or _impossible(before, proposal, transaction.now)
    if refused is not None:
        reason = refused.faults[0].cause
        transaction.append(Kind.CONTROL_REFUSED, {**body, "bundles": bundles, "reason": reason})
        raise Refused(refused)
    if authorisation.granted:
        said = {**body, "bundles": bundles, "signers": list(people)}
        _apply(transaction, change, said)
    elif len(authorisation.signers) > len(before.judge(earlier).signers):
        said = {**body, "bundles": list(added), "signers": list(people)}
        transaction.append(Kind.CONTROL_PROPOSED, said)
    return Outcome(applied=authorisation.granted, signers=people, missing=authorisation.missing)


def _apply(transaction: Transaction, change: Change, said: Mapping[str, Any]) -> None:
    """Log a change in force; the log's key is changed by the entry that says so."""
    if change.action is Action.LOG_ROTATE:
        rotation = log_rotation_of(change)
        transaction.rotate_log_key(rotation.key)
        said = {**said, "endorsement": rotation.endorsement, "logKey": rotation.key}
    transaction.append(Kind.CONTROL_APPLIED, said)


def _refusal(authorisation: Authorisation) -> NotAllowedError | None:
    """Say why a signature does not count, or why this change can never be signed by enough."""
    for _, refusal in authorisation.refusals:
        return NotAllowedError(
            "only owners change who and what is trusted",
            seen=refusal.seen,
            wanted=refusal.wanted,
            cause=refusal.reason.value,
            help=[refusal.remediation],
        )
    if authorisation.impossible:
        return NotAllowedError(
            f"{authorisation.beneficiary} cannot be given a role by nobody but himself",
            wanted="the signature of another owner",
            cause="beneficiary-alone",
            help=["a registry needs two owners before one of them can be given a role"],
        )
    return None


def _impossible(before: _Deliberation, proposal: Proposal, at: str) -> NotAllowedError | None:
    """Say why a change cannot be made, whoever signs it."""
    try:
        state_after(before.state, proposal, index=before.log.size, at=at)
    except ControlError as error:
        return NotAllowedError(str(error), cause=error.reason.value)
    return None
