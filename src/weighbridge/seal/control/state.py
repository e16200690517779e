"""All that owners have said, of trust, policies, environments, data, files and what is stopped.

The fold of the control plane.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.seal.control.change import Action, ControlError, Obstacle
from weighbridge.seal.control.custody_changes import reason_of
from weighbridge.seal.control.stop_changes import BLOCKS, FREEZES, wish_of
from weighbridge.seal.control.trust_changes import apply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.control.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What owners have said of the files of a release, of an environment or of some bytes.

    Attributes:
        reason: Why.
        at: When it was in force first.
        entry: The entry that put it in force.
        until: From when on it counts no longer, or empty.
        about: What it is about, as they named it.
    """

    reason: str
    at: str
    entry: int
    until: str = ""
    about: str = ""


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
        freezes: Environments nothing is promoted to, by name; some may have ended by themselves.
        blocks: What goes nowhere: by environment, or empty for all, and the digest of a release
            or of a file in it.
    """

    trust: TrustSnapshot
    policies: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    holds: Mapping[str, Said] = field(default_factory=dict)
    erasures: Mapping[str, Said] = field(default_factory=dict)
    former_log_keys: tuple[str, ...] = ()
    freezes: Mapping[str, Said] = field(default_factory=dict)
    blocks: Mapping[tuple[str, str], Said] = field(default_factory=dict)
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
            freezes=self._freezes(change, entry=as_of - 1, at=at),
            blocks=self._blocks(change, entry=as_of - 1, at=at),
            packs=packs,
        )

    def _freezes(self, change: Change, *, entry: int, at: str) -> Mapping[str, Said]:
        """Return freezes after a change; another one of the same environment takes its place."""
        if change.action not in FREEZES:
            return self.freezes
        freezes, (name, _), wish = dict(self.freezes), change.subject, wish_of(change)
        self._demand_environment(name)
        if change.action is Action.ENVIRONMENT_UNFREEZE:
            if freezes.pop(name, None) is None:
                raise ControlError(Obstacle.NOT_FROZEN, f"{name} is not frozen")
            return freezes
        if wish.until and wish.until <= at:
            message = f"the freeze would have ended by {at}: {wish.until}"
            raise ControlError(Obstacle.NEVER_VALID, message)
        known = freezes.get(name)
        if known is None or (known.reason, known.until) != (wish.reason, wish.until):
            freezes[name] = Said(
                reason=wish.reason, at=at, entry=entry, until=wish.until, about=name
            )
        return freezes

    def _blocks(self, change: Change, *, entry: int, at: str) -> Mapping[tuple[str, str], Said]:
        """Return blocks after a change; what was said before stands as it was said."""
        if change.action not in BLOCKS:
            return self.blocks
        blocks, (name, digest), wish = dict(self.blocks), change.subject, wish_of(change)
        if wish.environment:
            self._demand_environment(wish.environment)
        place = wish.environment, digest
        if change.action is Action.RELEASE_BLOCK:
            said = Said(reason=wish.reason, at=at, entry=entry, about=name)
            blocks.setdefault(place, said)
        elif blocks.pop(place, None) is None:
            where = f"in {wish.environment}" if wish.environment else "everywhere"
            raise ControlError(Obstacle.NOT_BLOCKED, f"{digest} is not blocked {where}")
        return blocks

    def _demand_environment(self, name: str) -> None:
        if name not in self.environments:
            message = f"there is no environment {name}"
            raise ControlError(Obstacle.UNKNOWN_ENVIRONMENT, message)

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
