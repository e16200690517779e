"""Public keys: Ed25519 (RFC 8032), and ECDSA on P-256 and P-384 (FIPS 186-5). No others.

Private keys are not read here. A key has one identity, whatever it was written as: the sha256
of its SubjectPublicKeyInfo with named curve and uncompressed point.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from weighbridge.model.ed25519 import weakness

Algorithm = Literal["ed25519", "p256", "p384"]


class UnusableKeyError(ValueError):
    """The bytes are not a public key, or one that must not be relied on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key that may be relied on.

    Attributes:
        spki_der: Its SubjectPublicKeyInfo (RFC 5280), DER.
        spki_digest: Its identity: `sha256:` and 64 digits.
        algorithm: What its signatures are.
    """

    spki_der: bytes
    spki_digest: str
    algorithm: Algorithm


def read_public_key(data: bytes) -> PublicKey:
    """Read a SubjectPublicKeyInfo, PEM or DER.

    Raises:
        UnusableKeyError: It is none, of another algorithm, or a weak point.
    """
    key = _load(data)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(
        spki_der=der,
        spki_digest=f"sha256:{sha256(der).hexdigest()}",
        algorithm=_algorithm(key),
    )


def public_pem(public_key: PublicKey) -> bytes:
    """Write a public key as SubjectPublicKeyInfo, PEM."""
    key = _load(public_key.spki_der)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def verify_signature(public_key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is this key's over the message.

    ECDSA signatures are malleable: another valid one can be made from any. Never take a
    signature's bytes for an identity.
    """
    key = _load(public_key.spki_der)
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            digest = SHA256() if isinstance(key.curve, SECP256R1) else SHA384()
            key.verify(signature, message, ECDSA(digest))
    except InvalidSignature:
        return False
    return True


def ed25519_bytes(public_key: PublicKey) -> bytes | None:
    """Return the 32 bytes of an Ed25519 key (RFC 8032); None if it is of another kind."""
    key = _load(public_key.spki_der)
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None


def _load(data: bytes) -> Ed25519PublicKey | EllipticCurvePublicKey:
    load = load_pem_public_key if data.lstrip().startswith(b"-----") else load_der_public_key
    try:
        key = load(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKeyError("this is not a public key") from error
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
        raise UnusableKeyError("only Ed25519, P-256 and P-384 keys are relied on")
    return key


def _algorithm(key: Ed25519PublicKey | EllipticCurvePublicKey) -> Algorithm:
    if isinstance(key, Ed25519PublicKey):
        if weak := weakness(key.public_bytes_raw()):
            raise UnusableKeyError(f"the Ed25519 key {weak}")
        return "ed25519"
    if isinstance(key.curve, SECP256R1):
        return "p256"
    if isinstance(key.curve, SECP384R1):
        return "p384"
    raise UnusableKeyError(f"the curve {key.curve.name} is not relied on, only P-256 and P-384")
