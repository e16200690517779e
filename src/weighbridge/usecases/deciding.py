"""What promotions and rollbacks have in common: a decision, signed and logged where it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge import __version__
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.gate.vsa import vsa_predicate
from weighbridge.model.errors import ArchivedError, CustodyError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import VSA
from weighbridge.model.trust import write_snapshot
from weighbridge.seal.judging import Refusal
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.custody import absence, custody_in
from weighbridge.usecases.signing import holder, judge_signed, keep_signed, not_allowed

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.aftermath import Aftermath
    from weighbridge.model.decision import Decision
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.usecases.believed import BelievedLog
    from weighbridge.usecases.gathering import Gathering


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What came of asking.

    Attributes:
        decision: The gate's word.
        mode: `enforce`, `observe` if an unmet policy does not block, or `break-glass` if it did
            not this once.
        generation: Generation of the pointer now.
        moved: Whether the pointer moved.
        bundle: Digest of the signed decision, or empty in a dry run.
        lost: The generation another promotion has reached meanwhile, or None.
        held: Whether the environment is held from now on.
        aftermath: What it set off, or None.
        requested: Rules a waiver was asked for, since it was denied.
        deployers: Who may ask for a promotion there, in words.
    """

    decision: Decision
    mode: str
    generation: int
    moved: bool
    bundle: str = ""
    lost: int | None = None
    held: bool = False
    aftermath: Aftermath | None = None
    requested: tuple[str, ...] = ()
    deployers: str = ""


Refused = Refusal | ArchivedError | CustodyError
"""Why nothing was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A move of a pointer somebody asks for, within its transaction.

    Attributes:
        transaction: The transaction.
        registry: The registry.
        signer: Key of who asks.
        gathering: What the ledger proves at this moment.
        case: The case of the release to move to.
        pointer: Where the release name points now.
    """

    transaction: Transaction
    registry: Registry
    signer: AnySigner
    gathering: Gathering
    case: Case
    pointer: Pointer

    def sign(self, decision: Decision, *, mode: str, act: Operation) -> str | Refusal:
        """Sign a decision and return its bundle's digest, or log that he may not decide here."""
        origin = self.gathering.log.checkpoint.origin
        bundle = keep_signed(
            decision_payload(decision, log=origin, mode=mode),
            signer=self.signer,
            registry=self.registry,
        )
        judged = judge_signed(
            bundle,
            registry=self.registry,
            state=self.gathering.state,
            at=self.case.now,
            roles=allowed(act, self.case.where()),
            release=self.case.release,
        )
        if isinstance(judged, Refusal):
            body = {**self._about(), "act": act.value, "reason": judged.reason.value}
            self.transaction.append(Kind.ACT_REFUSED, body)
            return judged
        return bundle

    def refuse_absent(self, *, act: Operation) -> ArchivedError | CustodyError | None:
        """Log that the files of the release are not here; None if they are."""
        absent = absence_of(self.gathering.log, self.case)
        if absent is not None:
            reason = "archived" if isinstance(absent, ArchivedError) else "erased"
            body = {**self._about(), "act": act.value, "reason": reason}
            self.transaction.append(Kind.ACT_REFUSED, body)
        return absent

    def log(
        self, kind: Kind, decision: Decision, *, bundle: str, mode: str, **more: object
    ) -> None:
        """Log a decision, with the papers it rests on and what else there is to say."""
        blobs = self.registry.blobs
        body = {
            **self._about(),
            "decision": bundle,
            "environmentDigest": decision.environment_digest,
            "mode": mode,
            "outcome": blobs.put(canonical_bytes(decision.outcome)),
            "policy": decision.policy_digest,
            "trust": blobs.put(write_snapshot(self.case.trust)),
            "verdict": decision.verdict.value,
        }
        self.transaction.append(kind, {**body, **more})

    def log_move(
        self, kind: Kind, decision: Decision, *, bundle: str, mode: str, **more: int
    ) -> None:
        """Log a decision that moves the pointer: the entry is the move."""
        self.log(
            kind,
            decision,
            bundle=bundle,
            mode=mode,
            generation=self.pointer.generation + 1,
            previous=self.pointer.release or None,
            **more,
        )

    def _about(self) -> dict[str, Any]:
        metadata = self.case.manifest["metadata"]
        return {
            "environment": self.case.environment_name,
            "name": metadata["name"],
            "person": holder(self.signer, self.case.trust),
            "release": self.case.release,
            "version": metadata["version"],
        }


def absence_of(log: BelievedLog, case: Case) -> ArchivedError | CustodyError | None:
    """Say why the files of a case's release are not here; None if they are."""
    metadata = case.manifest["metadata"]
    title = f"{metadata['name']}@{metadata['version']}"
    return absence(title, custody_in(log, title, case.release))


def raise_absence(log: BelievedLog, case: Case) -> None:
    """Refuse to consider a release whose files are not here.

    Raises:
        ArchivedError: They lie in an archive.
        CustodyError: They were erased.
    """
    if (error := absence_of(log, case)) is not None:
        raise error


def delivered(outcome: Promotion | Refused) -> Promotion:
    """Return what came of asking, or raise what a transaction logged and handed out.

    Raises:
        NotAllowedError: Whoever asks may not decide there.
        ArchivedError: The files of the release lie in an archive.
        CustodyError: They were erased.
    """
    if isinstance(outcome, Refusal):
        raise not_allowed(outcome)
    if isinstance(outcome, ArchivedError | CustodyError):
        raise outcome
    return outcome


def decision_payload(
    decision: Decision, *, log: str, mode: str, version: str = __version__
) -> bytes:
    """Write a decision as the statement that is signed: a SLSA verification summary.

    Args:
        decision: The decision.
        log: Origin of the ledger it stands in.
        mode: `enforce`, `observe` or `break-glass`.
        version: The version of weighbridge that decided.
    """
    return write_statement(
        Statement(
            VSA,
            subjects=((f"{decision.name}@{decision.version}", decision.release),),
            predicate=vsa_predicate(decision, log=log, mode=mode, version=version),
        )
    )
