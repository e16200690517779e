"""Signed notes and the keys that verify them, as C2SP has them: https://c2sp.org/signed-note.

Reads strictly: what is read is written back to the same bytes, or refused. Signs nothing and
knows no cryptography: whoever verifies hands over the function that does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from weighbridge.model.base64text import NotBase64Error, read_base64, write_base64
from weighbridge.model.ed25519 import weakness

Verify = Callable[[bytes, bytes, bytes], bool]
"""Tells whether, under an Ed25519 key of 32 bytes, a message has a signature (RFC 8032)."""

MOST_SIGNATURES = 64

_ED25519 = b"\x01"  # signed-note, section Signature types
_KEY_LENGTH = 32
_KEY_ID_LENGTH = 4

# Surrogates are not text: nothing that has one can be written as UTF-8.
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE_LINE = re.compile(r"— ([^ ]+) ([^ ]+)")
_KEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+(.+)")


class NoteError(ValueError):
    """A text is not what it is taken for, or not vouched for by the key that must have signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """The public half of an Ed25519 key that signs notes.

    Attributes:
        name: Key name; for a log, its origin.
        public_key: The key, 32 bytes (RFC 8032).
    """

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse what no note could be verified with.

        Raises:
            NoteError: The name is none, or the key is no Ed25519 key, or one that anyone can sign
                for.
        """
        check_key(self.name, self.public_key)

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before this key's signatures; a hint, never an identity."""
        return typed_key_id(self.name, _ED25519 + self.public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line.

    Attributes:
        name: Name of the key.
        key_id: Four bytes that tell keys of one name apart.
        signature: The signature itself.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be read back.

        Raises:
            NoteError: A part of it is not of its form.
        """
        _check_name(self.name)
        if len(self.key_id) != _KEY_ID_LENGTH or not self.signature:
            raise NoteError(f"a signature of {self.name} is too short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A signed note, taken apart; nothing of it is verified yet.

    Attributes:
        text: What was signed, with its final line break; UTF-8 without control characters.
        signatures: Its signature lines in order, 1 to 64, no two of the same key.
    """

    text: bytes
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        """Refuse what could not be read back.

        Raises:
            NoteError: It would not be a signed note.
        """
        read_text(self.text)
        if not self.text.endswith(b"\n"):
            raise NoteError("the text of a note ends with a line break")
        if not 1 <= len(self.signatures) <= MOST_SIGNATURES:
            raise NoteError(f"a note has 1 to {MOST_SIGNATURES} signatures")
        if len({(s.name, s.key_id) for s in self.signatures}) < len(self.signatures):
            raise NoteError("a note has two signatures of the same key")


def read_text(data: bytes) -> str:
    """Read UTF-8 whose only control character is the line feed.

    Raises:
        NoteError: It is something else.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise NoteError("the text is not UTF-8") from error
    if _CONTROL.search(text):
        raise NoteError("the text has a control character, such as a carriage return")
    return text


def decode(text: str) -> bytes:
    """Read the base64 of a note, which is standard and canonical.

    Raises:
        NoteError: It is neither.
    """
    try:
        return read_base64(text)
    except NotBase64Error as error:
        raise NoteError(f"what must be base64 {error}") from error


def read_note(data: bytes) -> Note:
    """Take a signed note apart.

    Raises:
        NoteError: It is not one, byte for byte.
    """
    body, separator, lines = read_text(data).rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise NoteError("this is not a signed note")
    signatures = tuple(_read_signature(line) for line in lines[:-1].split("\n"))
    return Note(text=f"{body}\n".encode(), signatures=signatures)


def _read_signature(line: str) -> NoteSignature:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise NoteError("a signature line is not of its form")
    value = decode(match[2])
    key_id, signature = value[:_KEY_ID_LENGTH], value[_KEY_ID_LENGTH:]
    return NoteSignature(name=match[1], key_id=key_id, signature=signature)


def write_note(note: Note) -> bytes:
    """Write a signed note."""
    lines = [f"— {s.name} {write_base64(s.key_id + s.signature)}\n" for s in note.signatures]
    return note.text + b"\n" + "".join(lines).encode()


def verify_note(note: Note, key: VerifierKey, *, verify: Verify) -> None:
    """Check that a key signed a note; signatures of other keys count for nothing.

    Raises:
        NoteError: It did not.
    """
    wanted = (key.name, key.key_id)
    # A note has at most one signature of a key.
    ours = [s.signature for s in note.signatures if (s.name, s.key_id) == wanted]
    if not ours and any(s.name == key.name for s in note.signatures):
        raise NoteError(
            f"the note is not signed by the key of {key.name} with the id {key.key_id.hex()}, but "
            "by another of that name: has it been rotated?"
        )
    if not ours:
        raise NoteError(f"the note is not signed by the key of {key.name}")
    if not verify(key.public_key, note.text, ours[0]):
        raise NoteError(f"the signature of {key.name} is not valid")


def signed_by(note: Note, *keys: VerifierKey) -> Note:
    """Take away the signature lines of all other keys.

    Raises:
        NoteError: Then there are none.
    """
    wanted = {(key.name, key.key_id) for key in keys}
    lines = tuple(s for s in note.signatures if (s.name, s.key_id) in wanted)
    return Note(text=note.text, signatures=lines)


def read_verifier_key(text: str) -> VerifierKey:
    """Read a key in the form `NAME+ID+KEY`: id in hex, type and key in base64.

    Raises:
        NoteError: It is not one, byte for byte, or not of type Ed25519, or the id is another's.
    """
    name, key_id, typed = read_typed_key(text)
    if not typed.startswith(_ED25519):
        raise NoteError(f"the key of {name} is not of type Ed25519")
    key = VerifierKey(name=name, public_key=typed.removeprefix(_ED25519))
    check_key_id(key.name, key.key_id, key_id)
    return key


def write_verifier_key(key: VerifierKey) -> str:
    """Write a key in the form `NAME+ID+KEY`."""
    return write_typed_key(key.name, _ED25519 + key.public_key)


def read_typed_key(text: str) -> tuple[str, str, bytes]:
    """Read the form `NAME+ID+KEY` of a key of any type: name, id, and type and key in bytes.

    Raises:
        NoteError: It is not of that form. Whether the id is the key's is not checked.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise NoteError("this is not a verifier key of the form NAME+ID+KEY")
    return match[1], match[2], decode(match[3])


def check_key_id(name: str, key_id: bytes, said: str) -> None:
    """Check the id that the text of a key says, in hex.

    Raises:
        NoteError: The key has another.
    """
    if key_id.hex() != said:
        raise NoteError(f"the key of {name} has another id than its text says")


def write_typed_key(name: str, typed: bytes) -> str:
    """Write a key of any type in the form `NAME+ID+KEY`."""
    return f"{name}+{typed_key_id(name, typed).hex()}+{write_base64(typed)}"


def typed_key_id(name: str, typed: bytes) -> bytes:
    """Return the four bytes that stand before the signatures of a key of any type."""
    return sha256(name.encode() + b"\n" + typed).digest()[:_KEY_ID_LENGTH]


def check_key(name: str, public_key: bytes) -> None:
    """Check the name and the 32 bytes of an Ed25519 key.

    Raises:
        NoteError: The name is none, or the key is no Ed25519 key, or one that anyone can sign for.
    """
    _check_name(name)
    if len(public_key) != _KEY_LENGTH:
        raise NoteError(f"an Ed25519 key has {_KEY_LENGTH} bytes")
    if weak := weakness(public_key):
        raise NoteError(f"the key of {name} {weak}: anyone can sign for it")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise NoteError(
            "a key name has no spaces, no plus, no control characters, and is not empty"
        )
