"""`attest --bundle`: keep what somebody else signed, if his signature counts here and now.

Nobody signs here. That is why a bundle the ledger has for a release already is not added again:
whoever keeps an old, good one could have it count as the newest at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.predicates import shape_fault
from weighbridge.model.errors import UsageError
from weighbridge.model.event import Kind
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.envelope import as_bundle
from weighbridge.seal.judging import Refusal
from weighbridge.seal.statement import StatementError, read_statement
from weighbridge.usecases.believed import believe, control_state, trust_in
from weighbridge.usecases.evidence import Added, add_entry, refuse_entry
from weighbridge.usecases.signing import judge_signed, not_allowed

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.seal.judging import Signer
    from weighbridge.usecases.believed import BelievedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What somebody else signed, as evidence.

    Attributes:
        added: Where it stands in the ledger.
        payload: The statement.
        known: Whether it stood there before.
    """

    added: Added
    payload: bytes
    known: bool


def read_foreign(data: bytes, *, registry: Registry) -> bytes:
    """Return the bundle that a document is kept as, or say why it is none.

    Raises:
        UsageError: It is neither a bundle nor an envelope, or what it says has not its shape.
        OwnerlessError: The registry has no owners yet.
    """
    with registry.reading() as view:
        trust = trust_in(believe(view, log_key=registry.log_key), registry.blobs)
    try:
        bundle = as_bundle(data, trust)
        statement = read_statement(read_bundle(bundle).payload)
    except (EnvelopeError, StatementError) as error:
        help_ = ["give a Sigstore bundle, or a DSSE envelope with one signature, in JSON"]
        raise UsageError(f"this cannot be attested: {error}", help=help_) from error
    if fault := shape_fault(statement.predicate_type, statement.predicate):
        message = f"this cannot be attested: as {statement.predicate_type} it is not whole"
        raise UsageError(message, seen=fault, help=["have it made again, by another tool perhaps"])
    return bundle


def add_foreign(bundle: bytes, *, release: str, registry: Registry) -> Foreign:
    """Keep a bundle as evidence about a release.

    Args:
        bundle: The bundle (`read_foreign`).
        release: The release it is given for; it must be about that, or about parts of it.
        registry: The registry.

    Raises:
        NotAllowedError: The signature does not count. The refusal is in the ledger.
    """
    digest = registry.blobs.put(bundle)
    outcome = registry.change(lambda transaction: _add(transaction, digest, release, registry))
    if isinstance(outcome, Refusal):
        raise not_allowed(outcome)
    return outcome


def _add(
    transaction: Transaction, digest: str, release: str, registry: Registry
) -> Foreign | Refusal:
    log = believe(transaction, log_key=registry.log_key)
    state = control_state(log, registry.blobs)
    verdict = judge_signed(
        digest,
        registry=registry,
        state=state,
        at=transaction.now,
        roles=state.trust.roles,
        release=release,
    )
    if isinstance(verdict, Refusal):
        refuse_entry(transaction, digest, verdict, release, registry)
        return verdict
    payload = read_bundle(registry.blobs.read(digest)).payload
    before = _known(log, digest, verdict, release, registry)
    added = before or add_entry(transaction, digest, verdict, release, registry)
    return Foreign(added=added, payload=payload, known=before is not None)


def _known(
    log: BelievedLog, digest: str, signer: Signer, release: str, registry: Registry
) -> Added | None:
    """Find the entry that has the same statement by the same key for the same release."""
    bundle = read_bundle(registry.blobs.read(digest))
    for index, event in log.found(f"subject:{release}"):
        body = event.body
        if event.kind is not Kind.EVIDENCE_ADDED or body["release"] != release:
            continue
        # The payload, since one signature can be written in more than one way.
        held = read_bundle(registry.blobs.read(body["bundle"]))
        if (held.payload, held.hint) == (bundle.payload, bundle.hint):
            return Added(index=index, bundle=body["bundle"], signer=signer, at=event.time)
    return None
