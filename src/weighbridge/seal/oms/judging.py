"""Whose signature a bundle holds: a key's, or that of who a certificate names, at a stated time.

Only what was signed is handed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.verification import ModelSigner
from weighbridge.seal.dsse import PAYLOAD_TYPE, pre_authentication_encoding
from weighbridge.seal.keys import UnusableKeyError
from weighbridge.seal.oms.keys import model_key, read_model_key
from weighbridge.seal.oms.manifest import HISTORIC
from weighbridge.seal.oms.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography.x509 import Certificate

    from weighbridge.seal.oms.bundle import ModelBundle
    from weighbridge.seal.oms.keys import ModelKey


def judge_key(bundle: ModelBundle, key: ModelKey) -> ModelSigner:
    """Verify a bundle that a bare key signed.

    Raises:
        RefusedError: It is another's, or was signed with a certificate.
    """
    if bundle.certificates:
        raise RefusedError("the bundle was signed with a certificate, not with a bare key")
    if bundle.hint and not key.is_called(bundle.hint):
        raise RefusedError("the bundle names another key")
    if bundle.raw_key:
        try:
            same = read_model_key(bundle.raw_key).spki == key.spki
        except UnusableKeyError as error:
            raise RefusedError(f"the key in the bundle cannot be read: {error}") from error
        if not same:
            raise RefusedError("the bundle holds another key")
    _verify(bundle, key)
    return ModelSigner(name="", key_digest=key.digest)


def judge_certificates(
    bundle: ModelBundle, trusted: Sequence[Certificate], *, at: datetime
) -> ModelSigner:
    """Verify a bundle that was signed with a certificate.

    Args:
        bundle: The bundle.
        trusted: Whose certificates the verifier trusts.
        at: The time to judge them at.

    Raises:
        RefusedError: It is of a bare key, or the signature is not that of the certificate.
        UntrustedError: No path leads to who is trusted.
    """
    from weighbridge.seal.oms.certificates import (  # noqa: PLC0415 - a bare key needs none of it
        read_certificate,
        trusted_path,
    )

    if not bundle.certificates:
        raise RefusedError("the bundle was signed with a bare key, not with a certificate")
    chain = [read_certificate(der) for der in bundle.certificates]
    path = trusted_path(chain, trusted=trusted, at=at)
    try:
        key = model_key(path[0].public_key())
    except (UnusableKeyError, ValueError) as error:
        raise RefusedError(f"the certificate's key cannot be used: {error}") from error
    _verify(bundle, key)
    names = tuple(one.subject.rfc4514_string() for one in path)
    return ModelSigner(name=names[0], key_digest=key.digest, path=names)


def _verify(bundle: ModelBundle, key: ModelKey) -> None:
    payload, signature = bundle.payload, bundle.signature
    if key.verify(pre_authentication_encoding(payload), signature):
        return
    # v0.2 of the reference signed Python's way of writing bytes. Nobody does any more, so it
    # counts for the statements of that version alone.
    if _is_historic(payload) and key.verify_with_sha256(_historic_encoding(payload), signature):
        return
    raise RefusedError("the signature is not this key's over this statement")


def _historic_encoding(payload: bytes) -> bytes:
    written = f"DSSEV1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} {payload!r}"
    return written.encode()


def _is_historic(payload: bytes) -> bool:
    try:
        tree = read_json(payload, decimals=True)
    except NotCanonicalError:
        return False
    return isinstance(tree, dict) and tree.get("predicateType") == HISTORIC
