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
    """

    trust: TrustSnapshot
    policies: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)

    def newest(self, kind: str) -> str:
        """Return the digest of the data of a kind that was published last, or empty."""
        named = (digest for name, digest in self.data.items() if name.partition("@")[0] == kind)
        return next(iter(reversed(tuple(named))), "")

    def after(self, change: Change, *, as_of: int, at: str) -> ControlState:
        """Return the state after a change.

        Raises:
            ControlError: The change may not be made at all.
        """
        trust = apply(self.trust, change, as_of=as_of, at=at)
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
        return ControlState(trust=trust, policies=policies, environments=environments, data=data)


def _bind(known: dict[str, str], what: str, name: str, digest: str) -> None:
    if known.setdefault(name, digest) != digest:
        message = f"the {what} {name} is published already, with other contents"
        raise ControlError(Obstacle.BOUND, message)
