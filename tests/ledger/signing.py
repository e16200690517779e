"""A log with a key of its own, in memory."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import Note, NoteSignature, VerifierKey, write_note
from weighbridge.ledger.proof import LogProof

ORIGIN = "log.example/weighbridge"
ENTRIES = [b"entry %d" % number for number in range(7)]
TREE = MerkleTree(map(leaf_hash, ENTRIES))


def private_key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def verifier_key(seed: int = 1, name: str = ORIGIN) -> VerifierKey:
    public = private_key(seed).public_key().public_bytes_raw()
    return VerifierKey(name=name, public_key=public)


def signature(text: bytes, seed: int = 1, name: str = ORIGIN) -> NoteSignature:
    key_id = verifier_key(seed, name).key_id
    return NoteSignature(name=name, key_id=key_id, signature=private_key(seed).sign(text))


def signed(text: bytes, *others: NoteSignature) -> bytes:
    return write_note(Note(text=text, signatures=(signature(text), *others)))


def verify(public_key: bytes, message: bytes, value: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(value, message)
    except InvalidSignature:
        return False
    return True


CHECKPOINT = Checkpoint(origin=ORIGIN, size=len(TREE), root=TREE.root())


def proof(index: int, extra: bytes = b"") -> LogProof:
    path = tuple(TREE.inclusion(index))
    checkpoint = signed(CHECKPOINT.text())
    return LogProof(index=index, path=path, checkpoint=checkpoint, extra=extra)


def spoiled(data: bytes) -> list[bytes]:
    """Flip every bit and byte, leave out every byte, put one in everywhere, end everywhere."""
    changed = [
        data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
        for at in range(len(data))
        for mask in (1, 2, 4, 8, 16, 32, 64, 128, 255)
    ]
    missing = [data[:at] + data[at + 1 :] for at in range(len(data))]
    added = [
        data[:at] + bytes([value]) + data[at:] for at in range(len(data) + 1) for value in b"\n A+"
    ]
    ended = [data[:at] for at in range(len(data))]
    return [*changed, *missing, *added, *ended]
