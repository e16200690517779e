"""Gather a case for the gate: what the ledger proves about a release and an environment."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle import BundleError, read_bundle
from weighbridge.codec.canonical import digest
from weighbridge.codec.sections import depended_sections
from weighbridge.codec.subjects import Contents
from weighbridge.gate.case import Act, Case, Delegation, Evidence, Said, Waiver, runtime_lock
from weighbridge.gate.covers import read_covered
from weighbridge.gate.pointer import Pointer, fold
from weighbridge.gate.unusual import NEWEST
from weighbridge.model.environment.standing import Stop
from weighbridge.model.errors import LedgerError, NotFoundError
from weighbridge.model.event import Kind
from weighbridge.model.predicates import APPROVAL, DELEGATION, WAIVER_ACTS
from weighbridge.model.trust import snapshot_digest
from weighbridge.seal.bundle import read_bundle as read_evidence
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.keyless import PublishedRoot, not_judged
from weighbridge.usecases.subjects import contents_of, of_environment, refuse_subjects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.codec.subjects import Contents
    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.policy import Spec
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.seal.control import ControlState
    from weighbridge.seal.control import Said as Stopped
    from weighbridge.seal.judging import Signer
    from weighbridge.seal.statement import Statement
    from weighbridge.usecases.believed import BelievedLog


Manifests = dict[str, dict[str, Any] | None]
"""Sealed manifests by release digest; None for one that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A signed statement whose signature counts.

    Attributes:
        index: Its entry in the ledger.
        event: The entry.
        statement: What was said.
        digest: Digest of the statement's bytes.
        signer: Who said it.
    """

    index: int
    event: Event
    statement: Statement
    digest: str
    signer: Signer


class Gathering:
    """One moment of a registry, read for the gate."""

    def __init__(self, view: LedgerView, registry: Registry, *, log_key: str = "") -> None:
        """Read trust and applied documents.

        Raises:
            OwnerlessError: The registry has no owners yet.
            LedgerError: The ledger does not prove what it says.
        """
        log = believe(view, log_key=log_key or registry.log_key)
        self._begin(log, registry.blobs)

    def _begin(self, log: BelievedLog, blobs: BlobReader) -> None:
        """Fold trust and applied documents; what is read from then on is read once."""
        self._blobs = blobs
        self._contents: dict[str, Contents] = {}
        self._environments: dict[str, dict[str, Any]] = {}
        self._bundles: dict[str, PolicyBundle] = {}
        self._topics: dict[str, list[tuple[int, Event]]] = {}
        self._judged: dict[int, Heard | None] = {}
        self.log = log
        self.state: ControlState = control_state(log, blobs)
        self.trust_digest = snapshot_digest(self.state.trust)

    def environment(self, name: str) -> tuple[str, dict[str, Any]]:
        """Read an environment as it was applied last: its digest, and plain values.

        Raises:
            NotFoundError: There is none of that name.
        """
        found = self.state.environments.get(name)
        if found is None:
            known = ", ".join(sorted(self.state.environments)) or "none"
            help_ = ["weighbridge env apply FILE", f"environments there are: {known}"]
            raise NotFoundError(f"there is no environment {name}", help=help_)
        if found not in self._environments:
            self._environments[found] = self._applied(name, found)
        return found, self._environments[found]

    def _applied(self, name: str, found: str) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._blobs.read(found))
        # What owners signed names the policy; what they signed it for must not name another.
        published = record["policyDigest"] in self.state.policies.values()
        if record["metadata"]["name"] != name or not published:
            message = f"the environment {name} is not the one its owners applied"
            raise LedgerError(message, seen=found, help=["weighbridge env apply FILE"])
        return record

    def bundle(self, bundle_digest: str) -> PolicyBundle:
        """Read a policy bundle.

        Raises:
            LedgerError: It is not one.
        """
        if bundle_digest not in self._bundles:
            try:
                found = read_bundle(self._blobs.read(bundle_digest))
            except BundleError as error:
                raise LedgerError(f"the policy {bundle_digest} cannot be read: {error}") from error
            self._bundles[bundle_digest] = found
        return self._bundles[bundle_digest]

    def name_of(self, release: str) -> str:
        """Read the name a release has in its sealed manifest.

        Raises:
            NotFoundError: There is no such release.
        """
        return str(json.loads(self._blobs.read(release))["metadata"]["name"])

    def pointer(self, environment: str, name: str) -> Pointer:
        """Fold where a release name points in an environment."""
        events = self.found(f"gate:{environment}/{name}")
        return fold(events, self.acts(environment, name))

    def found(self, topic: str) -> list[tuple[int, Event]]:
        """Read the entries under a topic, in their order."""
        if topic not in self._topics:
            self._topics[topic] = list(self.log.found(topic))
        return self._topics[topic]

    def acts(self, environment: str, name: str) -> list[Said]:
        """List what people said about releases of a name in an environment."""
        return [
            _said(heard)
            for heard in self._heard(f"gate:{environment}/{name}", Kind.ACT_SAID)
            if heard.statement.predicate_type == APPROVAL
        ]

    def waivers(self, environment: str, name: str) -> list[Waiver]:
        """List what people said of waivers for releases of a name in an environment."""
        return [
            _waiver(heard)
            for heard in self._heard(f"gate:{environment}/{name}", Kind.ACT_SAID)
            if heard.statement.predicate_type in WAIVER_ACTS
        ]

    def delegations(self, environment: str) -> list[Delegation]:
        """List who handed his right to approve in an environment to whom, and took it back."""
        return [
            _delegation(heard)
            for heard in self._heard(f"environment:{environment}", Kind.ACT_SAID)
            if heard.statement.predicate_type == DELEGATION
        ]

    def evidence(self, release: str) -> Iterator[Evidence]:
        """List the evidence about a release whose signatures count, oldest first."""
        yield from map(_evidence, self._heard(f"subject:{release}", Kind.EVIDENCE_ADDED))

    def standing(self, environment: str, name: str, *, now: str) -> Case:
        """Gather everything about the release a name points to: whether it may stay.

        It is held against the release it took the place of, as it was when it was promoted:
        against itself nothing differs.

        Raises:
            NotFoundError: The name points to nothing there.
        """
        pointer = self.pointer(environment, name)
        if not pointer.moves:
            raise NotFoundError(f"{environment} points to no release of {name}")
        promoted = pointer.promoted
        serving = "" if promoted is None else pointer.before(promoted)
        case = self.case(environment, pointer.release, now=now, serving=serving)
        since = pointer.moves[-1].at if promoted is None else promoted.at
        return replace(case, since=since)

    def case(
        self,
        environment: str,
        release: str,
        *,
        now: str,
        asks: str = "",
        serving: str | None = None,
    ) -> Case:
        """Gather everything about a release that asks to go to an environment.

        Args:
            environment: Name of the environment.
            release: Release digest.
            now: The time.
            asks: Who asks now, beside those who asked before; empty for nobody.
            serving: The release it is held against; None for the one that is there now.

        Raises:
            NotFoundError: There is no such environment or release.
        """
        environment_digest, record = self.environment(environment)
        manifest = json.loads(self._blobs.read(release))
        name = manifest["metadata"]["name"]
        pointer = self.pointer(environment, name)
        before = record["spec"].get("promotesFrom")
        there = self.pointer(before, name) if before else Pointer()
        bundle = self.bundle(record["policyDigest"])
        spec = bundle.policy.spec
        past = self._past(pointer, release) if spec.looks_back else {}
        there_now = pointer.release if serving is None else serving
        compared = self._compared(spec, manifest, there_now, past)
        evidence = tuple(self._evidence(name, release))
        blocks = blocks_in(environment, self.state)
        self._contents_of(release).among(blocks)  # so that what it takes to tell is at hand
        return Case(
            environment=record,
            environment_digest=environment_digest,
            bundle=bundle,
            bundle_digest=record["policyDigest"],
            release=release,
            manifest=manifest,
            sections=depended_sections(manifest),
            evidence=evidence,
            documents=dict(self._contents_of(release).needed),
            acts=tuple(self.acts(environment, name)),
            trust=self.state.trust,
            trust_digest=self.trust_digest,
            now=now,
            waivers=tuple(self.waivers(environment, name)),
            requesters=pointer.requesters(release) | ({asks} if asks else set()),
            held=pointer.held,
            arrived=there.arrived(release),
            departed=there.departed(release),
            frozen=freeze_of(environment, self.state),
            blocks=blocks,
            delegations=tuple(self.delegations(environment)),
            under_glass=frozenset(
                (move.entry, move.by) for move in pointer.moves if move.under_glass
            ),
            packs=self._packs(bundle.policy.spec),
            **compared,
        )

    @property
    def names(self) -> list[str]:
        """Names of all releases, sorted."""
        return sorted(self._releases)

    @cached_property
    def _releases(self) -> dict[str, list[str]]:
        """The digests of all releases, by their names."""
        found: dict[str, list[str]] = {}
        for name, _, release in self.log.view.releases():
            found.setdefault(name, []).append(release)
        return found

    @cached_property
    def _keyless(self) -> PublishedRoot:
        return PublishedRoot(self.state, self._blobs)

    def _past(self, pointer: Pointer, release: str) -> Manifests:
        """Read the manifests of the newest releases that were here, but those rolled back from."""
        moves = [move.release for move in reversed(pointer.moves)]
        others = [one for one in dict.fromkeys(moves) if one != release and one not in pointer.left]
        found = {one: self._read(one) for one in others[:NEWEST]}
        return {one: None if data is None else json.loads(data) for one, data in found.items()}

    def _compared(
        self, policy: Spec, manifest: Mapping[str, Any], serving: str, past: Manifests
    ) -> dict[str, Any]:
        """Read what a policy holds a release against: locks, and the releases there were.

        What is not to be had is left out; the gate says what follows.
        """
        asked = policy.compares_packages or policy.compares_signature
        found = self._read(serving) if asked and serving else None
        there = None if found is None else json.loads(found)
        wanted = [manifest] if policy.reads_lock else []
        wanted += [there] if policy.compares_packages and there is not None else []
        wanted += [one for one in past.values() if policy.counts_packages and one is not None]
        digests = {runtime_lock(one).get("digest", "") for one in wanted}
        locks = {digest: self._read(digest) for digest in sorted(digests) if digest}
        return {
            "locks": {digest: data for digest, data in locks.items() if data is not None},
            "serving": serving if asked else "",
            "serving_manifest": there,
            "past": past,
        }

    def _packs(self, policy: Spec) -> dict[str, bytes]:
        """Read the rule packs a policy demands, those of them that owners published."""
        published = set(self.state.packs.values())
        demanded = {one.digest for one in policy.rule_packs or ()}
        return {digest: self._blobs.read(digest) for digest in sorted(demanded & published)}

    def _read(self, digest: str) -> bytes | None:
        """Read bytes, or nothing if they are not there."""
        try:
            return self._blobs.read(digest)
        except NotFoundError:
            return None

    def _evidence(self, name: str, of: str) -> Iterator[Evidence]:
        """List the evidence about every release of a name: some may be as good for another.

        What is about parts alone is for the release it was given for, and for no other.
        """
        seen: set[int] = set()
        for release in self._releases.get(name, ()):
            for heard in self._heard(f"subject:{release}", Kind.EVIDENCE_ADDED):
                one = _evidence(heard)
                if heard.index not in seen and (one.is_whole or one.release == of):
                    seen.add(heard.index)
                    yield one

    def _heard(self, topic: str, kind: Kind) -> Iterator[Heard]:
        """Read the signed statements under a topic whose signatures count today."""
        for index, event in self.found(topic):
            if event.kind is not kind:
                continue
            if index not in self._judged:
                self._judged[index] = self._judge(index, event)
            heard = self._judged[index]
            if heard is not None:
                yield heard

    def _judge(self, index: int, event: Event) -> Heard | None:
        """Judge the signature of what was said in an entry; nothing if it does not count."""
        try:
            bundle = read_evidence(self._blobs.read(event.body["bundle"]))
        except EnvelopeError as error:
            raise LedgerError(f"the evidence of entry {index} cannot be read: {error}") from error
        verdict = judge(
            bundle,
            snapshot=self.state.trust,
            at=event.time,
            roles=self.state.trust.roles,
            subject_digests=None,
            predicate_type=event.body["predicateType"],
            keyless=self._keyless,
        )
        unjudged = not_judged(verdict, f"the evidence of entry {index}")
        if unjudged is not None:
            raise unjudged
        if isinstance(verdict, Refusal):
            return None
        statement = read_statement(bundle.payload)
        if not self._is_about(statement, event.body):
            return None
        return Heard(
            index=index,
            event=event,
            statement=statement,
            digest=digest(bundle.payload),
            signer=verdict,
        )

    def _is_about(self, statement: Statement, body: Mapping[str, Any]) -> bool:
        """Tell whether a statement is about what its entry says: a release, or an environment."""
        if statement.predicate_type == DELEGATION:
            return of_environment(statement, body, self.log.checkpoint.origin)
        release = body["release"]
        return refuse_subjects(statement, release, self._contents_of(release)) is None

    def _contents_of(self, release: str) -> Contents:
        """Look into a release, once for all that is said of it."""
        if release not in self._contents:
            self._contents[release] = contents_of(release, self._blobs)
        return self._contents[release]


def freeze_of(environment: str, state: ControlState) -> Stop | None:
    """Return the freeze of an environment, over or not; None if there is none."""
    found = state.freezes.get(environment)
    return None if found is None else _stop(found, environment)


def blocks_in(environment: str, state: ControlState) -> dict[str, Stop]:
    """List what owners blocked in an environment or everywhere, by digest."""
    return {
        digest: _stop(said, where)
        for (where, digest), said in sorted(state.blocks.items())
        if where in {"", environment}
    }


def _stop(said: Stopped, where: str) -> Stop:
    return Stop(about=said.about, at=said.at, reason=said.reason, until=said.until, where=where)


def _evidence(heard: Heard) -> Evidence:
    return Evidence(
        entry=heard.index,
        at=heard.event.time,
        predicate_type=heard.statement.predicate_type,
        predicate=heard.statement.predicate,
        statement=heard.digest,
        release=heard.event.body["release"],
        subjects=tuple(digest for _, digest in heard.statement.subjects),
        person=heard.signer.person,
        roles=heard.signer.roles,
        key=heard.signer.spki,
    )


def _said(heard: Heard) -> Said:
    predicate = heard.statement.predicate
    return Said(
        act=Act(predicate["act"]),
        entry=heard.index,
        at=heard.event.time,
        person=heard.signer.person,
        roles=heard.signer.roles,
        key=heard.signer.spki,
        release=heard.event.body["release"],
        environment=predicate["environment"],
        policy=predicate["policy"],
        outcome=predicate["outcome"],
        reason=predicate["reason"],
        environment_digest=predicate["environmentDigest"],
        statement=heard.digest,
    )


def _delegation(heard: Heard) -> Delegation:
    predicate = heard.statement.predicate
    return Delegation(
        act=Act(predicate["act"]),
        entry=heard.index,
        at=heard.event.time,
        person=heard.signer.person,
        roles=heard.signer.roles,
        key=heard.signer.spki,
        environment=predicate["environment"],
        to=predicate["to"],
        since=predicate["from"],
        until=predicate["until"],
        reason=predicate["reason"],
    )


def _waiver(heard: Heard) -> Waiver:
    predicate = heard.statement.predicate
    return Waiver(
        entry=heard.index,
        at=heard.event.time,
        person=heard.signer.person,
        roles=heard.signer.roles,
        key=heard.signer.spki,
        release=heard.event.body["release"],
        environment=predicate["environment"],
        rule=predicate["rule"],
        findings=frozenset(map(read_covered, predicate["findings"])),
        reason=predicate["reason"],
        expires=predicate.get("expires", ""),
        act=Act(WAIVER_ACTS[heard.statement.predicate_type]),
        owner=predicate.get("owner", ""),
        requested_by=predicate.get("requestedBy", ""),
        people=frozenset(predicate.get("people", ())),
        statement=heard.digest,
    )
