"""All that owners have said: trust, policies, environments, data; the fold of the control plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.seal.control.change import Action, ControlError, Obstacle
from weighbridge.seal.control.trust_changes import apply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.control.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlState:
    """What owners have said so far.

    Attributes:
        trust: Who is trusted.
        policies: Digest of the bundle of each policy, by `name@version`.
        environments: Digest of each environment as it was applied last, by name.
        data: Digest of each data set, by `name@version`, in the order they were published.
        former_log_keys: Keys that signed the log before, oldest first.
    """

    trust: TrustSnapshot
    policies: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    former_log_keys: tuple[str, ...] = ()

    def after(self, change: Change, *, as_of: int, at: str) -> ControlState:
        """Return the state after a change.

        Raises:
            ControlError: The change may not be made at all.
        """
        trust = apply(self.trust, change, as_of=as_of, at=at)
        former = self.former_log_keys
        if change.action is Action.LOG_ROTATE:
            former = (*former, self.trust.log_key)
            if trust.log_key in former:
                message = "the log had that key before: who may still have it is not known"
                raise ControlError(Obstacle.FORMER_KEY, message)
        name, digest = change.subject
        policies, environments, data = (
            dict(known) for known in (self.policies, self.environments, self.data)
        )
        if change.action is Action.POLICY_PUBLISH:
            _bind(policies, "policy", name, digest)
        elif change.action is Action.DATA_PUBLISH:
            _bind(data, "data", name, digest)
        elif change.action is Action.ENVIRONMENT_APPLY:
            if change.parameters["policy"] not in policies.values():
                message = "the environment is pinned to a policy that is not published"
                raise ControlError(Obstacle.UNKNOWN_POLICY, message)
            environments[name] = digest
        return ControlState(
            trust=trust,
            policies=policies,
            environments=environments,
            data=data,
            former_log_keys=former,
        )


def _bind(known: dict[str, str], what: str, name: str, digest: str) -> None:
    if known.setdefault(name, digest) != digest:
        message = f"the {what} {name} is published already, with other contents"
        raise ControlError(Obstacle.BOUND, message)
