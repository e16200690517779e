"""What promotions and rollbacks have in common: a decision, signed and logged where it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge import __version__
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.gate.vsa import vsa_predicate
from weighbridge.model.errors import ArchivedError
from weighbridge.model.permissions import allowed
from weighbridge.model.predicates import VSA
from weighbridge.model.trust import write_snapshot
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.custody import absence, custody_in
from weighbridge.usecases.saying import about_release

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.aftermath import Aftermath
    from weighbridge.model.decision import Decision
    from weighbridge.model.errors import CustodyError
    from weighbridge.model.event import Kind
    from weighbridge.model.permissions import Operation
    from weighbridge.usecases.believed import BelievedLog
    from weighbridge.usecases.saying import Speaker


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
        entry: Its entry in the ledger; -1 if there is none.
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
    entry: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A decision somebody signs, within its transaction.

    Attributes:
        speaker: Who signs it.
        case: What it is about.
    """

    speaker: Speaker
    case: Case

    def sign(self, decision: Decision, *, mode: str, act: Operation) -> str:
        """Sign a decision and return its bundle's digest.

        Raises:
            Refused: He may not decide here.
        """
        origin = self.speaker.gathering.log.checkpoint.origin
        signed = self.speaker.sign(
            decision_payload(decision, log=origin, mode=mode),
            body={**about_release(self.case), "act": act.value},
            roles=allowed(act, self.case.where()),
        )
        return signed.bundle

    def refuse_absent(self, *, act: Operation) -> None:
        """Refuse to move to a release whose files are not here.

        Raises:
            Refused: They lie in an archive, or were erased.
        """
        absent = absence_of(self.speaker.gathering.log, self.case)
        if absent is not None:
            reason = "archived" if isinstance(absent, ArchivedError) else "erased"
            body = {**about_release(self.case), "act": act.value}
            raise self.speaker.refused(body, reason, absent)

    def log(self, kind: Kind, decision: Decision, *, bundle: str, mode: str, **more: object) -> int:
        """Log a decision, with the papers it rests on and what else there is to say.

        Returns:
            Index of the entry.
        """
        blobs = self.speaker.registry.blobs
        body = {
            **about_release(self.case),
            "decision": bundle,
            "environmentDigest": decision.environment_digest,
            "mode": mode,
            "outcome": blobs.put(canonical_bytes(decision.outcome)),
            "person": self.speaker.person,
            "policy": decision.policy_digest,
            "trust": blobs.put(write_snapshot(self.case.trust)),
            "verdict": decision.verdict.value,
        }
        return self.speaker.transaction.append(kind, {**body, **more})

    def log_move(
        self,
        kind: Kind,
        decision: Decision,
        pointer: Pointer,
        *,
        bundle: str,
        mode: str,
        **more: int,
    ) -> int:
        """Log a decision that moves a pointer: the entry is the move, whose index is returned."""
        return self.log(
            kind,
            decision,
            bundle=bundle,
            mode=mode,
            generation=pointer.generation + 1,
            previous=pointer.release or None,
            **more,
        )


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
