"""Keys in a folder of the user's: `NAME.key`, encrypted PKCS#8, and `NAME.pub` beside it.

A private key is written once, for its owner's eyes only, and never without a passphrase. One that
others may read is refused: whoever could copy it could sign with it. A key that lies elsewhere has
`NAME.uri` instead, which says where.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.adapters.key_references import PlacedKey, read_reference
from weighbridge.adapters.pkcs8 import STRONG
from weighbridge.adapters.private_files import LARGEST, read_private, write_private
from weighbridge.adapters.private_keys import LockedKey, make_pair
from weighbridge.model.errors import KeyFileError
from weighbridge.seal.keys import UnusableKeyError, public_pem, read_public_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.adapters.pkcs8 import Cost
    from weighbridge.model.key_place import KeyPlace
    from weighbridge.seal.keys import Algorithm, PublicKey

IDENTITY = "sigstore"
"""No key has this name: `--key sigstore` is whoever the CI or a login says acts."""

_PRIVATE = ".key"
_PUBLIC = ".pub"
_REFERENCE = ".uri"
_WANTED = "a public key: SubjectPublicKeyInfo, PEM or DER"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class KeyFolder:
    """A folder of keys."""

    def __init__(self, root: Path, *, cost: Cost = STRONG) -> None:
        """Name the folder; it is made, for its owner alone, with the first key.

        Args:
            root: The folder.
            cost: How much work one guess at the passphrase of a new key is to be.
        """
        self.root = root
        self._cost = cost

    def names(self) -> list[str]:
        """List the keys, by name."""
        if not self.root.is_dir():
            return []
        halves = (_PRIVATE, _REFERENCE)
        return sorted({path.stem for path in self.root.iterdir() if path.suffix in halves})

    def check_free(self, name: str) -> None:
        """Check that a key of this name can be made.

        Raises:
            KeyFileError: The name is taken, or is none.
        """
        if not _NAME.fullmatch(name):
            wanted = "lower-case letters, digits, `.`, `_` and `-`, at most 64"
            raise KeyFileError(f"{name!r} is no name for a key", seen=name, wanted=wanted)
        if name == IDENTITY:
            wanted = "another name: this one stands for an identity that has no key"
            raise KeyFileError(f"{name} is no name for a key", seen=name, wanted=wanted)
        for path in (self._private_path(name), self._reference_path(name)):
            if os.path.lexists(path):
                raise self._taken(name, path)

    def create(
        self,
        name: str,
        algorithm: Algorithm,
        passphrase: str,
        *,
        keep: Callable[[PublicKey], None] | None = None,
    ) -> PublicKey:
        """Make a key pair.

        Args:
            name: What to call it.
            algorithm: What its signatures are.
            passphrase: What it is locked with.
            keep: Called before anything is written; if it raises, there is no key.

        Raises:
            KeyFileError: The name is taken, or is none.
            PassphraseError: The passphrase is empty.
            StorageError: The files could not be written.
        """
        self.check_free(name)
        pem, made = make_pair(algorithm, passphrase, cost=self._cost)
        public = read_public_key(made)
        if keep is not None:
            keep(public)
        self._write(self._private_path(name), pem, public)
        return public

    def refer(
        self,
        name: str,
        place: KeyPlace,
        public: PublicKey,
        *,
        keep: Callable[[PublicKey], None] | None = None,
    ) -> None:
        """Write down where a key lies that stays there.

        Args:
            name: What to call it.
            place: Where it lies.
            public: The public half.
            keep: Called before anything is written; if it raises, nothing is.

        Raises:
            KeyFileError: The name is taken, or is none.
            StorageError: The files could not be written.
        """
        self.check_free(name)
        if keep is not None:
            keep(public)
        self._write(self._reference_path(name), f"{place.uri}\n".encode(), public)

    def public(self, name: str) -> PublicKey:
        """Read the public half of a key.

        Raises:
            KeyFileError: There is no such key, or its file holds none.
        """
        path = self.public_path(name)
        try:
            return read_public_file(path)
        except OSError as error:
            raise self._missing(name, path, error) from error

    def held(self, name: str) -> LockedKey | PlacedKey:
        """Read the files of a key, wherever its private half lies.

        Raises:
            KeyFileError: There is no such key, others may read it, or may say where it lies.
        """
        if name not in self.names():
            raise self._unknown(name)
        place = self.place(name)
        return self.locked(name) if place is None else PlacedKey(name, self.public(name), place)

    def locked(self, name: str) -> LockedKey:
        """Read the files of a key that lies here, to be unlocked.

        Raises:
            KeyFileError: There is no such key, or others may read it.
        """
        path = self._private_path(name)
        if name not in self.names():
            raise self._unknown(name)
        try:
            pem = read_private(path)
        except OSError as error:
            raise self._missing(name, path, error) from error
        return LockedKey(name, self.public(name), path, pem)

    def place(self, name: str) -> KeyPlace | None:
        """Say where a key lies; None if that is here.

        Raises:
            KeyFileError: It cannot be told, or others could have written it.
        """
        path, private = self._reference_path(name), self._private_path(name)
        try:
            place = read_reference(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._missing(name, path, error) from error
        if os.path.lexists(private):
            help_ = [f"move one of the two away: {path}, {private}"]
            raise KeyFileError(f"the key {name} lies here and elsewhere", help=help_)
        return place

    def public_path(self, name: str) -> Path:
        """Say where the public half lies."""
        return self.root / f"{name}{_PUBLIC}"

    def _private_path(self, name: str) -> Path:
        return self.root / f"{name}{_PRIVATE}"

    def _reference_path(self, name: str) -> Path:
        return self.root / f"{name}{_REFERENCE}"

    def _write(self, path: Path, data: bytes, public: PublicKey) -> None:
        """Write what is for the owner alone, and the public half beside it; or neither."""
        with storing(self.root):
            make_folder(self.root.parent)
            self.root.mkdir(mode=0o700, exist_ok=True)
        if not write_private(path, data):
            raise self._taken(path.stem, path)
        try:
            write_file(self.public_path(path.stem), public_pem(public))
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _taken(self, name: str, path: Path) -> KeyFileError:
        help_ = ["choose another name, or move the old key away"]
        return KeyFileError(f"there is a key {name} already", seen=str(path), help=help_)

    def _unknown(self, name: str) -> KeyFileError:
        help_ = [f"keys there are: {', '.join(self.names()) or 'none'}"]
        if _NAME.fullmatch(name):
            help_.append(f"weighbridge key new {name}")
        seen = str(self._private_path(name))
        return KeyFileError(f"there is no key {name}", seen=seen, help=help_)

    def _missing(self, name: str, path: Path, error: OSError) -> KeyFileError:
        if name not in self.names():
            return self._unknown(name)
        reason = (error.strerror or str(error)).lower()
        help_ = []
        lost = isinstance(error, FileNotFoundError) and path.suffix == _PUBLIC
        if lost and self._private_path(name).exists():
            help_ = [f"openssl pkey -in {self._private_path(name)} -pubout -out {path}"]
        return KeyFileError(f"the key {name} cannot be read: {reason}", seen=str(path), help=help_)


def read_public_file(path: Path) -> PublicKey:
    """Read a public key from a file, PEM or DER.

    Raises:
        KeyFileError: It holds none, or a private one.
        OSError: It cannot be read.
    """
    data = read_public_bytes(path)
    try:
        return read_public_key(data)
    except UnusableKeyError as error:
        raise KeyFileError(f"{path} holds no usable key: {error}", wanted=_WANTED) from error


def read_public_bytes(path: Path) -> bytes:
    """Read the file of a public key, whatever its algorithm.

    Raises:
        KeyFileError: It holds a private one.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST)
    if _is_private(data):
        raise KeyFileError(
            f"{path} holds a private key",
            wanted=_WANTED,
            help=[
                "never hand a private key around; if this one was, make another and revoke it",
                "name its public half (.pub)",
            ],
        )
    return data


def _is_private(data: bytes) -> bool:
    """Tell whether bytes hold a private key of any format, locked or not."""
    if b"PRIVATE KEY-----" in data:
        return True
    try:
        load_der_private_key(data, None)
    except TypeError:  # it is one, and locked
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
