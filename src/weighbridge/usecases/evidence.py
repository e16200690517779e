"""Keep signed statements about a release, if the signature counts at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.errors import NotAllowedError
from weighbridge.model.event import Kind
from weighbridge.seal.bundle import read_bundle, write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.judging import Refusal, Signer, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.believed import believe, trust_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.model.ports import Signer as PrivateKey
    from weighbridge.seal.bundle import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A statement that is evidence now.

    Attributes:
        index: Its entry in the ledger.
        bundle: Digest of the stored bundle.
        signer: Whose it is.
        at: The ledger's time of it.
    """

    index: int
    bundle: str
    signer: Signer
    at: str


def add_evidence(
    payload: bytes,
    *,
    release: str,
    signers: Sequence[PrivateKey],
    registry: Registry,
    roles: Collection[str] | None = None,
) -> list[Added]:
    """Sign a statement with each key and keep all the bundles, or none.

    Args:
        payload: The statement.
        release: The release digest it must be about.
        signers: Keys to sign with.
        registry: The registry.
        roles: Roles of which each key must have one; None for any.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotAllowedError: A signature does not count. The refusal is in the ledger.
    """
    with registry.reading() as view:
        believe(view, log_key=registry.log_key)
    message = pre_authentication_encoding(payload)
    kept: dict[str, Bundle] = {}
    for key in signers:
        bundle = write_bundle(payload, signature=key.sign(message), spki=key.spki)
        kept[registry.blobs.put(bundle)] = read_bundle(bundle)
    outcome = registry.change(
        lambda transaction: _keep(transaction, kept, release, roles, registry)
    )
    if isinstance(outcome, Refusal):
        raise NotAllowedError(
            f"the signature does not count: {outcome.reason.value.replace('-', ' ')}",
            seen=outcome.seen,
            wanted=outcome.wanted,
            cause=f"{outcome.code}, {outcome.reason.value}; the refusal is in the ledger",
            help=[outcome.remediation],
        )
    return outcome


def _keep(
    transaction: Transaction,
    bundles: dict[str, Bundle],
    release: str,
    roles: Collection[str] | None,
    registry: Registry,
) -> list[Added] | Refusal:
    trust = trust_in(believe(transaction, log_key=registry.log_key), registry.blobs)
    accepted = {role for key in trust.keys for role in key.roles} if roles is None else roles
    now = transaction.now
    judged: dict[str, Signer] = {}
    for digest, bundle in bundles.items():
        statement = read_statement(bundle.payload)
        verdict = judge(
            bundle,
            snapshot=trust,
            at=now,
            roles=accepted,
            subject_digests=[release],
            predicate_type=statement.predicate_type,
        )
        if isinstance(verdict, Refusal):
            body = {**_body(bundle, release), "reason": verdict.reason.value}
            transaction.append(Kind.EVIDENCE_REFUSED, body)
            return verdict
        judged[digest] = verdict
    return [
        Added(
            index=transaction.append(
                Kind.EVIDENCE_ADDED,
                {**_body(bundles[digest], release), "bundle": digest, "person": signer.person},
            ),
            bundle=digest,
            signer=signer,
            at=now,
        )
        for digest, signer in judged.items()
    ]


def _body(bundle: Bundle, release: str) -> dict[str, object]:
    statement = read_statement(bundle.payload)
    return {
        "predicateType": statement.predicate_type,
        "release": release,
        "signer": f"sha256:{bundle.hint.hex()}",
        "subjects": sorted({digest for _, digest in statement.subjects}),
    }
