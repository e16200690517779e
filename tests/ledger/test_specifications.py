"""The example documents of the specifications, each read as it stands there.

Those of RFC 6962 are in `test_merkle.py`, those of tlog-tiles in `test_tiles.py`.
"""

from __future__ import annotations

import pytest

from tests.ledger import signing
from weighbridge.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from weighbridge.ledger.note import (
    NoteError,
    read_note,
    read_verifier_key,
    verify_note,
    write_note,
)
from weighbridge.ledger.proof import read_proof, write_proof

# https://c2sp.org/signed-note
NOTE = (
    "Ognuno sta solo sul cuor della terra\n"
    "trafitto da un raggio di sole:\n"
    "\n"
    "ed è subito sera.\n"
    "\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFS"
    "QU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()

# https://c2sp.org/tlog-checkpoint
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
TEXT = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n"
SIGNATURE = (
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
)
CHECKPOINT = f"{TEXT}\n— example.com/behind-the-sofa {SIGNATURE}\n".encode()

# https://c2sp.org/tlog-cosignature
COSIGNATURE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2o"
    "yin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()

# The log of Go's modules (https://sum.golang.org), the first that signed checkpoints. The example's
# signature is one of its own, under the name it had then.
GO = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

# https://c2sp.org/tlog-proof, but for the lines it abbreviates.
PATH = [
    "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=",
    "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=",
    "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=",
    "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=",
    "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=",
]
PROVEN = "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n"
PROOF = "\n".join(["c2sp.org/tlog-proof@v1", "index 73894", *PATH, "", PROVEN]).encode()


@pytest.mark.parametrize("data", [NOTE, CHECKPOINT, CHECKPOINT + COSIGNATURE])
def test_every_note_is_read_and_written_back_to_the_same_bytes(data: bytes) -> None:
    assert write_note(read_note(data)) == data


def test_the_note() -> None:
    note = read_note(NOTE)
    (signature,) = note.signatures
    assert note.text.decode().splitlines()[-1] == "ed è subito sera."
    assert signature.name == "quasimodo.example/salvatore"
    assert (signature.key_id.hex(), len(signature.signature)) == ("367ba04b", 64)


def test_the_checkpoint() -> None:
    note = read_note(CHECKPOINT)
    assert read_checkpoint(note.text) == Checkpoint(
        origin="example.com/behind-the-sofa",
        size=20_852_163,
        root=bytes.fromhex("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"),
    )


def test_the_signature_of_the_checkpoint_is_that_of_a_log_there_is() -> None:
    key = read_verifier_key(GO)
    text = TEXT.replace("example.com/behind-the-sofa", "go.sum database tree")
    signed = f"{text}\n— sum.golang.org {SIGNATURE}\n".encode()
    verify_note(read_note(signed), key, verify=signing.verify)
    assert read_checkpoint(read_note(signed).text).size == 20_852_163
    # That log's name is not its key's: recommended later, and demanded here.
    with pytest.raises(NoteError, match=r"of go\.sum database tree, not of sum\.golang\.org"):
        open_checkpoint(signed, key, verify=signing.verify)
    for spoiled in signing.spoiled(signed)[:200]:
        with pytest.raises(NoteError):
            verify_note(read_note(spoiled), key, verify=signing.verify)


def test_the_checkpoint_a_witness_has_signed_too() -> None:
    note = read_note(CHECKPOINT + COSIGNATURE)
    log, witness = note.signatures
    assert (log.key_id.hex(), witness.key_id.hex()) == ("033de0ae", "8d66cf3f")
    assert witness.name == "witness.example.com/w1"
    time, signature = witness.signature[:8], witness.signature[8:]
    assert (int.from_bytes(time), len(signature)) == (1_679_315_147, 64)


def test_the_proof() -> None:
    proof = read_proof(PROOF)
    assert (proof.index, len(proof.path), proof.extra) == (73_894, 5, b"")
    assert read_checkpoint(proof.checkpoint).size == 109_482
    assert write_proof(proof) == PROOF
