"""All that owners have said, of trust, policies, environments, data and what becomes of files.

The fold of the control plane.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.seal.control.change import Action, ControlError, Obstacle
from weighbridge.seal.control.custody_changes import reason_of
from weighbridge.seal.control.trust_changes import apply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.control.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What owners have said of the files of a release.

    Attributes:
        reason: Why.
        at: When it was in force first.
        entry: The entry that put it in force.
    """

    reason: str
    at: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlState:
    """What owners have said so far.

    Attributes:
        trust: Who is trusted.
        policies: Digest of the bundle of each policy, by `name@version`.
        environments: Digest of each environment as it was applied last, by name.
        data: Digest of each data set, by `name@version`, in the order they were published.
        packs: Digest of each rule pack, by `name@version`, in the order they were published.
        holds: Releases whose files must stay, by digest.
        erasures: Releases whose files are to be erased for ever, by digest.
        former_log_keys: Keys that signed the log before, oldest first.
    """

    trust: TrustSnapshot
    policies: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    holds: Mapping[str, Said] = field(default_factory=dict)
    erasures: Mapping[str, Said] = field(default_factory=dict)
    former_log_keys: tuple[str, ...] = ()
    packs: Mapping[str, str] = field(default_factory=dict)

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
        former = self.former_log_keys
        if change.action is Action.LOG_ROTATE:
            former = (*former, self.trust.log_key)
            if trust.log_key in former:
                message = "the log had that key before: who may still have it is not known"
                raise ControlError(Obstacle.FORMER_KEY, message)
        name, digest = change.subject
        policies, environments, data, packs = (
            dict(known) for known in (self.policies, self.environments, self.data, self.packs)
        )
        if change.action is Action.POLICY_PUBLISH:
            _bind(policies, "policy", name, digest)
        elif change.action is Action.DATA_PUBLISH:
            _bind(data, "data", name, digest)
        elif change.action is Action.RULES_PUBLISH:
            _bind(packs, "rule pack", name, digest)
        elif change.action is Action.ENVIRONMENT_APPLY:
            if change.parameters["policy"] not in policies.values():
                message = "the environment is pinned to a policy that is not published"
                raise ControlError(Obstacle.UNKNOWN_POLICY, message)
            environments[name] = digest
        holds, erasures = self._custody(change, entry=as_of - 1, at=at)
        return ControlState(
            trust=trust,
            policies=policies,
            environments=environments,
            data=data,
            holds=holds,
            erasures=erasures,
            former_log_keys=former,
            packs=packs,
        )

    def _custody(
        self, change: Change, *, entry: int, at: str
    ) -> tuple[dict[str, Said], dict[str, Said]]:
        """Return holds and erasures after a change; what was said before stands as it was said."""
        holds, erasures, (_, digest) = dict(self.holds), dict(self.erasures), change.subject
        if change.action is Action.RELEASE_HOLD:
            holds.setdefault(digest, Said(reason=reason_of(change), at=at, entry=entry))
        elif change.action is Action.RELEASE_UNHOLD:
            if holds.pop(digest, None) is None:
                raise ControlError(Obstacle.NOT_HELD, f"nothing holds {change.subject[0]}")
        elif change.action is Action.PAYLOAD_ERASE:
            if digest in holds:
                message = f"{change.subject[0]} is held: {holds[digest].reason}"
                raise ControlError(Obstacle.HELD, message)
            erasures.setdefault(digest, Said(reason=reason_of(change), at=at, entry=entry))
        return holds, erasures


def _bind(known: dict[str, str], what: str, name: str, digest: str) -> None:
    if known.setdefault(name, digest) != digest:
        message = f"the {what} {name} is published already, with other contents"
        raise ControlError(Obstacle.BOUND, message)
