"""Public keys of OMS: ECDSA on P-256, P-384 and P-521 (its algorithm registry). No others.

A key is hashed with the hash of its curve's strength: SHA-256, SHA-384, SHA-512.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from weighbridge.seal.keys import UnusableKeyError

CURVES: dict[str, type[SHA256 | SHA384 | SHA512]] = {
    "secp256r1": SHA256,
    "secp384r1": SHA384,
    "secp521r1": SHA512,
}
"""The hash that goes with each curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKey:
    """A public key that may sign models.

    Attributes:
        spki: Its SubjectPublicKeyInfo (RFC 5280), DER.
    """

    spki: bytes
    _key: ec.EllipticCurvePublicKey = field(repr=False)

    @property
    def digest(self) -> str:
        """Its identity: `sha256:` and 64 digits of its SubjectPublicKeyInfo."""
        return f"sha256:{sha256(self.spki).hexdigest()}"

    @property
    def hint(self) -> str:
        """What a bundle calls it: sha256 of its PEM text, hexadecimal."""
        return sha256(_pem(self._key)).hexdigest()

    def is_called(self, hint: str) -> bool:
        """Tell whether a hint is one for this key: OMS's own, or one others give such keys."""
        digest = sha256(self.spki).digest()
        return hint in {self.hint, digest.hex(), b64encode(digest).decode()}

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether a signature is this key's over the message."""
        return self._verify(message, signature, CURVES[self._key.curve.name]())

    def verify_with_sha256(self, message: bytes, signature: bytes) -> bool:
        """Do as `verify`, with the hash v0.2 of the reference took for every curve."""
        return self._verify(message, signature, SHA256())

    def _verify(self, message: bytes, signature: bytes, digest: HashAlgorithm) -> bool:
        try:
            self._key.verify(signature, message, ec.ECDSA(digest))
        except InvalidSignature:
            return False
        return True


def model_key(key: object) -> ModelKey:
    """Take a public key for one that signs models.

    Raises:
        UnusableKeyError: It is of another algorithm.
    """
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in CURVES:
        raise UnusableKeyError("models are signed with keys on P-256, P-384 or P-521 only")
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return ModelKey(spki=spki, _key=key)


def read_model_key(data: bytes) -> ModelKey:
    """Read a SubjectPublicKeyInfo, PEM or DER.

    Raises:
        UnusableKeyError: It is none, or of another algorithm.
    """
    load = load_pem_public_key if data.lstrip().startswith(b"-----") else load_der_public_key
    try:
        key = load(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKeyError("this is not a public key") from error
    return model_key(key)


def _pem(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
