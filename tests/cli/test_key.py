from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.workshop import Bench


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WEIGHBRIDGE_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def whisper(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Hand a passphrase over by file descriptor."""

    def hand_over(secret: bytes) -> None:
        reading, writing = os.pipe()
        os.write(writing, secret)
        os.close(writing)
        monkeypatch.setenv("WEIGHBRIDGE_KEY_PASSPHRASE_FD", str(reading))

    return hand_over


def test_a_key_is_made_and_listed(
    run: Bench, folder: Path, whisper: Callable[[bytes], None]
) -> None:
    whisper(b"correct horse\nnot this line\n")
    made = run("key", "new", "ada")
    assert made.code == 0
    digest = made.out.split()[0]
    assert digest.startswith("sha256:")
    assert made.out == f"{digest}  ada\n"
    assert str(folder / "ada.pub") in made.err
    assert run("key", "list").out == f"{digest}  ed25519  ada\n"
    shown = run("key", "list", "--output-format", "json").json
    assert shown == {
        "schemaVersion": 1,
        "keys": [
            {
                "name": "ada",
                "algorithm": "ed25519",
                "keyDigest": digest,
                "publicKey": str(folder / "ada.pub"),
            }
        ],
    }
    assert "correct horse" not in made.out + made.err + json.dumps(shown)


def test_nobody_to_ask_is_said_with_what_to_do(
    run: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEIGHBRIDGE_KEY_PASSPHRASE_FD", raising=False)
    found = run("key", "new", "ada")
    assert found.code == 4
    assert "error[WB161]: there is nobody to ask for the passphrase" in found.err
    assert "WEIGHBRIDGE_KEY_PASSPHRASE_FD" in found.err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("number", "said"), [("x", "could not be read"), ("1000000", "could not be read")]
)
def test_a_descriptor_that_is_none(
    run: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch, number: str, said: str
) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_KEY_PASSPHRASE_FD", number)
    found = run("key", "new", "ada")
    assert (found.code, folder.exists()) == (4, False)
    assert said in found.err


def test_a_passphrase_has_an_end(run: Bench, whisper: Callable[[bytes], None]) -> None:
    whisper(b"x" * 5000)
    found = run("key", "new", "ada")
    assert found.code == 4
    assert "longer than 4096 bytes" in found.err


def test_a_taken_name_is_refused_before_anything_is_asked(
    run: Bench, folder: Path, whisper: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    whisper(b"secret\n")
    assert run("key", "new", "ada", "--algorithm", "p256").code == 0
    before = (folder / "ada.key").read_bytes()
    monkeypatch.delenv("WEIGHBRIDGE_KEY_PASSPHRASE_FD")
    found = run("key", "new", "ada")
    assert found.code == 2
    assert "error[WB160]: there is a key ada already" in found.err
    assert (folder / "ada.key").read_bytes() == before


def test_a_dry_run_makes_nothing(run: Bench, folder: Path) -> None:
    found = run("key", "new", "ada", "--dry-run")
    assert found.code == 0
    assert found.err == f"{folder / 'ada.pub'} would be made\n"
    assert not folder.exists()


def test_no_keys_yet(run: Bench, folder: Path) -> None:
    found = run("key", "list")
    assert (found.code, found.out) == (0, "")
    assert found.err == f"no keys in {folder}; make one: weighbridge key new NAME\n"
