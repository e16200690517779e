from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.identities import passphrase_fd
from tests.ledger import signing
from tests.usecases.cast import PASSPHRASES, RELEASE
from tests.usecases.workshop import clean_environ, command
from tests.witnesses import request, witness
from weighbridge.adapters.witness_client import ask_witness
from weighbridge.ledger.cosignature import read_witness_key
from weighbridge.ledger.note import read_note
from weighbridge.ledger.witnessing import read_request, write_request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

NAME = "witness.example/w"
BEING = ("--name", NAME, "--log-key=.weighbridge/log.pub", "--state=state")
KILLED = """\
import os, signal
from pathlib import Path
from tests.witnesses import request, witness
from weighbridge.adapters.witness_state import StateFile
keep = StateFile.keep
def killed(self, data):
    if {kept}:
        keep(self, data)
    os.kill(os.getpid(), signal.SIGKILL)
StateFile.keep = killed
print(witness(Path({path!r})).cosign(lambda old: request(old, 7)).note)
"""


@pytest.fixture
def log(cast: Cast) -> Cast:
    """Keep the checkpoint over four entries in a file."""
    cast.done("log", "show", "--checkpoint", "--output=checkpoint")
    return cast


def cosign(log: Cast, file: str = "checkpoint", *words: str) -> Ran:
    return log("log", "witness", file, *BEING, *words, by="carl")


def test_a_checkpoint_is_cosigned_and_remembered(log: Cast) -> None:
    found = cosign(log)
    assert found.code == 0
    assert "nothing is remembered yet: the first checkpoint is taken as it is\n" in found.err
    assert "cosigned 4 entries of example.com/log at 20" in found.err
    names = [line.name for line in read_note(found.out.encode()).signatures]
    assert names == ["example.com/log", NAME]
    assert (log.folder / "state").read_text() == found.out


def test_the_registry_proves_that_the_log_grew(log: Cast) -> None:
    assert cosign(log).code == 0
    log.done("sign", RELEASE, by="bea")
    log.done("log", "show", "--checkpoint", "--output=newer")
    newer = cosign(log, "newer")
    assert (newer.code, "cosigned 5 entries" in newer.err) == (0, True)
    before = (log.folder / "state").read_bytes()
    older = cosign(log)
    assert (older.code, older.out) == (1, "")
    assert "error[WB135]: the checkpoint is not cosigned\n" in older.err
    assert "cause: the checkpoint is of 4 entries, fewer than the 5 before\n" in older.err
    assert (log.folder / "state").read_bytes() == before


def test_a_request_brings_its_own_proof(log: Cast, tmp_path: Path) -> None:
    assert cosign(log).code == 0
    log.done("sign", RELEASE, by="bea")
    log.done("log", "show", "--checkpoint", "--since=4", "--output=request")
    assert read_request((log.folder / "request").read_bytes()).old == 4
    elsewhere = ("--registry", str(tmp_path / "nothing"))
    assert cosign(log, "request", *elsewhere).code == 0
    assert not (tmp_path / "nothing").exists()
    beyond = log("log", "show", "--checkpoint", "--since=9")
    assert (beyond.code, "the log has not so many entries" in beyond.err) == (2, True)


def test_another_history_is_not_cosigned(log: Cast) -> None:
    assert cosign(log).code == 0
    log.rewrite(3, time="2026-01-01T00:03:01Z")
    log.done("log", "show", "--checkpoint", "--output=forged")
    forged = cosign(log, "forged")
    assert (forged.code, "the log has forked" in forged.err) == (1, True)


def test_a_trial_cosigns_nothing(log: Cast) -> None:
    found = cosign(log, "checkpoint", "--dry-run")
    assert (found.code, found.out) == (0, "")
    assert "4 entries of example.com/log would be cosigned" in found.err
    assert not (log.folder / "state").exists()
    found = log("log", "witness", "--listen=127.0.0.1:0", *BEING, "--dry-run", by="carl")
    assert (found.code, "it would listen on http://127.0.0.1:" in found.err) == (0, True)


def test_the_key_of_a_witness_is_printed_for_policies(log: Cast) -> None:
    found = log("log", "witness", "--name", NAME, "--key=carl")
    assert found.code == 0
    assert read_witness_key(found.out.removesuffix("\n")).name == NAME


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("checkpoint",), "a witness needs a log's key, a state"),
        (("checkpoint", "--log-key=.weighbridge/log.pub"), "a witness needs"),
        (("checkpoint", "--listen=127.0.0.1:0", *BEING), "a witness needs"),
        (("none", *BEING), "none cannot be read"),
        (("checkpoint", *BEING, "--key=dora"), "a witness has one key"),
        (("--key=dora",), "a witness has one key"),
        (("--name=a b",), "'a b' is no name for a witness"),
        (("--listen=nowhere", *BEING), "nowhere is no address to listen on"),
        (("checkpoint", *BEING, "--log-key=other.pub"), "the witness of one log"),
    ],
)
def test_what_does_not_go_together_is_refused(words: tuple[str, ...], said: str, log: Cast) -> None:
    key = log.registry.log_key
    other = key.replace("example.com/log", "other")
    (log.folder / "other.pub").write_text(other.replace(key.split("+")[1], key_id(other)))
    found = log("log", "witness", "--name=w", *words, by="carl")
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert not (log.folder / "state").exists()


def key_id(key: str) -> str:
    from weighbridge.ledger.note import decode, typed_key_id  # noqa: PLC0415 - one test's own

    name, _, typed = key.split("+", 2)
    return typed_key_id(name, decode(typed)).hex()


def test_a_witness_signs_with_ed25519(log: Cast) -> None:
    found = log("log", "witness", "checkpoint", *BEING, by="bea")
    assert (found.code, "a witness signs with an Ed25519 key" in found.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--policy=policy",),
        ("--witness=a=http://127.0.0.1/",),
        ("--checkpoint", "--witness=a=http://127.0.0.1/"),
        ("--checkpoint", "--policy=policy", "--since=1"),
        ("--checkpoint", "--policy=policy", "--witness=a=http://127.0.0.1/"),
        ("--checkpoint", "--policy=none"),
        ("--checkpoint", "--policy=checkpoint"),
    ],
)
def test_what_cannot_be_asked_of_witnesses(words: tuple[str, ...], log: Cast) -> None:
    (log.folder / "policy").write_text("quorum none\n")
    found = log("log", "show", *words)
    assert (found.code, found.out) == (2, "")


def test_a_quorum_of_nobody_needs_no_witness(log: Cast) -> None:
    (log.folder / "policy").write_text("quorum none\n")
    shown = log.done("--offline", "log", "show", "--checkpoint", "--policy=policy")
    assert shown.out == (log.folder / "checkpoint").read_text()
    log.done("log", "verify", "--policy=policy")


# In processes of their own.


@pytest.mark.slow
@pytest.mark.parametrize("kept", [False, True])
def test_a_witness_killed_before_it_answers_makes_no_second_history(
    tmp_path: Path, *, kept: bool
) -> None:
    state = tmp_path / "state"
    witness(state).cosign(lambda _: request(0, 3))
    program = KILLED.format(kept=kept, path=str(state))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")
    last = witness(state).remembered()
    assert last is not None
    assert last.size == (7 if kept else 3)
    assert witness(state).cosign(lambda old: request(old, 7)).checkpoint == signing.CHECKPOINT


@pytest.mark.slow
def test_a_witness_listens_until_it_is_ended(log: Cast) -> None:
    words = command("log", "witness", "--listen=127.0.0.1:0", *BEING, "--key=carl")
    with passphrase_fd(PASSPHRASES["carl"]) as descriptor:
        process = subprocess.Popen(
            words,
            cwd=log.folder,
            env=clean_environ()
            | {"WEIGHBRIDGE_KEYS": str(log.keys), "WEIGHBRIDGE_KEY_PASSPHRASE_FD": str(descriptor)},
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    assert process.stdout is not None
    with process, process.stdout as said:
        try:
            url = said.readline().strip()
            asked = (log.folder / "checkpoint").read_bytes()
            reply = ask_witness(url, b"old 0\n\n" + asked)
            assert (reply.status, reply.body.decode().split(" ")[1]) == (200, NAME)
            again = ask_witness(url, write_request(request(0, 7)))
            assert again.status == 404
        finally:
            os.kill(process.pid, signal.SIGINT)
    assert process.returncode == 130
