"""Whether the ledger holds already what a job is to bring: a checker's word on a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import TEST_RESULT
from weighbridge.seal.judging import refuse_holder

if TYPE_CHECKING:
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.usecases.believed import BelievedLog


def reported_since(
    log: BelievedLog, release: str, index: int, *, trust: TrustSnapshot, at: str
) -> bool:
    """Tell whether a checker's report of a release stands in the ledger behind an entry.

    Args:
        log: The ledger.
        release: The release digest.
        index: The entry.
        trust: Who is a checker.
        at: When.
    """
    return said_since(log, release, index, what=TEST_RESULT, trust=trust, at=at)


def said_since(
    log: BelievedLog, release: str, index: int, *, what: str, trust: TrustSnapshot, at: str
) -> bool:
    """Tell whether a checker's word on a release stands in the ledger behind an entry.

    Args:
        log: The ledger.
        release: The release digest.
        index: The entry.
        what: What it is about: a predicate type.
        trust: Who is a checker.
        at: When.
    """
    roles = allowed(Operation.CHECK)
    return any(
        place > index
        and event.kind is Kind.EVIDENCE_ADDED
        and event.body.get("release") == release
        and event.body.get("predicateType") == what
        and refuse_holder(str(event.body.get("signer")), snapshot=trust, at=at, roles=roles) is None
        for place, event in log.found(f"subject:{release}")
    )
