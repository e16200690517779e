"""The ledger in SQLite: what only a file, a disk and other processes can do to it."""

from __future__ import annotations

import resource
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_ledger_contract import add, begin, check
from tests.children import end, public_folder, start, tell, tell_as_nobody
from tests.ledger.signing import verify
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.adapters.schema import APPLICATION_ID, MIGRATIONS
from weighbridge.ledger.checkpoint import open_checkpoint
from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import NoteError, read_verifier_key
from weighbridge.model.errors import LedgerError, RegistryError, StorageError, WeighbridgeError
from weighbridge.model.event import EventError, Kind, read_event, topics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Transaction

ONE = f"sha256:{1:064x}"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[EmbeddedRegistry]:
    made = EmbeddedRegistry(tmp_path / "store", patience=20)
    yield made
    made.close()


def execute(registry: EmbeddedRegistry, *statements: str) -> None:
    registry.close()
    registry.root.mkdir(exist_ok=True)
    with closing(sqlite3.connect(registry.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def make_version_1(registry: EmbeddedRegistry) -> None:
    execute(
        registry,
        *MIGRATIONS[0],
        f"PRAGMA application_id = {APPLICATION_ID}",
        "PRAGMA user_version = 1",
        f"INSERT INTO release VALUES ('ranker', '1.0', '{ONE}')",  # noqa: S608 - a constant
    )


def test_a_database_of_version_1_is_read_as_it_is(registry: EmbeddedRegistry) -> None:
    make_version_1(registry)
    before = registry.database.read_bytes()
    with registry.reading() as view:
        assert (view.size, view.checkpoint, view.faults()) == (0, b"", [])
        assert [*view.entries(), *view.nodes(), *view.topics(), *view.found("control")] == []
        assert view.releases() == [("ranker", "1.0", ONE)]
    assert registry.database.read_bytes() == before


def test_a_database_of_version_1_is_migrated_by_the_first_who_writes(
    registry: EmbeddedRegistry,
) -> None:
    make_version_1(registry)
    with pytest.raises(ValueError, match="nothing"):
        registry.change(lambda _: int("nothing"))
    begin(registry)
    add(registry, "a")
    assert len(check(registry)) == 2
    assert registry.releases() == [("ranker", "1.0", ONE)]
    with closing(sqlite3.connect(registry.database)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)
        assert connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == [
            *(("checkpoint",), ("entry",), ("moved",), ("node",), ("release",)),
            *(("release_digest",), ("store",), ("topic",)),
        ]


@pytest.mark.parametrize("version", [0, 1, -1])
def test_a_damaged_version_does_not_make_a_ledger_look_empty(
    registry: EmbeddedRegistry, version: int
) -> None:
    begin(registry)
    execute(registry, f"PRAGMA user_version = {version}")
    with pytest.raises(RegistryError, match="is damaged"):
        registry.releases()
    with pytest.raises(RegistryError, match="is damaged"):
        add(registry, "a")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE node SET hash = zeroblob(32) WHERE leaf = 4",
        "UPDATE node SET hash = zeroblob(32) WHERE level = 2",
        "DELETE FROM node WHERE level = 2",
        "UPDATE checkpoint SET note = substr(note, 2)",
        "UPDATE checkpoint SET note = CAST(replace(note, x'0a350a', x'0a340a') AS BLOB)",
        "DELETE FROM checkpoint",
        "DELETE FROM entry WHERE idx = 4",
        "DELETE FROM entry",
        "UPDATE entry SET idx = 9 WHERE idx = 4",
        "UPDATE entry SET body = CAST(replace(body, 'name', 'nama') AS BLOB) WHERE idx = 4",
        "INSERT INTO entry VALUES (5, x'7b7d')",
    ],
)
def test_nothing_is_appended_to_a_damaged_end(registry: EmbeddedRegistry, statement: str) -> None:
    begin(registry)
    for name in "abcd":
        add(registry, name)
    execute(registry, statement)
    with pytest.raises(LedgerError, match=r"damaged at its end|no node|no entry") as caught:
        add(registry, "e")
    assert caught.value.faults[0].help == ("weighbridge log verify --deep",)
    registry.change(lambda t: t.bind("ranker", "1.0", ONE))


def test_a_checkpoint_of_another_key_is_not_built_upon(registry: EmbeddedRegistry) -> None:
    begin(registry)
    other = EmbeddedRegistry(registry.root / "other")
    other.make_log_key("log.example")
    for name in ("log.key", "log.pub"):
        (registry.root / "other" / name).replace(registry.root / name)
    with pytest.raises(LedgerError, match="damaged at its end"):
        add(registry, "a")


def story(view: LedgerView, key: str) -> object:
    """Verify all a view holds, and return what it says; raises whatever is found."""
    if faults := view.faults():
        raise LedgerError(faults[0])
    entries = list(view.entries())
    tree = MerkleTree(map(leaf_hash, entries))
    nodes = {(level, i): node for level, i, node in tree.nodes()}
    events = [read_event(entry) for entry in entries]
    found = sorted((topic, i) for i, event in enumerate(events) for topic in topics(event))
    if {node[:2]: node[2] for node in view.nodes()} != nodes or list(view.topics()) != found:
        raise LedgerError("nodes or topics are not those of the entries")
    checkpoint = open_checkpoint(view.checkpoint, read_verifier_key(key), verify=verify)
    if (checkpoint.size, checkpoint.root) != (len(entries), tree.root()):
        raise LedgerError("the checkpoint is not that of the entries")
    return entries, view.releases()


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_every_damaged_byte_is_told_or_means_nothing(registry: EmbeddedRegistry, mask: int) -> None:
    registry.change(lambda t: t.bind("ranker", "1.0", ONE))
    begin(registry)
    for name in "abc":
        add(registry, name)
    registry.close()
    with registry.reading() as view:
        truth = story(view, registry.log_key)
    whole = registry.database.read_bytes()
    step = 13 if mask == 0x01 else 61  # a prime, so that all parts of every record have their turn
    told = 0
    for at in [*range(100), *range(100, len(whole), step)]:
        changed = bytearray(whole)
        changed[at] ^= mask
        registry.database.write_bytes(changed)
        try:
            with registry.reading() as view:
                seen = story(view, registry.log_key)
        except (WeighbridgeError, NoteError, EventError):
            told += 1
        else:
            # The binding of a name is what the ledger's entries speak of, not its nodes.
            assert seen == truth or seen[0] == truth[0]  # type: ignore[index]
    assert told > 20


def test_a_row_of_another_type_is_told(registry: EmbeddedRegistry) -> None:
    begin(registry)
    registry.close()
    with closing(sqlite3.connect(registry.database)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '      ')")
        connection.commit()
    with closing(sqlite3.connect(registry.database)) as connection:
        connection.execute("UPDATE entry SET body = 'text'")
        connection.commit()
    with pytest.raises(RegistryError, match="is damaged"):
        registry.releases()


def test_undecodable_text_is_told(registry: EmbeddedRegistry) -> None:
    registry.change(lambda t: t.bind("ranker", "1.0", ONE))
    execute(registry, "UPDATE release SET name = CAST(x'ff' AS TEXT)")
    with pytest.raises(RegistryError, match="is damaged"):
        registry.releases()


def append_many(registry: EmbeddedRegistry, name: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda turn: add(registry, f"{name}/{turn}"), range(40)))


def test_processes_append_side_by_side(registry: EmbeddedRegistry) -> None:
    begin(registry)
    children = [start(partial(append_many, registry, str(number))) for number in range(3)]
    append_many(registry, "parent")
    assert [end(child) for child in children] == [0, 0, 0]
    names = [read_event(entry).body.get("name") for entry in check(registry)[1:]]
    assert len(set(names)) == len(names) == 160


def test_two_objects_of_one_process_append_side_by_side(registry: EmbeddedRegistry) -> None:
    begin(registry)
    other = EmbeddedRegistry(registry.root)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(append_many, registry, "a"), pool.submit(append_many, other, "b")]:
            done.result()
    other.close()
    assert len(check(registry)) == 81


def use_and_close(registry: EmbeddedRegistry, name: str) -> None:
    add(registry, name)
    registry.close()
    add(registry, f"{name} again")


def test_a_child_that_was_forked_writes_by_itself(registry: EmbeddedRegistry) -> None:
    begin(registry)
    for turn in range(10):
        child = start(partial(use_and_close, registry, f"child {turn}"))
        use_and_close(registry, f"parent {turn}")
        assert end(child) == 0
    assert len(check(registry)) == 41


def test_a_fork_while_threads_append(registry: EmbeddedRegistry) -> None:
    begin(registry)
    with ThreadPoolExecutor(1) as pool:
        appending = pool.submit(append_many, registry, "parent")
        for turn in range(5):
            assert end(start(partial(use_and_close, registry, f"child {turn}"))) == 0
        appending.result()
    assert len(check(registry)) == 51


def test_a_child_forked_amid_a_change_finds_the_registry_locked(tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "store", patience=0.05)
    begin(registry)
    children: list[int] = []

    def work() -> None:
        with pytest.raises(StorageError, match="locked") as raised:
            add(registry, "child")
        assert raised.value.faults[0].help[0].endswith("wait, then run it again")

    def change(transaction: Transaction) -> None:
        transaction.append(Kind.RELEASE_SEALED, {"name": "parent"})
        children.append(start(work))
        assert [end(child) for child in children] == [0]
        registry.close()

    registry.change(change)
    assert len(check(registry)) == 2
    assert add(registry, "after") == 2
    registry.close()


def test_a_registry_put_in_place_of_another_is_the_one_written_to(
    registry: EmbeddedRegistry,
) -> None:
    begin(registry)
    registry.database.rename(registry.root / "moved.db")
    for name in ("registry.db-wal", "registry.db-shm"):
        (registry.root / name).unlink()
    assert registry.change(lambda t: t.bind("ranker", "1.0", ONE))
    assert registry.releases() == [("ranker", "1.0", ONE)]


@pytest.mark.parametrize("look", [False, True])
def test_a_change_that_fails_leaves_no_gap_among_those_it_shared_a_commit_with(
    registry: EmbeddedRegistry, *, look: bool
) -> None:
    begin(registry)
    with registry._writer._transaction() as savepoint:
        for name in ("a", "bad", "b", "bad", "c"):
            with suppress(ValueError), savepoint() as transaction:
                index = transaction.append(Kind.RELEASE_SEALED, {"name": name})
                if look:
                    assert transaction.node(0, index) == leaf_hash(transaction.entry(index))
                if name == "bad":
                    raise ValueError
    names = [read_event(entry).body.get("name") for entry in check(registry)]
    assert names == [None, "a", "b", "c"]
    assert add(registry, "d") == 4
    assert len(check(registry)) == 5


def test_what_was_not_read_to_its_end_holds_nothing_up(registry: EmbeddedRegistry) -> None:
    begin(registry)
    left: list[Iterator[bytes]] = []

    def change(transaction: Transaction) -> None:
        transaction.append(Kind.RELEASE_SEALED, {"name": "a"})
        left.append(transaction.entries())
        next(left[0])

    registry.change(change)
    other = EmbeddedRegistry(registry.root)
    add(other, "b")
    other.close()
    assert add(registry, "c") == 3
    with pytest.raises(RegistryError):
        next(left[0])


def test_a_transaction_that_is_over_changes_nothing(registry: EmbeddedRegistry) -> None:
    begin(registry)
    old = registry.change(lambda transaction: transaction)
    with pytest.raises(StorageError, match="has ended"):
        old.bind("ranker", "1.0", ONE)
    with pytest.raises(StorageError, match="has ended"):
        old.append(Kind.RELEASE_SEALED, {"name": "a"})
    assert len(check(registry)) == 1


def test_an_entry_half_appended_ends_the_transaction(registry: EmbeddedRegistry) -> None:
    begin(registry)
    execute(registry, "INSERT INTO topic VALUES ('release:a', 1)")

    def change(transaction: Transaction) -> None:
        with pytest.raises(RegistryError, match="damaged"):
            transaction.append(Kind.RELEASE_SEALED, {"name": "a"})

    with pytest.raises(LedgerError, match="half appended"):
        registry.change(change)
    execute(registry, "DELETE FROM topic")
    assert len(check(registry)) == 1


@pytest.mark.parametrize("room", [0, 30_000, 70_000])
def test_a_disk_that_fills_up(registry: EmbeddedRegistry, room: int) -> None:
    begin(registry)
    add(registry, "first")

    def use() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        acknowledged = [1]
        with pytest.raises(StorageError):
            acknowledged.extend(add(registry, "filler" * 100) for _ in range(10_000))
        return str(acknowledged[-1])

    acknowledged = int(tell(use))
    assert len(check(registry)) == acknowledged + 1
    assert add(registry, "after") == acknowledged + 1


def test_a_ledger_that_may_only_be_read() -> None:
    with public_folder() as folder:
        registry = EmbeddedRegistry(folder / "store", patience=0.05)
        begin(registry)
        registry.close()
        registry.root.chmod(0o555)
        registry.database.chmod(0o444)

        def use() -> str:
            with pytest.raises(StorageError, match=r"readonly|unable to open"):
                add(registry, "a")
            return str(len(check(registry)))

        assert tell_as_nobody(use) == "1"


def test_a_clock_that_tells_no_time_changes_nothing(tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "store", clock=lambda: "yesterday")
    with pytest.raises(ValueError, match="yesterday"):
        registry.change(lambda t: t.bind("ranker", "1.0", ONE))
    assert registry.releases() == []
