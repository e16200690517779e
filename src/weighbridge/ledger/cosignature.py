"""Cosignatures of witnesses, as C2SP has them: https://c2sp.org/tlog-cosignature, Ed25519.

A witness says that, at a time by its own clock, this was the largest state it had seen of a log,
and that it had seen no other history. What it signs names neither it nor its key: a name is what
whoever reads the cosignature knows the key by. ML-DSA-44 is not spoken here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from weighbridge.ledger.note import (
    Note,
    NoteError,
    NoteSignature,
    check_key,
    check_key_id,
    read_note,
    read_typed_key,
    typed_key_id,
    write_note,
    write_typed_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weighbridge.ledger.note import Verify

_COSIGNATURE = b"\x04"  # signed-note, section Signature types
_TIME_LENGTH = 8
_SIGNATURE_LENGTH = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LATEST = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds())
"""Seconds since 1970 of the last moment that can be written as a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessKey:
    """The public half of an Ed25519 key that cosigns checkpoints.

    Attributes:
        name: Name of the witness.
        public_key: The key, 32 bytes (RFC 8032): the witness's identity, whatever its name.
    """

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse what no cosignature could be verified with.

        Raises:
            NoteError: The name is none, or the key is no Ed25519 key, or one that anyone can sign
                for.
        """
        check_key(self.name, self.public_key)

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before this key's cosignatures; a hint, never an identity."""
        return typed_key_id(self.name, _COSIGNATURE + self.public_key)

    def made(self, line: NoteSignature) -> bool:
        """Tell whether a signature line claims to be of this key under this name."""
        return (line.name, line.key_id) == (self.name, self.key_id)


def read_witness_key(text: str) -> WitnessKey:
    """Read a witness's key in the form `NAME+ID+KEY`: id in hex, type and key in base64.

    Raises:
        NoteError: It is not one, byte for byte, or not of type cosignature/v1.
    """
    name, key_id, typed = read_typed_key(text)
    if not typed.startswith(_COSIGNATURE):
        raise NoteError(f"the key of {name} is not of type 0x04, an Ed25519 cosignature")
    key = WitnessKey(name=name, public_key=typed.removeprefix(_COSIGNATURE))
    check_key_id(key.name, key.key_id, key_id)
    return key


def write_witness_key(key: WitnessKey) -> str:
    """Write a witness's key in the form `NAME+ID+KEY`."""
    return write_typed_key(key.name, _COSIGNATURE + key.public_key)


def cosign(
    text: bytes, key: WitnessKey, *, at: int, sign: Callable[[bytes], bytes]
) -> NoteSignature:
    """Cosign the text of a checkpoint.

    Args:
        text: The text of the note, without signatures.
        key: The witness's key.
        at: The time by the witness's clock, in seconds since 1970.
        sign: Signs with the private half (Ed25519).

    Raises:
        NoteError: There is no such time.
    """
    time = _check_time(at).to_bytes(_TIME_LENGTH, "big")
    signature = time + sign(_message(text, at))
    return NoteSignature(name=key.name, key_id=key.key_id, signature=signature)


def verify_cosignature(
    text: bytes, line: NoteSignature, public_key: bytes, *, verify: Verify
) -> int:
    """Check a cosignature and return its time, in seconds since 1970 by the witness's clock.

    Args:
        text: The text of the note, without signatures.
        line: The signature line.
        public_key: The key it must be of; the line's name must go with it.
        verify: Verifies an Ed25519 signature.

    Raises:
        NoteError: It is not one of that key on that text.
    """
    if not WitnessKey(name=line.name, public_key=public_key).made(line):
        raise NoteError(f"the line of {line.name} is not of the key it is taken for")
    time, signature = line.signature[:_TIME_LENGTH], line.signature[_TIME_LENGTH:]
    if len(signature) != _SIGNATURE_LENGTH:
        raise NoteError(f"the line of {line.name} is no cosignature")
    at = _check_time(int.from_bytes(time, "big"))
    if not verify(public_key, _message(text, at), signature):
        raise NoteError(f"the cosignature of {line.name} is not valid")
    return at


def read_lines(data: bytes, text: bytes) -> tuple[NoteSignature, ...]:
    """Read signature lines on a text, as a witness answers with.

    Raises:
        NoteError: They are not, or two are of the same key.
    """
    note = read_note(text + b"\n" + data)
    if note.text != text:
        raise NoteError("there are empty lines before the signature lines")
    return note.signatures


def write_lines(lines: Iterable[NoteSignature]) -> bytes:
    """Write signature lines, 1 to 64, no two of the same key."""
    return write_note(Note(text=b"\n", signatures=tuple(lines))).removeprefix(b"\n\n")


def with_lines(note: Note, lines: Iterable[NoteSignature]) -> bytes:
    """Write a note with more signature lines; one of the same name and key id is replaced.

    Raises:
        NoteError: They are too many.
    """
    added = {(line.name, line.key_id): line for line in lines}
    kept = [line for line in note.signatures if (line.name, line.key_id) not in added]
    return write_note(Note(text=note.text, signatures=(*kept, *added.values())))


def time_text(at: int) -> str:
    """Write a cosignature's time as `YYYY-MM-DDTHH:MM:SSZ`."""
    return (_EPOCH + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(time: str) -> int:
    """Read a time of the form `YYYY-MM-DDTHH:MM:SSZ` as seconds since 1970."""
    return int((datetime.fromisoformat(time) - _EPOCH).total_seconds())


def _message(text: bytes, at: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % at + text


def _check_time(at: int) -> int:
    if not 0 <= at <= LATEST:
        raise NoteError(f"the time of a cosignature is from 0 to {LATEST} seconds since 1970")
    return at
