from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from weighbridge.adapters.keys import KeyFolder, read_public_file
from weighbridge.model.errors import KeyFileError, PassphraseError, StorageError, UnavailableError
from weighbridge.seal.keys import Algorithm, verify_signature

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.seal.keys import PublicKey

SECRET = "correct horse"  # noqa: S105 - of keys that live for one test
LOCKED = BestAvailableEncryption(SECRET.encode())
MESSAGE = b"weighed and found sound"


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "config/weighbridge/keys")


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_a_key_that_was_made_signs(keys: KeyFolder, algorithm: Algorithm) -> None:
    public = keys.create("ada", algorithm, SECRET)
    signer = keys.locked("ada").unlock(SECRET)
    assert signer.public == keys.public("ada") == public
    assert verify_signature(public, MESSAGE, signer.sign(MESSAGE))
    assert not verify_signature(public, MESSAGE + b"!", signer.sign(MESSAGE))
    assert signer.spki == public.spki_der
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
        keys.locked("ada")
    assert caught.value.faults[0].seen == f"mode {mode:04o}"


def test_a_wrong_passphrase_is_named(keys: KeyFolder) -> None:
    keys.create("ada", "p256", SECRET)
    for wrong in ("", "Correct horse", SECRET + " "):
        with pytest.raises(PassphraseError, match="not the passphrase"):
            keys.locked("ada").unlock(wrong)


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
    assert keys.locked("ada").unlock(SECRET).public == keys.public("ada") == first
    assert sorted(path.name for path in keys.root.iterdir()) == ["ada.key", "ada.pub"]


@pytest.mark.parametrize("name", ["", "../ada", "Ada", "a/b", ".ada", "a" * 65, "ada\n"])
def test_names_that_are_no_names(keys: KeyFolder, name: str) -> None:
    with pytest.raises(KeyFileError, match="is no name"):
        keys.create(name, "ed25519", SECRET)
    assert not keys.root.exists()


def test_a_key_that_is_not_there(keys: KeyFolder) -> None:
    assert keys.names() == []
    for ask in (lambda: keys.public("ada"), lambda: keys.locked("ada")):
        with pytest.raises(KeyFileError, match="there is no key ada") as caught:
            ask()
        assert "weighbridge key new ada" in caught.value.faults[0].help


def test_files_that_hold_no_key(keys: KeyFolder) -> None:
    keys.create("ada", "ed25519", SECRET)
    public = keys.public_path("ada").read_bytes()
    keys.public_path("ada").write_bytes(b"not a key")
    for ask in (keys.public, keys.locked):
        with pytest.raises(KeyFileError, match="holds no usable key"):
            ask("ada")
    keys.public_path("ada").write_bytes(public)
    (keys.root / "ada.key").write_bytes(b"not a key")
    with pytest.raises(KeyFileError, match="holds no encrypted key"):
        keys.locked("ada").unlock(SECRET)


def test_a_key_without_a_passphrase_or_of_another_kind_is_refused(keys: KeyFolder) -> None:
    keys.create("ada", "ed25519", SECRET)
    path = keys.root / "ada.key"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for encryption, said in (
        (NoEncryption(), "holds no encrypted key"),
        (LOCKED, "neither an Ed25519 nor an EC key"),
    ):
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
        with pytest.raises(KeyFileError, match=said):
            keys.locked("ada").unlock(SECRET)


def test_a_key_shows_no_secret(keys: KeyFolder) -> None:
    keys.create("ada", "ed25519", SECRET)
    assert "PRIVATE KEY" not in repr(keys.locked("ada"))


@pytest.mark.parametrize("name", ["../keys/ada", "./ada", "", "ada.key", "/", "ada\0"])
def test_a_key_is_named_not_pathed(keys: KeyFolder, name: str) -> None:
    keys.create("ada", "ed25519", SECRET)
    with pytest.raises(KeyFileError, match="there is no key"):
        keys.locked(name)


def test_a_public_half_that_is_gone_can_be_made_again(keys: KeyFolder) -> None:
    keys.create("ada", "p384", SECRET)
    path = keys.public_path("ada")
    path.unlink()
    with pytest.raises(KeyFileError, match="no such file") as caught:
        keys.locked("ada")
    help_ = f"openssl pkey -in {keys.root / 'ada.key'} -pubout -out {path}"
    assert caught.value.faults[0].help == (help_,)


def test_a_public_half_of_another_key_is_refused(keys: KeyFolder) -> None:
    keys.create("ada", "ed25519", SECRET)
    keys.create("bob", "ed25519", SECRET)
    shutil.copy(keys.public_path("bob"), keys.public_path("ada"))
    with pytest.raises(KeyFileError, match="is not the public half"):
        keys.locked("ada").unlock(SECRET)


def test_a_folder_of_that_name_is_no_key(keys: KeyFolder) -> None:
    (keys.root / "ada.key").mkdir(parents=True)
    with pytest.raises(KeyFileError, match="cannot be read: is a directory"):
        keys.locked("ada")


def test_what_must_be_kept_first_and_was_not_leaves_no_key(keys: KeyFolder) -> None:
    seen = []

    def refuse(public: PublicKey) -> None:
        seen.append(public)
        raise UnavailableError("not kept")

    with pytest.raises(UnavailableError, match="not kept"):
        keys.create("ada", "ed25519", SECRET, keep=refuse)
    assert not keys.root.exists()
    kept: list[PublicKey] = []
    assert keys.create("ada", "ed25519", SECRET, keep=kept.append) == kept[0] != seen[0]


def test_half_a_key_pair_is_not_left_behind(keys: KeyFolder) -> None:
    keys.public_path("ada").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"ada\.pub could not be written"):
        keys.create("ada", "ed25519", SECRET)
    assert keys.names() == []


@pytest.mark.parametrize("encoding", ["PEM", "DER"])
def test_a_public_key_is_read_from_any_file(keys: KeyFolder, tmp_path: Path, encoding: str) -> None:
    public = keys.create("ada", "p256", SECRET)
    path = tmp_path / "of ada"
    pem = keys.public_path("ada").read_bytes()
    path.write_bytes(pem if encoding == "PEM" else public.spki_der)
    assert read_public_file(path) == public


@pytest.mark.parametrize(
    ("encoding", "form", "encryption"),
    [
        (Encoding.PEM, PrivateFormat.PKCS8, LOCKED),
        (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        (Encoding.PEM, PrivateFormat.TraditionalOpenSSL, LOCKED),
        (Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        (Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        (Encoding.DER, PrivateFormat.PKCS8, LOCKED),
        (Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        (Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    ],
)
def test_a_private_key_is_never_taken_for_a_public_one(
    tmp_path: Path,
    encoding: Encoding,
    form: PrivateFormat,
    encryption: KeySerializationEncryption,
) -> None:
    path = tmp_path / "ada.pub"
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(key.private_bytes(encoding, form, encryption))
    with pytest.raises(KeyFileError, match="holds a private key") as caught:
        read_public_file(path)
    assert "never hand a private key around" in caught.value.faults[0].help[0]
