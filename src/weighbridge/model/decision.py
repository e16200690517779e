"""Decisions of the gate: every condition with what came of it, and the verdict over all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


STANDING = "standing"
"""The mode of a signed decision that is about what stands, and moves nothing."""


class Outcome(StrEnum):
    """What came of one condition."""

    MET = "met"
    UNMET = "unmet"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"


class GateVerdict(StrEnum):
    """What came of all of them."""

    ALLOWED = "allowed"
    DENIED = "denied"
    INCONCLUSIVE = "inconclusive"
    NEEDS = "needs"

    @property
    def gravity(self) -> int:
        """How bad it is: allowed 0, needs 1, inconclusive 2, denied 3."""
        return ("allowed", "needs", "inconclusive", "denied").index(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One condition, judged.

    Attributes:
        id: Its name, the same in every decision under the policy.
        outcome: What came of it.
        why: One sentence, lower case, no full stop.
        seen: What is there.
        wanted: What is demanded.
        pointer: JSON pointer (RFC 6901) of what it is about in the sealed manifest, or empty.
        remedy: What to do, one step an entry.
        waits: Whether people or time alone can meet it.
        binds: Whether an approval is given for this outcome of it (`outcome digest`).
        findings: Findings it rests on: code, subject, severity, verdict.
        skipped: Rules it asked for that did not run.
        inputs: Digests of the evidence's subjects it rests on.
        warns: Whether it is met, and yet to be told: the policy warns of it and does not block.
    """

    id: str
    outcome: Outcome
    why: str = ""
    seen: str = ""
    wanted: str = ""
    pointer: str = ""
    remedy: tuple[str, ...] = ()
    waits: bool = False
    binds: bool = True
    findings: tuple[Mapping[str, str], ...] = ()
    skipped: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    warns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """Evidence about another release that counts, since all it depended on is the same.

    Attributes:
        predicate_type: What it is.
        release: The release it is about.
        statement: Digest of the statement.
    """

    predicate_type: str
    release: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The gate's word on a release and an environment at one time.

    Attributes:
        verdict: May it go there?
        environment: Name of the environment.
        environment_digest: Digest of what was applied under that name.
        policy: Name and version of the policy.
        policy_digest: Digest of its bundle.
        name: Name of the release.
        version: Version of the release.
        release: Release digest.
        risk: The effective risk.
        conditions: Every condition, judged.
        outcome: What approvals are given for, plain values.
        outcome_digest: Digest of that in canonical JSON.
        evidence: Digests of the statements it rests on, sorted.
        reused: Evidence taken over from other releases.
        trust_digest: Digest of the trust snapshot.
        at: The time it is of.
    """

    verdict: GateVerdict
    environment: str
    environment_digest: str
    policy: str
    policy_digest: str
    name: str
    version: str
    release: str
    risk: str
    conditions: tuple[Judged, ...]
    outcome: Mapping[str, Any]
    outcome_digest: str
    evidence: tuple[str, ...] = ()
    reused: tuple[Reused, ...] = ()
    trust_digest: str = ""
    at: str = ""

    @property
    def passes_if(self) -> tuple[str, ...]:
        """What would have to change for it to be allowed, one step an entry."""
        unmet = [c for c in self.conditions if c.outcome in {Outcome.UNMET, Outcome.INCONCLUSIVE}]
        return tuple(f"{c.id}: {c.wanted or c.why}" for c in unmet)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerState:
    """Where a release name points in an environment.

    Attributes:
        environment: The environment.
        name: The release name.
        version: Version it points to.
        release: Release digest it points to.
        generation: How many moves it has made.
        since: When it came there.
        by: Who moved it there.
        held: Why it may not be moved forward, or empty.
        verdict: What the gate says of that release, which is there, now.
        why: Why it may not stay as it is, in one line; empty if it may.
        changed: Since when that verdict is in the ledger; empty if it is not.
    """

    environment: str
    name: str
    version: str
    release: str
    generation: int
    since: str
    by: str
    held: str
    verdict: GateVerdict
    why: str = ""
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A condition that comes out otherwise.

    Attributes:
        id: The condition.
        pointer: What it is about in the sealed manifest, or empty.
        before: What came of it; None if it was not asked.
        after: What comes of it; None if it is not asked any more.
        why: Why, of what comes of it now.
        seen: What is there.
        wanted: What is demanded.
    """

    id: str
    pointer: str
    before: Outcome | None
    after: Outcome | None
    why: str
    seen: str
    wanted: str
