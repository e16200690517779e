"""A promotion with all papers it rests on: what a pack holds, and what verifying one makes again.

Export and verification come here with entries that are proven and bytes by digest, and get the
same papers from the same past. Whatever a pack holds beside them, or lacks, shows by comparison.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge import __version__
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide, stopped
from weighbridge.gate.evidence import about
from weighbridge.ledger.note import write_verifier_key
from weighbridge.model.decision import GateVerdict
from weighbridge.model.errors import LedgerError, PackError
from weighbridge.model.event import BINDING_KINDS, Kind
from weighbridge.model.pack import Told, Word
from weighbridge.model.predicates import VSA
from weighbridge.model.trust import write_snapshot
from weighbridge.model.verification import Problem
from weighbridge.packing import evidence_pack as pack
from weighbridge.report.controls.mapping import controls_bytes, map_controls
from weighbridge.report.html import render_told
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.cosigners import judge_cosigners
from weighbridge.usecases.deciding import ENFORCE, OBSERVE, decision_payload, deployers
from weighbridge.usecases.keyless import PublishedRoot, not_judged
from weighbridge.usecases.log_keys import KeyChain
from weighbridge.usecases.pack_facts import facts_of
from weighbridge.usecases.past import Past
from weighbridge.usecases.programs import program_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.gate.case import Case, Said, Waiver
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.decision import Decision
    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.verification import Cosigner
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.judging import Signer
    from weighbridge.usecases.past import ProvenLog

_MOVES = frozenset({Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE})
_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){2}", re.ASCII)
_AGAIN = (
    "verify with the version of weighbridge that decided",
    "or ask whoever made the pack for another: `weighbridge evidence export REF --to ENV`",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A promotion, decided again.

    Attributes:
        told: What there is to tell of it.
        papers: Every paper of its pack by name, without the index.
        about: What the index says it is about.
        problems: Where the entry says otherwise than follows from what was there before it.
    """

    told: Told
    papers: Mapping[str, bytes]
    about: Mapping[str, Any]
    problems: tuple[Problem, ...]


def compile_dossier(
    index: int,
    *,
    log: ProvenLog,
    blobs: BlobReader,
    proof: Callable[[int], bytes],
    later: Mapping[int, Event] | None = None,
) -> Dossier:
    """Decide a promotion again, and gather the papers that takes.

    Args:
        index: The promotion's entry.
        log: Entries that are proven, the promotion's the last of them.
        blobs: Bytes by digest.
        proof: Returns the proof of an entry.
        later: Entries of the control plane behind it that lead to the key of the checkpoint.

    Raises:
        LedgerError: What is there is not what the entries name.
        NotFoundError: Something is missing.
        PackError: It is no entry of a promotion that was done.
    """
    event = log.event(index)
    if event.kind is not Kind.PROMOTION_DONE:
        message = f"entry {index} is no promotion that was done"
        raise PackError(message, seen=event.kind.value, wanted=Kind.PROMOTION_DONE.value)
    return _Again(index, event, log, blobs).dossier(proof, later or {})


class _Again:
    """One promotion, asked for again."""

    def __init__(self, index: int, event: Event, log: ProvenLog, blobs: BlobReader) -> None:
        self._index, self._event, self._log, self._blobs = index, event, log, blobs
        body = self._body = event.body
        past = Past(log, blobs)
        self._case: Case = past.case(
            body["environment"], body["release"], now=event.time, asks=body["person"]
        )
        self._decision: Decision = decide(self._case, program_of(self._case.bundle))
        self._name = self._decision.name
        self._pointer: Pointer = past.pointer(self._decision.environment, self._name)
        self._bundle = read_bundle(blobs.read(body["decision"]))
        self._root = PublishedRoot(past.state, blobs)
        self._signer: Signer | Refusal = judge(
            self._bundle,
            snapshot=self._case.trust,
            at=event.time,
            roles=deployers(self._case.environment),
            subject_digests=[self._case.release],
            predicate_type=VSA,
            keyless=self._root,
        )
        unjudged = not_judged(self._signer, "the signature of the decision")
        if unjudged is not None:
            raise unjudged

    @property
    def _acts(self) -> Iterator[Said]:
        """List what people said that could matter: of this release, and of holds."""
        for said in self._case.acts:
            if said.release == self._case.release or said.act is Act.LIFT:
                yield said

    def dossier(self, proof: Callable[[int], bytes], later: Mapping[int, Event]) -> Dossier:
        told, body = replace(self._told(), witnesses=self._witnesses(later)), self._body
        events = {entry: self._log.event(entry) for entry in self._kept()}
        events |= later
        evidence = [digest for event in events.values() for digest in _bundles(event)]
        bundles = [self._bundle, *(read_bundle(self._blobs.read(digest)) for digest in evidence)]
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
            told=told, papers=papers, about=_about(told), problems=tuple(self._problems())
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
        if case.serving_manifest is not None:
            yield pack.serving_name(case.serving), self._blobs.read(case.serving)

    def _proven_by(self, bundles: list[Bundle]) -> Iterator[tuple[str, bytes]]:
        """Add what keyless signatures were proven by, if there is one among them."""
        if self._root.digest and any(bundle.keyless is not None for bundle in bundles):
            yield pack.root_name(self._root.digest), self._blobs.read(self._root.digest)

    def _kept(self) -> list[int]:
        """Name the entries the decision follows from, its own among them."""
        case = self._case
        known = {digest for one in about(case) for digest in one.subjects} | {case.release}
        before = case.environment["spec"].get("promotesFrom")
        kept = {self._index, *(index for index, _ in self._log.control)}
        kept.update(one.entry for one in about(case))
        kept.update(
            index
            for index, event in self._log.found(f"release:{self._name}")
            if event.kind in BINDING_KINDS and event.body["digest"] in known
        )
        kept.update(said.entry for said in self._acts)
        kept.update(waiver.entry for waiver in case.waivers)
        kept.update(
            index
            for place in (self._decision.environment, before)
            for index, event in self._log.found(f"gate:{place}/{self._name}")
            if event.kind in _MOVES or self._asked(event, place)
        )
        return sorted(kept)

    def _asked(self, event: Event, place: str) -> bool:
        here = place == self._decision.environment
        ours: bool = event.body["release"] == self._case.release
        return here and ours and event.kind.startswith("promotion.")

    def _problems(self) -> Iterator[Problem]:
        subject = f"entry {self._index}"
        for name, wanted in self._follows().items():
            seen = self._body.get(name)
            if seen != wanted:
                message = f"its {name} is not what follows from what was there before it"
                yield _problem(subject, message, str(seen), str(wanted))
        mode = self._body["mode"]
        allowed = self._decision.verdict is GateVerdict.ALLOWED
        if not allowed and (mode != OBSERVE or stopped(self._decision)):
            message = "the release was moved, though the gate did not allow it"
            yield _problem(subject, message, self._decision.verdict.value, "allowed")
        if self._bundle.payload != self._payload(mode):
            message = "the signed decision is not what the gate decides on these papers"
            yield _problem(
                pack.DECISION,
                message,
                f"decided by weighbridge {self._deciding_version()}",
                f"weighbridge {__version__}",
            )
        if isinstance(self._signer, Refusal):
            refusal = self._signer
            yield Problem(
                code=refusal.code,
                subject=pack.DECISION,
                message=f"its signature does not count: {refusal.reason.value.replace('-', ' ')}",
                seen=refusal.seen,
                wanted=refusal.wanted,
                remediation=_AGAIN[1:],
            )

    def _deciding_version(self) -> str:
        predicate = read_statement(self._bundle.payload).predicate
        return str(predicate["verifier"]["version"]["weighbridge"])

    def _payload(self, mode: str) -> bytes:
        origin, decided = self._log.checkpoint.origin, self._deciding_version()
        # An older one may have decided; if it put its reasons in the same words, it still counts.
        version = decided if _numbers(decided) < _numbers(__version__) else __version__
        return decision_payload(self._decision, log=origin, mode=mode, version=version)

    def _follows(self) -> dict[str, object]:
        """Say what the entry must say."""
        decision, case = self._decision, self._case
        signer = "" if isinstance(self._signer, Refusal) else self._signer.person
        return {
            "environmentDigest": decision.environment_digest,
            "generation": self._pointer.generation + 1,
            "mode": case.environment["spec"].get("enforcement", ENFORCE),
            "name": decision.name,
            "outcome": decision.outcome_digest,
            "person": signer,
            "policy": decision.policy_digest,
            "previous": self._pointer.release or None,
            "trust": case.trust_digest,
            "verdict": decision.verdict.value,
            "version": decision.version,
        }

    def _told(self) -> Told:
        case, body, log = self._case, self._body, self._log
        roles = () if isinstance(self._signer, Refusal) else self._signer.roles
        return Told(
            decision=self._decision,
            mode=body["mode"],
            decided=Word(
                entry=self._index,
                at=self._event.time,
                person=body["person"],
                roles=roles,
                what="promote",
                about=case.release,
                bundle=body["decision"],
            ),
            generation=body["generation"],
            previous=body["previous"] or "",
            evidence=tuple(
                Word(
                    entry=one.entry,
                    at=one.at,
                    person=one.person,
                    roles=one.roles,
                    what=one.predicate_type,
                    about=one.release,
                    bundle=log.event(one.entry).body["bundle"],
                )
                for one in about(case)
            ),
            acts=(*map(self._act, self._acts), *map(self._waiver, case.waivers)),
            control=tuple(_owners_word(index, event) for index, event in log.control[1:]),
            log=log.state,
        )

    def _act(self, said: Said) -> Word:
        return self._word(said, what=said.act.value, reason=said.reason)

    def _waiver(self, waiver: Waiver) -> Word:
        reason = f"{waiver.rule} until {waiver.expires}: {waiver.reason}"
        return self._word(waiver, what=Act.WAIVE.value, reason=reason)

    def _word(self, one: Said | Waiver, *, what: str, reason: str) -> Word:
        return Word(
            entry=one.entry,
            at=one.at,
            person=one.person,
            roles=one.roles,
            what=what,
            about=one.release,
            reason=reason,
            bundle=self._log.event(one.entry).body["bundle"],
        )


def _numbers(version: str) -> tuple[int, ...]:
    """Read the numbers of a version; one that has another form is newer than any."""
    if _VERSION.fullmatch(version) is None:
        return (sys.maxsize,)
    return tuple(map(int, version.split(".")))


def _owners_word(index: int, event: Event) -> Word:
    """Tell a change of the control plane, whose signatures were judged when trust was folded."""
    return Word(
        entry=index,
        at=event.time,
        person=", ".join(event.body["signers"]),
        roles=("owner",),
        what=event.body["action"],
        about=event.body["about"],
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


def _problem(subject: str, message: str, seen: str = "", wanted: str = "") -> Problem:
    return Problem(
        code=LedgerError.code,
        subject=subject,
        message=message,
        seen=seen,
        wanted=wanted,
        remediation=_AGAIN,
    )
