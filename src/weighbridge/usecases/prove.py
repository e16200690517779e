"""`log prove`: an entry and its proof in one file, which the log's key alone is needed to check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.ledger.note import NoteError, read_verifier_key
from weighbridge.ledger.proof import LogProof, read_proof, verify_proof, write_proof
from weighbridge.model.errors import LedgerError, NotFoundError
from weighbridge.model.event import Event, EventError, read_event
from weighbridge.usecases.believed import believe, verify_ed25519

if TYPE_CHECKING:
    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.quorum import QuorumPolicy
    from weighbridge.model.log_ports import Ledger
    from weighbridge.model.verification import Cosigner
    from weighbridge.usecases.believed import BelievedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry whose proof holds.

    Attributes:
        index: Its index.
        event: What it says.
        checkpoint: The state of the log that proves it.
        cosigners: Who cosigned that, of the witnesses a policy names.
    """

    index: int
    event: Event
    checkpoint: Checkpoint
    cosigners: tuple[Cosigner, ...] = ()


def prove(index: int, *, ledger: Ledger, log_key: str, checkpoint: bytes | None = None) -> bytes:
    """Write a proof (https://c2sp.org/tlog-proof) that carries its entry along.

    Args:
        index: The entry.
        ledger: What holds the log.
        log_key: The log's public key (signed-note verifier key).
        checkpoint: The checkpoint to prove it under, cosignatures and all; the newest if None.

    Raises:
        NotFoundError: There is no such entry.
        LedgerError: The ledger does not prove what it says, or the checkpoint is not of it.
    """
    with ledger.reading() as view:
        log = believe(view, log_key=log_key)
        note = view.checkpoint if checkpoint is None else checkpoint
        size = (log.checkpoint if checkpoint is None else _held(checkpoint, log)).size
        if not 0 <= index < size:
            seen, wanted = str(index), f"0 to {size - 1}"
            help_ = ["weighbridge log show"]
            raise NotFoundError("there is no such entry", seen=seen, wanted=wanted, help=help_)
        log.event(index)  # which is proven, or refused
        path = log.inclusion(index, size)
        return write_proof(
            LogProof(index=index, path=tuple(path), checkpoint=note, extra=view.entry(index))
        )


def verify_entry(proof: bytes, *, log_key: str, policy: QuorumPolicy | None = None) -> Proven:
    """Check a proof with the log's key alone, and by whom a policy wants it witnessed.

    Args:
        proof: The proof.
        log_key: The log's public key (signed-note verifier key).
        policy: Whose cosignatures its checkpoint must have.

    Raises:
        LedgerError: It proves nothing, or too few witnesses cosigned.
    """
    try:
        read = read_proof(proof)
        checkpoint = verify_proof(
            read, read.extra, key=read_verifier_key(log_key), verify=verify_ed25519
        )
        event = read_event(read.extra)
    except (NoteError, EventError) as error:
        help_ = [
            "ask for a new proof: `weighbridge log prove INDEX --output FILE`",
            "or for the log's newer `log.pub`, if its key was rotated: a proof does not lead to it",
        ]
        raise LedgerError("the proof does not hold", cause=str(error), help=help_) from error
    cosigners = () if policy is None else _cosigners(read.checkpoint, log_key, policy)
    return Proven(index=read.index, event=event, checkpoint=checkpoint, cosigners=cosigners)


def _held(checkpoint: bytes, log: BelievedLog) -> Checkpoint:
    from weighbridge.usecases.cosigners import (  # noqa: PLC0415 - most proofs do without
        held_checkpoint,
    )

    return held_checkpoint(checkpoint, log)


def _cosigners(checkpoint: bytes, log_key: str, policy: QuorumPolicy) -> tuple[Cosigner, ...]:
    from weighbridge.usecases.cosigners import (  # noqa: PLC0415 - most proofs do without
        judge_cosigners,
    )

    judged = judge_cosigners(checkpoint, log_key=log_key, trust=None, policy=policy)
    for problem in judged.problems:
        raise LedgerError(
            problem.message, seen=problem.seen, wanted=problem.wanted, help=problem.remediation
        )
    return judged.cosigners
