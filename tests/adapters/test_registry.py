from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.children import end, public_folder, start, tell, tell_as_nobody
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.adapters.schema import APPLICATION_ID, MIGRATIONS
from weighbridge.adapters.session import Session
from weighbridge.adapters.transaction import TableTransaction
from weighbridge.model.errors import BoundError, RegistryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.ports import Transaction


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def bind(registry: EmbeddedRegistry, name: str, version: str, digest: str) -> bool:
    return registry.change(lambda transaction: transaction.bind(name, version, digest))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[EmbeddedRegistry]:
    made = EmbeddedRegistry(tmp_path / "store", patience=0.05)
    yield made
    made.close()


def database(registry: EmbeddedRegistry, *statements: str) -> None:
    registry.close()
    registry.root.mkdir(exist_ok=True)
    with closing(sqlite3.connect(registry.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def fault(registry: EmbeddedRegistry, kind: type[RegistryError | StorageError]) -> str:
    """Return the message both reading and writing end with."""
    with pytest.raises(kind) as reading:
        registry.releases()
    with pytest.raises(kind) as writing:
        bind(registry, "ranker", "1.0", digest(1))
    assert str(reading.value) == str(writing.value)
    return str(reading.value)


def test_nothing_is_made_by_looking(registry: EmbeddedRegistry) -> None:
    assert registry.releases() == []
    assert not registry.root.exists()


def test_a_registry_of_its_own_is_hidden_from_git(registry: EmbeddedRegistry) -> None:
    registry.blobs.incoming().discard()
    assert (registry.root / ".gitignore").read_bytes() == b"*\n"
    assert not registry.database.exists()
    registry.blobs.put(b"x")
    bind(registry, "ranker", "1.0", digest(1))
    assert (registry.root / ".gitignore").read_bytes() == b"*\n"


def test_a_folder_that_holds_other_things_is_not_hidden(registry: EmbeddedRegistry) -> None:
    (registry.root / "blobs").mkdir(parents=True)
    (registry.root / "release.yaml").touch()
    bind(registry, "ranker", "1.0", digest(1))
    assert not (registry.root / ".gitignore").exists()


def test_what_a_person_wrote_for_git_is_left(registry: EmbeddedRegistry) -> None:
    bind(registry, "ranker", "1.0", digest(1))
    (registry.root / ".gitignore").write_text("blobs\n")
    bind(registry, "ranker", "1.1", digest(1))
    assert (registry.root / ".gitignore").read_text() == "blobs\n"


def test_what_is_acknowledged_survives_a_power_cut(registry: EmbeddedRegistry) -> None:
    assert bind(registry, "ranker", "1.0", digest(1))
    with closing(registry._database.open_for_writing()) as session:
        assert list(session.rows((str,), "PRAGMA journal_mode")) == [("wal",)]
        assert list(session.rows((int,), "PRAGMA synchronous")) == [(2,)]
        assert list(session.rows((int,), "PRAGMA application_id")) == [(APPLICATION_ID,)]
        assert list(session.rows((int,), "PRAGMA user_version")) == [(len(MIGRATIONS),)]


def test_a_refusal_shows_both_digests_and_a_way_on(registry: EmbeddedRegistry) -> None:
    bind(registry, "ranker", "1.0", digest(1))
    with pytest.raises(BoundError, match="is sealed already") as caught:
        bind(registry, "ranker", "1.0", digest(2))
    (shown,) = caught.value.faults
    assert (shown.seen, shown.wanted) == (digest(2), digest(1))
    assert any("diff ranker@1.0" in step for step in shown.help)


def test_another_programs_database_is_left_as_it_is(registry: EmbeddedRegistry) -> None:
    database(registry, "CREATE TABLE release (name TEXT)")
    before = registry.database.read_bytes()
    assert fault(registry, RegistryError).endswith("is another program's database")
    assert registry.database.read_bytes() == before


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 1"])
def test_another_programs_empty_database_is_left_alone(
    registry: EmbeddedRegistry, pragma: str
) -> None:
    database(registry, f"PRAGMA {pragma}")
    assert fault(registry, RegistryError).endswith("is another program's database")


@pytest.mark.parametrize("content", [b"just text, " * 100, b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_database(registry: EmbeddedRegistry, content: bytes) -> None:
    registry.root.mkdir()
    registry.database.write_bytes(content)
    assert "is not a weighbridge registry, or is damaged" in fault(registry, RegistryError)
    assert registry.database.read_bytes() == content


@pytest.mark.parametrize("size", [1, 100, 511])
def test_a_database_that_was_cut_off_is_not_a_new_one(
    registry: EmbeddedRegistry, size: int
) -> None:
    bind(registry, "ranker", "1.0", digest(1))
    registry.close()
    left = registry.database.read_bytes()[:size]
    registry.database.write_bytes(left)
    assert "is not a weighbridge registry, or is damaged" in fault(registry, RegistryError)
    with pytest.raises(RegistryError, match="is damaged"):
        bind(registry, "ranker", "1.0", digest(2))
    assert registry.database.read_bytes() == left


def test_a_newer_schema_is_not_touched(registry: EmbeddedRegistry) -> None:
    bind(registry, "ranker", "1.0", digest(1))
    database(registry, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    assert fault(registry, RegistryError).endswith("was written by a newer weighbridge")


def test_a_damaged_database_is_told(registry: EmbeddedRegistry) -> None:
    for number in range(200):
        bind(registry, "ranker", str(number), digest(number))
    registry.close()
    size = registry.database.stat().st_size
    with registry.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    assert "is damaged" in fault(registry, RegistryError)


@pytest.mark.parametrize("prepare", ["", "PRAGMA journal_mode = WAL"])
def test_a_database_that_was_never_finished_is_an_empty_one(
    registry: EmbeddedRegistry, prepare: str
) -> None:
    database(registry, *filter(None, [prepare]))
    assert registry.releases() == []
    assert bind(registry, "ranker", "1.0", digest(1))


def test_a_folder_in_place_of_the_database(registry: EmbeddedRegistry) -> None:
    registry.database.mkdir(parents=True)
    with pytest.raises(StorageError, match="could not be used"):
        registry.releases()
    with pytest.raises(StorageError, match="could not be used"):
        bind(registry, "ranker", "1.0", digest(1))


def test_a_file_in_place_of_the_folder(registry: EmbeddedRegistry) -> None:
    registry.root.touch()
    with pytest.raises(StorageError, match="exists"):
        bind(registry, "ranker", "1.0", digest(1))


def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "a?mode=ro#b %41 é")
    assert bind(registry, "ranker", "1.0", digest(1))
    assert registry.releases() == [("ranker", "1.0", digest(1))]
    assert registry.database.is_file()


def test_a_writer_who_takes_too_long(registry: EmbeddedRegistry) -> None:
    bind(registry, "ranker", "1.0", digest(1))
    with closing(sqlite3.connect(registry.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="database is locked"):
            bind(registry, "ranker", "1.1", digest(1))
        assert registry.releases() == [("ranker", "1.0", digest(1))]
        other.execute("ROLLBACK")
    assert bind(registry, "ranker", "1.1", digest(1))


def test_a_registry_that_may_only_be_read() -> None:
    with public_folder() as folder:
        registry = EmbeddedRegistry(folder / "store", patience=0.05)
        bind(registry, "ranker", "1.0", digest(1))
        registry.root.chmod(0o555)
        registry.database.chmod(0o444)

        def use() -> str:
            with pytest.raises(StorageError, match=r"readonly|unable to open"):
                bind(registry, "ranker", "1.1", digest(1))
            return repr(registry.releases())

        assert tell_as_nobody(use) == repr([("ranker", "1.0", digest(1))])


def test_a_registry_that_may_not_be_read_is_not_an_empty_one() -> None:
    with public_folder() as folder:
        registry = EmbeddedRegistry(folder / "store")
        bind(registry, "ranker", "1.0", digest(1))
        registry.root.chmod(0o700)

        def use() -> str:
            with pytest.raises(StorageError, match="Permission denied"):
                registry.releases()
            return "refused"

        if os.geteuid():
            registry.root.chmod(0)
        assert tell_as_nobody(use) == "refused"
        registry.root.chmod(0o700)


def fill(registry: EmbeddedRegistry) -> None:
    for number in range(1000):
        bind(registry, "filler", str(number), digest(number))


@pytest.mark.parametrize("room", [0, 4096, 20_000])
def test_a_disk_that_fills_up(registry: EmbeddedRegistry, room: int) -> None:
    bind(registry, "ranker", "1.0", digest(1))

    def use() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        with pytest.raises(StorageError) as caught:
            fill(registry)
        return caught.value.code

    assert tell(use) == "WB133"
    names = registry.releases()
    assert ("ranker", "1.0", digest(1)) in names
    assert bind(registry, "ranker", "1.1", digest(1))


def test_a_transaction_that_fails_leaves_nothing(registry: EmbeddedRegistry) -> None:
    bind(registry, "ranker", "1.0", digest(1))

    def interrupted(transaction: Transaction) -> None:
        transaction.bind("ranker", "1.1", digest(1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry.change(interrupted)
    assert len(registry.releases()) == 1
    assert bind(registry, "ranker", "1.1", digest(1))


def race(registry: EmbeddedRegistry, number: int, gate: tuple[int, int]) -> None:
    """Bind once the gate opens: exit with 0 for a new binding, with 7 for a refusal."""
    os.close(gate[1])
    os.read(gate[0], 1)
    try:
        assert bind(registry, "ranker", "1.0", digest(number))
    except BoundError:
        os._exit(7)


def test_a_transaction_that_has_ended_hides_no_error(registry: EmbeddedRegistry) -> None:
    def ended(transaction: Transaction) -> None:
        assert isinstance(transaction, TableTransaction)
        assert isinstance(transaction._session, Session)
        transaction._session.command("ROLLBACK")  # as SQLite does itself when the disk is full
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry.change(ended)
    assert bind(registry, "ranker", "1.0", digest(1))


def test_a_transaction_that_has_ended_keeps_nothing_unseen(registry: EmbeddedRegistry) -> None:
    def ended(transaction: Transaction) -> None:
        assert isinstance(transaction, TableTransaction)
        assert isinstance(transaction._session, Session)
        transaction._session.command("ROLLBACK")
        with pytest.raises(StorageError, match="has ended"):
            transaction.bind("ranker", "1.0", digest(1))

    with pytest.raises(StorageError, match="has ended"):
        registry.change(ended)
    assert registry.releases() == []


def run_race(registry: EmbeddedRegistry) -> list[int]:
    gate = os.pipe()
    children = [start(partial(race, registry, number, gate)) for number in range(8)]
    os.close(gate[1])
    outcomes = [end(child) for child in children]
    os.close(gate[0])
    return outcomes


def test_of_many_who_bind_a_name_one_wins(tmp_path: Path) -> None:
    for attempt in range(5):
        registry = EmbeddedRegistry(tmp_path / f"store{attempt}")
        outcomes = run_race(registry)
        assert sorted(outcomes) == [0] + [7] * 7
        assert registry.releases() == [("ranker", "1.0", digest(outcomes.index(0)))]


@pytest.mark.slow
def test_of_many_who_make_a_registry_none_fails(tmp_path: Path) -> None:
    for attempt in range(50):
        outcomes = run_race(EmbeddedRegistry(tmp_path / f"store{attempt}"))
        assert sorted(outcomes) == [0] + [7] * 7
