"""Private keys that sign in tests, and papers signed with them."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weighbridge.model.predicates import RELEASE
from weighbridge.model.trust import TrustedKey, TrustSnapshot
from weighbridge.seal.bundle import Bundle, read_bundle, write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.statement import Statement, write_statement

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

ALICE = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BOB = ec.derive_private_key(0xB0B, ec.SECP256R1())
CAROL = ec.derive_private_key(0xCA401, ec.SECP384R1())
MALLORY = ed25519.Ed25519PrivateKey.from_private_bytes(b"mallory " * 4)

DIGEST = "sha256:" + "a1" * 32
STATEMENT = write_statement(
    Statement(
        RELEASE,
        subjects=(("manifest.json", DIGEST),),
        predicate={"name": "détecteur", "version": "1.0.0", "sections": {"artifacts": DIGEST}},
    )
)


def spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def identity(key: PrivateKey) -> str:
    return f"sha256:{hashlib.sha256(spki(key)).hexdigest()}"


def signature(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    digest = SHA256() if isinstance(key.curve, ec.SECP256R1) else SHA384()
    return key.sign(message, ec.ECDSA(digest))


def signed(key: PrivateKey, payload: bytes = STATEMENT) -> bytes:
    message = pre_authentication_encoding(payload)
    return write_bundle(payload, signature=signature(key, message), spki=spki(key))


def signed_bundle(key: PrivateKey, payload: bytes = STATEMENT) -> Bundle:
    return read_bundle(signed(key, payload))


def trusted(key: bytes, **changes: object) -> TrustedKey:
    values: dict[str, Any] = {"person": "alice", "roles": ("builder",)}
    return TrustedKey(**{"key": key, **values, **changes})


def snapshot(*keys: TrustedKey) -> TrustSnapshot:
    ordered = tuple(sorted(keys, key=lambda key: key.spki))
    return TrustSnapshot(as_of=7, owners=("olga",), threshold=1, keys=ordered)
