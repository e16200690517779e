from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, get_args

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.errors import KeyFileError, PassphraseError
from weighbridge.seal.keys import Algorithm, verify_signature

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "correct horse"  # noqa: S105 - of keys that live for one test
MESSAGE = b"weighed and found sound"


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "config/weighbridge/keys")


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_a_key_that_was_made_signs(keys: KeyFolder, algorithm: Algorithm) -> None:
    public = keys.create("ada", algorithm, SECRET)
    signer = keys.unlock("ada", SECRET)
    assert signer.public == keys.public("ada") == public
    assert verify_signature(public, MESSAGE, signer.sign(MESSAGE))
    assert not verify_signature(public, MESSAGE + b"!", signer.sign(MESSAGE))
    assert keys.names() == ["ada"]


def test_keys_are_for_their_owner_alone(keys: KeyFolder) -> None:
    old = os.umask(0)
    try:
        keys.create("ada", "ed25519", SECRET)
    finally:
        os.umask(old)
    assert stat.S_IMODE(keys.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((keys.root / "ada.key").stat().st_mode) == 0o600
    pem = (keys.root / "ada.key").read_bytes()
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert sorted(path.name for path in keys.root.iterdir()) == ["ada.key", "ada.pub"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700 | 0o001])
def test_a_key_others_may_read_is_refused(keys: KeyFolder, mode: int) -> None:
    keys.create("ada", "ed25519", SECRET)
    (keys.root / "ada.key").chmod(mode)
    with pytest.raises(KeyFileError, match="may be read by others") as caught:
        keys.unlock("ada", SECRET)
    assert caught.value.faults[0].seen == f"mode {mode:04o}"


def test_a_wrong_passphrase_is_named(keys: KeyFolder) -> None:
    keys.create("ada", "p256", SECRET)
    for wrong in ("", "Correct horse", SECRET + " "):
        with pytest.raises(PassphraseError, match="not the passphrase"):
            keys.unlock("ada", wrong)


def test_an_empty_passphrase_locks_nothing(keys: KeyFolder) -> None:
    with pytest.raises(PassphraseError, match="empty"):
        keys.create("ada", "ed25519", "")
    assert keys.names() == []


def test_a_name_is_given_once(keys: KeyFolder) -> None:
    first = keys.create("ada", "ed25519", SECRET)
    with pytest.raises(KeyFileError, match="there is a key ada already"):
        keys.create("ada", "ed25519", SECRET)
    assert keys.public("ada") == first


def test_of_two_makers_of_one_name_the_second_replaces_nothing(
    keys: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keys.create("ada", "ed25519", SECRET)
    monkeypatch.setattr(keys, "check_free", lambda _name: None)
    with pytest.raises(KeyFileError, match="already"):
        keys.create("ada", "ed25519", "another")
    assert keys.unlock("ada", SECRET).public == keys.public("ada") == first
    assert sorted(path.name for path in keys.root.iterdir()) == ["ada.key", "ada.pub"]


@pytest.mark.parametrize("name", ["", "../ada", "Ada", "a/b", ".ada", "a" * 65, "ada\n"])
def test_names_that_are_no_names(keys: KeyFolder, name: str) -> None:
    with pytest.raises(KeyFileError, match="is no name"):
        keys.create(name, "ed25519", SECRET)
    assert not keys.root.exists()


def test_a_key_that_is_not_there(keys: KeyFolder) -> None:
    assert keys.names() == []
    for ask in (lambda: keys.public("ada"), lambda: keys.unlock("ada", SECRET)):
        with pytest.raises(KeyFileError, match="there is no key ada") as caught:
            ask()
        assert "weighbridge key new ada" in caught.value.faults[0].help


def test_files_that_hold_no_key(keys: KeyFolder) -> None:
    keys.create("ada", "ed25519", SECRET)
    keys.public_path("ada").write_bytes(b"not a key")
    with pytest.raises(KeyFileError, match="cannot be read"):
        keys.public("ada")
    (keys.root / "ada.key").write_bytes(b"not a key")
    with pytest.raises(KeyFileError, match="holds no encrypted key"):
        keys.unlock("ada", SECRET)


def test_a_key_without_a_passphrase_or_of_another_kind_is_refused(keys: KeyFolder) -> None:
    keys.create("ada", "ed25519", SECRET)
    path = keys.root / "ada.key"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    locked = serialization.BestAvailableEncryption(SECRET.encode())
    for encryption, said in (
        (serialization.NoEncryption(), "holds no encrypted key"),
        (locked, "neither an Ed25519 nor an EC key"),
    ):
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
            )
        )
        with pytest.raises(KeyFileError, match=said):
            keys.unlock("ada", SECRET)
