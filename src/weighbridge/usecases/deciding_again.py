"""A decision of the ledger, made again from what was there before it.

A decision of another revision of the gate is not made again: it is read from what was signed, and
that it was not is told. Everything else is judged alike: the signature, the entry, its papers.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge import __version__
from weighbridge.codec.predicates import shape_fault
from weighbridge.gate.decide import REVISION, decide, decide_rollback, goes_through
from weighbridge.gate.glass import mode_of
from weighbridge.gate.rollback import holds
from weighbridge.gate.times import moment
from weighbridge.gate.vsa import read_decision, revision_of, version_of
from weighbridge.model.decision import ENFORCE, OBSERVE
from weighbridge.model.errors import LedgerError, RevisionError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import OURS, VSA
from weighbridge.model.trust import TrustError, check_time
from weighbridge.model.verification import Problem
from weighbridge.packing.evidence_pack import DECISION
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.deciding import decision_payload
from weighbridge.usecases.keyless import PublishedRoot, not_judged
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.promote import set_off_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.decision import Decision
    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.judging import Signer
    from weighbridge.usecases.gathering import Gathering

DECIDING = frozenset(
    {
        Kind.PROMOTION_DONE,
        Kind.PROMOTION_BLOCKED,
        Kind.PROMOTION_OBSERVED,
        Kind.ROLLBACK_DONE,
        Kind.ROLLBACK_BLOCKED,
    }
)
"""Kinds of entries that name a signed decision."""
MOVING = frozenset({Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE})
"""Kinds of entries that move a pointer."""

_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){2}", re.ASCII)
_LONGEST = timedelta(seconds=60)
"""What may lie between a decision and its entry: it may be made elsewhere, and brought."""
_AGAIN = (
    "verify with the version of weighbridge that decided",
    "or ask whoever made the pack for another: `weighbridge evidence export REF --to ENV`",
)


def _decided_at(predicate: Mapping[str, Any], entered: str) -> str:
    """Return when a decision was made, if that was just before it was entered; else nothing."""
    at = str(predicate.get("timeVerified"))
    try:
        passed = moment(entered) - moment(check_time(at))
    except TrustError:
        return ""
    return at if timedelta() <= passed <= _LONGEST else ""


class Again:
    """One decision, asked for again.

    Attributes:
        index: Its entry.
        event: The entry.
        case: What was decided on.
        decision: The decision, made again, or as it was signed where another revision made it.
        pointer: Where the release name pointed before.
        bundle: The signed decision.
        root: What keyless signatures are proven by.
        signer: Whose signature the decision has, or why it does not count.
    """

    def __init__(self, index: int, event: Event, past: Gathering) -> None:
        """Gather what was there, and decide.

        Args:
            index: The entry.
            event: What it says; of a kind among `DECIDING`.
            past: What was there before it.

        Raises:
            LedgerError: What is there is not what the entries name.
            NotFoundError: Something is missing.
        """
        self.index, self.event, self._log = index, event, past.log
        blobs = past.blobs
        body = event.body
        self.bundle: Bundle = read_bundle(blobs.read(body["decision"]))
        self._statement = read_statement(self.bundle.payload)
        self._predicate = self._statement.predicate
        self._at = _decided_at(self._predicate, event.time)
        asks = body["person"] if event.kind.startswith("promotion.") else ""
        self.case: Case = past.case(
            body["environment"], body["release"], now=self._at or event.time, asks=asks
        )
        self.pointer: Pointer = past.pointer(body["environment"], past.name_of(self.case.release))
        self._revision = revision_of(self._predicate)
        self.decision: Decision = self._decided(blobs)
        self.root = PublishedRoot(past.state, blobs)
        self.signer: Signer | Refusal = judge(
            self.bundle,
            snapshot=self.case.trust,
            at=event.time,
            roles=allowed(Operation.PROMOTE, self.case.where()),
            subject_digests=[self.case.release],
            predicate_type=VSA,
            keyless=self.root,
        )
        unjudged = not_judged(self.signer, "the signature of the decision")
        if unjudged is not None:
            raise unjudged

    @property
    def undone(self) -> tuple[Problem, ...]:
        """Why it could not be made again; empty if it was."""
        if self._revision == REVISION:
            return ()
        version = version_of(self._predicate)
        return (
            Problem(
                code=RevisionError.code,
                subject=DECISION,
                message=f"decided by revision {self._revision} of the gate; "
                f"this version decides by {REVISION}, and did not make it again",
                seen=f"decided by weighbridge {version}",
                wanted=f"weighbridge {__version__}",
                remediation=(f"make it again with weighbridge {version}",),
            ),
        )

    def _decided(self, blobs: BlobReader) -> Decision:
        if self._revision != REVISION:
            if self._revision < REVISION and (fault := shape_fault(VSA, self._predicate)):
                raise LedgerError(f"the signed decision has not the shape of one: {fault}")
            (subject,) = self._statement.subjects
            outcome = json.loads(blobs.read(self._predicate[OURS]["outcome"]))
            return read_decision(self._predicate, subject=subject, outcome=outcome)
        if self.event.kind.startswith("rollback."):
            return decide_rollback(self.case, self.pointer)
        return decide(self.case, program_of(self.case.bundle))

    def payload(self) -> bytes:
        """Write the statement that must have been signed."""
        origin, decided = self._log.checkpoint.origin, version_of(self._predicate)
        # An older one may have decided; if it put its reasons in the same words, it still counts.
        version = decided if _numbers(decided) < _numbers(__version__) else __version__
        mode = self.event.body["mode"]
        return decision_payload(self.decision, log=origin, mode=mode, version=version)

    def problems(self) -> Iterator[Problem]:
        """Say where the entry or the signed decision is another than follows."""
        subject = f"entry {self.index}"
        for name, wanted in self._follows().items():
            seen = self.event.body.get(name)
            if seen != wanted:
                message = f"its {name} is not what follows from what was there before it"
                yield decision_problem(subject, message, str(seen), str(wanted))
        if self.event.kind in MOVING and not goes_through(self.decision, self.event.body["mode"]):
            message = "it moves a pointer, and the gate did not let it"
            yield decision_problem(subject, message, self.decision.verdict.value)
        yield from self._set_off()
        if not self._at:
            seen = str(self._predicate.get("timeVerified"))
            wanted = f"{self.event.time}, or at most {_LONGEST.seconds} s before"
            message = "the decision was not made when it was entered"
            yield decision_problem(DECISION, message, seen, wanted)
        if not self.undone and self.bundle.payload != self.payload():
            yield decision_problem(
                DECISION,
                "the signed decision is not what the gate decides on these papers",
                f"decided by weighbridge {version_of(self._predicate)}",
                f"weighbridge {__version__}",
            )
        if isinstance(self.signer, Refusal):
            refusal = self.signer
            yield Problem(
                code=refusal.code,
                subject=DECISION,
                message=f"its signature does not count: {refusal.reason.value.replace('-', ' ')}",
                seen=refusal.seen,
                wanted=refusal.wanted,
                remediation=_AGAIN[1:],
            )

    def _follows(self) -> dict[str, object]:
        """Say what the entry must say."""
        decision, case, kind = self.decision, self.case, self.event.kind
        signer = "" if isinstance(self.signer, Refusal) else self.signer.person
        mode = ENFORCE
        if kind.startswith("promotion."):
            mode = mode_of(decision, case.environment["spec"].get("enforcement", ENFORCE))
        found: dict[str, object] = {
            "environment": decision.environment,
            "environmentDigest": case.environment_digest,
            "mode": OBSERVE if kind is Kind.PROMOTION_OBSERVED else mode,
            "name": decision.name,
            "outcome": decision.outcome_digest,
            "person": signer,
            "policy": case.bundle_digest,
            "release": decision.release,
            "trust": case.trust_digest,
            "verdict": decision.verdict.value,
            "version": decision.version,
        }
        if kind in MOVING:
            previous: str | None = self.pointer.release or None
            found |= {"generation": self.pointer.generation + 1, "previous": previous}
        if kind is Kind.ROLLBACK_DONE:
            found["hold"] = holds(case)
        return found | self._signed_otherwise()

    def _set_off(self) -> Iterator[Problem]:
        """Compare what the entry says it set off with what the policy says."""
        if self.event.kind is not Kind.PROMOTION_BLOCKED or self.undone:
            return
        enforced = self.event.body["mode"] == ENFORCE
        wanted = set_off_by(self.decision, self.case, self.pointer) if enforced else None
        said = self.event.body.get("aftermath")
        seen = said.get("action") if isinstance(said, dict) else said
        if seen != (None if wanted is None else wanted.deed.value):
            message = "what it set off is not what its policy says"
            deed = "nothing" if wanted is None else wanted.deed.value
            yield decision_problem(f"entry {self.index}", message, str(seen), deed)

    def _signed_otherwise(self) -> dict[str, Any]:
        """Say what a decision that was read names otherwise than what was there."""
        decision, case = self.decision, self.case
        pairs = {
            "environmentDigest": (decision.environment_digest, case.environment_digest),
            "policy": (decision.policy_digest, case.bundle_digest),
            "release": (decision.release, case.release),
            "trust": (decision.trust_digest, case.trust_digest),
        }
        return {name: signed for name, (signed, there) in pairs.items() if signed != there}


decision_problem = partial(ledger_problem, remedies=_AGAIN)
"""Return a problem with a decision, or its entry."""


def _numbers(version: str) -> tuple[int, ...]:
    """Read the numbers of a version; one that has another form is newer than any."""
    if _VERSION.fullmatch(version) is None:
        return (sys.maxsize,)
    return tuple(map(int, version.split(".")))
