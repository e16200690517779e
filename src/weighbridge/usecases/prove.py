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
    from weighbridge.model.log_ports import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry whose proof holds.

    Attributes:
        index: Its index.
        event: What it says.
        checkpoint: The state of the log that proves it.
    """

    index: int
    event: Event
    checkpoint: Checkpoint


def prove(index: int, *, ledger: Ledger, log_key: str) -> bytes:
    """Write a proof (https://c2sp.org/tlog-proof) that carries its entry along.

    Raises:
        NotFoundError: There is no such entry.
        LedgerError: The ledger does not prove what it says.
    """
    with ledger.reading() as view:
        log = believe(view, log_key=log_key)
        if not 0 <= index < log.checkpoint.size:
            seen, wanted = str(index), f"0 to {log.checkpoint.size - 1}"
            help_ = ["weighbridge log show"]
            raise NotFoundError("there is no such entry", seen=seen, wanted=wanted, help=help_)
        log.event(index)  # which is proven, or refused
        path = log.inclusion(index)
        return write_proof(
            LogProof(
                index=index, path=tuple(path), checkpoint=view.checkpoint, extra=view.entry(index)
            )
        )


def verify_entry(proof: bytes, *, log_key: str) -> Proven:
    """Check a proof with the log's key alone.

    Raises:
        LedgerError: It proves nothing.
    """
    try:
        read = read_proof(proof)
        checkpoint = verify_proof(
            read, read.extra, key=read_verifier_key(log_key), verify=verify_ed25519
        )
        return Proven(index=read.index, event=read_event(read.extra), checkpoint=checkpoint)
    except (NoteError, EventError) as error:
        help_ = ["ask for a new proof: `weighbridge log prove INDEX --output FILE`"]
        raise LedgerError("the proof does not hold", cause=str(error), help=help_) from error
