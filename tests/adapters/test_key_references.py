"""A folder that says of a key where it lies."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.identities import make_key
from weighbridge.adapters.key_references import PlacedKey
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.errors import KeyFileError, StorageError, UnavailableError
from weighbridge.model.key_place import read_key_place

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.seal.keys import PublicKey

PLACE = read_key_place("hv:release/1")


@pytest.fixture
def public(tmp_path: Path) -> PublicKey:
    return make_key(tmp_path / "others", "bob", "p256")


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys")


def test_where_a_key_lies_is_kept_beside_its_public_half(
    keys: KeyFolder, public: PublicKey
) -> None:
    keys.refer("bob", PLACE, public)
    assert keys.held("bob") == PlacedKey("bob", public, PLACE)
    assert keys.names() == ["bob"]
    path = keys.root / "bob.uri"
    assert path.read_bytes() == b"hv:release/1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in keys.root.iterdir()) == ["bob.pub", "bob.uri"]


def test_a_name_is_given_once_wherever_the_key_lies(keys: KeyFolder, public: PublicKey) -> None:
    keys.refer("bob", PLACE, public)
    make_key(keys.root, "ada")
    for name in ("ada", "bob"):
        with pytest.raises(KeyFileError, match=f"there is a key {name} already"):
            keys.refer(name, PLACE, public)
        with pytest.raises(KeyFileError, match=f"there is a key {name} already"):
            keys.create(name, "ed25519", "correct horse")


def test_a_key_here_and_elsewhere_is_neither(keys: KeyFolder, public: PublicKey) -> None:
    keys.refer("bob", PLACE, public)
    (keys.root / "bob.key").write_bytes(b"")
    with pytest.raises(KeyFileError, match="lies here and elsewhere"):
        keys.held("bob")


def test_what_must_be_kept_first_and_was_not_leaves_no_reference(
    keys: KeyFolder, public: PublicKey
) -> None:
    def refuse(_: PublicKey) -> None:
        raise UnavailableError("not kept")

    with pytest.raises(UnavailableError, match="not kept"):
        keys.refer("bob", PLACE, public, keep=refuse)
    assert not keys.root.exists()


def test_half_a_reference_is_not_left_behind(keys: KeyFolder, public: PublicKey) -> None:
    keys.public_path("bob").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"bob\.pub could not be written"):
        keys.refer("bob", PLACE, public)
    assert keys.names() == []


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_reference_others_may_write_is_refused(
    keys: KeyFolder, public: PublicKey, mode: int
) -> None:
    keys.refer("bob", PLACE, public)
    (keys.root / "bob.uri").chmod(mode)
    with pytest.raises(KeyFileError, match="may be written by others"):
        keys.held("bob")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hv:release\n",
        b"hv:release/1\n\n",
        b"hv:release/1\nhv:release/2\n",
        b"\xef\xbb\xbfhv:release/1\n",
        b"hv:release/1 # mine",
        b"pkcs11:object=k?module-path=/l.so&pin-value=hunter2\n",
        b"h" * 100_000,
    ],
)
def test_a_reference_is_one_uri_and_nothing_else(
    keys: KeyFolder, public: PublicKey, content: bytes
) -> None:
    keys.refer("bob", PLACE, public)
    (keys.root / "bob.uri").write_bytes(content)
    with pytest.raises(KeyFileError, match="does not say where a key lies") as caught:
        keys.held("bob")
    assert "hunter2" not in repr(caught.value.faults)


def test_a_reference_that_is_no_file_is_refused(keys: KeyFolder, public: PublicKey) -> None:
    keys.refer("bob", PLACE, public)
    path = keys.root / "bob.uri"
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(KeyFileError, match="is no file"):
        keys.held("bob")
    path.unlink()
    with pytest.raises(KeyFileError, match="there is no key bob"):
        keys.held("bob")


def test_a_public_half_that_is_gone_is_not_made_from_a_key_that_is_not_here(
    keys: KeyFolder, public: PublicKey
) -> None:
    keys.refer("bob", PLACE, public)
    keys.public_path("bob").unlink()
    with pytest.raises(KeyFileError, match="no such file") as caught:
        keys.held("bob")
    assert caught.value.faults[0].help == ()
