from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.identities import passphrase_fd
from tests.keyrings import MemoryKeyring, choose_keyring
from tests.terminal import at_terminal
from tests.usecases.workshop import clean_environ, command
from weighbridge.adapters.keys import KeyFolder
from weighbridge.cli.passphrase import VARIABLE

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
        monkeypatch.setenv(VARIABLE, str(reading))

    return hand_over


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> type[MemoryKeyring]:
    return choose_keyring(monkeypatch)


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
                "at": None,
            }
        ],
    }
    assert "correct horse" not in made.out + made.err + json.dumps(shown)


def test_nobody_to_ask_is_said_with_what_to_do(
    run: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    found = run("key", "new", "ada")
    assert found.code == 4
    assert "error[WB161]: there is nobody to ask for the passphrase" in found.err
    assert VARIABLE in found.err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("1000000", "could not be read from the descriptor 1000000"),
        ("999999999", "could not be read from the descriptor 999999999"),
        ("-1", "VARIABLE holds no number"),
        ("", "VARIABLE holds no number"),
        ("9" * 5000, "VARIABLE holds no number"),
        ("hunter2", "VARIABLE holds no number"),
    ],
)
def test_a_descriptor_that_is_none(
    run: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch, number: str, said: str
) -> None:
    monkeypatch.setenv(VARIABLE, number)
    found = run("key", "new", "ada")
    assert (found.code, folder.exists()) == (4, False)
    assert said.replace("VARIABLE", VARIABLE) in found.err
    assert "hunter2" not in found.err  # a passphrase in the wrong place is not repeated


def test_bytes_that_are_no_text_are_not_quoted(
    run: Bench, folder: Path, whisper: Callable[[bytes], None]
) -> None:
    whisper(b"secret\xff\n")
    found = run("key", "new", "ada")
    assert (found.code, folder.exists()) == (4, False)
    assert "is not UTF-8" in found.err
    assert "0xff" not in found.err


@pytest.mark.parametrize("secret", [b"", b"\n", b"\r\n", b"\nsecond\n"])
def test_a_descriptor_that_gives_nothing(
    run: Bench, folder: Path, whisper: Callable[[bytes], None], secret: bytes
) -> None:
    whisper(secret)
    found = run("key", "new", "ada")
    assert (found.code, folder.exists()) == (4, False)
    assert "gives no passphrase for ada" in found.err


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
    monkeypatch.delenv(VARIABLE)
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


def test_a_passphrase_is_kept_in_the_keyring(
    run: Bench, folder: Path, keyring: type[MemoryKeyring]
) -> None:
    with passphrase_fd("correct horse"):
        made = run("key", "new", "ada", "--keyring")
    assert made.code == 0
    digest = made.out.split()[0]
    assert keyring.held == {("weighbridge", digest): "correct horse"}
    assert (folder / "ada.key").exists()


def test_nothing_goes_to_the_keyring_unasked(
    run: Bench, folder: Path, keyring: type[MemoryKeyring]
) -> None:
    with passphrase_fd("correct horse"):
        assert run("key", "new", "ada").code == 0
    assert keyring.held == {}
    assert run("key", "new", "bob", "--keyring", "--dry-run").code == 0
    assert (keyring.held, (folder / "bob.key").exists()) == ({}, False)


def test_no_key_is_made_if_the_keyring_does_not_keep_its_passphrase(
    run: Bench, folder: Path, keyring: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "forgets", True)
    with passphrase_fd("correct horse"):
        found = run("key", "new", "ada", "--keyring")
    assert (found.code, found.out, folder.exists()) == (3, "", False)
    assert "error[WB150]: the system keyring did not keep the passphrase" in found.err


def test_a_missing_keyring_is_said_before_anything_is_asked(
    run: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    found = run("key", "new", "ada", "--keyring")
    assert (found.code, folder.exists()) == (3, False)
    assert 'pip install "weighbridge[keyring]"' in found.err


def test_a_new_passphrase_is_typed_twice_and_not_shown(tmp_path: Path) -> None:
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(tmp_path / "keys")}
    with at_terminal(command("key", "new", "ada"), folder=tmp_path, environ=environ) as terminal:
        terminal.wait_for("New passphrase for ada: ")
        terminal.answer("correct horse")
        terminal.wait_for("Repeat for confirmation: ")
        assert "correct horse" not in terminal.said
        terminal.answer("correct horse")
        code, out = terminal.end()
    public = KeyFolder(tmp_path / "keys").public("ada")
    assert (code, out) == (0, f"{public.spki_digest}  ada\n")
    assert "correct horse" not in terminal.said
    assert KeyFolder(tmp_path / "keys").locked("ada").unlock("correct horse").public == public


def test_a_prompt_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(tmp_path / "keys")}
    with at_terminal(command("key", "new", "ada"), folder=tmp_path, environ=environ) as terminal:
        terminal.wait_for("New passphrase for ada: ")
        terminal.interrupt()
        assert terminal.end() == (130, "")
    assert terminal.said.endswith("interrupted; nothing was half written\r\n")
    assert list(tmp_path.iterdir()) == []
