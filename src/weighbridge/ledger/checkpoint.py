"""Checkpoints, the state a log signs, as C2SP has them: https://c2sp.org/tlog-checkpoint.

Extension lines are refused: C2SP advises against them, and a log of ours writes none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.ledger.merkle import HASH_LENGTH
from weighbridge.ledger.note import (
    NoteError,
    decode,
    read_note,
    read_text,
    verify_note,
)
from weighbridge.model.base64text import write_base64

if TYPE_CHECKING:
    from weighbridge.ledger.note import VerifierKey, Verify

MOST_ENTRIES = 2**63 - 1
"""Entries of the largest log: other readers hold sizes in 64 bits with a sign."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_ORIGIN = re.compile(r"[^\x00-\x1f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state a log commits to.

    Attributes:
        origin: Name of the log.
        size: Number of entries.
        root: Root hash, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be read back.

        Raises:
            NoteError: A part of it is not of its form.
        """
        if not _ORIGIN.fullmatch(self.origin):
            raise NoteError("the origin of a log is one line of text, and not empty")
        if not 0 <= self.size <= MOST_ENTRIES:
            raise NoteError(f"a log has 0 to {MOST_ENTRIES} entries")
        if len(self.root) != HASH_LENGTH:
            raise NoteError(f"a root hash has {HASH_LENGTH} bytes")

    def text(self) -> bytes:
        """Write the text of the note, which is what the log signs."""
        return f"{self.origin}\n{self.size}\n{write_base64(self.root)}\n".encode()


def read_number(text: str) -> int:
    """Read a decimal number in its one canonical spelling, at most `MOST_ENTRIES`.

    Raises:
        NoteError: It is something else.
    """
    if not _NUMBER.fullmatch(text) or int(text) > MOST_ENTRIES:
        raise NoteError(f"what must be a number from 0 to {MOST_ENTRIES} is not")
    return int(text)


def read_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a checkpoint's note; `open_checkpoint` verifies the signature too.

    Raises:
        NoteError: It is not one, byte for byte.
    """
    match read_text(text).split("\n"):
        case [origin, size, root, ""]:
            return Checkpoint(origin=origin, size=read_number(size), root=decode(root))
        case _:
            raise NoteError("this is not a checkpoint: origin, size and root, a line each")


def open_checkpoint(data: bytes, key: VerifierKey, *, verify: Verify) -> Checkpoint:
    """Read a checkpoint, a signed note, that the log of a key signed.

    Args:
        data: The signed note.
        key: The log's key; its name is the log's origin.
        verify: Verifies an Ed25519 signature.

    Raises:
        NoteError: It is no checkpoint, not of that log, or that key did not sign it.
    """
    note = read_note(data)
    verify_note(note, key, verify=verify)
    checkpoint = read_checkpoint(note.text)
    if checkpoint.origin != key.name:
        raise NoteError(f"the checkpoint is of {checkpoint.origin}, not of {key.name}")
    return checkpoint
