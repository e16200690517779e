from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger import signing
from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.conflict import (
    HEADER,
    Conflict,
    Judged,
    judge_conflict,
    read_conflict,
    write_conflict,
)
from weighbridge.ledger.merkle import EMPTY_ROOT, MerkleTree, leaf_hash
from weighbridge.ledger.note import NoteError
from weighbridge.model.verification import Wrong

KEY = signing.verifier_key()
OTHER = MerkleTree(leaf_hash(b"another %d" % number) for number in range(12))


def state(tree: MerkleTree, size: int, origin: str = signing.ORIGIN) -> bytes:
    return signing.signed(Checkpoint(origin=origin, size=size, root=tree.root(size)).text())


def rewrite(first: int = 5, second: int = 9) -> Conflict:
    """Show that the longer log begins otherwise than the one that was kept."""
    return Conflict(
        first=state(signing.TREE, first),
        second=state(OTHER, second),
        beginning=OTHER.root(first),
        path=tuple(OTHER.consistency(first, second)),
    )


FORK = Conflict(first=state(signing.TREE, 7), second=state(OTHER, 7))
ROLLBACK = Conflict(first=state(signing.TREE, 7), second=state(signing.TREE, 4))


def judge(conflict: Conflict) -> Judged:
    return judge_conflict(read_conflict(write_conflict(conflict)), key=KEY, verify=signing.verify)


def test_two_roots_of_one_size_are_a_fork() -> None:
    judged = judge(FORK)
    assert (judged.wrong, judged.first.size, judged.second.size) == (Wrong.FORK, 7, 7)


@pytest.mark.parametrize("first", range(1, 8))
@pytest.mark.parametrize("second", [8, 9, 12])
def test_a_longer_log_that_begins_otherwise_is_a_rewrite(first: int, second: int) -> None:
    assert judge(rewrite(first, second)).wrong is Wrong.REWRITE


def test_a_shorter_log_is_a_rollback() -> None:
    assert judge(ROLLBACK).wrong is Wrong.ROLLBACK


def test_a_witness_may_have_signed_too() -> None:
    text = Checkpoint(origin=signing.ORIGIN, size=7, root=OTHER.root(7)).text()
    cosigned = signing.signed(text, signing.signature(text, 2, "witness.example"))
    assert judge(replace(FORK, second=cosigned)).wrong is Wrong.FORK


def test_a_log_that_has_grown_did_nothing_wrong() -> None:
    grown = Conflict(
        first=state(OTHER, 5),
        second=state(OTHER, 9),
        beginning=OTHER.root(5),
        path=tuple(OTHER.consistency(5, 9)),
    )
    with pytest.raises(NoteError, match="it has grown, as logs do"):
        judge(grown)
    with pytest.raises(NoteError, match="of one state"):
        judge(Conflict(first=state(OTHER, 5), second=state(OTHER, 5)))


@pytest.mark.parametrize(
    "conflict",
    [
        replace(rewrite(), beginning=b"", path=()),
        replace(rewrite(), path=()),
        replace(rewrite(), path=rewrite().path[:-1]),
        replace(rewrite(), beginning=signing.TREE.root(4)),
        replace(rewrite(), second=state(OTHER, 10)),
        replace(rewrite(), first=state(signing.TREE, 4)),
        Conflict(
            first=signing.signed(Checkpoint(origin=signing.ORIGIN, size=0, root=EMPTY_ROOT).text()),
            second=state(OTHER, 5),
            beginning=OTHER.root(5),
        ),
    ],
)
def test_a_longer_log_whose_beginning_is_not_shown_proves_nothing(conflict: Conflict) -> None:
    with pytest.raises(NoteError, match="does not show how the second log begins"):
        judge(conflict)


@pytest.mark.parametrize("conflict", [FORK, ROLLBACK])
def test_a_log_that_is_no_longer_has_no_other_beginning(conflict: Conflict) -> None:
    with pytest.raises(NoteError, match="does not begin otherwise"):
        judge(replace(conflict, beginning=bytes(32)))


@pytest.mark.parametrize("side", ["first", "second"])
def test_what_the_log_did_not_sign_is_nothing_it_did(side: str) -> None:
    checkpoint = Checkpoint(origin=signing.ORIGIN, size=7, root=OTHER.root(7))
    unsigned = signing.signed(checkpoint.text()).replace(b"\n7\n", b"\n8\n")
    for note, reason in ((unsigned, "is not valid"), (state(OTHER, 7, "other"), "of other")):
        first, second = (note if side == one else FORK.first for one in ("first", "second"))
        with pytest.raises(NoteError, match=reason):
            judge(Conflict(first=first, second=second))


@pytest.mark.parametrize("conflict", [FORK, rewrite()])
def test_every_spoiled_byte_is_refused(conflict: Conflict) -> None:
    data = write_conflict(conflict)
    for at in range(len(data)):
        for spoiled in (
            data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
            data[:at] + b"\n" + data[at:],
            data[:at],
        ):
            with pytest.raises(NoteError):
                judge_conflict(read_conflict(spoiled), key=KEY, verify=signing.verify)


@given(
    st.lists(st.sampled_from(["", "a", signing.CHECKPOINT.text().decode().split("\n")[2]])),
    st.binary(max_size=8),
)
def test_whatever_is_read_is_written_back_to_the_same_bytes(lines: list[str], end: bytes) -> None:
    data = "\n".join([HEADER, *lines]).encode() + b"\n\na\n\nb\n\nc\n\nd" + end
    try:
        conflict = read_conflict(data)
    except NoteError:
        return
    assert write_conflict(conflict) == data


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"first": b"a\nb\n"}, "one empty line"),
        ({"second": b"a\n\nb\n\nc\n"}, "one empty line"),
        ({"second": b"a\n\nb"}, "one empty line"),
        ({"beginning": b"short"}, "hashes of 32 bytes"),
        ({"beginning": bytes(32), "path": (bytes(32),) * 127}, "at most"),
        ({"path": (bytes(32),)}, "leads from"),
    ],
)
def test_what_could_not_be_read_back_is_refused(changes: dict[str, bytes], reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        replace(FORK, **changes)  # type: ignore[arg-type] # wrong on purpose
