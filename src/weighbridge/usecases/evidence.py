"""Keep signed statements about a release, if the signature counts at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.judging import Refusal, Signer
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.signing import judge_signed, keep_signed, not_allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A statement that is evidence now.

    Attributes:
        index: Its entry in the ledger.
        bundle: Digest of the stored bundle.
        predicate_type: What it says.
        signer: Whose it is.
        at: The ledger's time of it.
    """

    index: int
    bundle: str
    predicate_type: str
    signer: Signer
    at: str


def add_evidence(
    payload: bytes,
    *,
    release: str,
    signers: Sequence[AnySigner],
    registry: Registry,
    operation: Operation = Operation.ATTEST,
) -> list[Added]:
    """Sign a statement with each key and keep all the bundles, or none.

    Args:
        payload: The statement.
        release: The release digest it must be about.
        signers: Keys to sign with.
        registry: The registry.
        operation: What is signed, by which the table says who may.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotAllowedError: A signature does not count. The refusal is in the ledger.
    """
    with registry.reading() as view:
        believe(view, log_key=registry.log_key)
    bundles = [keep_signed(payload, signer=key, registry=registry) for key in signers]
    outcome = registry.change(
        lambda transaction: _keep(transaction, bundles, release, operation, registry)
    )
    if isinstance(outcome, Refusal):
        raise not_allowed(outcome)
    return outcome


def log_size(registry: Registry) -> int:
    """Return how many entries the log has: what is said of now says so.

    Raises:
        OwnerlessError: The registry has no owners yet.
    """
    with registry.reading() as view:
        return believe(view, log_key=registry.log_key).size


def _keep(
    transaction: Transaction,
    bundles: Sequence[str],
    release: str,
    operation: Operation,
    registry: Registry,
) -> list[Added] | Refusal:
    """Judge every bundle, then log them all, or the refusal of the first that does not count."""
    state = control_state(believe(transaction, log_key=registry.log_key), registry.blobs)
    accepted = allowed(operation, every=state.trust.roles)
    now = transaction.now
    judged: dict[str, Signer] = {}
    for digest in bundles:
        verdict = judge_signed(
            digest, registry=registry, state=state, at=now, roles=accepted, release=release
        )
        if isinstance(verdict, Refusal):
            refuse_entry(transaction, digest, verdict, release, registry)
            return verdict
        judged[digest] = verdict
    return [
        add_entry(transaction, digest, signer, release, registry)
        for digest, signer in judged.items()
    ]


def add_entry(
    transaction: Transaction, bundle: str, signer: Signer, release: str, registry: Registry
) -> Added:
    """Log a stored bundle as evidence; whoever calls it has judged the signature.

    Args:
        transaction: The transaction.
        bundle: Digest of the bundle.
        signer: Whose it is.
        release: The release digest it is about.
        registry: Where the bundle is stored.
    """
    body = {**_body(bundle, release, registry), "bundle": bundle, "person": signer.person}
    index = transaction.append(Kind.EVIDENCE_ADDED, body)
    return Added(
        index=index,
        bundle=bundle,
        predicate_type=str(body["predicateType"]),
        signer=signer,
        at=transaction.now,
    )


def refuse_entry(
    transaction: Transaction, bundle: str, refusal: Refusal, release: str, registry: Registry
) -> None:
    """Log that a stored bundle did not become evidence, and why."""
    body = {**_body(bundle, release, registry), "reason": refusal.reason.value}
    transaction.append(Kind.EVIDENCE_REFUSED, body)


def _body(digest: str, release: str, registry: Registry) -> dict[str, object]:
    bundle = read_bundle(registry.blobs.read(digest))
    statement = read_statement(bundle.payload)
    return {
        "predicateType": statement.predicate_type,
        "release": release,
        "signer": bundle.signer,
        "subjects": sorted({digest for _, digest in statement.subjects}),
    }
