"""What a drill is made of: a release that is promoted, and how it came there. All is only read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.kinds import is_of, ours
from weighbridge.gate.reuse import about
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.model.errors import NotFoundError, UsageError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, Where, allowed
from weighbridge.model.predicates import DRILL, RELEASE
from weighbridge.seal.bundle import read_bundle
from weighbridge.usecases.deciding import raise_absence
from weighbridge.usecases.drilling.cast import Roles
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.gate.case import Case
    from weighbridge.model.policy import Spec
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import BlobReader, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An environment on the way of the release.

    Attributes:
        name: Its name.
        record: What was applied, plain values.
        digest: Digest of that.
        policy: Digest of its policy's bundle.
        bundle: The policy.
        at: When the release came there.
    """

    name: str
    record: dict[str, Any]
    digest: str
    policy: str
    bundle: PolicyBundle
    at: str

    def where(self, name: str) -> Where:
        """Return what the permission table is asked of releases of a name here."""
        return Where(environment=self.record, name=name, policy=self.bundle.policy.spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A statement the promotion rested on.

    Attributes:
        at: The ledger's time of it.
        payload: The statement.
        person: Who signed it.
        predicate_type: What it says, by type.
        release: The release it was given for.
        targets: For a report that is to be made anew: the targets it was for; None for any other.
    """

    at: str
    payload: bytes
    person: str
    predicate_type: str
    release: str
    targets: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A promotion, as it stands in the registry.

    Attributes:
        release: Release digest.
        name: Name of the release.
        version: Its version.
        manifest: The sealed manifest, plain values.
        places: The environments on its way, the last of them the one that is drilled.
        sayings: The evidence it rested on, oldest first.
        others: Releases of that name some evidence was given for: version and digest.
        signers: Who signed the evidence, with his roles.
        threshold: How many owners must sign a change.
        data: The data sets owners published: names and digests.
        packs: The rule packs they published: names with versions, and digests.
    """

    release: str
    name: str
    version: str
    manifest: dict[str, Any]
    places: tuple[Place, ...]
    sayings: tuple[Saying, ...]
    others: tuple[tuple[str, str], ...]
    signers: dict[str, tuple[str, ...]]
    threshold: int
    data: tuple[tuple[str, str], ...]
    packs: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> Place:
        """The environment that is drilled."""
        return self.places[-1]

    @property
    def title(self) -> str:
        """Name and version of the release."""
        return f"{self.name}@{self.version}"


def origin_of(environment: str, *, registry: Registry, name: str | None) -> Origin:
    """Read a promotion that stands.

    Args:
        environment: The environment.
        registry: The registry.
        name: Name of the release; None for the only one that is there.

    Raises:
        NotFoundError: There is no such environment, or nothing of that name in it.
        UsageError: Several releases are there, and none is named.
        ArchivedError: The files of the release lie in an archive.
        CustodyError: They were erased.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        gathering.environment(environment)
        known = {found for found, _, _ in view.releases()}
        pointed = {
            found: pointer.release
            for found in sorted(known)
            if (pointer := gathering.pointer(environment, found)).release
        }
        chosen = _chosen(environment, pointed, name)
        return _read(gathering, environment, chosen, pointed[chosen], registry.blobs)


def _chosen(environment: str, pointed: dict[str, str], name: str | None) -> str:
    help_ = [f"weighbridge status --in {environment}"]
    if name is None and len(pointed) > 1:
        message = f"several releases are in {environment}"
        advice = [f"weighbridge drill {environment} --name {next(iter(pointed))}"]
        raise UsageError(message, seen=", ".join(pointed), wanted="one of them", help=advice)
    found = next(iter(pointed), None) if name is None else name
    if found not in pointed:
        what = "nothing" if name is None else f"no release of {name}"
        message = f"{environment} points to {what}: a drill begins with what was promoted"
        raise NotFoundError(message, help=help_)
    return found


def _read(
    gathering: Gathering, environment: str, name: str, release: str, blobs: BlobReader
) -> Origin:
    entry, at = _promotion(gathering, environment, name, release)
    case = gathering.case(environment, release, now=max(at, gathering.log.time))
    raise_absence(gathering.log, case)
    before = replace(case, evidence=tuple(one for one in case.evidence if one.entry < entry))
    sayings = tuple(_sayings(before, gathering, blobs))
    bound = {digest: version for version, digest in gathering.log.view.versions(name)}
    metadata = case.manifest["metadata"]
    given_for = sorted({one.release for one in sayings} - {release})
    return Origin(
        release=release,
        name=name,
        version=str(metadata["version"]),
        manifest=dict(case.manifest),
        places=tuple(_places(gathering, environment, name, release, at)),
        sayings=sayings,
        others=tuple((bound[digest], digest) for digest in given_for),
        signers={one.person: one.roles for one in about(before)},
        threshold=gathering.state.trust.threshold,
        data=tuple(gathering.state.data.items()),
        packs=tuple(gathering.state.packs.items()),
    )


def _promotion(gathering: Gathering, environment: str, name: str, release: str) -> tuple[int, str]:
    """Find the newest promotion of a release: its entry and time."""
    found = [
        (index, event.time)
        for index, event in gathering.log.found(f"gate:{environment}/{name}")
        if event.kind is Kind.PROMOTION_DONE and event.body["release"] == release
    ]
    if found:
        return found[-1]
    pointer = gathering.pointer(environment, name)
    return pointer.moves[-1].entry, pointer.moves[-1].at


def _places(
    gathering: Gathering, environment: str, name: str, release: str, at: str
) -> list[Place]:
    """Follow the way back from an environment: who comes first, stands first."""
    found: list[Place] = []
    where: str | None = environment
    while where is not None and where not in {one.name for one in found}:
        digest, record = gathering.environment(where)
        came = gathering.pointer(where, name).arrived(release) if found else at
        policy = record[POLICY_DIGEST]
        found.append(
            Place(
                name=where,
                record=record,
                digest=digest,
                policy=policy,
                bundle=gathering.bundle(policy),
                at=came,
            )
        )
        where = record["spec"].get("promotesFrom")
    return found[::-1]


def _sayings(case: Case, gathering: Gathering, blobs: BlobReader) -> list[Saying]:
    """Read the evidence that counted; of reports the newest for each choice of targets."""
    bundles = {
        index: event.body["bundle"]
        for release in {one.release for one in case.evidence}
        for index, event in gathering.log.found(f"subject:{release}")
        if event.kind is Kind.EVIDENCE_ADDED
    }
    found: list[Saying] = []
    for one in about(case):
        reported = is_of("report", one) and "report" in ours(one.predicate)
        targets = tuple(ours(one.predicate).get("targets") or ()) if reported else None
        if reported:
            found = [other for other in found if other.targets != targets]
        if one.predicate_type == RELEASE and one.release != case.release:
            continue
        found.append(
            Saying(
                at=one.at,
                payload=read_bundle(blobs.read(bundles[one.entry])).payload,
                person=one.person,
                predicate_type=one.predicate_type,
                release=case.release if reported else one.release,
                targets=targets,
            )
        )
    return found


def roles_of(places: Iterable[Place], name: str) -> Roles:
    """Say which people environments and their policies ask for, for releases of a name."""
    every = tuple(places)
    specs = [one.bundle.policy.spec for one in every]
    approvals = [entry for spec in specs for entry in spec.approvals or ()]
    approvers = {role for one in every for role in allowed(Operation.REJECT, one.where(name))}
    made = {"report", "drill", DRILL}  # what a twin makes anew
    reports = [one for spec in specs for one in spec.evidence or () if one.type in made]
    waivable = [entry for spec in specs for entry in spec.waivers or ()]
    return Roles(
        deployers=tuple(
            sorted({role for one in every for role in allowed(Operation.PROMOTE, one.where(name))})
        ),
        approvers=tuple(sorted(approvers or {"approver"})),
        approvals=max((one.min for one in approvals), default=1),
        waivers=tuple(sorted({role for one in waivable for role in one.roles})),
        reporters=tuple(sorted({one.signed_by.role for one in reports if one.signed_by})),
        reports=max((one.signers for one in reports), default=1),
        breakers=_breakers(every, name),
        excusers=tuple(sorted({role.removeprefix("role:") for role in _excusers(specs)})),
    )


def _breakers(places: Iterable[Place], name: str) -> tuple[str, ...]:
    found = (allowed(Operation.BREAK_GLASS, one.where(name)) for one in places)
    return tuple(sorted({role for roles in found for role in roles}))


def _excusers(specs: Iterable[Spec]) -> Iterator[str]:
    """Name whose word is taken that a vulnerability does not count."""
    for spec in specs:
        yield from spec.vex.roles if spec.vex is not None else ()
