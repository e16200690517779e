from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.ledger import signing, strategies
from weighbridge.ledger.merkle import MerkleTree, leaf_hash, node_hash
from weighbridge.ledger.note import NoteError
from weighbridge.ledger.proof import LogProof, read_proof, verify_proof, write_proof

KEY = signing.verifier_key()
PROOF = signing.proof(4, b"where it came from")
WRITTEN = write_proof(PROOF)
BARE = write_proof(signing.proof(4))
HASH = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


def test_every_entry_is_proven() -> None:
    for index, entry in enumerate(signing.ENTRIES):
        proof = read_proof(write_proof(signing.proof(index)))
        assert verify_proof(proof, entry, key=KEY, verify=signing.verify) == signing.CHECKPOINT


def test_no_other_entry_and_no_other_index_is() -> None:
    for index, entry in enumerate(signing.ENTRIES):
        for at in range(len(signing.ENTRIES) + 1):
            if at != 4 or index != 4:
                with pytest.raises(NoteError, match=f"at index {at}"):
                    verify_proof(replace(PROOF, index=at), entry, key=KEY, verify=signing.verify)


def test_the_form_is_that_of_the_specification() -> None:
    lines = WRITTEN.decode().split("\n")
    assert lines[:3] == [
        "c2sp.org/tlog-proof@v1",
        "extra d2hlcmUgaXQgY2FtZSBmcm9t",
        "index 4",
    ]
    assert [len(line) for line in lines[3:7]] == [44, 44, 44, 0]
    assert lines[7:9] == [signing.ORIGIN, "7"]
    assert WRITTEN.endswith(b"\n\n" + PROOF.checkpoint)


@given(strategies.proofs)
def test_a_proof_written_is_read_back(proof: LogProof) -> None:
    assert read_proof(write_proof(proof)) == proof


@given(
    st.lists(st.sampled_from(["", "index 0", "index 00", "extra ", "extra AA==", HASH])),
    st.binary(),
)
@example(["index 0", HASH], b"")
def test_whatever_is_read_is_written_back_to_the_same_bytes(lines: list[str], end: bytes) -> None:
    data = "\n".join(["c2sp.org/tlog-proof@v1", *lines]).encode() + b"\n\n" + end
    try:
        proof = read_proof(data)
    except NoteError:
        return
    assert write_proof(proof) == data


def test_every_spoiled_byte_is_refused() -> None:
    for spoiled in signing.spoiled(BARE):
        with pytest.raises(NoteError):
            verify_proof(read_proof(spoiled), signing.ENTRIES[4], key=KEY, verify=signing.verify)


def test_only_the_extra_line_can_be_exchanged() -> None:
    start = WRITTEN.index(b"extra ") + len(b"extra ")
    extra = range(start, WRITTEN.index(b"\n", start))
    for at in set(range(len(WRITTEN))) - set(extra):
        spoiled = WRITTEN[:at] + bytes([WRITTEN[at] ^ 1]) + WRITTEN[at + 1 :]
        with pytest.raises(NoteError):
            verify_proof(read_proof(spoiled), signing.ENTRIES[4], key=KEY, verify=signing.verify)
    exchanged = replace(PROOF, extra=b"elsewhere")
    checkpoint = verify_proof(exchanged, signing.ENTRIES[4], key=KEY, verify=signing.verify)
    assert checkpoint == signing.CHECKPOINT


def test_a_node_is_not_taken_for_an_entry() -> None:
    left, right = map(leaf_hash, signing.ENTRIES[4:6])
    forged = replace(PROOF, path=PROOF.path[1:])
    assert node_hash(left, right) == signing.TREE._node(1, 2)
    for index in range(7):
        with pytest.raises(NoteError, match="does not show"):
            verify_proof(replace(forged, index=index), left + right, key=KEY, verify=signing.verify)


def test_a_proof_against_another_tree_is_refused() -> None:
    other = MerkleTree(map(leaf_hash, reversed(signing.ENTRIES)))
    forged = replace(PROOF, index=2, path=tuple(other.inclusion(2)))
    with pytest.raises(NoteError, match="does not show"):
        verify_proof(forged, signing.ENTRIES[4], key=KEY, verify=signing.verify)


def test_a_proof_from_another_log_is_refused() -> None:
    for key in (signing.verifier_key(2), signing.verifier_key(1, "other.example")):
        with pytest.raises(NoteError, match="not signed"):
            verify_proof(PROOF, signing.ENTRIES[4], key=key, verify=signing.verify)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("", "not a tlog-proof"),
        ("c2sp.org/tlog-proof@v2\nindex 4", "not a tlog-proof"),
        ("c2sp.org/tlog-proof@v1 \nindex 4", "not a tlog-proof"),
        ("c2sp.org/tlog-proof@v1", "index line"),
        ("c2sp.org/tlog-proof@v1\nextra AA==", "index line"),
        ("c2sp.org/tlog-proof@v1\nextra \nindex 4", "extra line is empty"),
        ("c2sp.org/tlog-proof@v1\nextra AB==\nindex 4", "canonical"),
        ("c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 4", "index line"),
        (f"c2sp.org/tlog-proof@v1\n{HASH}\nindex 4", "index line"),
        ("c2sp.org/tlog-proof@v1\nindex", "index line"),
        ("c2sp.org/tlog-proof@v1\nindex ", "number"),
        ("c2sp.org/tlog-proof@v1\nindex 04", "number"),
        ("c2sp.org/tlog-proof@v1\nindex -4", "number"),
        ("c2sp.org/tlog-proof@v1\nindex 4 ", "number"),
        (f"c2sp.org/tlog-proof@v1\nindex {2**63 - 1}", "an index is from 0"),
        (f"c2sp.org/tlog-proof@v1\nindex {2**64}", "number"),
        (f"c2sp.org/tlog-proof@v1\nindex 4\n{HASH[:-2]}J=", "canonical"),
        (f"c2sp.org/tlog-proof@v1\nindex 4\n{HASH[:40]}", "32 bytes"),
        (f"c2sp.org/tlog-proof@v1\nindex 4\n{HASH} ", "base64"),
        ("c2sp.org/tlog-proof@v1\nindex 4" + f"\n{HASH}" * 64, "at most 63"),
        ("c2sp.org/tlog-proof@v1\r\nindex 4\r", "control"),
        ("c2sp.org/tlog-proof@v1\nindex 4\0", "control"),
    ],
)
def test_what_is_not_a_proof_byte_for_byte_is_refused(head: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        read_proof(head.encode() + b"\n\n" + PROOF.checkpoint)


def test_a_proof_without_checkpoint_is_refused() -> None:
    with pytest.raises(NoteError, match="not a tlog-proof"):
        read_proof(b"c2sp.org/tlog-proof@v1\nindex 4\n")
    bare = read_proof(b"c2sp.org/tlog-proof@v1\nindex 4\n\n")
    with pytest.raises(NoteError, match="not a signed note"):
        verify_proof(bare, signing.ENTRIES[4], key=KEY, verify=signing.verify)
