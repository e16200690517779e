"""A log's word that another key goes on with it: a signed note by the key that ends.

Whoever holds only the older key follows from it to the newer one. The note names the log and how
many entries it had, and cannot be taken for a checkpoint: its first line is no origin of a log, and
it has a line more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import read_number
from weighbridge.ledger.note import (
    NoteError,
    read_note,
    read_text,
    read_verifier_key,
    verify_note,
    write_verifier_key,
)

if TYPE_CHECKING:
    from weighbridge.ledger.note import Note, VerifierKey, Verify

HEADER = "weighbridge.dev/log-key/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """That a key goes on with a log.

    Attributes:
        after: Number of entries the log had when this was said.
        key: The key; its name is the log's origin.
    """

    after: int
    key: VerifierKey

    def text(self) -> bytes:
        """Write the text of the note, which is what the older key signs."""
        key = write_verifier_key(self.key)
        return f"{HEADER}\n{self.key.name}\n{self.after}\n{key}\n".encode()


def open_endorsement(data: bytes, old: VerifierKey, *, verify: Verify) -> Endorsement:
    """Read an endorsement that a log's older key signed, alone.

    Args:
        data: The signed note.
        old: The older key; its name is the log's origin.
        verify: Verifies an Ed25519 signature.

    Raises:
        NoteError: It is none, byte for byte, is of another log, or that key did not sign it.
    """
    note = read_note(data)
    verify_note(note, old, verify=verify)
    found = read_endorsement(note)
    if found.key.name != old.name:
        raise NoteError(f"the endorsement is not of a key of {old.name}")
    if found.key == old:
        raise NoteError("a key that endorses itself says nothing")
    return found


def read_endorsement(note: Note) -> Endorsement:
    """Read an endorsement; `open_endorsement` verifies the signature too.

    Raises:
        NoteError: It is none, byte for byte.
    """
    if len(note.signatures) != 1:
        raise NoteError("an endorsement is signed by the older key alone")
    match read_text(note.text).split("\n"):
        case [header, origin, after, key, ""] if header == HEADER:
            found = Endorsement(after=read_number(after), key=read_verifier_key(key))
        case _:
            raise NoteError("this is not an endorsement: header, origin, size and key, a line each")
    if found.key.name != origin:
        raise NoteError(f"the endorsement is not of a key of {origin}")
    return found
