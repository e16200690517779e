"""The whole way of a release in a team's registry, and of a registry that moves or comes back."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.usecases.test_stores import ADDRESS, bucket, set_store, store, whole_way

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres_servers import Cluster
    from tests.probes.s3_server import Store
    from tests.usecases.cast import Cast

__all__ = ["bucket", "store"]


@pytest.fixture
def address(postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a database whose address has a password; the server asks for none."""
    monkeypatch.setenv("WEIGHBRIDGE_STATE", str(tmp_path / "state"))
    return postgres.address(postgres.make_database()).replace("tests@", "tests:hush@")


@pytest.fixture
def moving(postgres: Cluster, address: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Name two databases, and nothing else that says where a registry is."""
    monkeypatch.delenv("WEIGHBRIDGE_HOME", raising=False)
    return address, postgres.address(postgres.make_database())


def team_lines(address: str, tmp_path: Path) -> list[str]:
    return [
        f'registry = "{address}"',
        f'store = "{tmp_path / "shared"}"',
        f'log-keys = "{tmp_path / "keys of the log"}"',
    ]


def use(cast: Cast, monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.delenv("WEIGHBRIDGE_HOME", raising=False)
    set_store(cast, *lines)


def test_the_whole_way_in_a_database(
    ownerless: Cast, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(ownerless, monkeypatch, team_lines(address, tmp_path))
    whole_way(ownerless)
    assert not (ownerless.store / "registry.db").exists()
    assert (tmp_path / "keys of the log" / "log.key").stat().st_mode & 0o777 == 0o600
    for words in (("config",), ("doctor",), ("registry", "status")):
        ran = ownerless(*words)
        assert "hush" not in ran.out + ran.err
    assert "tests:***@" in ownerless("config").out


def test_what_a_database_needs_besides_is_said(
    ownerless: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(ownerless, monkeypatch, [f'registry = "{address}"'])
    refused = ownerless("seal")
    assert refused.code == 2
    assert "nothing says where the blobs of this registry lie" in refused.err
    assert "WEIGHBRIDGE_STORE" in refused.err
    monkeypatch.setenv("WEIGHBRIDGE_STORE", "shared")
    ownerless.done("seal")
    monkeypatch.delenv("WEIGHBRIDGE_STORE")
    ownerless.done("show", "demo@1.0.0")
    refused = ownerless("registry", "init", "--owner=ann=ann")
    assert refused.code == 2
    assert "WEIGHBRIDGE_LOG_KEYS" in refused.err


def test_an_address_that_is_none_does_not_tell_its_password(
    ownerless: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(ownerless, monkeypatch, ['registry = "postgresql://me:hush@db/x?password=hush&tint=red"'])
    refused = ownerless("registry", "status")
    assert refused.code == 2
    assert "hush" not in refused.out + refused.err
    assert "postgresql://me:***@db/x?password=***&tint=red" in refused.err


def whole(cast: Cast) -> None:
    for words in (("log", "verify", "--deep"), ("registry", "fsck"), ("verify", "demo@1.0.0")):
        cast.done(*words)


def test_a_registry_moves_to_a_team(
    ownerless: Cast, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_way(ownerless)
    log = ownerless.done("log", "show", "--output-format=json").out
    lines = team_lines(address, tmp_path)
    words = (
        "registry",
        "migrate",
        f"--to={address}",
        f"--store={tmp_path / 'shared'}",
        f"--log-keys={tmp_path / 'keys of the log'}",
    )
    planned = ownerless.done(*words, "--dry-run")
    assert "would move to postgresql://tests:***@" in planned.out
    moved = ownerless.done(*words)
    assert "hush" not in moved.out + moved.err
    refused = ownerless("registry", "gc", "--grace=0s")
    assert refused.code == 0
    refused = ownerless.trust("dora", "checker")
    assert refused.code == 2
    assert "this registry has moved" in refused.err
    assert "hush" not in refused.err
    again = ownerless.done(*words)
    assert "moved to postgresql://tests:***@" in again.out
    monkeypatch.delenv("WEIGHBRIDGE_HOME", raising=False)
    set_store(ownerless, *lines)
    whole(ownerless)
    assert ownerless.done("log", "show", "--output-format=json").out.count("digest") >= log.count(
        "digest"
    )
    assert ownerless.trust("dora", "checker").code == 0


@pytest.mark.parametrize("kind", ["another folder", "the same folder", "objects"])
def test_a_team_moves_to_another_database(
    ownerless: Cast,
    moving: tuple[str, str],
    store: Store,
    tmp_path: Path,
    *,
    kind: str,
) -> None:
    address, database = moving
    set_store(ownerless, *team_lines(address, tmp_path))
    whole_way(ownerless)
    there = {
        "another folder": str(tmp_path / "other"),
        "the same folder": str(tmp_path / "shared"),
        "objects": ADDRESS,
    }[kind]
    keys = tmp_path / "other keys"
    words = (f"--to={database}", f"--store={there}", f"--log-keys={keys}")
    ownerless.done("registry", "migrate", *words)
    refused = ownerless.trust("dora", "checker")
    assert refused.code == 2
    assert "this registry has moved" in refused.err
    set_store(ownerless, f'registry = "{database}"', f'store = "{there}"', f'log-keys = "{keys}"')
    whole(ownerless)
    assert ownerless.trust("dora", "checker").code == 0
    assert bool(store.objects) == (kind == "objects")


def test_a_registry_moves_nowhere_where_something_is(
    ownerless: Cast, address: str, tmp_path: Path
) -> None:
    ownerless.done("seal")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA weighbridge")
        connection.execute("CREATE TABLE weighbridge.other (a INTEGER)")
    words = ("registry", "migrate", f"--to={address}", f"--store={tmp_path / 'shared'}")
    refused = ownerless(*words)
    assert refused.code == 2
    assert "another program's" in refused.err
    ownerless.done("seal")


@pytest.mark.parametrize("kind", ["folder", "database"])
def test_a_backup_comes_back(
    ownerless: Cast, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    whole_way(ownerless)
    one, two, bare = (tmp_path / name for name in ("one.tar", "two.tar", "bare.tar"))
    ownerless.done("registry", "backup", str(one), "--with-keys")
    ownerless.done("registry", "backup", str(two), "--with-keys")
    ownerless.done("registry", "backup", str(bare), "--without-blobs")
    assert one.read_bytes() == two.read_bytes()
    assert (one.stat().st_mode & 0o777, bare.stat().st_mode & 0o777) == (0o600, 0o644)
    with tarfile.open(bare) as archive:
        assert [name for name in archive.getnames() if "key" in name] == ["keys/log.pub"]
    refused = ownerless("registry", "backup", str(one))
    assert refused.code == 3
    refused = ownerless("registry", "restore", str(one))
    assert refused.code == 2
    assert "holds something already" in refused.err
    monkeypatch.delenv("WEIGHBRIDGE_HOME", raising=False)
    lines = team_lines(address, tmp_path)
    set_store(ownerless, *(lines if kind == "database" else [f'registry = "{tmp_path / "new"}"']))
    ownerless.done("registry", "restore", str(one), "--dry-run")
    ownerless.done("registry", "restore", str(one))
    whole(ownerless)
    assert ownerless.trust("dora", "checker").code == 0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"registry.initialised", b"registry.initializes", 1),
        (b"labels", b"lapels", 2),
        (b"RegistryBackup", b"RegistryBookup", 1),
    ],
    ids=["entry", "blob", "index"],
)
def test_a_backup_that_was_changed_restores_nothing(
    ownerless: Cast,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    old: bytes,
    new: bytes,
    code: int,
) -> None:
    whole_way(ownerless)
    file = tmp_path / "one.tar"
    ownerless.done("registry", "backup", str(file))
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new))
    monkeypatch.delenv("WEIGHBRIDGE_HOME", raising=False)
    set_store(ownerless, f'registry = "{tmp_path / "new"}"')
    assert ownerless("registry", "restore", str(file)).code == code
    assert "the registry has no owners yet" in ownerless("log", "show").err
    assert "holds no release" in ownerless("show", "demo@1.0.0").err
