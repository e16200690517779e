"""The statement owners sign: an in-toto Statement v1 about the thing that is to change.

It names the log it is for, so that it means nothing in another registry. Read from its canonical
bytes and from no others. Whether it was applied already is for whoever keeps the ledger.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import assert_never

from weighbridge.model.canonical import MAX_INTEGER
from weighbridge.model.predicates import CONTROL
from weighbridge.model.trust import TrustError, check_name
from weighbridge.seal.control.change import Action, Change, ControlError, Obstacle
from weighbridge.seal.control.custody_changes import reason_of
from weighbridge.seal.control.key_changes import key_to_trust, revocation_of
from weighbridge.seal.control.log_changes import log_rotation_of
from weighbridge.seal.control.stop_changes import wish_of
from weighbridge.seal.statement import Statement, StatementError, read_statement, write_statement


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change, put before the owners of one registry.

    Attributes:
        change: What is to change.
        log: Origin of the log it is for.
        after: Number of entries the log had when it was proposed; tells two proposals of one
            change apart, as a time would not within one second.
    """

    change: Change
    _: KW_ONLY
    log: str
    after: int

    def __post_init__(self) -> None:
        """Refuse what is not in its one form."""
        try:
            check_name(self.log)
        except TrustError as error:
            raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error
        if type(self.after) is not int or not 0 <= self.after <= MAX_INTEGER:
            raise ControlError(Obstacle.NOT_IN_FORM, f"{self.after} is not a number of entries")


def write_proposal(proposal: Proposal) -> bytes:
    """Write a proposal as canonical JSON (RFC 8785), ready to be signed.

    Raises:
        ControlError: Its change is not one owners can be asked for, or has no canonical form.
    """
    change = proposal.change
    _check(change)
    predicate = {
        "action": change.action.value,
        "log": proposal.log,
        "parameters": dict(change.parameters),
        "after": proposal.after,
    }
    try:
        return write_statement(Statement(CONTROL, subjects=(change.subject,), predicate=predicate))
    except StatementError as error:
        raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error


def read_proposal(payload: bytes) -> Proposal:
    """Read a proposal from its canonical bytes and from no others.

    Raises:
        ControlError: It is not one, byte for byte.
    """
    try:
        proposal = _proposal(read_statement(payload))
        written = write_proposal(proposal)
    except ControlError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError(Obstacle.NOT_A_PROPOSAL, f"this is no proposal: {error}") from error
    # Whatever was overlooked above, unknown members or another kind of statement, shows here.
    if written != payload:
        raise ControlError(Obstacle.NOT_A_PROPOSAL, "the proposal is not in its canonical form")
    return proposal


def _proposal(statement: Statement) -> Proposal:
    said = statement.predicate
    log, after, parameters = said["log"], said["after"], said["parameters"]
    if not isinstance(log, str):
        raise TypeError("its log is not text")
    if not isinstance(parameters, dict):
        raise TypeError("its parameters are not a mapping")
    change = Change(Action(said["action"]), subject=statement.subjects[0], parameters=parameters)
    return Proposal(change, log=log, after=after)


def _check(change: Change) -> None:
    match change.action:
        case Action.KEY_TRUST:
            key_to_trust(change)
        case Action.KEY_REVOKE:
            revocation_of(change)
        case Action.PAYLOAD_ERASE | Action.RELEASE_HOLD | Action.RELEASE_UNHOLD:
            reason_of(change)
        case (
            Action.ENVIRONMENT_FREEZE
            | Action.ENVIRONMENT_UNFREEZE
            | Action.RELEASE_BLOCK
            | Action.RELEASE_UNBLOCK
        ):
            wish_of(change)
        case Action.LOG_ROTATE:
            log_rotation_of(change)
        case (
            Action.POLICY_PUBLISH
            | Action.ENVIRONMENT_APPLY
            | Action.DATA_PUBLISH
            | Action.RULES_PUBLISH
        ):
            pass  # what these say is judged where they are known
        case _:
            assert_never(change.action)
