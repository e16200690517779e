"""Two checkpoints one log signed and should not have, in a text that anyone can check.

What that proves depends on their sizes. Of one size and with two roots, they exclude each other. If
the second log is longer, a proof of what its beginning is shows that this is not the first log. If
it is shorter, nothing is proven: both can be of one honest log, read in the other order. That they
came in this order only those know who saw it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import MOST_ENTRIES, open_checkpoint
from weighbridge.ledger.merkle import HASH_LENGTH, verify_consistency
from weighbridge.ledger.note import NoteError, decode, read_text
from weighbridge.model.base64text import write_base64
from weighbridge.model.verification import Wrong

if TYPE_CHECKING:
    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.note import VerifierKey, Verify

HEADER = "weighbridge.dev/log-conflict@v1"

_DEEPEST = 2 * MOST_ENTRIES.bit_length()
_PARTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two checkpoints, taken apart; nothing of it is verified yet.

    Attributes:
        first: The checkpoint that was kept, a signed note.
        second: The checkpoint that came later, a signed note.
        beginning: Root of the second log at the first one's size, if it is longer; else empty.
        path: Proof that this is how the second log begins (RFC 9162, 2.1.4.1).
    """

    first: bytes
    second: bytes
    beginning: bytes = b""
    path: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not be read back.

        Raises:
            NoteError: A part of it is not of its form.
        """
        for note in (self.first, self.second):
            if note.count(b"\n\n") != 1 or not note.endswith(b"\n") or note.endswith(b"\n\n"):
                raise NoteError("a checkpoint has one empty line, before its signatures")
        hashes = (self.beginning, *self.path) if self.beginning else self.path
        if len(self.path) > _DEEPEST or any(len(node) != HASH_LENGTH for node in hashes):
            raise NoteError(f"a path is at most {_DEEPEST} hashes of {HASH_LENGTH} bytes")
        if self.path and not self.beginning:
            raise NoteError("a path leads from the root of a beginning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What two checkpoints show.

    Attributes:
        wrong: What the log did, if it did wrong.
        first: The checkpoint that was kept.
        second: The checkpoint that came later.
    """

    wrong: Wrong
    first: Checkpoint
    second: Checkpoint


def write_conflict(conflict: Conflict) -> bytes:
    """Write two checkpoints, and the proof between them if there is one."""
    hashes = (conflict.beginning, *conflict.path) if conflict.beginning else ()
    head = "\n".join((HEADER, *map(write_base64, hashes)))
    return head.encode() + b"\n\n" + conflict.first + b"\n" + conflict.second


def read_conflict(data: bytes) -> Conflict:
    """Read two checkpoints; `judge_conflict` tells what they are worth.

    Raises:
        NoteError: It is not such a text, byte for byte.
    """
    head, *parts = data.split(b"\n\n")
    header, *lines = read_text(head).split("\n")
    if header != HEADER or len(parts) + 1 != _PARTS:
        raise NoteError("these are not two checkpoints of a log that did wrong")
    hashes = [decode(line) for line in lines]
    return Conflict(
        first=parts[0] + b"\n\n" + parts[1] + b"\n",
        second=parts[2] + b"\n\n" + parts[3],
        beginning=hashes[0] if hashes else b"",
        path=tuple(hashes[1:]),
    )


def judge_conflict(conflict: Conflict, *, key: VerifierKey, verify: Verify) -> Judged:
    """Say what two checkpoints show.

    Args:
        conflict: The checkpoints.
        key: The log's key; its name is the log's origin.
        verify: Verifies an Ed25519 signature.

    Raises:
        NoteError: That log did not sign both, or they show nothing.
    """
    first = open_checkpoint(conflict.first, key, verify=verify)
    second = open_checkpoint(conflict.second, key, verify=verify)
    if first.size < second.size:
        _check_beginning(conflict, first, second)
        return Judged(wrong=Wrong.REWRITE, first=first, second=second)
    if conflict.beginning:
        raise NoteError("a log that is no longer than the other does not begin otherwise")
    if first == second:
        raise NoteError("both checkpoints are of one state of the log")
    wrong = Wrong.FORK if first.size == second.size else Wrong.ROLLBACK
    return Judged(wrong=wrong, first=first, second=second)


def _check_beginning(conflict: Conflict, first: Checkpoint, second: Checkpoint) -> None:
    if conflict.beginning == first.root:
        raise NoteError("the second log begins with the first: it has grown, as logs do")
    if not verify_consistency(
        first.size,
        second.size,
        first_root=conflict.beginning,
        second_root=second.root,
        path=conflict.path,
    ):
        raise NoteError("the proof does not show how the second log begins")
