"""Sign within a transaction, and refuse a signature that does not count, logged."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.model.errors import NotAllowedError
from weighbridge.model.keyless import IdentitySigner
from weighbridge.seal.bundle import read_bundle, write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.keyless import PublishedRoot
from weighbridge.usecases.subjects import contents_of, refuse_subjects

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.model.trust import Trusted, TrustSnapshot
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.control import ControlState
    from weighbridge.seal.judging import Signer as Person


def keep_signed(payload: bytes, *, signer: AnySigner, registry: Registry) -> str:
    """Sign a statement, keep its bundle and return the bundle's digest.

    Harmless in a transaction that comes to nothing: a bundle no entry names is read by nobody.
    """
    return registry.blobs.put(_signed(payload, signer))


def _signed(payload: bytes, signer: AnySigner) -> bytes:
    """Have a statement signed: a key gives the signature, an identity the whole bundle."""
    if isinstance(signer, IdentitySigner):
        return signer.bundle(payload)
    message = pre_authentication_encoding(payload)
    return write_bundle(payload, signature=signer.sign(message), spki=signer.spki)


def judge_signed(
    bundle: str,
    *,
    registry: Registry,
    state: ControlState,
    at: str,
    roles: Collection[str],
    release: str,
) -> Person | Refusal:
    """Judge a bundle that was kept: whose signature it is, and whether it counts here and now."""
    read = read_bundle(registry.blobs.read(bundle))
    return judge_about(read, state=state, at=at, roles=roles, release=release, blobs=registry.blobs)


def judge_about(
    bundle: Bundle,
    *,
    state: ControlState,
    at: str,
    roles: Collection[str],
    release: str,
    blobs: BlobReader,
) -> Person | Refusal:
    """Judge whose signature a bundle has, whether it counts, and whether it is about a release.

    Raises:
        StatementError: There is no statement in it.
    """
    statement = read_statement(bundle.payload)
    verdict = judge(
        bundle,
        snapshot=state.trust,
        at=at,
        roles=roles,
        subject_digests=None,
        predicate_type=statement.predicate_type,
        keyless=PublishedRoot(state, blobs),
    )
    if isinstance(verdict, Refusal):
        return verdict
    return refuse_subjects(statement, release, contents_of(release, blobs)) or verdict


def holder(signer: AnySigner, trust: TrustSnapshot) -> str:
    """Name who holds a key or an identity, or nobody."""
    found = held(signer, trust)
    return "" if found is None else found.person


def held(signer: AnySigner, trust: TrustSnapshot) -> Trusted | None:
    """Find what is trusted of a key or an identity, if anything is."""
    return trust.find(identity_of(signer))


def identity_of(signer: AnySigner) -> str:
    """Return what a trust snapshot knows a key or an identity by."""
    if isinstance(signer, IdentitySigner):
        return signer.digest
    return f"sha256:{sha256(signer.spki).hexdigest()}"


def not_allowed(refusal: Refusal) -> NotAllowedError:
    """Return the error that says why a signature does not count."""
    return NotAllowedError(
        f"the signature does not count: {refusal.reason.value.replace('-', ' ')}",
        seen=refusal.seen,
        wanted=refusal.wanted,
        cause=f"{refusal.code}, {refusal.reason.value}; the refusal is in the ledger",
        help=[refusal.remediation],
    )
