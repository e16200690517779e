"""What people say of a promotion, signed: `approve`, `reject`, `hold`, `lift` and so on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.gate.approvals import standing_words
from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide
from weighbridge.gate.seats import seats
from weighbridge.model.errors import ConflictError, UsageError
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import APPROVAL
from weighbridge.usecases.barring import barred, check_sense, check_use, supposed
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.saying import speaking

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Case, Said
    from weighbridge.model.decision import Decision
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.saying import Speaker

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
        shown: The outcome that was shown to who says it; empty if he says it whatever the outcome.
    """

    act: Act
    release: str
    environment: str
    reason: str = ""
    shown: str = ""


def say(intent: Intent, *, signer: AnySigner, registry: Registry) -> Word:
    """Say something of a promotion, signed and for the outcome there is now.

    Args:
        intent: What is said.
        signer: Key of who says it.
        registry: The registry.

    Raises:
        NotAllowedError: He may not say that. The refusal is in the ledger.
        UsageError: It makes no sense now, or has no reason where there must be one.
        ConflictError: There is another outcome now than the one that was shown.
    """
    if intent.act in REASONED and not intent.reason.strip():
        help_ = ["give --reason"]
        raise UsageError(f"to {intent.act.value} needs a reason: it is kept for ever", help=help_)
    return speaking(signer, registry, lambda speaker: _say(speaker, intent))


def _say(speaker: Speaker, intent: Intent) -> Word:
    case = speaker.case(intent.environment, intent.release)
    program = program_of(case.bundle)
    decision = decide(case, program)
    refuse_unseen(intent.shown, decision)
    said = _said(intent, case, decision, speaker)
    act = {"act": said.act.value}
    signed = speaker.say_of(
        case,
        APPROVAL,
        {**act, "outcome": said.outcome, "reason": said.reason},
        body=act,
        roles=roles_to_say(said, case),
    )
    by = signed.by
    said = replace(said, person=by.person, roles=by.roles, key=by.spki)
    check_sense(said, case)
    if error := barred(said, case):
        raise signed.refused(error.faults[0].cause, error)
    if said.act is Act.BREAK_GLASS:
        check_use(decision, decide(replace(case, acts=(*case.acts, said)), program))
    return Word(act=said.act, person=said.person, decision=decision, index=signed.log())


def refuse_unseen(shown: str, decision: Decision) -> None:
    """Refuse what somebody signs for an outcome he has not seen.

    Args:
        shown: Digest of the outcome he has seen; empty if he asks for whatever there is.
        decision: What the gate says now.

    Raises:
        ConflictError: There is another.
    """
    if shown and shown != decision.outcome_digest:
        raise ConflictError(
            "the outcome is another now than the one that was shown",
            seen=f"{decision.outcome_digest}, {decision.verdict.value}",
            wanted=shown,
            cause="evidence, a waiver, the policy or the environment changed meanwhile",
            help=["look at it again, and then say it again"],
        )


def _said(intent: Intent, case: Case, decision: Decision, speaker: Speaker) -> Said:
    """Write what is being said as the gate will read it, but for the roles of who says it."""
    said = supposed(
        intent.act,
        case,
        decision.outcome_digest,
        person=speaker.person,
        roles=(),
        entry=speaker.entry,
    )
    return replace(said, reason=intent.reason)


def roles_to_say(said: Said, case: Case) -> Collection[str]:
    """Name the roles that may say such a thing here.

    Any may who stands in for somebody who may, and who takes back what he said himself.
    """
    roles = allowed(OPERATIONS[said.act], case.where())
    stands_in = said.act in _BY_ANOTHER and seats(said, roles, case)
    takes_back = said.act is Act.WITHDRAW and said.person in standing_words(case)
    return case.trust.roles if stands_in or takes_back else roles
