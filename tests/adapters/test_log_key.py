from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.adapters.test_ledger_contract import add, begin, check
from weighbridge.adapters.log_key import open_log_key
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.ledger.note import read_verifier_key
from weighbridge.model.errors import KeyFileError, RegistryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[EmbeddedRegistry]:
    made = EmbeddedRegistry(tmp_path / "store")
    yield made
    made.close()


def pem(private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, secret: bytes = b"") -> bytes:
    encryption = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def test_a_key_is_for_its_owner_alone_and_its_public_half_for_all(
    registry: EmbeddedRegistry,
) -> None:
    old = os.umask(0)
    try:
        text = registry.make_log_key("")
    finally:
        os.umask(old)
    private, public = registry.root / "log.key", registry.root / "log.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert private.stat().st_nlink == 1
    assert private.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert public.read_text() == f"{text}\n"
    key = open_log_key(registry.root)
    assert key.public == read_verifier_key(text)
    assert key.public.name.startswith("weighbridge/")
    assert len(key.public.name) == len("weighbridge/") + 16
    assert sorted(path.name for path in registry.root.iterdir()) == [
        ".gitignore",
        "log.key",
        "log.pub",
    ]


def test_a_folder_with_a_key_alone_is_hidden_from_git(registry: EmbeddedRegistry) -> None:
    registry.make_log_key("")
    (registry.root / ".gitignore").unlink()
    registry.change(lambda t: t.bind("a", "1", f"sha256:{1:064x}"))
    assert (registry.root / ".gitignore").read_bytes() == b"*\n"


def test_an_attempt_that_was_killed_is_finished(registry: EmbeddedRegistry) -> None:
    registry.make_log_key("log.example/first")
    (registry.root / "log.pub").unlink()
    assert registry.log_key == ""
    before = (registry.root / "log.key").read_bytes()
    assert read_verifier_key(registry.make_log_key("log.example/second")).name.endswith("second")
    assert (registry.root / "log.key").read_bytes() == before
    begin_with = registry.log_key
    assert registry.make_log_key("") == begin_with


def test_a_public_key_alone_is_of_no_log_that_began(registry: EmbeddedRegistry) -> None:
    old = registry.make_log_key("")
    (registry.root / "log.key").unlink()
    new = registry.make_log_key("")
    assert new != old
    assert registry.log_key == new


@pytest.mark.parametrize("name", ["log.key", "log.pub"])
def test_a_key_is_never_made_anew_once_there_are_entries(
    registry: EmbeddedRegistry, name: str
) -> None:
    begin(registry)
    path = registry.root / name
    data = path.read_bytes()
    path.unlink()
    for use in (lambda: registry.make_log_key(""), lambda: add(registry, "a")):
        with pytest.raises(RegistryError, match="is not there") as caught:
            use()
        assert str(path) in str(caught.value)
        assert "backup" in caught.value.faults[0].help[0]
    assert not path.exists()
    path.write_bytes(data)
    path.chmod(0o600)
    add(registry, "a")
    assert len(check(registry)) == 2


def test_two_halves_of_different_keys_are_refused(registry: EmbeddedRegistry) -> None:
    begin(registry)
    (registry.root / "log.key").write_bytes(pem(Ed25519PrivateKey.generate()))
    with pytest.raises(RegistryError, match="not of one key"):
        add(registry, "a")
    assert len(check(registry)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_others_may_read_is_refused(registry: EmbeddedRegistry, mode: int) -> None:
    begin(registry)
    (registry.root / "log.key").chmod(mode)
    with pytest.raises(KeyFileError, match="read by others"):
        add(registry, "a")
    with pytest.raises(KeyFileError, match="read by others"):
        registry.make_log_key("")
    (registry.root / "log.key").chmod(0o600)
    assert add(registry, "a") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        pem(Ed25519PrivateKey.generate(), b"secret"),
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(Ed25519PrivateKey.generate())[:80],
    ],
    ids=["empty", "text", "locked", "other-curve", "cut"],
)
def test_a_file_that_holds_no_log_key_is_refused(registry: EmbeddedRegistry, data: bytes) -> None:
    begin(registry)
    (registry.root / "log.key").write_bytes(data)
    with pytest.raises(KeyFileError, match=r"holds no such key|not an Ed25519 key"):
        add(registry, "a")


def test_a_folder_in_place_of_a_key(registry: EmbeddedRegistry) -> None:
    (registry.root / "log.key").mkdir(parents=True)
    with pytest.raises(KeyFileError, match="cannot be read"):
        registry.make_log_key("")


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line + b"\n",
        lambda line: line[:-1],
        lambda line: line[:-1] + b"\r\n",
        lambda line: b" " + line,
        lambda line: line.replace(b"log.", b"log,"),
        lambda _: b"",
        lambda _: b"\n",
        lambda _: b"\xff\n",
    ],
)
def test_a_public_key_is_read_strictly(registry: EmbeddedRegistry, change: object) -> None:
    begin(registry)
    path = registry.root / "log.pub"
    assert callable(change)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(RegistryError, match="no public key of a log"):
        _ = registry.log_key
    with pytest.raises(RegistryError, match="no public key of a log"):
        add(registry, "a")


def test_a_folder_in_place_of_a_public_key(registry: EmbeddedRegistry) -> None:
    (registry.root / "log.pub").mkdir(parents=True)
    with pytest.raises(RegistryError, match="cannot be read"):
        _ = registry.log_key


def test_a_file_in_place_of_the_registry_has_no_key(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    registry = EmbeddedRegistry(tmp_path / "store")
    assert registry.log_key == ""
    with pytest.raises(StorageError):
        registry.make_log_key("")
