"""The next key of the embedded log, `log.next.key`, and how it takes the place of `log.key`.

It lies on the disk before owners sign anything about it, and replaces the older one after the
commit whose checkpoint it signed. Which key is the log's is told by the newest checkpoint in the
database, so that whoever opens the registry next can finish what was cut short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from weighbridge.adapters.files import lasting, storing, write_file
from weighbridge.adapters.log_key import (
    PRIVATE,
    LogKey,
    load_private,
    make_private,
    named,
    open_log_key,
)
from weighbridge.adapters.log_pub import PUBLIC, read_log_pub
from weighbridge.ledger.checkpoint import open_checkpoint
from weighbridge.ledger.endorsement import Endorsement
from weighbridge.ledger.note import NoteError, read_verifier_key, write_verifier_key
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.ledger.note import VerifierKey

NEXT = "log.next.key"


def next_log_key(root: Path) -> LogKey | None:
    """Open the next key of the log in a folder; None if there is none.

    Raises:
        RegistryError: Nobody can tell the log's name.
        KeyFileError: Others may read the key, or its file holds none.
    """
    private = load_private(root / NEXT)
    return None if private is None else LogKey(named(_origin(root), private), private)


def propose_log_key(root: Path, after: int) -> tuple[str, str]:
    """Make the next key of the log in a folder, or take the one there is.

    Args:
        root: The folder.
        after: Number of entries the log has.

    Returns:
        The key (signed-note verifier key), and the present key's endorsement; empty if that key is
        lost.

    Raises:
        RegistryError: The key that is there is of another log.
        KeyFileError: Others may read a key that is there, or its file holds none.
        StorageError: The file could not be written.
    """
    present = open_log_key(root) if (root / PRIVATE).exists() else None
    origin = _origin(root)
    following = named(origin, make_private(root / NEXT))
    text = Endorsement(after=after, key=following).text()
    endorsement = "" if present is None else present.note(text).decode()
    return write_verifier_key(following), endorsement


def finish_rotation(root: Path, checkpoint: bytes) -> None:
    """Let the next key take its place, if it signed the newest checkpoint.

    Call it while no other process does the same. Cut short at any point, it is finished by the
    next call.

    Raises:
        StorageError: The files could not be written.
    """
    following = next_log_key(root)
    if following is None or not has_signed(following.public, checkpoint):
        return
    text = write_verifier_key(following.public)
    if read_log_pub(root) != text:
        write_file(root / PUBLIC, f"{text}\n".encode())
    with storing(root / PRIVATE), lasting(root):
        (root / NEXT).rename(root / PRIVATE)


def public_log_key(root: Path) -> VerifierKey:
    """Read the public key of a log whose private key need not be there.

    Raises:
        RegistryError: It is not there.
    """
    _origin(root)
    return read_verifier_key(read_log_pub(root))


def has_signed(key: VerifierKey, checkpoint: bytes) -> bool:
    """Tell whether a key signed a checkpoint of its log."""
    try:
        open_checkpoint(checkpoint, key, verify=verify_ed25519)
    except NoteError:
        return False
    return True


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a message has a signature under an Ed25519 key of 32 bytes (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _origin(root: Path) -> str:
    text = read_log_pub(root)
    if not text:
        message = f"the log's key {root / PUBLIC} is not there"
        help_ = ["restore it from a backup; its text stands in entry 0, too"]
        raise RegistryError(message, help=help_)
    return text.partition("+")[0]
