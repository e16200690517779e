"""Proofs that an entry is in a log, checked offline: https://c2sp.org/tlog-proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import MOST_ENTRIES, open_checkpoint, read_number
from weighbridge.ledger.merkle import HASH_LENGTH, leaf_hash, verify_inclusion
from weighbridge.ledger.note import NoteError, decode, read_text
from weighbridge.model.base64text import write_base64

if TYPE_CHECKING:
    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.note import VerifierKey, Verify

HEADER = "c2sp.org/tlog-proof@v1"

_DEEPEST = MOST_ENTRIES.bit_length()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """A proof, taken apart; nothing of it is verified yet.

    Attributes:
        index: Index of the entry, from 0.
        path: Hashes from the leaf's sibling up to the root's child.
        checkpoint: The checkpoint, a signed note, as it stands in the proof.
        extra: What else the writer put in. Nobody signed it: trust it in nothing.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        """Refuse what could not be read back.

        Raises:
            NoteError: A part of it is not of its form.
        """
        if not 0 <= self.index < MOST_ENTRIES:
            raise NoteError(f"an index is from 0 to {MOST_ENTRIES - 1}")
        if len(self.path) > _DEEPEST or any(len(node) != HASH_LENGTH for node in self.path):
            raise NoteError(f"a path is at most {_DEEPEST} hashes of {HASH_LENGTH} bytes")


def write_proof(proof: LogProof) -> bytes:
    """Write a proof."""
    extra = [f"extra {write_base64(proof.extra)}"] if proof.extra else []
    path = [write_base64(node) for node in proof.path]
    head = [HEADER, *extra, f"index {proof.index}", *path]
    return "\n".join(head).encode() + b"\n\n" + proof.checkpoint


def read_proof(data: bytes) -> LogProof:
    """Read a proof; `verify_proof` tells what it is worth.

    Raises:
        NoteError: It is not one, byte for byte.
    """
    head, separator, checkpoint = data.partition(b"\n\n")
    header, *lines = read_text(head).split("\n")
    if not separator or header != HEADER:
        raise NoteError("this is not a tlog-proof")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode(lines.pop(0).removeprefix("extra "))
        if not extra:
            raise NoteError("the proof's extra line is empty")
    if not lines or not lines[0].startswith("index "):
        raise NoteError("the proof's index line is missing")
    index = read_number(lines[0].removeprefix("index "))
    path = tuple(decode(line) for line in lines[1:])
    return LogProof(index=index, path=path, checkpoint=checkpoint, extra=extra)


def verify_proof(proof: LogProof, entry: bytes, *, key: VerifierKey, verify: Verify) -> Checkpoint:
    """Check that an entry stands in a log at the proof's index, and return the log's checkpoint.

    Args:
        proof: The proof.
        entry: The entry, not its hash.
        key: The log's key; its name is the log's origin.
        verify: Verifies an Ed25519 signature.

    Raises:
        NoteError: The checkpoint is not that log's, or the entry is not what the proof is of.
    """
    checkpoint = open_checkpoint(proof.checkpoint, key, verify=verify)
    if not verify_inclusion(
        leaf_hash(entry),
        index=proof.index,
        size=checkpoint.size,
        path=proof.path,
        root=checkpoint.root,
    ):
        raise NoteError(f"the proof does not show this entry at index {proof.index} of the log")
    return checkpoint
