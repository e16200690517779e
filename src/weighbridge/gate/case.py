"""What the gate decides on: everything it may know, gathered before it is asked.

Signatures were judged by whoever gathered: evidence and acts in a case are of people whose
signatures count, and what they said is what was signed. `gate.signed` looks whether that can be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from weighbridge.codec.migrations import as_today
from weighbridge.model.permissions import Where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.covers import Covered
    from weighbridge.model.environment.standing import Stop
    from weighbridge.model.policy import Spec
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.model.unverified import Unverified


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What somebody signed, and where it stands.

    Attributes:
        entry: Its entry in the ledger; of two, the higher is the newer.
        at: The ledger's time of it.
        person: Who signed it.
        roles: The roles of his key.
        key: Identity of his key.
        statement: Digest of the statement; the same said twice is said once.
    """

    entry: int
    at: str
    person: str
    roles: tuple[str, ...]
    key: str
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Signed):
    """A statement that may count.

    Attributes:
        predicate_type: What it says, by type.
        predicate: What it says.
        release: The release it was given for.
        subjects: Digests of what it is about.
    """

    predicate_type: str
    predicate: Mapping[str, Any]
    release: str
    subjects: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it is about a release, and not only about what one consists of."""
        return self.release in self.subjects


class Act(StrEnum):
    """What people say of a promotion."""

    APPROVE = "approve"
    WITHDRAW = "withdraw"
    REJECT = "reject"
    HOLD = "hold"
    LIFT = "lift"
    LIFT_REJECTION = "lift-rejection"
    WAIVE = "waive"
    REQUEST_WAIVER = "request-waiver"
    WITHDRAW_WAIVER = "withdraw-waiver"
    DELEGATE = "delegate"
    BREAK_GLASS = "break-glass"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Signed):
    """An act of somebody's.

    Attributes:
        act: What he did.
        release: The release it is about.
        environment: The environment it is about.
        policy: Digest of the policy it was done under.
        outcome: The outcome digest it was done for.
        reason: Why.
        environment_digest: Digest of the environment as it was applied then.
    """

    act: Act
    release: str
    environment: str
    policy: str = ""
    outcome: str = ""
    reason: str = ""
    environment_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Signed):
    """Somebody's right to approve in an environment, handed to another for a while, or taken back.

    Attributes:
        act: `delegate`, or `withdraw`, which ends what was handed over before.
        environment: Where.
        to: Who stands in for him.
        since: From when.
        until: From when no longer.
        reason: Why.
    """

    act: Act
    environment: str
    to: str
    since: str
    until: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver(Signed):
    """Findings of one rule that somebody answers for until a day, in one environment.

    Or asks that another answer for, or takes back that anybody does: the same is said of the same.
    It is for what findings are in: another release that has the same in it has the waiver, too.

    Attributes:
        release: The release it was given for.
        environment: The environment it is about.
        rule: Code of the rule.
        findings: What it is for.
        reason: Why.
        expires: From when it counts no longer; empty for what takes back.
        act: What he did: waive, ask, or take back.
        owner: Who answers for the exception, a person or a team; empty for who gave it.
        requested_by: Who had asked for it, or empty.
        people: Whose words are taken back.
    """

    release: str
    environment: str
    rule: str
    findings: frozenset[Covered]
    reason: str
    expires: str = ""
    act: Act = Act.WAIVE
    owner: str = ""
    requested_by: str = ""
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A release that asks to go somewhere.

    Attributes:
        environment: The environment as it was applied, plain values.
        environment_digest: Its digest.
        bundle: The policy it is pinned to.
        bundle_digest: Its digest.
        release: Release digest.
        manifest: The sealed manifest, plain values.
        sections: Digest of each section, `metadata` without its version; None for one not there.
        evidence: Statements that may count, about this release and about others of its name.
        acts: What people said of releases of this name in this environment.
        waivers: What findings they answered for there, what they asked others to answer for, and
            what of that was taken back.
        trust: Who is trusted.
        trust_digest: Digest of that snapshot.
        now: The time.
        requesters: Everyone who asked for this promotion.
        held: Why the environment is held for releases of this name, or empty.
        arrived: When the release came to the environment before this one, or empty.
        departed: When another took its place there, or empty if it is there now.
        locks: Bytes of the locks the policy has looked into, by their digests.
        documents: Locks and listings of the release, by their digests, in which those subjects
            of evidence stand that do not stand in the manifest itself.
        serving: The release its name points to in the environment now, where the policy compares
            with it, or empty.
        serving_manifest: The sealed manifest of that one, plain values; None if it is not there.
        past: Where the policy asks what is usual, the releases that were here before, by digest:
            their sealed manifests, plain values; None for one that is not there.
        unverified: What was found wrong with the release, and was not found in order since; None
            if nothing was.
        frozen: Why nothing is promoted to the environment, and until when; None if nobody froze it.
        blocks: What owners blocked there, by the digest of a release or of a file.
        delegations: Who stands in for whom in the environment, and no longer.
        under_glass: Moves there under broken glass, of any release of the name: entry and person.
        preceding: The last other release of its name that was promoted here, where the policy
            compares the risk of both, or empty.
        preceding_manifest: The sealed manifest of that one, plain values; None if it is not there.
        since: When the release was promoted to where it stands, if that is what is judged; empty
            if it asks to move there.
        packs: Bytes of the rule packs the policy demands, as owners published them, by digest.
    """

    environment: Mapping[str, Any]
    environment_digest: str
    bundle: PolicyBundle
    bundle_digest: str
    release: str
    manifest: Mapping[str, Any]
    sections: Mapping[str, str | None]
    evidence: tuple[Evidence, ...]
    acts: tuple[Said, ...]
    trust: TrustSnapshot
    trust_digest: str
    now: str
    requesters: frozenset[str]
    waivers: tuple[Waiver, ...] = ()
    held: str = ""
    arrived: str = ""
    departed: str = ""
    locks: Mapping[str, bytes] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)
    serving: str = ""
    serving_manifest: Mapping[str, Any] | None = None
    past: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    unverified: Unverified | None = None
    frozen: Stop | None = None
    blocks: Mapping[str, Stop] = field(default_factory=dict)
    delegations: tuple[Delegation, ...] = ()
    under_glass: frozenset[tuple[int, str]] = frozenset()
    since: str = ""
    packs: Mapping[str, bytes] = field(default_factory=dict)
    preceding: str = ""
    preceding_manifest: Mapping[str, Any] | None = None

    @property
    def environment_name(self) -> str:
        """Name of the environment, or empty if it has none."""
        return text_of(self.environment.get("metadata"), "name")

    def where(self, *, rule: str = "") -> Where:
        """Say what is done here, for the permission table.

        Args:
            rule: Code of the rule whose findings are waived, if that is asked.
        """
        name = text_of(self.manifest.get("metadata"), "name")
        return Where(environment=self.environment, name=name, policy=self.policy, rule=rule)

    @property
    def today(self) -> dict[str, Any]:
        """The manifest as it would be written today, for who looks into it; never for digests."""
        return as_today(self.manifest)

    @property
    def policy(self) -> Spec:
        """What the policy demands."""
        return self.bundle.policy.spec


def runtime_lock(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return what a sealed manifest says of its runtime lock, those of it that are texts."""
    found: Any = as_today(manifest).get("spec")
    for name in ("dependencies", "runtime"):
        found = found.get(name) if isinstance(found, dict) else None
    members = found if isinstance(found, dict) else {}
    return {key: value for key, value in members.items() if isinstance(value, str)}


def text_of(tree: object, name: str) -> str:
    """Return a text of a mapping nobody has looked at yet; empty if it is not there."""
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, str) else ""
