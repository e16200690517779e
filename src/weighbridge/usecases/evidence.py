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
from weighbridge.usecases.refusing import Refused, change_or_refuse
from weighbridge.usecases.signing import judge_signed, keep_signed, not_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.usecases.believed import BelievedLog


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
    unless: Callable[[Transaction], bool] = lambda _: False,
) -> list[Added]:
    """Sign a statement with each key and keep all the bundles, or none.

    Args:
        payload: The statement.
        release: The release digest it must be about.
        signers: Keys to sign with.
        registry: The registry.
        operation: What is signed, by which the table says who may.
        unless: For work that may be done twice: asked in the transaction that would enter it,
            whether it needs not be.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotAllowedError: A signature does not count. The refusal is in the ledger.
    """
    with registry.reading() as view:
        believe(view, log_key=registry.log_key)
    bundles = [keep_signed(payload, signer=key, registry=registry) for key in signers]

    def change(transaction: Transaction) -> list[Added]:
        if unless(transaction):
            return []
        return _keep(transaction, bundles, release, operation, registry)

    return change_or_refuse(registry, change)


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
) -> list[Added]:
    """Judge every bundle, then log them all, or the refusal of the first that does not count."""
    log = believe(transaction, log_key=registry.log_key)
    judged = judge_all(
        transaction, bundles, release, log=log, operation=operation, registry=registry
    )
    return [
        add_entry(transaction, digest, signer, release, registry)
        for digest, signer in judged.items()
    ]


def judge_all(
    transaction: Transaction,
    bundles: Sequence[str],
    release: str,
    *,
    log: BelievedLog,
    operation: Operation,
    registry: Registry,
) -> dict[str, Signer]:
    """Judge whose signatures stored bundles have, each about a release.

    Raises:
        Refused: One does not count; that is logged.
    """
    state = control_state(log, registry.blobs)
    accepted = allowed(operation, every=state.trust.roles)
    now = transaction.now
    judged: dict[str, Signer] = {}
    for digest in bundles:
        verdict = judge_signed(
            digest, registry=registry, state=state, at=now, roles=accepted, release=release
        )
        if isinstance(verdict, Refusal):
            body = {**_body(digest, release, registry), "reason": verdict.reason.value}
            transaction.append(Kind.EVIDENCE_REFUSED, body)
            raise Refused(not_allowed(verdict))
        judged[digest] = verdict
    return judged


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


def _body(digest: str, release: str, registry: Registry) -> dict[str, object]:
    bundle = read_bundle(registry.blobs.read(digest))
    statement = read_statement(bundle.payload)
    return {
        "predicateType": statement.predicate_type,
        "release": release,
        "signer": bundle.signer,
        "subjects": sorted({digest for _, digest in statement.subjects}),
    }
