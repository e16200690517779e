"""A log's older key vouches for the newer one, in one spelling and in nothing else."""

from __future__ import annotations

import pytest

from tests.ledger.signing import (
    CHECKPOINT,
    ORIGIN,
    signature,
    signed,
    spoiled,
    verifier_key,
    verify,
)
from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.endorsement import HEADER, Endorsement, open_endorsement
from weighbridge.ledger.note import NoteError, read_note, write_verifier_key

OLD, NEW = verifier_key(1), verifier_key(2)
SAID = Endorsement(after=7, key=NEW)


def opened(data: bytes) -> Endorsement:
    return open_endorsement(data, OLD, verify=verify)


def test_what_was_written_is_read() -> None:
    assert opened(signed(SAID.text())) == SAID
    assert SAID.text().decode().split("\n") == [
        HEADER,
        ORIGIN,
        "7",
        write_verifier_key(NEW),
        "",
    ]


def test_no_byte_of_it_is_without_meaning() -> None:
    for data in spoiled(signed(SAID.text())):
        with pytest.raises(NoteError):
            opened(data)


def test_an_endorsement_is_no_checkpoint_and_a_checkpoint_no_endorsement() -> None:
    with pytest.raises(NoteError):
        read_checkpoint(read_note(signed(SAID.text())).text)
    with pytest.raises(NoteError, match="not an endorsement"):
        opened(signed(CHECKPOINT.text()))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (Endorsement(after=7, key=OLD).text(), "endorses itself"),
        (Endorsement(after=7, key=verifier_key(2, "log.example/b")).text(), "not of a key of"),
        (SAID.text().replace(ORIGIN.encode(), b"log.example/b", 1), "not of a key of"),
        (SAID.text() + b"more\n", "not an endorsement"),
        (SAID.text().replace(b"\n7\n", b"\n07\n"), "number"),
        (SAID.text().replace(HEADER.encode(), b"weighbridge.dev/log-key/v2"), "not an endorsement"),
    ],
)
def test_what_says_something_else_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(NoteError, match=why):
        opened(signed(text))


def test_it_is_signed_by_the_older_key_alone() -> None:
    text = SAID.text()
    with pytest.raises(NoteError, match="alone"):
        opened(signed(text, signature(text, 2)))
    with pytest.raises(NoteError, match="another of that name"):
        open_endorsement(signed(text), verifier_key(3), verify=verify)
