"""Where a registry keeps its blobs is settled once, and remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.age_files import IDENTITY_TEXT, RECIPIENT_TEXT
from tests.adapters.test_contract import DATA, ONE, digest_of
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import RegistryError, SettingsError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.ports import Transaction

DIGEST = digest_of(DATA)


@pytest.fixture
def identity(tmp_path: Path) -> str:
    path = tmp_path / "identity"
    path.write_text(f"{IDENTITY_TEXT}\n")
    path.chmod(0o600)
    return str(path)


def opened(
    folder: Path, address: str = "", *recipients: str, identity: str = ""
) -> EmbeddedRegistry:
    wanted = Wanted(address=address, recipients=recipients, identity=identity)
    return EmbeddedRegistry(folder / "registry", wanted=wanted)


def bind(registry: EmbeddedRegistry, name: str = "demo") -> bool:
    return registry.change(lambda transaction: transaction.bind(name, "1", ONE))


def is_remembered(registry: EmbeddedRegistry) -> bool:
    return registry.store is not None


def test_nothing_is_remembered_of_a_registry_that_keeps_its_own(tmp_path: Path) -> None:
    registry = opened(tmp_path)
    registry.blobs.put(DATA)
    assert not registry.database.exists()
    bind(registry)
    assert registry.store is None


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_the_place_is_remembered_and_others_need_not_name_it(tmp_path: Path, scheme: str) -> None:
    place = str(tmp_path / "else where")
    opened(tmp_path, scheme + place + "/").blobs.put(DATA)
    later = opened(tmp_path)
    assert later.blobs.read(DIGEST) == DATA
    assert later.blobs.where(DIGEST).startswith(place)
    assert later.store is not None
    assert (later.store.address, later.store.encrypted) == (place, False)
    assert later.blobs.put(b"more") in {held.name for held in opened(tmp_path).blobs.stored()}
    assert not (tmp_path / "registry/blobs").exists()


def test_another_place_is_refused(tmp_path: Path) -> None:
    opened(tmp_path, str(tmp_path / "a")).blobs.put(DATA)
    with pytest.raises(RegistryError, match="lie elsewhere") as caught:
        _ = opened(tmp_path, str(tmp_path / "b")).blobs
    fault = caught.value.faults[0]
    assert (fault.seen, fault.wanted) == (str(tmp_path / "b"), str(tmp_path / "a"))


@pytest.mark.parametrize("used", ["blobs", "name"])
def test_a_registry_in_use_does_not_move(tmp_path: Path, used: str) -> None:
    registry = opened(tmp_path)
    registry.blobs.put(DATA) if used == "blobs" else bind(registry)
    with pytest.raises(RegistryError, match="lie elsewhere"):
        _ = opened(tmp_path, str(tmp_path / "b")).blobs
    assert not (tmp_path / "b").exists()


def test_two_that_begin_at_once_do_not_split_the_blobs(tmp_path: Path) -> None:
    registries = [opened(tmp_path, str(tmp_path / name)) for name in "ab"]
    stores = [registry.blobs for registry in registries]
    stores[0].put(DATA)
    with pytest.raises(RegistryError, match="lie elsewhere"):
        stores[1].put(DATA)
    assert not (tmp_path / "b").exists()


def test_one_that_began_in_the_folder_binds_nothing_when_another_went_elsewhere(
    tmp_path: Path,
) -> None:
    first, second = opened(tmp_path), opened(tmp_path, str(tmp_path / "a"))
    stores = first.blobs, second.blobs
    stores[1].put(DATA)
    stores[0].put(DATA)
    with pytest.raises(RegistryError, match="lie elsewhere"):
        bind(first)
    assert bind(second)


def test_one_that_put_nothing_may_bind(tmp_path: Path) -> None:
    first = opened(tmp_path)
    assert not first.blobs.has(DIGEST)
    opened(tmp_path, str(tmp_path / "a")).blobs.put(DATA)
    assert bind(first)


def test_a_store_has_one_registry(tmp_path: Path) -> None:
    place = str(tmp_path / "a")
    opened(tmp_path / "one", place).blobs.put(DATA)
    other = opened(tmp_path / "two", place)
    with pytest.raises(RegistryError, match="another registry"):
        other.blobs.put(b"mine")
    assert other.store is None
    assert opened(tmp_path / "two").blobs.put(b"mine")


def test_what_is_put_is_encrypted_and_what_was_stays_readable(
    tmp_path: Path, identity: str
) -> None:
    plain = opened(tmp_path)
    plain.blobs.put(b"before")
    registry = opened(tmp_path, "", RECIPIENT_TEXT, identity=identity)
    registry.blobs.put(DATA)
    assert registry.blobs.read(digest_of(b"before")) == b"before"
    assert registry.blobs.read(DIGEST) == DATA
    assert registry.blobs.locate(DIGEST) is None
    assert registry.store is not None
    assert registry.store.encrypted
    assert registry.blobs.where(DIGEST) != registry.blobs.where(digest_of(b"before"))
    registry.blobs.put(b"before")
    files = [path for path in (tmp_path / "registry/blobs").rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert path.read_bytes().startswith(b"age-encryption.org/v1\n")


def test_without_an_identity_one_is_told(tmp_path: Path) -> None:
    registry = opened(tmp_path, "", RECIPIENT_TEXT)
    assert registry.blobs.put(DATA) == registry.blobs.put(DATA) == DIGEST
    for reader in (registry, opened(tmp_path)):
        assert reader.blobs.has(DIGEST)
        with pytest.raises(UnavailableError) as caught:
            reader.blobs.read(DIGEST)
        assert "WEIGHBRIDGE_AGE_IDENTITY" in caught.value.faults[0].help[0]


def test_nobody_puts_plain_bytes_among_encrypted_ones(tmp_path: Path, identity: str) -> None:
    opened(tmp_path, "", RECIPIENT_TEXT).blobs.put(DATA)
    later = opened(tmp_path, identity=identity)
    assert later.blobs.read(DIGEST) == DATA
    with pytest.raises(SettingsError, match="encrypt-to names nobody"):
        later.blobs.put(b"more")


def test_a_file_that_is_encrypted_itself_is_kept_as_it_is(tmp_path: Path, identity: str) -> None:
    registry = opened(tmp_path, "", RECIPIENT_TEXT, identity=identity)
    registry.blobs.put(DATA)
    path = next((tmp_path / "registry/blobs/age").rglob("*/*"))
    inner = path.read_bytes()
    plain = opened(tmp_path / "other")
    assert plain.blobs.read(plain.blobs.put(inner)) == inner
    assert registry.blobs.read(registry.blobs.put(inner)) == inner


def test_bytes_put_within_a_change(tmp_path: Path) -> None:
    """Within a change nothing else can be: what has to be remembered waits, or is refused."""
    elsewhere = opened(tmp_path / "one", str(tmp_path / "a"))
    encrypted = opened(tmp_path / "two", "", RECIPIENT_TEXT)

    def putting(registry: EmbeddedRegistry) -> str:
        blobs = registry.blobs

        def change(_: Transaction) -> str:
            return blobs.put(DATA)

        return registry.change(change)

    with pytest.raises(RegistryError, match="has not settled"):
        putting(elsewhere)
    assert putting(encrypted) == DIGEST
    assert not is_remembered(encrypted)
    encrypted.blobs.put(b"more")
    assert is_remembered(encrypted)
    elsewhere.blobs.put(DATA)
    assert putting(elsewhere) == DIGEST
