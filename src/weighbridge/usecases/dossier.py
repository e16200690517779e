"""A promotion with all papers it rests on: what a pack holds, and what verifying one makes again.

Export and verification come here with entries that are proven and bytes by digest, and get the
same papers from the same past. Whatever a pack holds beside them, or lacks, shows by comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.gate.case import Act
from weighbridge.gate.decide import goes_through
from weighbridge.gate.lowered import of_preceding
from weighbridge.gate.pointer import halts
from weighbridge.gate.reuse import about
from weighbridge.gate.unusual import of_past
from weighbridge.ledger.note import write_verifier_key
from weighbridge.model.errors import PackError
from weighbridge.model.event import BINDING_KINDS, Kind
from weighbridge.model.pack import Told, Word
from weighbridge.model.trust import write_snapshot
from weighbridge.model.unverified import KINDS as VERIFYING
from weighbridge.packing import evidence_pack as pack
from weighbridge.report.controls.mapping import controls_bytes, map_controls
from weighbridge.report.html import render_told
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.judging import Refusal
from weighbridge.usecases.cosigners import judge_cosigners
from weighbridge.usecases.deciding_again import MOVING, Again, decision_problem
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.log_keys import KeyChain
from weighbridge.usecases.pack_facts import facts_of
from weighbridge.usecases.telling import (
    act_word,
    delegation_word,
    evidence_word,
    owners_word,
    waiver_word,
)
from weighbridge.usecases.unverified import unverified_among

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.gate.case import Case, Delegation, Said
    from weighbridge.model.decision import Decision
    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.unverified import Unverified
    from weighbridge.model.verification import Cosigner, Problem
    from weighbridge.seal.bundle import Bundle
    from weighbridge.usecases.past import ProvenLog

_OF_ALL = frozenset({Act.HOLD, Act.LIFT, Act.BREAK_GLASS, Act.REVIEW})
"""What matters for every release of a name, whichever it was said of."""
_KEPT = MOVING | {Kind.VERDICT_CHANGED}
"""What was done in an environment that every later decision there may follow from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A promotion, decided again.

    Attributes:
        told: What there is to tell of it.
        papers: Every paper of its pack by name, without the index.
        about: What the index says it is about.
        problems: Where the entry says otherwise than follows from what was there before it.
        undone: Why the decision could not be made again; empty if it was.
    """

    told: Told
    papers: Mapping[str, bytes]
    about: Mapping[str, Any]
    problems: tuple[Problem, ...]
    undone: tuple[Problem, ...] = ()


def compile_dossier(
    index: int,
    *,
    log: ProvenLog,
    blobs: BlobReader,
    proof: Callable[[int], bytes],
    later: Mapping[int, Event] | None = None,
    since: Mapping[int, Event] | None = None,
) -> Dossier:
    """Decide a promotion again, and gather the papers that takes.

    Args:
        index: The promotion's entry.
        log: Entries that are proven, the promotion's the last of them.
        blobs: Bytes by digest.
        proof: Returns the proof of an entry.
        later: Entries of the control plane behind it that lead to the key of the checkpoint.
        since: Entries behind it that say whether the release was found damaged.

    Raises:
        LedgerError: What is there is not what the entries name.
        NotFoundError: Something is missing.
        PackError: It is no entry of a promotion that was done.
    """
    event = log.event(index)
    if event.kind is not Kind.PROMOTION_DONE:
        message = f"entry {index} is no promotion that was done"
        raise PackError(message, seen=event.kind.value, wanted=Kind.PROMOTION_DONE.value)
    return _Again(index, event, log, blobs).dossier(proof, later or {}, since or {})


class _Again:
    """One promotion, asked for again."""

    def __init__(self, index: int, event: Event, log: ProvenLog, blobs: BlobReader) -> None:
        self._again = Again(index, event, Gathering(log, blobs))
        self._index, self._event, self._log, self._blobs = index, event, log, blobs
        self._body = event.body
        self._case: Case = self._again.case
        self._decision: Decision = self._again.decision
        self._name = self._decision.name
        self._signer = self._again.signer

    @property
    def _acts(self) -> Iterator[Said]:
        """List what people said that could matter: of this release, of holds, of broken glass."""
        for said in self._case.acts:
            if said.release == self._case.release or said.act in _OF_ALL:
                yield said

    @property
    def _delegations(self) -> Iterator[Delegation]:
        """List the delegations to those who said something."""
        people = {said.person for said in self._acts}
        yield from (one for one in self._case.delegations if one.to in people)

    def dossier(
        self,
        proof: Callable[[int], bytes],
        later: Mapping[int, Event],
        since: Mapping[int, Event],
    ) -> Dossier:
        told, body = self._told(), self._body
        told = replace(
            told, witnesses=self._witnesses(later), unverified=self._unverified(told, since)
        )
        events = {entry: self._log.event(entry) for entry in self._kept()}
        events |= {**later, **since}
        evidence = [digest for event in events.values() for digest in _bundles(event)]
        bundles = [
            self._again.bundle,
            *(read_bundle(self._blobs.read(digest)) for digest in evidence),
        ]
        controls = map_controls(facts_of(told, self._case))
        papers = {
            pack.MANIFEST: self._blobs.read(self._case.release),
            pack.DECISION: self._blobs.read(body["decision"]),
            pack.POLICY: self._blobs.read(self._case.bundle_digest),
            pack.ENVIRONMENT: self._blobs.read(self._case.environment_digest),
            pack.TRUST: write_snapshot(self._case.trust),
            pack.OUTCOME: canonical_bytes(self._decision.outcome),
            pack.CHECKPOINT: self._log.view.checkpoint,
            pack.CONTROLS: controls_bytes(controls),
            pack.REPORT: render_told(told, controls).encode(),
            **{pack.evidence_name(digest): self._blobs.read(digest) for digest in evidence},
            **{pack.proof_name(entry): proof(entry) for entry in events},
            **dict(self._compared()),
            **dict(self._proven_by(bundles)),
        }
        return Dossier(
            told=told,
            papers=papers,
            about=_about(told),
            problems=tuple(self._problems()),
            undone=self._again.undone,
        )

    def _witnesses(self, later: Mapping[int, Event]) -> tuple[Cosigner, ...]:
        """Name who cosigned the checkpoint, by the trust there was; no policy has a say in it."""
        log = self._log
        keys = KeyChain([*log.control, *sorted(later.items())])
        found = judge_cosigners(
            log.view.checkpoint,
            log_key=write_verifier_key(keys.at(log.checkpoint.size).key),
            trust=self._case.trust,
            policy=None,
        )
        return found.cosigners

    def _unverified(self, told: Told, since: Mapping[int, Event]) -> Unverified | None:
        """Fold what was found wrong with the release, before the decision and since."""
        before = self._log.found(f"release:{told.decision.name}")
        return unverified_among([*before, *sorted(since.items())], self._case.release)

    def _compared(self) -> Iterator[tuple[str, bytes]]:
        """List what the policy had the release held against, and what subjects were found in."""
        case = self._case
        for digest, data in case.locks.items():
            yield pack.lock_name(digest), data
        for digest, data in case.documents.items():
            if digest not in case.locks:
                yield pack.subjects_name(digest), data
        for digest, data in case.packs.items():
            yield pack.rules_name(digest), data
        there = {case.serving} if case.serving_manifest is not None else set()
        there |= {case.preceding} if case.preceding_manifest is not None else set()
        there |= {release for release, manifest in case.past.items() if manifest is not None}
        for release in sorted(there):
            yield pack.serving_name(release), self._blobs.read(release)

    def _proven_by(self, bundles: list[Bundle]) -> Iterator[tuple[str, bytes]]:
        """Add what keyless signatures were proven by, if there is one among them."""
        if self._again.root.digest and any(bundle.keyless is not None for bundle in bundles):
            yield pack.root_name(self._again.root.digest), self._blobs.read(self._again.root.digest)

    def _kept(self) -> list[int]:
        """Name the entries the decision follows from, its own among them."""
        case = self._case
        evidence = [*about(case), *of_past(case), *of_preceding(case)]
        known = {digest for one in evidence for digest in one.subjects} | {case.release}
        before = case.environment["spec"].get("promotesFrom")
        kept = {self._index, *(index for index, _ in self._log.control)}
        kept.update(one.entry for one in evidence)
        kept.update(
            index
            for index, event in self._log.found(f"release:{self._name}")
            if event.kind in BINDING_KINDS and event.body["digest"] in known
        )
        kept.update(
            index
            for index, event in self._log.found(f"release:{self._name}")
            if event.kind in VERIFYING and event.body["release"] == case.release
        )
        kept.update(said.entry for said in self._acts)
        kept.update(waiver.entry for waiver in case.waivers)
        kept.update(one.entry for one in self._delegations)
        kept.update(
            index
            for place in (self._decision.environment, before)
            for index, event in self._log.found(f"gate:{place}/{self._name}")
            if event.kind in _KEPT or halts(event) or self._asked(event, place)
        )
        return sorted(kept)

    def _asked(self, event: Event, place: str) -> bool:
        here = place == self._decision.environment
        ours: bool = event.body["release"] == self._case.release
        return here and ours and event.kind.startswith("promotion.")

    def _problems(self) -> Iterator[Problem]:
        yield from self._again.problems()
        mode = self._body["mode"]
        if not goes_through(self._decision, mode):
            yield decision_problem(
                f"entry {self._index}",
                "the release was moved, though the gate did not allow it",
                self._decision.verdict.value,
                "allowed",
            )

    def _told(self) -> Told:
        case, body, log = self._case, self._body, self._log
        signer = None if isinstance(self._signer, Refusal) else self._signer
        trust = case.trust
        return Told(
            decision=self._decision,
            mode=body["mode"],
            decided=Word(
                entry=self._index,
                at=self._event.time,
                person=body["person"],
                roles=() if signer is None else signer.roles,
                what="promote",
                about=case.release,
                bundle=body["decision"],
                held_by="" if signer is None else signer.held_by,
            ),
            generation=body["generation"],
            previous=body["previous"] or "",
            evidence=tuple(evidence_word(one, log, trust) for one in about(case)),
            acts=(
                *(act_word(said, log, trust) for said in self._acts),
                *(waiver_word(waiver, log, trust) for waiver in case.waivers),
                *(delegation_word(one, log, trust) for one in self._delegations),
            ),
            control=tuple(owners_word(index, event) for index, event in log.control[1:]),
            log=log.state,
        )


def _bundles(event: Event) -> list[str]:
    if event.kind is Kind.CONTROL_APPLIED:
        return list(event.body["bundles"])
    signed = event.kind in {Kind.EVIDENCE_ADDED, Kind.ACT_SAID}
    return [event.body["bundle"]] if signed else []


def _about(told: Told) -> dict[str, Any]:
    decision = told.decision
    return {
        "decision": {
            "at": told.decided.at,
            "digest": told.decided.bundle,
            "entry": told.decided.entry,
            "verdict": decision.verdict.value,
        },
        "environment": decision.environment,
        "log": told.log.origin,
        "release": {
            "digest": decision.release,
            "name": decision.name,
            "version": decision.version,
        },
    }
