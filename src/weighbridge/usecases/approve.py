"""What people say of a promotion, signed: `approve`, `reject`, `hold`, `lift` and so on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.approvals import standing_words
from weighbridge.gate.case import Act, Said
from weighbridge.gate.decide import decide
from weighbridge.gate.seats import seats
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import APPROVAL
from weighbridge.seal.judging import Refusal
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.barring import barred, check_sense, check_use
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.signing import holder, judge_signed, keep_signed, not_allowed

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Case
    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.decision import Decision
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction

REASONED = frozenset(
    {Act.REJECT, Act.HOLD, Act.LIFT, Act.LIFT_REJECTION, Act.BREAK_GLASS, Act.REVIEW}
)
"""What nobody says without a reason."""

OPERATIONS = {
    Act.APPROVE: Operation.APPROVE,
    Act.WITHDRAW: Operation.WITHDRAW,
    Act.REJECT: Operation.REJECT,
    Act.HOLD: Operation.HOLD,
    Act.LIFT: Operation.LIFT_HOLD,
    Act.LIFT_REJECTION: Operation.LIFT_REJECTION,
    Act.BREAK_GLASS: Operation.BREAK_GLASS,
    Act.REVIEW: Operation.REVIEW,
}
"""What the permission table is asked for each."""

_BY_ANOTHER = frozenset({Act.APPROVE, Act.REJECT, Act.LIFT_REJECTION, Act.REVIEW})
"""What somebody may say who stands in for an approver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """An act that was said.

    Attributes:
        act: What.
        person: Who said it.
        decision: What the gate thought at that moment.
        index: Its entry in the ledger.
    """

    act: Act
    person: str
    decision: Decision
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody wants to say.

    Attributes:
        act: What.
        release: Of which release (digest); for `hold` and `lift`, the one the pointer holds.
        environment: Of which environment.
        reason: Why.
    """

    act: Act
    release: str
    environment: str
    reason: str = ""


def say(intent: Intent, *, signer: AnySigner, registry: Registry) -> Word:
    """Say something of a promotion, signed and for the outcome there is now.

    Args:
        intent: What is said.
        signer: Key of who says it.
        registry: The registry.

    Raises:
        NotAllowedError: He may not say that. The refusal is in the ledger.
        UsageError: It makes no sense now, or has no reason where there must be one.
    """
    if intent.act in REASONED and not intent.reason.strip():
        help_ = ["give --reason"]
        raise UsageError(f"to {intent.act.value} needs a reason: it is kept for ever", help=help_)
    outcome = registry.change(lambda transaction: _say(transaction, intent, signer, registry))
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _say(
    transaction: Transaction, intent: Intent, signer: AnySigner, registry: Registry
) -> Word | NotAllowedError:
    gathering = Gathering.of(transaction, registry)
    case = gathering.case(intent.environment, intent.release, now=transaction.now)
    program = program_of(case.bundle)
    decision = decide(case, program)
    said = _said(intent, case, decision, holder(signer, case.trust), entry=gathering.log.size)
    payload = _payload(said, decision, log=gathering.log.checkpoint)
    bundle = keep_signed(payload, signer=signer, registry=registry)
    body: dict[str, Any] = {
        "act": said.act.value,
        "environment": said.environment,
        "name": decision.name,
        "person": said.person,
        "release": said.release,
        "version": decision.version,
    }
    judged = judge_signed(
        bundle,
        registry=registry,
        state=gathering.state,
        at=case.now,
        roles=_roles(said, case),
        release=said.release,
    )
    if isinstance(judged, Refusal):
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": judged.reason.value})
        return not_allowed(judged)
    said = replace(said, person=judged.person, roles=judged.roles, key=judged.spki)
    check_sense(said, case)
    error = barred(said, case)
    if error is not None:
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": error.faults[0].cause})
        return error
    if said.act is Act.BREAK_GLASS:
        check_use(decision, decide(replace(case, acts=(*case.acts, said)), program))
    index = transaction.append(Kind.ACT_SAID, {**body, "bundle": bundle, "predicateType": APPROVAL})
    return Word(act=said.act, person=said.person, decision=decision, index=index)


def _said(intent: Intent, case: Case, decision: Decision, person: str, *, entry: int) -> Said:
    """Write what is being said as the gate will read it, but for the roles of who says it."""
    return Said(
        act=intent.act,
        entry=entry,
        at=case.now,
        person=person,
        roles=(),
        key="",
        release=intent.release,
        environment=intent.environment,
        policy=case.bundle_digest,
        outcome=decision.outcome_digest,
        reason=intent.reason,
        environment_digest=case.environment_digest,
    )


def _payload(said: Said, decision: Decision, *, log: Checkpoint) -> bytes:
    predicate: dict[str, Any] = {
        "act": said.act.value,
        "after": log.size,
        "environment": said.environment,
        "environmentDigest": said.environment_digest,
        "log": log.origin,
        "outcome": said.outcome,
        "policy": said.policy,
        "reason": said.reason,
    }
    subject = (f"{decision.name}@{decision.version}", said.release)
    return write_statement(Statement(APPROVAL, subjects=(subject,), predicate=predicate))


def _roles(said: Said, case: Case) -> Collection[str]:
    """Name the roles that may say such a thing here.

    Any may who stands in for somebody who may, and who takes back what he said himself.
    """
    roles = allowed(OPERATIONS[said.act], case.where())
    stands_in = said.act in _BY_ANOTHER and seats(said, roles, case)
    takes_back = said.act is Act.WITHDRAW and said.person in standing_words(case)
    return case.trust.roles if stands_in or takes_back else roles
