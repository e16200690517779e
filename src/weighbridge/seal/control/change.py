"""What owners can be asked to change, and why they cannot."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from weighbridge.model.predicates import CONTROL
from weighbridge.model.trust import TrustError, check_name
from weighbridge.seal.statement import Statement, StatementError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(StrEnum):
    """What owners can do."""

    KEY_TRUST = "key.trust"
    KEY_REVOKE = "key.revoke"
    POLICY_PUBLISH = "policy.publish"
    ENVIRONMENT_APPLY = "environment.apply"
    DATA_PUBLISH = "data.publish"
    LOG_ROTATE = "log.rotate"
    PAYLOAD_ERASE = "payload.erase"
    RELEASE_HOLD = "release.hold"
    RELEASE_UNHOLD = "release.unhold"
    ENVIRONMENT_FREEZE = "environment.freeze"
    ENVIRONMENT_UNFREEZE = "environment.unfreeze"
    RELEASE_BLOCK = "release.block"
    RELEASE_UNBLOCK = "release.unblock"
    RULES_PUBLISH = "rules.publish"


class Obstacle(StrEnum):
    """Why a change cannot be made, whoever signs it."""

    BACKWARDS = "backwards"
    BOUND = "bound"
    FORMER_KEY = "former-key"
    HELD = "held"
    HELD_BY_ANOTHER = "held-by-another"
    HELD_BY_SERVER = "held-by-server"
    IN_THE_FUTURE = "in-the-future"
    KEY_ONLY = "key-only"
    KEY_TWICE = "key-twice"
    LOG_ROLE = "log-role"
    NEVER_VALID = "never-valid"
    NO_REASON = "no-reason"
    NO_ROLES = "no-roles"
    NOT_BLOCKED = "not-blocked"
    NOT_ENDORSED = "not-endorsed"
    NOT_FROZEN = "not-frozen"
    NOT_HELD = "not-held"
    NOT_A_PROPOSAL = "not-a-proposal"
    NOT_IN_FORM = "not-in-form"
    OTHER_LOG = "other-log"
    REVOKED = "revoked"
    THRESHOLD = "threshold"
    TOO_FEW_OWNERS = "too-few-owners"
    UNKNOWN_ENVIRONMENT = "unknown-environment"
    UNKNOWN_KEY = "unknown-key"
    UNKNOWN_POLICY = "unknown-policy"
    UNUSABLE_KEY = "unusable-key"


class ControlError(ValueError):
    """A change of the control plane that cannot be made.

    Attributes:
        reason: Why not.
    """

    def __init__(self, reason: Obstacle, message: str) -> None:
        """Take the reason, and a sentence: lower case, no full stop."""
        self.reason = reason
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Change:
    """What owners are asked to change.

    Attributes:
        action: What is done.
        subject: To what: a name, and its digest (`sha256:` and 64 digits).
        parameters: How; plain values without floats.
    """

    action: Action
    _: KW_ONLY
    subject: tuple[str, str]
    parameters: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Refuse a subject no statement could be about."""
        try:
            check_name(self.subject[0])
            Statement(CONTROL, subjects=(self.subject,), predicate={})
        except (TrustError, StatementError) as error:
            raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error
