from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from keyring.errors import KeyringLocked

from tests.cli import act
from tests.house.tree import ROOT
from tests.identities import PASSPHRASE, make_key, passphrase_fd
from tests.keyrings import MemoryKeyring, choose_keyring
from tests.terminal import at_terminal
from tests.usecases.workshop import clean_environ
from weighbridge.cli.group import VERBS
from weighbridge.cli.passphrase import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.usecases.workshop import Bench

ACT = [sys.executable, "-m", "tests.cli.act", "act"]
LIST = """
import json, sys
from tests.cli import act
sys.modules["weighbridge.cli.act"] = act
act.VERBS["act"] = "Act as someone."
act.main(sys.argv[1:])
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def folder(run: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hold keys, where a verb may act with them; the system has no keyring."""
    del run  # it forgets what the machine says first
    monkeypatch.setitem(VERBS, "act", "Act as someone.")
    monkeypatch.setitem(sys.modules, "weighbridge.cli.act", act)
    monkeypatch.setenv("WEIGHBRIDGE_KEYS", str(tmp_path / "keys"))
    choose_keyring(monkeypatch, "keyring.backends.fail.Keyring")
    return tmp_path / "keys"


@pytest.fixture
def keyring(folder: Path, monkeypatch: pytest.MonkeyPatch) -> type[MemoryKeyring]:
    del folder  # the system has a keyring after all
    return choose_keyring(monkeypatch)


def test_the_only_key_needs_no_name(run: Bench, folder: Path) -> None:
    ada = make_key(folder, "ada")
    with passphrase_fd(PASSPHRASE):
        found = run("act")
    assert (found.code, found.out, found.err) == (0, f"{ada.spki_digest}\n", "")


def test_one_of_several_keys_must_be_named(run: Bench, folder: Path) -> None:
    make_key(folder, "ada")
    bob = make_key(folder, "bob", "p256")
    with passphrase_fd(PASSPHRASE):
        found = run("act")
        assert (found.code, found.out) == (2, "")
        assert "error[WB100]: there are several keys to act with" in found.err
        assert "ada, bob" in found.err
        assert run("act", "--key", "bob").out == f"{bob.spki_digest}\n"


def test_without_any_key_the_first_step_is_said(run: Bench, folder: Path) -> None:
    found = run("act")
    assert found.code == 2
    assert f"none in {folder}" in found.err
    assert "weighbridge key new NAME" in found.err


def test_several_keys_take_a_line_each_in_their_order(run: Bench, folder: Path) -> None:
    ada = make_key(folder, "ada", passphrase="of ada")  # noqa: S106
    bob = make_key(folder, "bob", "p384", passphrase="of bob")  # noqa: S106
    words = ("act", "--key", "bob", "--key", "ada")
    with passphrase_fd("of bob", "of ada", "of nobody"):
        assert run(*words).out == f"{bob.spki_digest}\n{ada.spki_digest}\n"
    with passphrase_fd("of ada", "of bob") as descriptor:
        found = run(*words)
    assert (found.code, found.out) == (4, "")
    assert "error[WB161]: that is not the passphrase of" in found.err
    assert f"it is line 1 of the descriptor {descriptor}" in found.err
    assert "of ada" not in found.err


@pytest.mark.parametrize("lines", [(PASSPHRASE,), (PASSPHRASE, ""), (PASSPHRASE, "\r")])
def test_a_key_without_a_line_is_named(run: Bench, folder: Path, lines: tuple[str, ...]) -> None:
    make_key(folder, "ada")
    make_key(folder, "bob")
    with passphrase_fd(*lines) as descriptor:
        found = run("act", "--key", "ada", "--key", "bob")
    assert (found.code, found.out) == (4, "")
    assert f"the descriptor {descriptor} gives no passphrase for bob" in found.err
    assert "one line a key, in this order: ada, bob" in found.err


def test_a_writer_that_stays_is_not_waited_for(folder: Path) -> None:
    ada = make_key(folder, "ada")
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(folder), VARIABLE: "0"}
    with subprocess.Popen(
        ACT, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(f"{PASSPHRASE}\n")
            child.stdin.flush()
            assert child.stdout.read() == f"{ada.spki_digest}\n"
            assert child.wait(timeout=30) == 0
        finally:
            child.kill()


def test_one_key_does_not_sign_twice(run: Bench, folder: Path) -> None:
    make_key(folder, "ada")
    for half in ("key", "pub"):
        shutil.copy(folder / f"ada.{half}", folder / f"bob.{half}")
    (folder / "bob.key").chmod(0o600)
    for other, said in (("ada", "is named twice"), ("bob", "is the same key as ada")):
        with passphrase_fd(PASSPHRASE, PASSPHRASE):
            found = run("act", "--key", "ada", "--key", other)
        assert (found.code, found.out) == (2, "")
        assert f"error[WB100]: the key {other} {said}" in found.err


def test_all_keys_are_looked_at_before_anything_is_asked(
    run: Bench, folder: Path, keyring: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_key(folder, "ada")
    make_key(folder, "bob")
    (folder / "bob.key").chmod(0o644)
    monkeypatch.setattr(keyring, "failure", AssertionError("it was asked"))
    found = run("act", "--key", "ada", "--key", "bob", "--key", "../ada", "-v")
    assert (found.code, found.out) == (2, "")
    assert f"{folder / 'bob.key'} may be read by others" in found.err
    assert "there is no key ../ada" in found.err
    assert "keys there are: ada, bob" in found.err
    assert "key new ../ada" not in found.err
    assert "keyring" not in found.err


def test_the_keyring_gives_what_it_keeps(
    run: Bench, folder: Path, keyring: type[MemoryKeyring]
) -> None:
    with passphrase_fd("from the keyring"):
        digest = run("key", "new", "ada", "--keyring").out.split()[0]
    assert run("act").out == f"{digest}\n"
    (folder / "ada.key").unlink()  # a key of the same name is another
    make_key(folder, "ada")
    assert run("act").code == 4
    assert len(keyring.held) == 1


def test_a_descriptor_comes_before_the_keyring(
    run: Bench, folder: Path, keyring: type[MemoryKeyring]
) -> None:
    digest = make_key(folder, "ada").spki_digest
    keyring.held["weighbridge", digest] = "an old one"
    with passphrase_fd(PASSPHRASE):
        assert run("act").out == f"{digest}\n"


def test_a_wrong_passphrase_in_the_keyring_can_be_mended(
    run: Bench, folder: Path, keyring: type[MemoryKeyring]
) -> None:
    digest = make_key(folder, "ada").spki_digest
    keyring.held["weighbridge", digest] = "an old one"
    found = run("act")
    assert (found.code, found.out) == (4, "")
    assert "it is what the system keyring keeps" in found.err
    assert f"keyring set weighbridge {digest}" in found.err
    assert f"keyring del weighbridge {digest}" in found.err
    assert "an old one" not in found.err


@pytest.mark.parametrize("flags", [(), ("-v",)])
def test_a_keyring_that_fails_is_passed_by(
    run: Bench,
    folder: Path,
    keyring: type[MemoryKeyring],
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
) -> None:
    make_key(folder, "ada")
    monkeypatch.setattr(keyring, "failure", KeyringLocked())
    found = run("act", *flags)
    assert found.code == 4
    assert "there is nobody to ask for the passphrase" in found.err
    hint = "no passphrase from the keyring: the system keyring failed (KeyringLocked)\n"
    assert (hint in found.err) is bool(flags)


def test_a_passphrase_is_asked_for_key_by_key(folder: Path) -> None:
    ada = make_key(folder, "ada", passphrase="of ada")  # noqa: S106
    bob = make_key(folder, "bob", passphrase="of bob")  # noqa: S106
    words = [*ACT, "--key", "ada", "--key", "bob"]
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(folder)}
    with at_terminal(words, folder=ROOT, environ=environ) as terminal:
        terminal.wait_for("Passphrase for ada: ")
        terminal.answer("of ada")
        terminal.wait_for("Passphrase for bob: ")
        terminal.answer("of bob")
        assert terminal.end() == (0, f"{ada.spki_digest}\n{bob.spki_digest}\n")
    assert "of bob" not in terminal.said


def test_a_wrong_passphrase_ends_the_asking(folder: Path) -> None:
    make_key(folder, "ada")
    make_key(folder, "bob")
    words = [*ACT, "--key", "ada", "--key", "bob"]
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(folder)}
    with at_terminal(words, folder=ROOT, environ=environ) as terminal:
        terminal.wait_for("Passphrase for ada: ")
        terminal.answer("of ada")
        assert terminal.end() == (4, "")
    assert "type it again" in terminal.said
    assert "Passphrase for bob" not in terminal.said


def test_an_interrupted_prompt_acts_for_nobody(folder: Path) -> None:
    make_key(folder, "ada")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(folder)}
    with at_terminal(ACT, folder=ROOT, environ=environ) as terminal:
        terminal.wait_for("Passphrase for ada: ")
        terminal.interrupt()
        assert terminal.end() == (130, "")
    assert terminal.said.endswith("interrupted; nothing was half written\r\n")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_public_key_is_a_file_or_a_key_of_yours(run: Bench, folder: Path) -> None:
    ada, bob = make_key(folder, "ada"), make_key(folder, "bob", "p256")
    (run.folder / "of bob.der").write_bytes(bob.spki_der)
    pem = str(folder / "ada.pub")
    shown = run("act", "ada", pem, "of bob.der").out.split()
    assert shown == [ada.spki_digest, ada.spki_digest, bob.spki_digest]
    shutil.copy(folder / "bob.pub", run.folder / "ada")  # a file comes before a key of yours
    assert run("act", "ada").out == f"{bob.spki_digest}\n"


def test_what_names_no_public_key(run: Bench, folder: Path) -> None:
    make_key(folder, "ada")
    (run.folder / "folder").mkdir()
    assert "cannot be read: file name too long" in run("act", "a" * 300).err
    for text in ("ann.pub", "folder", "", "a\0b"):
        found = run("act", text)
        assert (found.code, found.out) == (2, "")
        assert "names no public key" in found.err
        assert "keys of yours: ada" in found.err


def test_a_private_key_is_not_to_be_handed_around(run: Bench, folder: Path) -> None:
    make_key(folder, "ada")
    found = run("act", str(folder / "ada.key"))
    assert (found.code, found.out) == (2, "")
    assert "error[WB160]" in found.err
    assert "never hand a private key around" in found.err
    (run.folder / "junk").write_bytes(b"junk")
    assert "holds no usable key: this is not a public key" in run("act", "junk").err


def imported(folder: Path, words: Sequence[str], descriptor: int | None = None) -> set[str]:
    """List the modules a command imports."""
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(folder)}
    if descriptor is not None:
        environ[VARIABLE] = str(descriptor)
    done = subprocess.run(
        [sys.executable, "-c", LIST, *words],
        cwd=ROOT,
        env=environ,
        pass_fds=() if descriptor is None else (descriptor,),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_the_keyring_is_imported_for_a_passphrase_alone(folder: Path) -> None:
    make_key(folder, "ada")
    needless = [("key", "list"), ("key", "new", "bob", "--dry-run"), ("act", "ada")]
    assert all("keyring" not in imported(folder, words) for words in needless)
    for words in [("key", "new", "bob"), ("act", "--key", "ada")]:
        with passphrase_fd(PASSPHRASE) as descriptor:
            found = imported(folder, words, descriptor)
        assert found & {"weighbridge.cli.passphrase", "keyring"} == {"weighbridge.cli.passphrase"}
    assert "keyring" in imported(folder, ("act", "--key", "ada"))
