"""What only a registry in PostgreSQL has: lost connections, turns, versions, several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.adapters.postgres_conduit import line
from tests.adapters.test_contract import NONE, bind
from tests.adapters.test_ledger_contract import add, begin, check
from tests.children import end, start
from tests.postgres_servers import cluster, postgres_registry
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.postgres.registry import PostgresRegistry
from weighbridge.model.errors import (
    LoginError,
    RegistryError,
    SettingsError,
    StorageError,
    UnavailableError,
)
from weighbridge.model.event import Kind, read_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.adapters.conftest import Clock
    from tests.postgres_servers import Cluster
    from weighbridge.model.ports import Transaction


@pytest.fixture
def database(postgres: Cluster) -> str:
    return postgres.make_database()


@pytest.fixture
def registry(
    postgres: Cluster, database: str, tmp_path: Path, clock: Clock
) -> Iterator[PostgresRegistry]:
    made = postgres_registry(postgres, tmp_path, clock, address=postgres.address(database))
    yield made
    made.close()


@pytest.fixture
def superuser(postgres: Cluster, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.address(database), autocommit=True) as connection:
        yield connection


def names(registry: PostgresRegistry) -> list[str]:
    with registry.reading() as view:
        return [str(read_event(one).body["name"]) for one in view.entries(1)]


@pytest.mark.parametrize("passes", [True, False], ids=["kept", "lost"])
def test_a_connection_cut_during_the_commit_is_found_out(
    postgres: Cluster, database: str, tmp_path: Path, clock: Clock, *, passes: bool
) -> None:
    with line(postgres.port) as cut:
        address = postgres.tcp_address(database, cut.port)
        registry = postgres_registry(postgres, tmp_path, clock, address=address)
        begin(registry)
        add(registry, "a")
        cut.word, cut.passes = b"COMMIT\0", passes  # and not READ COMMITTED
        if passes:
            assert add(registry, "b") == 2
        else:
            with pytest.raises(StorageError, match="nothing of it was kept"):
                add(registry, "b")
        assert cut.cuts == 1
        assert names(registry) == (["a", "b"] if passes else ["a"])
        add(registry, "c")
        assert len(check(registry)) == (4 if passes else 3)
        registry.close()


def test_a_connection_cut_before_the_commit_leaves_nothing(
    postgres: Cluster, database: str, tmp_path: Path, clock: Clock
) -> None:
    with line(postgres.port) as cut:
        address = postgres.tcp_address(database, cut.port)
        registry = postgres_registry(postgres, tmp_path, clock, address=address)
        begin(registry)
        cut.word, cut.passes = b"INSERT INTO topic", True
        with pytest.raises(UnavailableError, match="nothing of the change was kept"):
            add(registry, "a")
        assert names(registry) == []
        add(registry, "b")
        assert len(check(registry)) == 2
        registry.close()


def test_connections_that_were_ended_are_replaced(
    registry: PostgresRegistry, superuser: psycopg.Connection
) -> None:
    begin(registry)
    for name in ("a", "b"):
        assert registry.releases() == []
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'weighbridge' AND datname = current_database()"
        )
        assert registry.releases() == []
        add(registry, name)
    assert len(check(registry)) == 3


def test_who_waits_too_long_for_his_turn_is_told(
    postgres: Cluster, database: str, tmp_path: Path, superuser: psycopg.Connection
) -> None:
    registry = PostgresRegistry(
        postgres.address(database),
        home=tmp_path,
        keys=tmp_path,
        patience=0.2,
        wanted=Wanted(address=str(tmp_path / "blobs")),
    )
    bind(registry, "a", "1", NONE)
    with superuser.transaction():
        superuser.execute("SELECT * FROM weighbridge.alembic_version FOR UPDATE")
        with pytest.raises(UnavailableError, match=r"others have been writing to .* for 0\.2 s"):
            bind(registry, "b", "1", NONE)
        assert len(registry.releases()) == 1
    assert bind(registry, "b", "1", NONE)
    registry.close()


def test_a_newer_schema_is_refused_as_the_embedded_one_is(
    registry: PostgresRegistry, superuser: psycopg.Connection
) -> None:
    bind(registry, "a", "1", NONE)
    superuser.execute("UPDATE weighbridge.alembic_version SET version_num = '0099'")
    for work in (registry.releases, lambda: bind(registry, "b", "1", NONE)):
        with pytest.raises(RegistryError, match="was written by a newer weighbridge") as caught:
            work()
        assert caught.value.faults[0].seen == "schema 99"


def test_an_older_schema_is_read_and_brought_up_to_date_by_who_writes(
    registry: PostgresRegistry, superuser: psycopg.Connection
) -> None:
    bind(registry, "a", "1", NONE)
    superuser.execute(
        "UPDATE weighbridge.alembic_version SET version_num = '0003';"
        "DROP INDEX weighbridge.release_digest; DROP TABLE weighbridge.moved"
    )
    assert registry.releases() == [("a", "1", NONE)]
    assert registry.moved == ""
    with registry.reading() as view:
        assert "there is no column moved.only" in view.faults()
    bind(registry, "b", "1", NONE)
    assert superuser.execute("SELECT * FROM weighbridge.moved").fetchall() == []


def test_many_who_are_first_make_the_tables_once(
    postgres: Cluster, database: str, tmp_path: Path, clock: Clock
) -> None:
    address = postgres.address(database)
    made = [postgres_registry(postgres, tmp_path, clock, address=address) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda one: bind(one[1], f"a{one[0]}", "1", NONE), enumerate(made)))
    assert len(made[0].releases()) == 6
    for one in made:
        one.close()


def test_a_role_that_may_not_make_the_tables_is_told_what_would_help(
    postgres: Cluster, database: str, tmp_path: Path, clock: Clock, superuser: psycopg.Connection
) -> None:
    superuser.execute("DROP ROLE IF EXISTS guest")
    superuser.execute("CREATE ROLE guest LOGIN")
    address = postgres.address(database).replace("tests@", "guest@")
    registry = postgres_registry(postgres, tmp_path, clock, address=address)
    assert registry.releases() == []
    with pytest.raises(LoginError, match="does not allow it") as caught:
        bind(registry, "a", "1", NONE)
    assert "CREATE SCHEMA weighbridge AUTHORIZATION ROLE" in caught.value.faults[0].help[0]
    registry.close()


def test_a_server_that_is_away_and_a_login_that_is_none(
    postgres: Cluster, database: str, tmp_path: Path, clock: Clock
) -> None:
    with line(postgres.port) as cut:
        away = postgres.tcp_address(database, cut.port)
    for address, error in (
        (away, UnavailableError),
        (postgres.address(database).replace("tests@", "stranger:hush@"), LoginError),
        (postgres.address("no_such_database"), LoginError),
    ):
        registry = postgres_registry(postgres, tmp_path, clock, address=address)
        with pytest.raises(error) as caught:
            registry.releases()
        assert "hush" not in str(caught.value.faults)
    with pytest.raises(SettingsError, match="no address of PostgreSQL") as refused:
        postgres_registry(postgres, tmp_path, clock, address="postgresql://a:hush@b/c?d=hush")
    assert "hush" not in str(refused.value.faults).replace("d=hush", "")


def test_a_log_without_its_keys_is_neither_begun_nor_told(
    postgres: Cluster, database: str, registry: PostgresRegistry, tmp_path: Path
) -> None:
    keyless = PostgresRegistry(
        postgres.address(database),
        home=tmp_path,
        keys=None,
        wanted=Wanted(address=str(tmp_path / "blobs")),
    )
    assert keyless.log_key == ""
    with pytest.raises(SettingsError, match="keys of the log"):
        keyless.make_log_key("")
    begin(registry)
    with pytest.raises(SettingsError, match="keys of the log"):
        add(keyless, "a")
    with pytest.raises(SettingsError, match="keys of the log"):
        _ = keyless.log_key
    keyless.close()


def test_a_damaged_database_is_rebuilt_beside_the_old_one(
    registry: PostgresRegistry, superuser: psycopg.Connection
) -> None:
    begin(registry)
    add(registry, "a")
    with registry.reading() as view:
        entries, note = list(view.entries()), view.checkpoint
    kept = registry.rebuild(lambda t: t.entries(0, entries), before=note, log_key=registry.log_key)
    assert kept == "weighbridge_before_rebuild_1"
    assert superuser.execute(
        "SELECT count(*) FROM weighbridge_before_rebuild_1.node"
    ).fetchall() == [(3,)]
    kept = registry.rebuild(lambda t: t.checkpoint(note), before=None, log_key=registry.log_key)
    assert kept == "weighbridge_before_rebuild_2"
    assert superuser.execute(
        "SELECT count(*) FROM weighbridge_before_rebuild_2.entry"
    ).fetchall() == [(2,)]


def write(registry: PostgresRegistry, who: str, count: int) -> None:
    """Add entries from eight threads; each is acknowledged by its line on stdout."""

    def one(number: int) -> None:
        def change(transaction: Transaction) -> None:
            transaction.bind(f"{who}-{number}", "1", NONE)
            transaction.append(Kind.RELEASE_SEALED, {"name": f"{who}-{number}"})

        registry.change(change)
        os.write(1, f"{who}-{number}\n".encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(count)))


def writer(address: str, root: Path, who: str, count: int) -> subprocess.Popen[str]:
    words = [
        sys.executable,
        "-m",
        "tests.adapters.test_postgres",
        address,
        str(root),
        who,
        str(count),
    ]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_four_processes_of_eight_threads_lose_nothing(
    postgres: Cluster, database: str, registry: PostgresRegistry, tmp_path: Path
) -> None:
    begin(registry)
    address = postgres.address(database)
    running = [writer(address, tmp_path, f"p{number}", 40) for number in range(4)]
    said = [name for one in running for name in one.communicate(timeout=120)[0].split()]
    assert [one.returncode for one in running] == [0] * 4
    assert len(said) == 160
    assert sorted(names(registry)) == sorted(said)
    assert len(check(registry)) == 161
    assert sorted(name for name, _, _ in registry.releases()) == sorted(said)


def test_a_process_killed_in_the_middle_loses_nothing_it_acknowledged(
    postgres: Cluster, database: str, registry: PostgresRegistry, tmp_path: Path
) -> None:
    begin(registry)
    said: list[str] = []
    for turn in range(3):
        with writer(postgres.address(database), tmp_path, f"k{turn}", 10_000) as running:
            assert running.stdout is not None
            said += [running.stdout.readline().strip() for _ in range(10 + 7 * turn)]
            running.kill()
            said += running.stdout.read().split()
        assert running.returncode == -signal.SIGKILL
    there = names(registry)
    assert set(said) <= set(there)
    assert sorted(name for name, _, _ in registry.releases()) == sorted(there)
    add(registry, "z")
    check(registry)


def test_a_server_that_breaks_down_loses_nothing_it_acknowledged(
    tmp_path: Path, clock: Clock
) -> None:
    with cluster() as own:
        registry = postgres_registry(own, tmp_path, clock)
        begin(registry)
        for name in "abc":
            add(registry, name)
        own.control("--mode", "immediate", "--wait", "restart")
        add(registry, "d")
        assert names(registry) == list("abcd")
        assert len(check(registry)) == 5
        registry.close()


def test_a_forked_child_has_connections_of_its_own(registry: PostgresRegistry) -> None:
    begin(registry)
    assert registry.releases() == []

    def child() -> None:
        add(registry, "child")
        assert names(registry) == ["child"]

    assert end(start(child)) == 0
    add(registry, "parent")
    assert names(registry) == ["child", "parent"]
    check(registry)


if __name__ == "__main__":
    from pathlib import Path

    _, named, folder, me, many = sys.argv
    opened = PostgresRegistry(
        named, home=Path(folder), keys=Path(folder) / "keys", clock=lambda: "2026-01-01T00:00:00Z"
    )
    write(opened, me, int(many))
    opened.close()
