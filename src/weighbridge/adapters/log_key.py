"""The key of the embedded log: `log.key`, PKCS#8 without a passphrase, and `log.pub` beside it.

It has no passphrase since every commit signs a checkpoint with it, and whoever can write the
database could rewrite it anyway. It is made once; another takes its place by what owners sign
(`log_rotation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from weighbridge.adapters.files import write_file
from weighbridge.adapters.log_pub import PUBLIC, read_log_pub
from weighbridge.adapters.private_files import read_private, write_private
from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.merkle import EMPTY_ROOT
from weighbridge.ledger.note import (
    Note,
    NoteError,
    NoteSignature,
    VerifierKey,
    write_note,
    write_verifier_key,
)
from weighbridge.model.errors import KeyFileError, RegistryError

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE = "log.key"

_RESTORE = ("restore it from a backup", "verifying needs log.pub only")


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key a log signs its checkpoints with.

    Attributes:
        public: The public half; its name is the log's origin.
    """

    public: VerifierKey
    _private: Ed25519PrivateKey

    def sign(self, size: int, root: bytes) -> bytes:
        """Return the checkpoint over a tree, a signed note; the same tree gives the same bytes."""
        return self.note(Checkpoint(origin=self.public.name, size=size, root=root).text())

    def note(self, text: bytes) -> bytes:
        """Sign a text and return the note; the same text gives the same bytes."""
        line = NoteSignature(
            name=self.public.name, key_id=self.public.key_id, signature=self._private.sign(text)
        )
        return write_note(Note(text=text, signatures=(line,)))


def open_log_key(root: Path) -> LogKey:
    """Open the key of the log in a folder.

    Raises:
        RegistryError: It is not there, or its two files are not of one key.
        KeyFileError: Others may read it, or its file holds none.
    """
    private, text = load_private(root / PRIVATE), read_log_pub(root)
    if private is None or not text:
        raise _missing(root / (PUBLIC if private is not None else PRIVATE))
    public = named(text.split("+", maxsplit=1)[0], private)
    if write_verifier_key(public) != text:
        message = f"{root / PRIVATE} and {root / PUBLIC} are not of one key"
        raise RegistryError(message, seen=write_verifier_key(public), wanted=text, help=_RESTORE)
    return LogKey(public, private)


def make_log_key(root: Path, origin: str, *, begun: bool) -> str:
    """Make the key of the log in a folder, or finish or return the one that was made.

    Args:
        root: The folder.
        origin: Name of the log; empty for one taken from the key.
        begun: Whether the log has entries: then no key is made.

    Returns:
        The public key (signed-note verifier key).

    Raises:
        RegistryError: The origin is none, or the log has another; or the key of a log with
            entries is gone.
        KeyFileError: Others may read the key that is there, or its file holds none.
        StorageError: The files could not be written.
    """
    if begun or ((root / PRIVATE).exists() and read_log_pub(root)):
        public = open_log_key(root).public
        if origin not in {"", public.name}:
            help_ = ["leave out the name"]
            raise RegistryError("the log has a name", seen=origin, wanted=public.name, help=help_)
        return write_verifier_key(public)
    if origin:
        _verifier_key(origin, bytes([2] * 32))  # refused before anything is written
    made = make_private(root / PRIVATE)
    text = write_verifier_key(named(origin, made))
    write_file(root / PUBLIC, f"{text}\n".encode())
    return text


def make_private(path: Path) -> Ed25519PrivateKey:
    """Make a private key of a log, or load the one an attempt that was killed made.

    Raises:
        KeyFileError: Others may read the key that is there, or its file holds none.
        StorageError: It could not be written.
    """
    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made if write_private(path, pem) else load_private(path) or made


def _missing(path: Path) -> RegistryError:
    return RegistryError(
        f"the log's key {path} is not there",
        cause="without it nothing can be appended",
        help=[*_RESTORE, "if it is lost: `weighbridge key trust --log`, all owners at once"],
    )


def named(origin: str, private: Ed25519PrivateKey) -> VerifierKey:
    """Return the public half of a log's key; the origin is taken from it if it is empty.

    Raises:
        RegistryError: The origin is none.
    """
    raw = private.public_key().public_bytes_raw()
    return _verifier_key(origin or f"weighbridge/{sha256(raw).hexdigest()[:16]}", raw)


def _verifier_key(name: str, raw: bytes) -> VerifierKey:
    try:
        public = VerifierKey(name=name, public_key=raw)
        Checkpoint(origin=name, size=0, root=EMPTY_ROOT).text()
    except NoteError as error:
        wanted = "a word such as example.com/models, without spaces or `+`"
        raise RegistryError(
            f"{name!r} is no name for a log", seen=name, wanted=wanted, cause=str(error)
        ) from error
    return public


def load_private(path: Path) -> Ed25519PrivateKey | None:
    """Load a private key; None if there is no such file.

    Raises:
        KeyFileError: Others may read it, too, or it holds none.
    """
    try:
        private = load_pem_private_key(read_private(path), password=None)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}", seen=str(path)) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        wanted = "an Ed25519 private key (PKCS#8, PEM) without a passphrase"
        raise KeyFileError(f"{path} holds no such key", wanted=wanted) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key")
    return private
