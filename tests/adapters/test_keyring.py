from __future__ import annotations

import sys

import pytest
from keyring.errors import InitError, KeyringLocked

from tests.keyrings import BACKEND, MemoryKeyring, choose_keyring
from weighbridge.adapters.keyring import SystemKeyring
from weighbridge.model.errors import UnavailableError

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch) -> type[MemoryKeyring]:
    return choose_keyring(monkeypatch)


def test_what_is_kept_is_found_under_the_digest_of_the_key(chosen: type[MemoryKeyring]) -> None:
    keyring = SystemKeyring()
    assert keyring.find(DIGEST) is None
    keyring.keep(DIGEST, "correct horse")
    assert keyring.find(DIGEST) == "correct horse"
    assert chosen.held == {("weighbridge", DIGEST): "correct horse"}


@pytest.mark.parametrize(
    "failure",
    [
        KeyringLocked("locked"),
        InitError("no collection"),
        OSError(111, "refused"),
        Exception("D-Bus says no"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_keyring_that_fails_finds_nothing_and_keeps_nothing(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryKeyring, "failure", failure)
    said: list[str] = []
    assert SystemKeyring(notice=said.append).find(DIGEST) is None
    name = type(failure).__name__
    assert said == [f"no passphrase from the keyring: the system keyring failed ({name})"]
    assert SystemKeyring().find(DIGEST) is None
    with pytest.raises(UnavailableError, match="failed") as caught:
        SystemKeyring().keep(DIGEST, "correct horse")
    assert caught.value.faults[0].cause == name


def test_no_error_quotes_the_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryKeyring, "failure", ValueError("cannot store 'correct horse'"))
    with pytest.raises(UnavailableError) as caught:
        SystemKeyring().keep(DIGEST, "correct horse")
    assert "correct horse" not in repr(caught.value.faults)


def test_a_keyring_that_forgets_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryKeyring, "forgets", True)
    with pytest.raises(UnavailableError, match="did not keep") as caught:
        SystemKeyring().keep(DIGEST, "correct horse")
    assert caught.value.faults[0].cause == BACKEND


@pytest.mark.parametrize("name", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"])
def test_a_system_without_a_keyring(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    choose_keyring(monkeypatch, name)
    said: list[str] = []
    assert SystemKeyring(notice=said.append).find(DIGEST) is None
    assert said == [f"no passphrase from the keyring: there is no system keyring in use ({name})"]
    for refused in (SystemKeyring().require, lambda: SystemKeyring().keep(DIGEST, "x")):
        with pytest.raises(UnavailableError, match="no system keyring") as caught:
            refused()
        assert "keyring --list-backends" in caught.value.faults[0].help[0]


@pytest.mark.parametrize("name", ["no.such.module", "keyring.backends.fail.Nothing", "", "os.path"])
def test_a_backend_that_cannot_be_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    choose_keyring(monkeypatch, name)
    assert SystemKeyring().find(DIGEST) is None
    with pytest.raises(UnavailableError, match="the system keyring failed"):
        SystemKeyring().require()


def test_without_the_extra_the_help_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    said: list[str] = []
    assert SystemKeyring(notice=said.append).find(DIGEST) is None
    assert "keyring is not installed" in said[0]
    for refused in (SystemKeyring().require, lambda: SystemKeyring().keep(DIGEST, "x")):
        with pytest.raises(UnavailableError, match="cannot be asked") as caught:
            refused()
        assert caught.value.faults[0].help == ('pip install "weighbridge[keyring]"',)
