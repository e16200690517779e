"""Sign within a transaction, and refuse a signature that does not count, logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import NotAllowedError
from weighbridge.seal.bundle import read_bundle, write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.model.ports import Registry, Signer
    from weighbridge.model.trust import TrustSnapshot
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
    return judge(
        read,
        snapshot=trust,
        at=at,
        roles=roles,
        subject_digests=[release],
        predicate_type=read_statement(read.payload).predicate_type,
    )


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
