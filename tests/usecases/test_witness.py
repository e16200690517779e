from __future__ import annotations

import dataclasses
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.ledger import signing
from tests.ledger.test_witnessing import OTHER
from tests.witnesses import NOW, Key, name_of, note, request, witness
from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.cosignature import verify_cosignature
from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import VerifierKey, read_note, write_verifier_key
from weighbridge.ledger.witnessing import RefusedError, Status, WitnessRequest, write_request
from weighbridge.model.errors import ClockError, KeyFileError, LedgerError, RegistryError
from weighbridge.usecases.witness import Cosigned, Witness, answer, cosign_file, witness_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

GROWN = MerkleTree(leaf_hash(b"%d" % number) for number in range(64))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def cosign(made: Witness, old: int, size: int, tree: MerkleTree = signing.TREE) -> Cosigned:
    return made.cosign(lambda _: request(old, size, tree))


def refused(made: Witness, old: int, size: int, tree: MerkleTree = signing.TREE) -> int:
    with pytest.raises(RefusedError) as caught:
        cosign(made, old, size, tree)
    return caught.value.status


def never(old: int, new: int) -> Sequence[bytes]:
    raise AssertionError(f"nobody asks how {old} became {new}")


def test_a_witness_remembers_what_it_cosigned(state: Path) -> None:
    first = cosign(witness(state), 0, 3)
    second = cosign(witness(state), 3, 7)
    assert (first.first, second.first) == (True, False)
    assert witness(state).remembered() == signing.CHECKPOINT
    assert state.read_bytes() == second.note
    raw = signing.private_key(9).public_key().public_bytes_raw()
    line = read_note(second.note).signatures[1]
    verify_cosignature(signing.CHECKPOINT.text(), line, raw, verify=signing.verify)


def test_a_witness_cosigns_neither_fork_nor_rollback(state: Path) -> None:
    cosign(witness(state), 0, 5)
    before = state.read_bytes()
    for size in range(8):
        for tree in (signing.TREE, OTHER):
            for old in range(size + 1):
                if (old, tree) != (5, signing.TREE):
                    assert refused(witness(state), old, size, tree) >= Status.MALFORMED
    assert state.read_bytes() == before


def test_what_was_remembered_but_not_answered_is_cosigned_again(state: Path) -> None:
    cosign(witness(state), 0, 5)
    assert refused(witness(state), 0, 5) == Status.OTHER_SIZE
    assert cosign(witness(state), 5, 5).checkpoint.size == 5
    assert refused(witness(state), 5, 5, OTHER) == Status.OTHER_SIZE


def test_others_signatures_are_kept_in_the_answer_and_not_remembered(state: Path) -> None:
    text = signing.CHECKPOINT.text()
    other = signing.signature(text, 8, "stranger")
    asked = WitnessRequest(old=0, path=(), checkpoint=signing.signed(text, other))
    found = witness(state).cosign(lambda _: asked)
    names = [line.name for line in read_note(found.note).signatures]
    assert names == [signing.ORIGIN, "stranger", name_of(9)]
    kept = [line.name for line in read_note(state.read_bytes()).signatures]
    assert kept == [signing.ORIGIN, name_of(9)]


def test_a_trial_remembers_nothing(state: Path) -> None:
    found = cosign_file(note(7), witness=witness(state), growth=never, dry_run=True)
    assert found.checkpoint.size == 7
    assert not state.exists()
    assert witness(state).remembered() is None


def test_a_witness_that_has_lost_its_memory_says_so(state: Path) -> None:
    cosign(witness(state), 0, 5)
    state.unlink()
    with pytest.raises(RegistryError, match="what the witness remembered is gone"):
        cosign(witness(state), 0, 3, OTHER)
    state.with_name("state.lock").unlink()
    assert cosign(witness(state), 0, 3).first


def test_memory_that_was_changed_is_not_believed(state: Path) -> None:
    cosign(witness(state), 0, 5)
    kept = state.read_bytes()
    forged = note(3)
    for data in (b"", kept[:-1], kept + kept, kept.replace(b"\n5\n", b"\n4\n"), forged):
        state.write_bytes(data)
        with pytest.raises(RegistryError, match="not what it wrote for this log and key"):
            cosign(witness(state), 3, 7)
        assert state.read_bytes() == data


def test_memory_is_of_one_witness_and_one_log(state: Path) -> None:
    cosign(witness(state), 0, 5)
    raw = signing.private_key(2).public_key().public_bytes_raw()
    same_name = write_verifier_key(VerifierKey(name=signing.ORIGIN, public_key=raw))
    another = write_verifier_key(VerifierKey(name="another", public_key=raw))
    for made in (
        witness(state, 10),
        witness(state, log_key=same_name),
        witness(state, log_key=another),
    ):
        with pytest.raises(RegistryError, match="not what it wrote for this log and key"):
            made.remembered()


def test_no_cosignature_is_older_than_the_last(state: Path) -> None:
    cosign(witness(state), 0, 5)
    before = state.read_bytes()
    early = witness(state, now=lambda: "2026-04-30T23:59:59Z")
    with pytest.raises(ClockError, match="the clock is behind"):
        cosign(early, 5, 7)
    assert state.read_bytes() == before
    assert cosign(witness(state), 5, 7).at == NOW


def test_a_witness_has_an_ed25519_key_and_a_name() -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(KeyFileError, match="with an Ed25519 key"):
        witness_key("w", spki)
    for name in ("", "a b", "a+b", "a\nb"):
        with pytest.raises(KeyFileError, match="is no name for a witness"):
            witness_key(name, Key(9).spki)


# Files.


def test_a_file_is_cosigned_as_it_grew(state: Path) -> None:
    made, growth = witness(state), signing.TREE.consistency
    for size in (0, 0, 2, 5, 5, 7):
        assert cosign_file(note(size), witness=made, growth=growth).checkpoint.size == size


def test_a_file_may_bring_its_own_proof(state: Path) -> None:
    made = witness(state)
    cosign_file(write_request(request(0, 3)), witness=made, growth=never)
    cosign_file(write_request(request(3, 7)), witness=made, growth=never)
    with pytest.raises(LedgerError, match="not cosigned") as caught:
        cosign_file(write_request(request(3, 7)), witness=made, growth=never)
    assert caught.value.faults[0].cause == "the size cosigned last is 7"


@pytest.mark.parametrize(
    ("data", "growth", "cause"),
    [
        (b"", never, "this is not a signed note"),
        (b"old 0\n", never, "this is no request"),
        (note(3), never, "the checkpoint is of 3 entries, fewer than the 5 before"),
        (note(5, OTHER), never, "the log has forked"),
        (note(7, OTHER), OTHER.consistency, "does not show that the log has grown from 5"),
        (note(7), OTHER.consistency, "does not show that the log has grown from 5"),
        (note(7), MerkleTree().consistency, "the tree holds 0 leaves, not 7"),
    ],
)
def test_a_file_that_did_not_grow_is_not_cosigned(
    data: bytes, growth: Callable[[int, int], Sequence[bytes]], cause: str, state: Path
) -> None:
    cosign(witness(state), 0, 5)
    before = state.read_bytes()
    with pytest.raises(LedgerError, match="not cosigned") as caught:
        cosign_file(data, witness=witness(state), growth=growth)
    assert cause in caught.value.faults[0].cause
    assert state.read_bytes() == before


# Races.


def grown_note(size: int) -> bytes:
    text = Checkpoint(origin=signing.ORIGIN, size=size, root=GROWN.root(size)).text()
    return signing.signed(text)


def run_ahead(state: Path, sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Have growing checkpoints cosigned; return (what was cosigned before, what was then)."""
    made = witness(state)
    done: list[tuple[int, int]] = []
    for size in sizes:
        seen: list[int] = []

        def ask(old: int, size: int = size, seen: list[int] = seen) -> WitnessRequest:
            seen.append(old)
            path = tuple(GROWN.consistency(old, size)) if 0 < old <= size else ()
            return WitnessRequest(old=old, path=path, checkpoint=grown_note(size))

        try:
            made.cosign(ask)
        except RefusedError:
            continue
        done.append((seen[0], size))
    return done


def assert_one_history(done: Sequence[tuple[int, int]], state: Path) -> None:
    steps = sorted({step for step in done if step[0] != step[1]})
    assert steps[0][0] == 0
    assert all(before == now for (_, before), (now, _) in pairwise(steps))
    last = witness(state).remembered()
    assert last is not None
    assert last.size == steps[-1][1] == len(GROWN)


def test_threads_that_race_make_one_history(state: Path) -> None:
    lanes = [range(lane + 1, len(GROWN) + 1, 4) for lane in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda lane: run_ahead(state, lane), lanes))
    assert_one_history([step for steps in found for step in steps], state)


@pytest.mark.slow
def test_processes_that_race_make_one_history(state: Path) -> None:
    lanes = [range(lane + 1, len(GROWN) + 1, 2) for lane in range(2)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(run_ahead, [(state, lane) for lane in lanes])
    assert_one_history([step for steps in found for step in steps], state)


# What is answered over HTTP.


def test_answers_are_those_of_c2sp(state: Path) -> None:
    said: list[str] = []

    def ask(asked: WitnessRequest | bytes) -> tuple[int, str, bytes]:
        body = asked if isinstance(asked, bytes) else write_request(asked)
        found = answer(body, witness=witness(state), notice=said.append)
        return found.status, found.media_type.partition(";")[0], found.body

    status, media_type, line = ask(request(0, 5))
    assert (status, media_type) == (200, "text/plain")
    assert line.startswith(f"— {name_of(9)} ".encode())
    assert line.count(b"\n") == 1
    size = "text/x.tlog.size"
    assert ask(request(0, 7)) == (409, size, b"5\n")
    assert ask(request(5, 5, OTHER)) == (409, size, b"5\n")
    assert ask(request(5, 7, OTHER))[0] == 422
    assert ask(dataclasses.replace(request(5, 7), old=9))[0] == 400
    assert ask(dataclasses.replace(request(5, 7), checkpoint=b"x"))[0] == 400
    assert ask(b"old")[0] == 400
    stranger = Checkpoint(origin="stranger", size=7, root=bytes(32)).text()
    signed = signing.signed(stranger, signing.signature(stranger, 1, "stranger"))
    assert ask(WitnessRequest(old=5, path=(), checkpoint=signed))[0] == 404
    spoiled = note(7).replace(b"\n7\n", b"\n8\n")
    assert ask(WitnessRequest(old=5, path=(), checkpoint=spoiled))[0] == 403
    assert ask(request(5, 7))[0] == 200
    assert said == []


def test_callers_are_not_told_what_ails_a_witness(state: Path) -> None:
    said: list[str] = []
    state.mkdir()
    found = answer(write_request(request(0, 5)), witness=witness(state), notice=said.append)
    assert (found.status, found.body) == (503, b"nothing can be cosigned just now\n")
    assert len(said) == 1
    assert str(state) in said[0]
