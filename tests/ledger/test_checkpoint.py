from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.ledger import signing, strategies
from weighbridge.ledger.checkpoint import (
    Checkpoint,
    open_checkpoint,
    read_checkpoint,
    read_number,
)
from weighbridge.ledger.merkle import EMPTY_ROOT
from weighbridge.ledger.note import NoteError, VerifierKey

KEY = signing.verifier_key()
TEXT = signing.CHECKPOINT.text()
SIGNED = signing.signed(TEXT)
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


def test_the_checkpoint_of_the_specification_is_read() -> None:
    text = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n".encode()
    checkpoint = read_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex().startswith("0ac5186a")
    assert checkpoint.text() == text


def test_a_signed_checkpoint_is_opened() -> None:
    assert open_checkpoint(SIGNED, KEY, verify=signing.verify) == signing.CHECKPOINT


def test_a_witness_may_sign_too() -> None:
    witness = signing.signature(TEXT, 2, "witness.example")
    both = signing.signed(TEXT, witness)
    assert open_checkpoint(both, KEY, verify=signing.verify) == signing.CHECKPOINT


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint(origin="log.example", size=0, root=EMPTY_ROOT)
    assert read_checkpoint(empty.text()) == empty


@given(strategies.checkpoints)
def test_a_checkpoint_written_is_read_back(checkpoint: Checkpoint) -> None:
    assert read_checkpoint(checkpoint.text()) == checkpoint


@given(st.text(st.sampled_from("ab01\n")).map(lambda head: f"{head}\n{ROOT}\n".encode()))
@example(TEXT)
def test_whatever_is_read_is_written_back_to_the_same_bytes(text: bytes) -> None:
    try:
        checkpoint = read_checkpoint(text)
    except NoteError:
        return
    assert checkpoint.text() == text


def test_every_spoiled_byte_is_refused() -> None:
    for spoiled in signing.spoiled(SIGNED):
        with pytest.raises(NoteError):
            open_checkpoint(spoiled, KEY, verify=signing.verify)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a checkpoint"),
        (f"log\n7\n{ROOT}", "not a checkpoint"),
        (f"log\n7\n{ROOT}\n\n", "not a checkpoint"),
        (f"log\n7\n{ROOT}\nextension\n", "not a checkpoint"),
        (f"\n7\n{ROOT}\n", "origin"),
        (f"log\n\n{ROOT}\n", "number"),
        (f"log\n07\n{ROOT}\n", "number"),
        (f"log\n00\n{ROOT}\n", "number"),
        (f"log\n-7\n{ROOT}\n", "number"),
        (f"log\n+7\n{ROOT}\n", "number"),
        (f"log\n 7\n{ROOT}\n", "number"),
        (f"log\n7_0\n{ROOT}\n", "number"),
        (f"log\n\u0667\n{ROOT}\n", "number"),
        (f"log\n{2**63}\n{ROOT}\n", "number"),
        (f"log\n{'9' * 5000}\n{ROOT}\n", "number"),
        (f"log\n7\n{ROOT[:-1]}\n", "base64"),
        (f"log\n7\n{ROOT[:-2]}J=\n", "canonical"),
        (f"log\n7\n{ROOT[:40]}\n", "32 bytes"),
        (f"log\n7\n{ROOT[:40]}{ROOT}\n", "32 bytes"),
        ("log\n7\n\n", "32 bytes"),
        (f"log\r\n7\r\n{ROOT}\r\n", "control"),
    ],
)
def test_what_is_not_a_checkpoint_is_refused_though_signed(text: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        read_checkpoint(text.encode())
    if text.endswith("\n") and "\r" not in text:
        with pytest.raises(NoteError, match=reason):
            open_checkpoint(signing.signed(text.encode()), KEY, verify=signing.verify)


def test_a_checkpoint_of_another_log_is_refused_though_our_key_signed_it() -> None:
    other = Checkpoint(origin="other.example", size=7, root=signing.CHECKPOINT.root)
    with pytest.raises(NoteError, match=r"of other\.example, not of log"):
        open_checkpoint(signing.signed(other.text()), KEY, verify=signing.verify)


@pytest.mark.parametrize("key", [signing.verifier_key(2), signing.verifier_key(1, "other.example")])
def test_a_checkpoint_another_key_signed_is_refused(key: VerifierKey) -> None:
    with pytest.raises(NoteError, match="not signed by the key"):
        open_checkpoint(SIGNED, key, verify=signing.verify)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, bytes(32)),
        ("two\nlines", 1, bytes(32)),
        ("return\r", 1, bytes(32)),
        ("half \udc80", 1, bytes(32)),
        ("log", -1, bytes(32)),
        ("log", 2**63, bytes(32)),
        ("log", 1, bytes(31)),
        ("log", 1, bytes(33)),
    ],
)
def test_no_log_signs_what_could_not_be_read_back(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(NoteError):
        Checkpoint(origin=origin, size=size, root=root)


@given(st.integers(0, 2**63 - 1))
def test_a_number_has_one_spelling(number: int) -> None:
    assert read_number(str(number)) == number
    with pytest.raises(NoteError):
        read_number(f"0{number}")
