"""Gather a case for the gate: what the ledger proves about a release and an environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle import BundleError, read_bundle
from weighbridge.codec.canonical import digest
from weighbridge.codec.sections import depended_sections
from weighbridge.codec.subjects import Contents
from weighbridge.gate.case import Act, Case, Evidence, Said, Waiver, runtime_lock
from weighbridge.gate.pointer import Pointer, fold
from weighbridge.model.errors import LedgerError, NotFoundError
from weighbridge.model.event import Kind
from weighbridge.model.predicates import APPROVAL, WAIVER
from weighbridge.model.trust import snapshot_digest
from weighbridge.seal.bundle import read_bundle as read_evidence
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.keyless import PublishedRoot, not_judged
from weighbridge.usecases.subjects import contents_of, refuse_subjects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.policy import Spec
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import ControlState
    from weighbridge.seal.judging import Signer
    from weighbridge.seal.statement import Statement
    from weighbridge.usecases.believed import BelievedLog


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
        self._blobs = registry.blobs
        self._contents = dict[str, Contents]()
        self.log: BelievedLog = believe(view, log_key=log_key or registry.log_key)
        self.state: ControlState = control_state(self.log, registry.blobs)
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
        record: dict[str, Any] = json.loads(self._blobs.read(found))
        # What owners signed names the policy; what they signed it for must not name another.
        published = record["policyDigest"] in self.state.policies.values()
        if record["metadata"]["name"] != name or not published:
            message = f"the environment {name} is not the one its owners applied"
            raise LedgerError(message, seen=found, help=["weighbridge env apply FILE"])
        return found, record

    def bundle(self, bundle_digest: str) -> PolicyBundle:
        """Read a policy bundle.

        Raises:
            LedgerError: It is not one.
        """
        try:
            return read_bundle(self._blobs.read(bundle_digest))
        except BundleError as error:
            raise LedgerError(f"the policy {bundle_digest} cannot be read: {error}") from error

    def name_of(self, release: str) -> str:
        """Read the name a release has in its sealed manifest.

        Raises:
            NotFoundError: There is no such release.
        """
        return str(json.loads(self._blobs.read(release))["metadata"]["name"])

    def pointer(self, environment: str, name: str) -> Pointer:
        """Fold where a release name points in an environment."""
        events = list(self.log.found(f"gate:{environment}/{name}"))
        return fold(events, self.acts(environment, name))

    def acts(self, environment: str, name: str) -> list[Said]:
        """List what people said about releases of a name in an environment."""
        return [
            _said(heard)
            for heard in self._heard(f"gate:{environment}/{name}", Kind.ACT_SAID)
            if heard.statement.predicate_type == APPROVAL
        ]

    def waivers(self, environment: str, name: str) -> list[Waiver]:
        """List what findings people answered for in releases of a name in an environment."""
        return [
            _waiver(heard)
            for heard in self._heard(f"gate:{environment}/{name}", Kind.ACT_SAID)
            if heard.statement.predicate_type == WAIVER
        ]

    def evidence(self, release: str) -> Iterator[Evidence]:
        """List the evidence about a release whose signatures count, oldest first."""
        yield from map(_evidence, self._heard(f"subject:{release}", Kind.EVIDENCE_ADDED))

    def case(self, environment: str, release: str, *, now: str, asks: str = "") -> Case:
        """Gather everything about a release that asks to go to an environment.

        Args:
            environment: Name of the environment.
            release: Release digest.
            now: The time.
            asks: Who asks now, beside those who asked before; empty for nobody.

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
        compared = self._compared(bundle.policy.spec, manifest, pointer.release)
        evidence = tuple(self._evidence(name, release))
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
            packs=self._packs(bundle.policy.spec),
            **compared,
        )

    @cached_property
    def _keyless(self) -> PublishedRoot:
        return PublishedRoot(self.state, self._blobs)

    def _compared(self, policy: Spec, manifest: Mapping[str, Any], serving: str) -> dict[str, Any]:
        """Read what a policy holds a release against: locks, and the release that is there now.

        What is not to be had is left out; the gate says what follows.
        """
        asked = policy.compares_packages or policy.compares_signature
        found = self._read(serving) if asked and serving else None
        there = None if found is None else json.loads(found)
        wanted = [manifest] if policy.reads_lock else []
        wanted += [there] if policy.compares_packages and there is not None else []
        digests = {runtime_lock(one).get("digest", "") for one in wanted}
        locks = {digest: self._read(digest) for digest in sorted(digests) if digest}
        return {
            "locks": {digest: data for digest, data in locks.items() if data is not None},
            "serving": serving if asked else "",
            "serving_manifest": there,
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
        for known, _, release in self.log.view.releases():
            if known != name:
                continue
            for heard in self._heard(f"subject:{release}", Kind.EVIDENCE_ADDED):
                one = _evidence(heard)
                if heard.index not in seen and (one.is_whole or one.release == of):
                    seen.add(heard.index)
                    yield one

    def _heard(self, topic: str, kind: Kind) -> Iterator[Heard]:
        """Read the signed statements under a topic whose signatures count today."""
        for index, event in self.log.found(topic):
            if event.kind is not kind:
                continue
            try:
                bundle = read_evidence(self._blobs.read(event.body["bundle"]))
            except EnvelopeError as error:
                raise LedgerError(
                    f"the evidence of entry {index} cannot be read: {error}"
                ) from error
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
                continue
            statement, release = read_statement(bundle.payload), event.body["release"]
            if refuse_subjects(statement, release, self._contents_of(release)) is None:
                yield Heard(
                    index=index,
                    event=event,
                    statement=statement,
                    digest=digest(bundle.payload),
                    signer=verdict,
                )

    def _contents_of(self, release: str) -> Contents:
        """Look into a release, once for all that is said of it."""
        if release not in self._contents:
            self._contents[release] = contents_of(release, self._blobs)
        return self._contents[release]


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
        findings=frozenset((one["file"], one["global"]) for one in predicate["findings"]),
        reason=predicate["reason"],
        expires=predicate["expires"],
    )
