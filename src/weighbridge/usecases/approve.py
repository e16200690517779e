"""`approve`, `withdraw`, `reject`, `hold` and `lift`: what people say of a promotion, signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.gate.approvals import excluded, standing_words
from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.event import Kind
from weighbridge.model.predicates import APPROVAL
from weighbridge.seal.judging import Refusal
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.deciding import deployers
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.signing import holder, judge_signed, keep_signed, not_allowed

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction


REASONED = frozenset({Act.HOLD, Act.LIFT, Act.REJECT})
"""What nobody says without a reason."""


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
        UsageError: There is nothing to withdraw or to lift, or no reason where there must be one.
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
    act, release, environment = intent.act, intent.release, intent.environment
    gathering = Gathering(transaction, registry)
    case = gathering.case(environment, release, now=transaction.now)
    decision = decide(case, program_of(case.bundle))
    person = holder(signer, case.trust)
    predicate = {
        "act": act.value,
        "environment": environment,
        "environmentDigest": case.environment_digest,
        "log": gathering.log.checkpoint.origin,
        "outcome": decision.outcome_digest,
        "policy": case.bundle_digest,
        "reason": intent.reason,
    }
    name, version = decision.name, decision.version
    subject = (f"{name}@{version}", release)
    payload = write_statement(Statement(APPROVAL, subjects=(subject,), predicate=predicate))
    bundle = keep_signed(payload, signer=signer, registry=registry)
    body: dict[str, Any] = {
        "act": act.value,
        "environment": environment,
        "name": name,
        "person": person,
        "release": release,
        "version": version,
    }
    judged = judge_signed(
        bundle,
        registry=registry,
        state=gathering.state,
        at=case.now,
        roles=_roles(act, case),
        release=release,
    )
    if isinstance(judged, Refusal):
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": judged.reason.value})
        return not_allowed(judged)
    _check_sense(act, case, person)
    barred = _barred(act, case, person)
    if barred is not None:
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": barred.faults[0].cause})
        return barred
    said = {**body, "bundle": bundle, "predicateType": APPROVAL}
    index = transaction.append(Kind.ACT_SAID, said)
    return Word(act=act, person=person, decision=decision, index=index)


def _check_sense(act: Act, case: Case, person: str) -> None:
    """Refuse to take back what was never said, and to lift what is not held."""
    if act is Act.LIFT and not case.held:
        message = f"{case.environment_name} is not held for this release"
        raise UsageError(message, help=["weighbridge status"])
    if act is Act.WITHDRAW:
        said = standing_words(case).get(person)
        if said is None or said.act is Act.WITHDRAW:
            message = f"{person} has said nothing of it that could be withdrawn"
            raise UsageError(message, help=["weighbridge history"])


def _roles(act: Act, case: Case) -> set[str]:
    """Name the roles that may say such a thing there."""
    if act in {Act.HOLD, Act.LIFT}:
        return set(deployers(case.environment))
    demanded = {role for demand in case.policy.approvals or () for role in demand.roles}
    here = case.environment["spec"].get("roles", {}).get("approvers")
    allowed = demanded | set(here or ()) if act is not Act.APPROVE else demanded
    if here is not None and act is Act.APPROVE:
        allowed = demanded & set(here)
    return {role.removeprefix("role:") for role in allowed}


def _barred(act: Act, case: Case, person: str) -> NotAllowedError | None:
    """Say why somebody may not approve this one, though he holds a role for it."""
    why = excluded(case).get(person)
    if act is not Act.APPROVE or why is None:
        return None
    return NotAllowedError(
        f"{person} cannot approve this promotion: he {why}",
        wanted="somebody who neither asked for it nor signed the release or evidence about it",
        cause="own-approval",
        help=["have somebody else approve it"],
    )
