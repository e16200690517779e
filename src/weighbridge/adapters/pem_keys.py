"""Private keys in PEM files of other people's making: PKCS#8 or SEC1, locked or not.

Our own keys are never without a passphrase (`keys`). To sign a model for others, the key may come
from wherever theirs do; one that lies open is said to.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from weighbridge.adapters.private_files import LARGEST
from weighbridge.model.errors import KeyFileError, PassphraseError
from weighbridge.seal.oms.keys import CURVES

if TYPE_CHECKING:
    from pathlib import Path

_WANTED = "a private key on P-256, P-384 or P-521, PEM"


@dataclass(frozen=True, slots=True)
class PemSigner:
    """Signs with an EC key that was in a PEM file.

    Attributes:
        spki: The public half: SubjectPublicKeyInfo (RFC 5280), DER.
    """

    spki: bytes
    _private: ec.EllipticCurvePrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Sign a message: ECDSA with the curve's usual hash."""
        return self._private.sign(message, ec.ECDSA(CURVES[self._private.curve.name]()))


@dataclass(frozen=True, slots=True)
class PemFile:
    """The file of a private key, read and not unlocked yet.

    Attributes:
        path: Where it lies.
        is_locked: Whether a passphrase is needed.
        is_open: Whether others may read it although it is not locked.
    """

    path: Path
    is_locked: bool
    is_open: bool
    _pem: bytes = field(repr=False)

    def unlock(self, passphrase: str | None) -> PemSigner:
        """Read the key.

        Raises:
            KeyFileError: The file holds none that signs models.
            PassphraseError: The passphrase is not the key's.
        """
        try:
            private = load_pem_private_key(
                self._pem, None if passphrase is None else passphrase.encode()
            )
        except (ValueError, TypeError) as error:
            if self.is_locked:
                raise PassphraseError(f"that is not the passphrase of {self.path}") from error
            raise KeyFileError(f"{self.path} holds no private key", wanted=_WANTED) from error
        except UnsupportedAlgorithm as error:
            message = f"{self.path} is of a kind that is not supported"
            raise KeyFileError(message, wanted=_WANTED) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name not in CURVES:
            raise KeyFileError(
                f"{self.path} holds a key that signs no models",
                wanted=f"{_WANTED}: OMS v1.0 knows no other, no Ed25519 and no RSA",
            )
        public = private.public_key()
        return PemSigner(
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), private
        )


def read_pem_file(path: Path) -> PemFile:
    """Read the file of a private key.

    Raises:
        KeyFileError: It holds none.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        pem = file.read(LARGEST)
        mode = path.stat().st_mode
    if b"PRIVATE KEY-----" not in pem:
        raise KeyFileError(f"{path} holds no private key", wanted=_WANTED)
    locked = b"ENCRYPTED" in pem
    is_open = not locked and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
    return PemFile(path, locked, is_open, pem)
