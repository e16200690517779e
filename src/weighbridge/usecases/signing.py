"""Sign within a transaction, and refuse a signature that does not count, logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import NotAllowedError
from weighbridge.seal.bundle import read_bundle, write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.subjects import contents_of, refuse_subjects

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.model.ports import Reads, Registry, Signer
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.judging import Signer as Person


def keep_signed(payload: bytes, *, signer: Signer, registry: Registry) -> str:
    """Sign a statement, keep its bundle and return the bundle's digest.

    Harmless in a transaction that comes to nothing: a bundle no entry names is read by nobody.
    """
    message = pre_authentication_encoding(payload)
    bundle = write_bundle(payload, signature=signer.sign(message), spki=signer.spki)
    return registry.blobs.put(bundle)


def judge_signed(
    bundle: str,
    *,
    registry: Registry,
    trust: TrustSnapshot,
    at: str,
    roles: Collection[str],
    release: str,
) -> Person | Refusal:
    """Judge a bundle that was kept: whose signature it is, and whether it counts here and now."""
    read = read_bundle(registry.blobs.read(bundle))
    return judge_about(read, trust=trust, at=at, roles=roles, release=release, blobs=registry.blobs)


def judge_about(
    bundle: Bundle,
    *,
    trust: TrustSnapshot,
    at: str,
    roles: Collection[str],
    release: str,
    blobs: Reads,
) -> Person | Refusal:
    """Judge whose signature a bundle has, whether it counts, and whether it is about a release.

    Raises:
        StatementError: There is no statement in it.
    """
    statement = read_statement(bundle.payload)
    verdict = judge(
        bundle,
        snapshot=trust,
        at=at,
        roles=roles,
        subject_digests=None,
        predicate_type=statement.predicate_type,
    )
    if isinstance(verdict, Refusal):
        return verdict
    return refuse_subjects(statement, release, contents_of(release, blobs)) or verdict


def holder(signer: Signer, trust: TrustSnapshot) -> str:
    """Name who holds a key, or nobody."""
    return next((key.person for key in trust.keys if key.key == signer.spki), "")


def not_allowed(refusal: Refusal) -> NotAllowedError:
    """Return the error that says why a signature does not count."""
    return NotAllowedError(
        f"the signature does not count: {refusal.reason.value.replace('-', ' ')}",
        seen=refusal.seen,
        wanted=refusal.wanted,
        cause=f"{refusal.code}, {refusal.reason.value}; the refusal is in the ledger",
        help=[refusal.remediation],
    )
