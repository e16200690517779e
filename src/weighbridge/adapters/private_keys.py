"""Private keys in memory: made, locked with a passphrase, unlocked, and signed with.

None leaves this module unlocked but as a signer, and none is taken that was never locked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from weighbridge.adapters.pkcs8 import STRONG, lock_pkcs8
from weighbridge.model.errors import KeyFileError, PassphraseError
from weighbridge.seal.keys import UnusableKeyError, read_public_key

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.adapters.pkcs8 import Cost
    from weighbridge.seal.keys import Algorithm, PublicKey

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with a private key that was unlocked.

    Attributes:
        public: The public half.
    """

    public: PublicKey
    _private: Private

    @property
    def spki(self) -> bytes:
        """The public half: SubjectPublicKeyInfo (RFC 5280), DER."""
        return self.public.spki_der

    def sign(self, message: bytes) -> bytes:
        """Sign a message: Ed25519 (RFC 8032), or ECDSA with the curve's usual hash."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(message)
        long = isinstance(self._private.curve, ec.SECP384R1)
        return self._private.sign(message, ec.ECDSA(hashes.SHA384() if long else hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class LockedKey:
    """A key pair whose files were read, and whose passphrase was not given yet.

    Attributes:
        name: Its name in the folder.
        public: The public half, as its own file says.
        path: Where the private half lies.
    """

    name: str
    public: PublicKey
    path: Path
    _pem: bytes = field(repr=False)

    @property
    def secret(self) -> str:
        """What opens it."""
        return "passphrase"

    def unlock(self, passphrase: str) -> KeySigner:
        """Unlock the private key.

        Raises:
            KeyFileError: Its file holds none, or not the other half of the public key.
            PassphraseError: The passphrase is not the key's.
        """
        private = _load(self._pem, passphrase, self.path)
        der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if der != self.public.spki_der:
            public_path = self.path.with_suffix(".pub")
            raise KeyFileError(
                f"{public_path} is not the public half of {self.path}",
                help=[f"openssl pkey -in {self.path} -pubout -out {public_path}"],
            )
        return KeySigner(self.public, private)


def make_pair(algorithm: Algorithm, passphrase: str, *, cost: Cost = STRONG) -> tuple[bytes, bytes]:
    """Make a key pair: the private half as encrypted PKCS#8, the public one as SPKI, both PEM.

    Raises:
        PassphraseError: The passphrase is empty.
    """
    if not passphrase:
        raise PassphraseError("the passphrase is empty", help=["choose one of some length"])
    private = _generate(algorithm)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return (
        lock_pkcs8(der, passphrase.encode(), cost=cost),
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def unlock_pair(pem: bytes, passphrase: str, path: Path) -> KeySigner:
    """Unlock a private key whose public half is told by nothing else.

    Args:
        pem: Encrypted PKCS#8.
        passphrase: What it is locked with.
        path: Its file, for messages.

    Raises:
        KeyFileError: It is none, or no key to rely on.
        PassphraseError: The passphrase is not the key's.
    """
    private = _load(pem, passphrase, path)
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        return KeySigner(read_public_key(der), private)
    except UnusableKeyError as error:
        raise KeyFileError(f"{path} holds no usable key: {error}") from error


def _generate(algorithm: Algorithm) -> Private:
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "p384" else ec.SECP256R1())


def _load(pem: bytes, passphrase: str, path: Path) -> Private:
    try:
        private = load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError) as error:
        if not pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"):
            wanted = "an encrypted PKCS#8 private key (PEM)"
            raise KeyFileError(f"{path} holds no encrypted key", wanted=wanted) from error
        help_ = ["type it again; nobody can recover it"]
        raise PassphraseError(f"that is not the passphrase of {path}", help=help_) from error
    except UnsupportedAlgorithm as error:
        raise KeyFileError(f"{path} is encrypted in a way that is not supported") from error
    if not isinstance(private, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyFileError(f"{path} is neither an Ed25519 nor an EC key")
    return private
