"""Acting with keys that lie elsewhere, by the command line: on a token, and with key services."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.adapters.elsewhere.services import Kms, Service, serving
from tests.cli import act
from tests.house.tree import ROOT
from tests.identities import PASSPHRASE, make_key, passphrase_fd
from tests.keyrings import MemoryKeyring, choose_keyring
from tests.seal.oms.papers import KEY, P384, spki
from tests.terminal import at_terminal
from tests.tokens import PIN, softhsm, using
from tests.usecases.workshop import clean_environ
from weighbridge.adapters.keys import KeyFolder
from weighbridge.cli.group import VERBS
from weighbridge.seal.keys import read_public_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tokens import Token
    from tests.usecases.workshop import Bench

UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"
AWS = f"awskms:{UUID}"


@pytest.fixture
def folder(run: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hold keys, where a verb may act with them; the system has no keyring, nor credentials."""
    del run  # it forgets what the machine says first
    monkeypatch.setitem(VERBS, "act", "Act as someone.")
    monkeypatch.setitem(sys.modules, "weighbridge.cli.act", act)
    monkeypatch.setenv("WEIGHBRIDGE_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    choose_keyring(monkeypatch, "keyring.backends.fail.Keyring")
    return tmp_path / "keys"


@pytest.fixture
def keyring(folder: Path, monkeypatch: pytest.MonkeyPatch) -> type[MemoryKeyring]:
    del folder  # the system has a keyring after all
    return choose_keyring(monkeypatch)


@pytest.fixture
def credentials(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hold what systemd hands over."""
    del folder  # there are credentials after all
    (tmp_path / "credentials").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    return tmp_path / "credentials"


@pytest.fixture(scope="module")
def token() -> Iterator[Token]:
    with using(softhsm()) as found:
        yield found


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with serving(Kms({})) as service:
        yield service


@pytest.fixture
def kms(running: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    running.keys = {UUID: KEY}
    running.asked.clear()
    for name, value in running.environ.items():
        monkeypatch.setenv(name, value)
    return running


def give(credentials: Path, name: str, secret: str) -> Path:
    path = credentials / f"weighbridge-key-{name}"
    path.write_text(secret)
    path.chmod(0o400)
    return path


def refer(run: Bench, name: str, uri: str) -> str:
    """Refer to a key on the token, and return its digest."""
    with passphrase_fd(PIN):
        made = run("key", "new", name, "--at", uri)
    assert made.code == 0, made.err
    assert PIN not in made.out + made.err
    digest: str = made.out.split()[0]
    return digest


def test_a_key_on_a_token_is_referred_to_and_acts(run: Bench, folder: Path, token: Token) -> None:
    digest = refer(run, "tess", token.uri("key-0"))
    assert digest == read_public_key(spki(KEY)).spki_digest
    assert sorted(path.name for path in folder.iterdir()) == ["tess.pub", "tess.uri"]
    with passphrase_fd(PIN):
        assert run("act").out == f"{digest}\n"
    assert run("key", "list").out == f"{digest}  p256     tess  {token.uri('key-0')}\n"
    (shown,) = run("key", "list", "--output-format=json").json["keys"]
    assert (shown["at"], shown["keyDigest"]) == (token.uri("key-0"), digest)
    assert run("act", "tess").out == f"{digest}\n"


def test_keys_here_and_elsewhere_act_together(
    run: Bench, folder: Path, token: Token, kms: Service
) -> None:
    kms.keys = {UUID: ec.generate_private_key(ec.SECP256R1())}
    digests = [
        make_key(folder, "ada").spki_digest,
        refer(run, "tess", token.uri("key-0")),
        refer(run, "ted", token.uri("key-1")),
        refer(run, "edna", token.uri("key-ed")),
        run("key", "new", "kim", "--at", AWS).out.split()[0],
    ]
    words = [f"--key={name}" for name in ("ada", "kim", "tess", "ted", "edna")]
    with passphrase_fd(PASSPHRASE, PIN, PIN, PIN):  # none for a service
        acted = run("act", *words)
    assert (acted.code, acted.err) == (0, "")
    assert acted.out.split() == [digests[0], digests[4], *digests[1:4]]


@pytest.mark.parametrize("how", ["file", "credential", "keyring"])
def test_a_pin_comes_from_where_passphrases_do(
    run: Bench, token: Token, credentials: Path, keyring: type[MemoryKeyring], how: str
) -> None:
    pin = give(credentials, "of-the-uri", PIN)
    uri = token.uri("key-0", f"&pin-source=file:{pin}" if how == "file" else "")
    digest = refer(run, "tess", uri)
    if how == "credential":
        give(credentials, "tess", PIN)
    elif how == "keyring":
        keyring.held["weighbridge", digest] = PIN
    assert run("act").out == f"{digest}\n"


def test_a_pin_is_typed_where_somebody_sits(folder: Path, run: Bench, token: Token) -> None:
    digest = refer(run, "tess", token.uri("key-0"))
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(folder)}
    words = [sys.executable, "-m", "tests.cli.act", "act"]
    with at_terminal(words, folder=ROOT, environ=environ) as terminal:
        terminal.wait_for("PIN for tess: ")
        terminal.answer(PIN)
        assert terminal.end() == (0, f"{digest}\n")
    assert PIN not in terminal.said


def test_a_pin_is_kept_in_the_keyring(
    run: Bench, keyring: type[MemoryKeyring], token: Token
) -> None:
    with passphrase_fd(PIN):
        made = run("key", "new", "tess", "--keyring", "--at", token.uri("key-0"))
    digest = made.out.split()[0]
    assert keyring.held == {("weighbridge", digest): PIN}
    assert run("act").out == f"{digest}\n"


def test_a_wrong_pin_is_named_with_where_it_came_from(
    run: Bench, folder: Path, token: Token, credentials: Path
) -> None:
    refer(run, "tess", token.uri("key-0"))
    give(credentials, "tess", "9999")
    found = run("act")
    assert (found.code, found.out) == (4, "")
    assert "error[WB161]: that is not the PIN of the token" in found.err
    assert "it is the credential weighbridge-key-tess" in found.err
    assert "some tokens lock after a few wrong ones" in found.err
    assert "9999" not in found.err
    with passphrase_fd("9999"):
        refused = run("key", "new", "ted", "--at", token.uri("key-1"))
    assert (refused.code, (folder / "ted.uri").exists()) == (4, False)


def test_a_key_that_is_gone_or_another_is_said(run: Bench, folder: Path, token: Token) -> None:
    token.generate("passing")
    refer(run, "tess", token.uri("passing"))
    token.destroy("passing")
    with passphrase_fd(PIN):
        found = run("act")
    assert (found.code, found.out) == (2, "")
    assert "the token holds 0 private keys of this name" in found.err
    (folder / "tess.uri").write_text(f"{token.uri('key-1')}\n")
    with passphrase_fd(PIN):
        found = run("act")
    assert (found.code, found.out) == (4, "")
    assert "error[WB162]: another key lies elsewhere" in found.err


def test_one_key_under_two_names_does_not_sign_twice(
    run: Bench, folder: Path, token: Token, kms: Service
) -> None:
    refer(run, "tess", token.uri("key-0"))
    assert run("key", "new", "kim", "--at", AWS).code == 0  # the same key, imported there
    kms.asked.clear()
    found = run("act", "--key=tess", "--key=kim")
    assert (found.code, found.out) == (2, "")
    assert "the key kim is the same key as tess" in found.err
    assert (kms.asked, folder.exists()) == ([], True)


def test_offline_contacts_no_service(run: Bench, folder: Path, token: Token, kms: Service) -> None:
    digest = refer(run, "tess", token.uri("key-1"))
    assert run("key", "new", "kim", "--at", AWS).code == 0
    kms.asked.clear()
    for words in (("act", "--key=tess", "--key=kim"), ("key", "new", "kit", "--at", AWS)):
        found = run("--offline", *words)
        assert (found.code, found.out) == (3, "")
        assert "over a network, and --offline is given" in found.err
    assert kms.asked == []
    with passphrase_fd(PIN):
        assert run("--offline", "act", "--key=tess").out == f"{digest}\n"
    assert digest == read_public_key(spki(P384)).spki_digest
    assert sorted(KeyFolder(folder).names()) == ["kim", "tess"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", f"{AWS}?token=hunter2"), "--at cannot be used: it is not of a form"),
        (("--at", "pkcs11:object=k?pin-value=hunter2"), "--at cannot be used: it holds the PIN"),
        (("--at", AWS, "--algorithm=ed25519"), "--algorithm does not go with --at"),
        (("--at", AWS, "--keyring"), "--keyring does not go with this URI"),
    ],
)
def test_what_does_not_go_together(
    run: Bench, folder: Path, kms: Service, words: tuple[str, ...], said: str
) -> None:
    found = run("key", "new", "kim", *words)
    assert (found.code, found.out, folder.exists()) == (2, "", False)
    assert said in found.err
    assert "hunter2" not in found.err
    assert kms.asked == []


def test_a_dry_run_asks_nobody(run: Bench, folder: Path, kms: Service) -> None:
    found = run("key", "new", "kim", "--at", AWS, "--dry-run")
    assert (found.code, folder.exists(), kms.asked) == (0, False, [])
    assert f"{folder / 'kim.pub'} would be made" in found.err


def test_a_key_elsewhere_that_signs_wrongly_is_not_kept(
    run: Bench, folder: Path, kms: Service
) -> None:
    kms.swapped = True
    try:
        found = run("key", "new", "kim", "--at", AWS)
    finally:
        kms.swapped = False
    assert (found.code, found.out, folder.exists()) == (4, "", False)
    assert "error[WB162]: what was signed elsewhere is no signature of the key" in found.err


def test_a_passphrase_is_handed_over_by_systemd(
    run: Bench, folder: Path, credentials: Path, keyring: type[MemoryKeyring]
) -> None:
    give(credentials, "ada", PASSPHRASE)
    digest = run("key", "new", "ada").out.split()[0]
    keyring.held["weighbridge", digest] = "an old one"  # credentials come first
    assert run("act").out == f"{digest}\n"
    give(credentials, "ada", "another").chmod(0o404)
    found = run("act")
    assert (found.code, found.out) == (4, "")
    assert "may be read by everybody" in found.err
    assert folder.exists()


def test_a_descriptor_comes_before_credentials(run: Bench, folder: Path, credentials: Path) -> None:
    digest = make_key(folder, "ada").spki_digest
    give(credentials, "ada", "an old one")
    with passphrase_fd(PASSPHRASE):
        assert run("act").out == f"{digest}\n"
    found = run("act")
    assert (found.code, found.out) == (4, "")
    assert "systemd-creds encrypt --name=weighbridge-key-ada" in found.err


def test_a_credential_that_is_a_link_is_not_followed(
    run: Bench, folder: Path, credentials: Path
) -> None:
    make_key(folder, "ada")
    give(credentials, "bob", PASSPHRASE)
    (credentials / "weighbridge-key-ada").symlink_to(credentials / "weighbridge-key-bob")
    found = run("act")
    assert (found.code, found.out) == (4, "")
    assert "cannot be read: too many levels of symbolic links" in found.err


def test_what_sdks_log_is_not_printed(run: Bench, folder: Path, kms: Service) -> None:
    assert run("key", "new", "kim", "--at", AWS).code == 0
    kms.refusal = (400, "AccessDeniedException")
    environ = {**clean_environ(), "WEIGHBRIDGE_KEYS": str(folder)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.act", "act"],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        kms.refusal = None
    assert done.returncode == 4
    assert done.stderr.startswith("error[WB152]: AWS KMS does not let you\n"), done.stderr
