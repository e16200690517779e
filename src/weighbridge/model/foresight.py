"""What a change would do to what stands: foreseen, and neither signed nor logged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from weighbridge.model.decision import GateVerdict, Shift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.advisory import AdvisoryData


class Effect(StrEnum):
    """What a change does to one release that stands somewhere."""

    BLOCKED = "blocked"
    UNTOLD = "untold"
    PASSES = "passes"
    STAYS = "stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be foreseen.

    Attributes:
        policy: Name and version of another policy, or empty.
        policy_digest: Digest of its bundle, or empty.
        without: Rules whose waivers are taken away.
        waived: Rules whose findings somebody answers for.
        advisories: Other advisories, or None.
    """

    policy: str = ""
    policy_digest: str = ""
    without: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    advisories: AdvisoryData | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing changes."""
        return self == Change()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A release that stands somewhere, before a change and after it.

    Attributes:
        environment: Where.
        name: Its name.
        version: Its version.
        release: Release digest.
        before: What the gate says of it today; None if that cannot be told.
        after: What it would say; None if that cannot be told.
        shifts: Conditions that come out otherwise.
        approvals_again: Whether its approvals, which are for today's policy and outcome, would have
            to be given again for the rest to hold.
        problem: Why it cannot be told, or why a wish is not to be had, or empty.
    """

    environment: str
    name: str
    version: str
    release: str
    before: GateVerdict | None
    after: GateVerdict | None
    shifts: tuple[Shift, ...] = ()
    approvals_again: bool = False
    problem: str = ""

    @property
    def effect(self) -> Effect:
        """What the change does to it: what cannot be told is neither better nor worse."""
        if self.before is None or self.after is None:
            return Effect.UNTOLD
        if self.after is self.before:
            return Effect.STAYS
        if self.after is GateVerdict.INCONCLUSIVE:
            return Effect.UNTOLD
        if self.after is GateVerdict.ALLOWED:
            return Effect.PASSES
        return Effect.BLOCKED if self.after.gravity > self.before.gravity else Effect.STAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A release that stands somewhere, looked at again.

    Attributes:
        environment: Where.
        name: Its name.
        version: Its version.
        release: Release digest.
        before: What the ledger said of it.
        after: What the gate says of it now; None if that cannot be told.
        why: Why it may not stay as it is, or cannot be told; empty if it may.
        entry: The entry that tells of the change; None if nothing was logged.
        reweighed: Whether its report was made anew with newer advisories.
        action: What the change sets off: `none`, `hold` or `rollback`.
        back_to: Version of the release it was rolled back to, or empty.
        problem: Why what it sets off was not done, or empty.
    """

    environment: str
    name: str
    version: str
    release: str
    before: GateVerdict
    after: GateVerdict | None
    why: str = ""
    entry: int | None = None
    reweighed: bool = False
    action: str = "none"
    back_to: str = ""
    problem: str = ""

    @property
    def changed(self) -> bool:
        """Whether the verdict is another than the ledger said."""
        return self.after is not None and self.after is not self.before


def watched_verdict(found: Iterable[Watched]) -> str:
    """Sum up what stands: `fail` if something may not, before what cannot be told."""
    verdicts = {one.after for one in found}
    if verdicts & {GateVerdict.DENIED, GateVerdict.NEEDS}:
        return "fail"
    return "inconclusive" if verdicts & {None, GateVerdict.INCONCLUSIVE} else "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A move that an environment which only observes let through.

    Attributes:
        environment: The environment.
        name: Name of the release.
        version: Its version.
        at: When it moved.
        by: Who asked for it.
        entry: Its entry in the ledger.
        verdict: What the gate said.
        open: Names of the conditions that were not met.
    """

    environment: str
    name: str
    version: str
    at: str
    by: str
    entry: int
    verdict: GateVerdict
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """All that was foreseen of a change.

    Attributes:
        change: The change.
        at: The time it is foreseen for.
        releases: Every release that stands somewhere, by environment and name.
        observed: What enforcement would have blocked, oldest first.
    """

    change: Change
    at: str
    releases: tuple[Foreseen, ...]
    observed: tuple[Observed, ...] = ()

    def of(self, effect: Effect) -> tuple[Foreseen, ...]:
        """List the releases it has an effect on."""
        return tuple(one for one in self.releases if one.effect is effect)

    @property
    def verdict(self) -> str:
        """Sum up: `fail` if something would be blocked, before what cannot be told."""
        if self.of(Effect.BLOCKED):
            return "fail"
        return "inconclusive" if self.of(Effect.UNTOLD) else "pass"
