"""What a witness is asked, and whether it may cosign: https://c2sp.org/tlog-witness.

Only arithmetic: what the witness remembers comes in, and what it may remember next goes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import read_checkpoint, read_number
from weighbridge.ledger.merkle import EMPTY_ROOT, HASH_LENGTH, verify_consistency
from weighbridge.ledger.note import NoteError, decode, read_note, read_text, verify_note
from weighbridge.model.base64text import write_base64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.note import Note, VerifierKey, Verify

MOST_HASHES = 63
"""Lines of a consistency proof."""

SIZE_TYPE = "text/x.tlog.size"
"""Media type of the size a witness names instead of an answer."""


class Status(IntEnum):
    """What a witness answers, in the numbers of HTTP."""

    COSIGNED = 200
    MALFORMED = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    OTHER_SIZE = 409
    NOT_CONSISTENT = 422


class RefusedError(Exception):
    """A witness does not cosign."""

    def __init__(self, status: Status, reason: str, *, size: int | None = None) -> None:
        """Say why, and which size the witness knows where that is what differs."""
        super().__init__(reason)
        self.status = status
        self.size = size


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessRequest:
    """A checkpoint to be cosigned, and the proof that the log only grew.

    Attributes:
        old: Size of the checkpoint the witness cosigned last; 0 for none.
        path: Consistency proof from that size on.
        checkpoint: The checkpoint, a signed note.
    """

    old: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be read back.

        Raises:
            NoteError: The proof is too long, or has something else than hashes.
        """
        if len(self.path) > MOST_HASHES or any(len(node) != HASH_LENGTH for node in self.path):
            raise NoteError(f"a proof is at most {MOST_HASHES} hashes of {HASH_LENGTH} bytes")


def write_request(request: WitnessRequest) -> bytes:
    """Write the body of a request."""
    lines = [f"old {request.old}", *map(write_base64, request.path), "", ""]
    return "\n".join(lines).encode() + request.checkpoint


def read_request(data: bytes) -> WitnessRequest:
    """Read the body of a request; nothing of it is verified yet.

    Raises:
        NoteError: It is not one, byte for byte.
    """
    head, separator, checkpoint = data.partition(b"\n\n")
    first, *lines = read_text(head).split("\n")
    if not separator or not first.startswith("old "):
        raise NoteError("this is no request: `old` and a size, hashes, an empty line, a checkpoint")
    old = read_number(first.removeprefix("old "))
    return WitnessRequest(old=old, path=tuple(map(decode, lines)), checkpoint=checkpoint)


def weigh(
    request: WitnessRequest,
    *,
    keys: Sequence[VerifierKey],
    last: Checkpoint | None,
    verify: Verify,
) -> tuple[Note, Checkpoint]:
    """Decide whether a witness may cosign, and return what it is.

    Args:
        request: What is asked.
        keys: Keys of the log; each is taken.
        last: What was cosigned last; None if nothing was.
        verify: Verifies an Ed25519 signature.

    Raises:
        RefusedError: It must not.
    """
    note, new = _signed(request.checkpoint, keys, verify)
    if request.old > new.size:
        message = f"the checkpoint is of {new.size} entries, fewer than the {request.old} before"
        raise RefusedError(Status.MALFORMED, message)
    size = last.size if last else 0
    if request.old != size:
        raise RefusedError(Status.OTHER_SIZE, f"the size cosigned last is {size}", size=size)
    if last is not None and new.size == last.size and new.root != last.root:
        message = f"another tree of {size} entries was cosigned: the log has forked"
        raise RefusedError(Status.OTHER_SIZE, message, size=size)
    if not _grown(last, new, request.path):
        message = f"the proof does not show that the log has grown from {size} entries"
        raise RefusedError(Status.NOT_CONSISTENT, message)
    return note, new


def _signed(data: bytes, keys: Sequence[VerifierKey], verify: Verify) -> tuple[Note, Checkpoint]:
    try:
        note = read_note(data)
        checkpoint = read_checkpoint(note.text)
    except NoteError as error:
        raise RefusedError(Status.MALFORMED, str(error)) from error
    known = [key for key in keys if key.name == checkpoint.origin]
    if not known:
        raise RefusedError(Status.UNKNOWN_LOG, f"the log {checkpoint.origin} is not witnessed here")
    reasons = []
    for key in known:
        try:
            verify_note(note, key, verify=verify)
        except NoteError as error:
            reasons.append(str(error))
        else:
            return note, checkpoint
    raise RefusedError(Status.NOT_SIGNED, reasons[0])


def _grown(last: Checkpoint | None, new: Checkpoint, path: Sequence[bytes]) -> bool:
    if new.size == 0 and new.root != EMPTY_ROOT:
        return False
    if last is None or last.size == 0:
        return not path
    return verify_consistency(
        last.size, new.size, first_root=last.root, second_root=new.root, path=path
    )
