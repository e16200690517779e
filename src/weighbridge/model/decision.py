"""Decisions of the gate: every condition with what came of it, and the verdict over all."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.step import Step

FIRST_REVISION = 1
"""The gate that decided where a decision does not say which did."""


ENFORCE = "enforce"
OBSERVE = "observe"
BREAK_GLASS = "break-glass"
"""Modes of a decision: an unmet policy blocks; does not, anywhere there; did not, this once."""


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
class Need:
    """What people or time alone can give, and have not yet.

    Attributes:
        condition: The condition that waits for it.
        count: How many people; 0 where it is time.
        roles: Roles one of which each of them must hold, sorted.
        people: Who holds one and may, sorted; without those who have and those excluded.
        until: The time it is met at, if that is known, or empty.
    """

    condition: str
    count: int = 0
    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    until: str = ""


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
        statements: Digests of the statements it rests on.
        need: What people or time have to give for it; None if they have, or cannot alone.
        warns: Whether it is met, and yet to be told: the policy warns of it and does not block.
        excluded: What the policy left out or made lighter here, by name: by which exception, until
            when and why.
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
    statements: tuple[str, ...] = ()
    need: Need | None = None
    warns: bool = False
    excluded: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it keeps the release out."""
        return self.outcome in {Outcome.UNMET, Outcome.INCONCLUSIVE}


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
class Skipped:
    """A rule that did not run where a report was made.

    Attributes:
        rule: Its code.
        by: What left it out, as the report says, or empty.
        why: Why.
        person: Who signed the report.
        statement: Digest of the report's statement.
    """

    rule: str
    by: str
    why: str
    person: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A finding somebody answers for.

    Attributes:
        rule: Code of the rule.
        subject: What it found, and where.
        person: Who answers for it.
        why: Why.
        until: From when he does no longer.
        statement: Digest of his statement.
    """

    rule: str
    subject: str
    person: str
    why: str
    until: str
    statement: str


class Kept(StrEnum):
    """What can be left out of account."""

    APPROVAL = "approval"
    CONDITION = "condition"
    EVIDENCE = "evidence"
    PERSON = "person"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Something that was there and did not count.

    Attributes:
        kind: What it is.
        name: Who may not approve, what somebody signed, or the condition that was not asked.
        why: Why.
        person: Who signed it, or empty.
        statement: Digest of the statement, or empty.
    """

    kind: Kept
    name: str
    why: str
    person: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Digests of everything a decision was made of.

    Attributes:
        evidence: Statements about the release, whether they counted or not, sorted.
        acts: What people said of it there, sorted.
        waivers: What people answered for there, sorted.
        locks: Locks that were looked into, sorted.
        documents: Locks and listings in which subjects of evidence stand, sorted.
        data: The policy's data, by name.
        serving: The release it was compared with, or empty.
        past: Releases that were here before and that it was held against, sorted.
        packs: Rule packs the policy demands, sorted.
        delegations: Who had handed his right to approve to whoever said something of it, sorted.
    """

    evidence: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    serving: str = ""
    past: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    delegations: tuple[str, ...] = ()


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
        gate: Revision of the gate that decided.
        needs: What people or time have to give.
        skipped: Rules that did not run.
        waived: Findings somebody answers for.
        excluded: What was there and did not count.
        inputs: Digests of everything it was made of.
        steps: The shortest set of changes that would pass, in the order they are made in. Advice:
            it is not signed.
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
    gate: int = FIRST_REVISION
    needs: tuple[Need, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    waived: tuple[Waived, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    inputs: Inputs = field(default_factory=Inputs)
    steps: tuple[Step, ...] = ()

    @property
    def passes_if(self) -> tuple[str, ...]:
        """What would have to be done for it to be allowed, one step an entry."""
        return tuple(step.told for step in self.steps)


class Exceptional(StrEnum):
    """How a waiver stands."""

    REQUESTED = "requested"
    IN_FORCE = "in force"
    EXPIRING = "ends soon"
    EXPIRED = "ended"
    UNUSED = "unused"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverState:
    """A waiver, or a request for one, and how it stands.

    Attributes:
        state: How it stands.
        why: Why it does not count, if it is void.
        entry: Its entry in the ledger.
        environment: The environment it is for.
        name: The release name it is for.
        rule: The rule whose findings it is for.
        findings: What it is for: `subject`, and what of it is waived.
        person: Who gave it, or asks for it.
        owner: Who answers for it, or empty if nobody was named.
        requested_by: Who had asked for it, or empty.
        reason: Why.
        expires: From when it counts no longer.
        used_by: Versions of the releases in which it is for something that was found.
    """

    state: Exceptional
    why: str
    entry: int
    environment: str
    name: str
    rule: str
    findings: tuple[Mapping[str, str], ...]
    person: str
    owner: str
    requested_by: str
    reason: str
    expires: str
    used_by: tuple[str, ...]


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
