"""Proofs and checkpoints that are not what they are shown for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import NoteError, NoteSignature, write_note
from weighbridge.ledger.proof import read_proof, write_proof
from weighbridge.model.errors import LedgerError
from weighbridge.usecases.prove import verify_entry

if TYPE_CHECKING:
    from tests.attacks.hands import Hands


def holds(hands: Hands, proof: bytes) -> bool:
    """Check a proof as `log verify PROOF --log-key` does."""
    try:
        verify_entry(proof, log_key=hands.registry.log_key)
    except LedgerError:
        return False
    return True


def test_the_proof_of_another_entry(hands: Hands) -> None:
    proofs = [read_proof(hands.proof(index)) for index in range(len(hands.events()))]
    assert all(holds(hands, write_proof(proof)) for proof in proofs)
    for proof in proofs:
        for other in proofs:
            for stolen in ({"index": other.index}, {"extra": other.extra}, {"path": other.path}):
                forged = dataclasses.replace(proof, **stolen)
                assert forged == proof or not holds(hands, write_proof(forged))


def test_a_node_in_place_of_an_entry(hands: Hands) -> None:
    """The two halves of a node hash to it only if nothing tells a node from an entry."""
    proof = read_proof(hands.proof(0))
    assert holds(hands, write_proof(proof))
    above = leaf_hash(proof.extra) + proof.path[0]
    for extra in (above, b"\x01" + above):
        forged = dataclasses.replace(proof, extra=extra, path=proof.path[1:])
        assert not holds(hands, write_proof(forged))
        assert leaf_hash(extra) != MerkleTree([leaf_hash(proof.extra), proof.path[0]]).root()


def test_a_checkpoint_the_log_did_not_sign(hands: Hands) -> None:
    proof, note = read_proof(hands.proof(0)), hands.note()
    (own,) = note.signatures
    witness = NoteSignature(name="witness.example", key_id=b"abcd", signature=bytes(72))
    garbage = dataclasses.replace(own, signature=bytes(64))
    for lines in ((witness,), (garbage,), (dataclasses.replace(own, name="other.example"),)):
        unsigned = write_note(dataclasses.replace(note, signatures=lines))
        forged = dataclasses.replace(proof, checkpoint=unsigned)
        assert not holds(hands, write_proof(forged))
        hands.put_checkpoint(unsigned)
        with pytest.raises(LedgerError, match="the checkpoint does not prove the ledger"):
            hands.audited()
    with pytest.raises(NoteError):
        write_note(dataclasses.replace(note, signatures=()))


def test_one_signature_twice(hands: Hands) -> None:
    proof = read_proof(hands.proof(0))
    text, lines = proof.checkpoint.split(b"\n\n")
    forged = dataclasses.replace(proof, checkpoint=text + b"\n\n" + lines + lines)
    assert not holds(hands, write_proof(forged))
    hands.put_checkpoint(forged.checkpoint)
    with pytest.raises(LedgerError, match="the checkpoint does not prove the ledger"):
        hands.audited()
