"""`log verify --policy FILE`: enough witnesses cosigned a checkpoint the ledger has grown from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.errors import LedgerError, NotFoundError, RegistryError
from weighbridge.model.verification import Problem
from weighbridge.usecases.believed import believe, trust_in
from weighbridge.usecases.cosigners import held_checkpoint, judge_cosigners

if TYPE_CHECKING:
    from weighbridge.ledger.quorum import QuorumPolicy
    from weighbridge.model.log_ports import Ledger
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.verification import Audit


def witnessed(
    found: Audit,
    ledger: Ledger,
    *,
    log_key: str,
    checkpoint: bytes | None,
    policy: QuorumPolicy | None,
    blobs: BlobReader | None = None,
) -> Audit:
    """Add to an audit who cosigned, and what is wrong with that.

    Args:
        found: What the audit found; if that is wrong already, nobody is asked who cosigned it.
        ledger: What holds the log.
        log_key: The log's public key (signed-note verifier key).
        checkpoint: The checkpoint that was cosigned; the newest one if None.
        policy: Whose cosignatures it must have; without it, those owners trust are told.
        blobs: Where what owners signed is read; None where only a policy says who is a witness.
    """
    if found.problems or (checkpoint is None and policy is None):
        return found
    with ledger.reading() as view:
        log = believe(view, log_key=log_key)
        try:
            note = view.checkpoint if checkpoint is None else checkpoint
            held_checkpoint(note, log)
            trust = None if blobs is None else trust_in(log, blobs)
        except (LedgerError, RegistryError, NotFoundError) as error:
            return replace(found, problems=(_problem(error),))
    judged = judge_cosigners(note, log_key=log.log_key, trust=trust, policy=policy)
    return replace(found, problems=judged.problems, cosigners=judged.cosigners)


def _problem(error: LedgerError | RegistryError | NotFoundError) -> Problem:
    fault = error.faults[0]
    return Problem(
        code=fault.code,
        subject="checkpoint",
        message=fault.message,
        seen=fault.seen or fault.cause,
        wanted=fault.wanted,
        remediation=fault.help,
    )
