from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE
from weighbridge.model.errors import LedgerError
from weighbridge.usecases.prove import verify_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran


@pytest.fixture
def log(cast: Cast) -> Cast:
    """Let bea sign: the log has five entries then."""
    cast.done("sign", RELEASE, by="bea")
    return cast


def test_entries_are_shown_a_line_each(log: Cast) -> None:
    lines = log.done("log", "show").out.splitlines()
    assert [line[:49].rstrip() for line in lines] == [
        "    0  2026-01-01T00:00:00Z  registry.initialised",
        "    1  2026-01-01T00:01:00Z  release.sealed",
        "    2  2026-01-01T00:02:00Z  control.applied",
        "    3  2026-01-01T00:03:00Z  control.applied",
        "    4  2026-02-01T00:00:00Z  evidence.added",
    ]


def test_entries_are_shown_from_one_on(log: Cast) -> None:
    assert len(log.done("log", "show", "--since=3").out.splitlines()) == 2
    assert log.done("log", "show", "--since=5").out == ""
    found = log.done("log", "show", "--since=4", "--output-format=json").json
    assert found.keys() == {"schemaVersion", "entries"}
    (entry,) = found["entries"]
    assert entry.keys() == {"index", "time", "kind", "control", "body"}
    assert (entry["index"], entry["control"]) == (4, 3)


def test_the_checkpoint_is_the_signed_note(log: Cast) -> None:
    origin, size, root, blank, signature = log.done("log", "show", "--checkpoint").out.splitlines()
    assert (origin, size, blank) == ("example.com/log", "5", "")
    assert len(root) == 44
    assert signature.startswith("— example.com/log ")


def test_an_entry_that_was_changed_is_not_shown(log: Cast) -> None:
    log.execute("UPDATE entry SET body = CAST(replace(body, 'bea', 'eve') AS BLOB) WHERE idx = 4")
    found = log("log", "show")
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]: entry 4 is not what was logged" in found.err
    assert "help:  weighbridge log verify --deep" in found.err


def test_an_intact_log(log: Cast) -> None:
    found = log.done("log", "verify")
    assert found.out.startswith("intact: 5 entries of example.com/log, root ")
    shown = log.done("log", "verify", "--deep", "--output-format=json").json
    assert shown == {
        "schemaVersion": 1,
        "ok": True,
        "deep": True,
        "log": {"origin": "example.com/log", "size": 5, "root": found.out.split()[-1]},
        "cosigners": [],
        "problems": [],
    }


# Proofs, checked elsewhere.


def prove(log: Cast, index: int, elsewhere: Path) -> Path:
    elsewhere.mkdir()
    shutil.copy(log.store / "log.pub", elsewhere)
    log.done("log", "prove", str(index), f"--output={elsewhere / 'entry.proof'}")
    return elsewhere / "entry.proof"


def check(log: Cast, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Ran:
    monkeypatch.chdir(elsewhere)
    return log("log", "verify", "entry.proof", *words)


@pytest.mark.parametrize("index", range(5))
def test_a_proof_is_checked_elsewhere_with_the_log_key_alone(
    index: int, log: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = log.entries()[index]
    prove(log, index, tmp_path / "elsewhere")
    found = check(log, tmp_path / "elsewhere", monkeypatch, "--log-key=log.pub")
    assert (found.code, found.err) == (0, "proven: it stands in example.com/log\n")
    assert found.out.startswith(f"    {index}  {entry['time']}  {entry['kind']}")
    shown = check(
        log, tmp_path / "elsewhere", monkeypatch, "--log-key=log.pub", "--output-format=json"
    )
    assert shown.json == {
        "schemaVersion": 1,
        "ok": True,
        "log": {"origin": "example.com/log", "size": 5},
        "cosigners": [],
        "entry": entry,
    }
    assert {path.name for path in (tmp_path / "elsewhere").iterdir()} == {"entry.proof", "log.pub"}


def test_a_proof_is_checked_beside_the_registry_without_naming_a_key(log: Cast) -> None:
    log.done("log", "prove", "4", "--output=entry.proof")
    log.done("log", "verify", "entry.proof")


def test_a_proof_with_any_byte_changed_is_refused(log: Cast) -> None:
    proof = log.done("log", "prove", "4").out.encode()
    key = log.registry.log_key
    assert verify_entry(proof, log_key=key).index == 4
    for place in range(len(proof)):
        for flip in (1, 0x20, 0x80):
            changed = bytearray(proof)
            changed[place] ^= flip
            with pytest.raises(LedgerError, match="the proof does not hold"):
                verify_entry(bytes(changed), log_key=key)
    for size in range(len(proof)):
        with pytest.raises(LedgerError):
            verify_entry(proof[:size], log_key=key)
    with pytest.raises(LedgerError):
        verify_entry(proof + b"\n", log_key=key)


def test_a_changed_proof_in_words(
    log: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = prove(log, 4, tmp_path / "elsewhere")
    proof.write_text(proof.read_text().replace("index 4", "index 3"))
    found = check(log, tmp_path / "elsewhere", monkeypatch, "--log-key=log.pub")
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]: the proof does not hold" in found.err
    assert "weighbridge log prove INDEX" in found.err


def test_without_a_key_a_proof_proves_nothing(
    log: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(log, 4, tmp_path / "elsewhere")
    found = check(log, tmp_path / "elsewhere", monkeypatch)
    assert (found.code, found.out) == (2, "")
    assert "a proof is checked with the log's public key: --log-key FILE" in found.err


def test_a_proof_of_another_log_is_refused(
    log: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(log, 4, tmp_path / "elsewhere")
    log.done("registry", "init", "--owner=dora=dora", f"--registry={tmp_path / 'other'}")
    found = check(
        log, tmp_path / "elsewhere", monkeypatch, f"--log-key={tmp_path / 'other/log.pub'}"
    )
    assert (found.code, found.out) == (1, "")


def test_there_is_no_proof_of_what_is_not_there(log: Cast) -> None:
    found = log("log", "prove", "5")
    assert (found.code, found.out) == (2, "")
    assert "error[WB130]: there is no such entry" in found.err
    assert "wanted  0 to 4" in found.err


def test_there_is_no_proof_of_what_was_changed(log: Cast) -> None:
    log.execute("UPDATE entry SET body = CAST(replace(body, 'bea', 'eve') AS BLOB) WHERE idx = 4")
    found = log("log", "prove", "4")
    assert (found.code, found.out) == (1, "")


# Checkpoints, kept elsewhere.


@pytest.fixture
def kept(log: Cast, tmp_path: Path) -> Path:
    """Keep the log's key, its checkpoint and the registry as they are at five entries."""
    folder = tmp_path / "kept"
    shutil.copytree(log.store, folder / "registry")
    shutil.copy(log.store / "log.pub", folder)
    log.done("log", "show", "--checkpoint", f"--output={folder / 'checkpoint'}")
    return folder


def test_a_log_that_has_grown(log: Cast, kept: Path) -> None:
    log.done("log", "verify", f"--since={kept / 'checkpoint'}")
    log.trust("mia", "sre")
    log.done("log", "verify", f"--since={kept / 'checkpoint'}", f"--log-key={kept / 'log.pub'}")


def test_a_log_that_was_rolled_back(log: Cast, kept: Path) -> None:
    log.trust("mia", "sre")
    log.done("log", "show", "--checkpoint", f"--output={kept / 'later'}")
    shutil.rmtree(log.store)
    shutil.copytree(kept / "registry", log.store)
    log.done("log", "verify", "--deep")  # by itself it is whole
    found = log("log", "verify", f"--since={kept / 'later'}", "--output-format=json")
    (problem,) = found.json["problems"]
    assert (found.code, problem["message"]) == (1, "entries are gone since that checkpoint")
    assert (problem["seen"], problem["wanted"]) == ("5 entries", "6 or more")


def test_a_log_that_was_rolled_back_and_went_on(log: Cast, kept: Path) -> None:
    log.trust("mia", "sre")
    log.done("log", "show", "--checkpoint", f"--output={kept / 'later'}")
    shutil.rmtree(log.store)
    shutil.copytree(kept / "registry", log.store)
    log.trust("max", "sre")
    log.trust("mia", "ml-lead")
    found = log("log", "verify", f"--since={kept / 'later'}", "--output-format=json")
    (problem,) = found.json["problems"]
    assert (found.code, problem["message"]) == (
        1,
        "entries before that checkpoint were rewritten",
    )


def test_a_log_that_was_cut(log: Cast, kept: Path) -> None:
    log.execute("DELETE FROM entry WHERE idx = 4")
    for words in ((), (f"--since={kept / 'checkpoint'}",), ("--deep",)):
        found = log("log", "verify", *words)
        assert (found.code, found.out) == (1, "")
        assert "error[WB135]: entries are missing" in found.err


def test_a_log_that_was_rewritten_under_another_key(log: Cast, kept: Path) -> None:
    shutil.rmtree(log.store)
    log.done("seal")
    log.begin("ann", "ben", threshold=2)
    log.done("log", "verify", "--deep")  # by itself it is whole
    found = log("log", "verify", f"--log-key={kept / 'log.pub'}")
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]: the checkpoint does not prove the ledger" in found.err


def test_a_log_that_was_rewritten_under_its_own_key(log: Cast, kept: Path) -> None:
    (log.store / "registry.db").unlink()
    log.begin("dora", threshold=1)
    for person in ("bea", "carl", "mia", "max"):
        log.trust(person, "builder", by="dora")
    log.done("log", "verify", f"--log-key={kept / 'log.pub'}")
    found = log("log", "verify", f"--since={kept / 'checkpoint'}", f"--log-key={kept / 'log.pub'}")
    assert found.code == 1
    assert "entries before that checkpoint were rewritten" in found.out


@pytest.mark.parametrize("content", [b"", b"none", b"\xff\x00", b"example.com/log\n0\n\n"])
def test_what_is_no_checkpoint_proves_nothing(content: bytes, log: Cast, kept: Path) -> None:
    (kept / "checkpoint").write_bytes(content)
    found = log("log", "verify", f"--since={kept / 'checkpoint'}", "--output-format=json")
    assert (found.code, found.json["ok"]) == (1, False)
    (problem,) = found.json["problems"]
    assert problem["subject"] == "the checkpoint given"
    assert ["log show --checkpoint" in step for step in problem["remediation"]] == [True]


def test_a_checkpoint_that_is_not_there(log: Cast) -> None:
    found = log("log", "verify", "--since=none")
    assert (found.code, found.out) == (2, "")
