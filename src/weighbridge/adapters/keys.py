"""Key pairs in a folder of the user's: `NAME.key`, encrypted PKCS#8, and `NAME.pub` beside it.

A private key is written once, for its owner's eyes only, and never without a passphrase. One that
others may read is refused: whoever could copy it could sign with it.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from weighbridge.adapters.files import lasting, make_folder, storing, write_file
from weighbridge.model.errors import KeyFileError, PassphraseError
from weighbridge.seal.keys import Algorithm, PublicKey, read_public_key

if TYPE_CHECKING:
    from pathlib import Path

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
LARGEST = 64 << 10


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with a private key that was unlocked.

    Attributes:
        public: The public half.
    """

    public: PublicKey
    _private: Private

    def sign(self, message: bytes) -> bytes:
        """Sign a message: Ed25519 (RFC 8032), or ECDSA with the curve's usual hash."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(message)
        long = isinstance(self._private.curve, ec.SECP384R1)
        return self._private.sign(message, ec.ECDSA(hashes.SHA384() if long else hashes.SHA256()))


class KeyFolder:
    """A folder of key pairs."""

    def __init__(self, root: Path) -> None:
        """Name the folder; it is made, for its owner alone, with the first key."""
        self.root = root

    def names(self) -> list[str]:
        """List the keys, by name."""
        if not self.root.is_dir():
            return []
        return sorted(path.stem for path in self.root.glob("*.key"))

    def check_free(self, name: str) -> None:
        """Check that a key of this name can be made.

        Raises:
            KeyFileError: The name is taken, or is none.
        """
        if not _NAME.fullmatch(name):
            wanted = "lower-case letters, digits, `.`, `_` and `-`, at most 64"
            raise KeyFileError(f"{name!r} is no name for a key", seen=name, wanted=wanted)
        if os.path.lexists(self._private_path(name)):
            raise self._taken(name)

    def create(self, name: str, algorithm: Algorithm, passphrase: str) -> PublicKey:
        """Make a key pair.

        Raises:
            KeyFileError: The name is taken, or is none.
            PassphraseError: The passphrase is empty.
            StorageError: The files could not be written.
        """
        self.check_free(name)
        if not passphrase:
            raise PassphraseError("the passphrase is empty", help=["choose one of some length"])
        private = _generate(algorithm)
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        with storing(self.root):
            make_folder(self.root.parent)
            self.root.mkdir(mode=0o700, exist_ok=True)
        self._write_private(self._private_path(name), pem)
        write_file(self.public_path(name), public)
        return read_public_key(public)

    def public(self, name: str) -> PublicKey:
        """Read the public half of a key.

        Raises:
            KeyFileError: There is no such key, or its file holds none.
        """
        path = self.public_path(name)
        try:
            return read_public_key(path.read_bytes()[:LARGEST])
        except (OSError, ValueError) as error:
            raise self._missing(name, path, error) from error

    def unlock(self, name: str, passphrase: str) -> KeySigner:
        """Unlock a private key.

        Raises:
            KeyFileError: There is no such key, others may read it, or its file holds none.
            PassphraseError: The passphrase is not the key's.
        """
        path = self._private_path(name)
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                pem = file.read(LARGEST)
        except OSError as error:
            raise self._missing(name, path, error) from error
        if mode & _OTHERS:
            raise KeyFileError(
                f"{path} may be read by others",
                seen=f"mode {stat.S_IMODE(mode):04o}",
                wanted="mode 0600",
                help=[f"chmod 600 {path}", "and revoke the key if others used the machine"],
            )
        private = _load(pem, passphrase, path)
        der = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return KeySigner(read_public_key(der), private)

    def public_path(self, name: str) -> Path:
        """Say where the public half lies."""
        return self.root / f"{name}.pub"

    def _private_path(self, name: str) -> Path:
        return self.root / f"{name}.key"

    def _write_private(self, path: Path, pem: bytes) -> None:
        """Write a private key that nobody else could ever read, and that replaces none."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with storing(path), lasting(path.parent):
            descriptor = os.open(temporary, flags, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(pem)
                    file.flush()
                    os.fsync(descriptor)
                # A link fails where a rename would replace: two makers of one name cannot both win.
                path.hardlink_to(temporary)
            except FileExistsError as error:
                raise self._taken(path.stem) from error
            finally:
                temporary.unlink(missing_ok=True)

    def _taken(self, name: str) -> KeyFileError:
        help_ = ["choose another name, or move the old key away"]
        message = f"there is a key {name} already"
        return KeyFileError(message, seen=str(self._private_path(name)), help=help_)

    def _missing(self, name: str, path: Path, error: Exception) -> KeyFileError:
        known = ", ".join(self.names()) or "none"
        if isinstance(error, FileNotFoundError):
            help_ = [f"keys there are: {known}", f"weighbridge key new {name}"]
            return KeyFileError(f"there is no key {name}", seen=str(path), help=help_)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return KeyFileError(f"the key {name} cannot be read: {reason}", seen=str(path))


def _generate(algorithm: Algorithm) -> Private:
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "p384" else ec.SECP256R1())


def _load(pem: bytes, passphrase: str, path: Path) -> Private:
    try:
        private = serialization.load_pem_private_key(pem, passphrase.encode())
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
