from __future__ import annotations

import os
import resource
import signal
import sqlite3
import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.children import end, public_folder, start, tell, tell_as_nobody
from weighbridge.adapters import files
from weighbridge.adapters import registry as module
from weighbridge.adapters.registry import APPLICATION_ID, MIGRATIONS, EmbeddedRegistry
from weighbridge.model.errors import BoundError, RegistryError, StorageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


@pytest.fixture
def registry(tmp_path: Path) -> EmbeddedRegistry:
    return EmbeddedRegistry(tmp_path / "store", patience=0.05)


def database(registry: EmbeddedRegistry, *statements: str) -> None:
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
        registry.bind("ranker", "1.0", digest(1))
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
    registry.bind("ranker", "1.0", digest(1))
    assert (registry.root / ".gitignore").read_bytes() == b"*\n"


def test_a_folder_that_holds_other_things_is_not_hidden(registry: EmbeddedRegistry) -> None:
    (registry.root / "blobs").mkdir(parents=True)
    (registry.root / "release.yaml").touch()
    registry.bind("ranker", "1.0", digest(1))
    assert not (registry.root / ".gitignore").exists()


def test_what_a_person_wrote_for_git_is_left(registry: EmbeddedRegistry) -> None:
    registry.bind("ranker", "1.0", digest(1))
    (registry.root / ".gitignore").write_text("blobs\n")
    registry.bind("ranker", "1.1", digest(1))
    assert (registry.root / ".gitignore").read_text() == "blobs\n"


def test_what_is_acknowledged_survives_a_power_cut(registry: EmbeddedRegistry) -> None:
    with registry._writing() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    with closing(sqlite3.connect(registry.database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_refusal_shows_both_digests_and_a_way_on(registry: EmbeddedRegistry) -> None:
    registry.bind("ranker", "1.0", digest(1))
    with pytest.raises(BoundError, match="is sealed already") as caught:
        registry.bind("ranker", "1.0", digest(2))
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


def test_a_newer_schema_is_not_touched(registry: EmbeddedRegistry) -> None:
    registry.bind("ranker", "1.0", digest(1))
    database(registry, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    assert fault(registry, RegistryError).endswith("was written by a newer weighbridge")


def test_a_damaged_database_is_told(registry: EmbeddedRegistry) -> None:
    for number in range(200):
        registry.bind("ranker", str(number), digest(number))
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
    assert registry.bind("ranker", "1.0", digest(1))


def test_a_folder_in_place_of_the_database(registry: EmbeddedRegistry) -> None:
    registry.database.mkdir(parents=True)
    with pytest.raises(StorageError, match="could not be used"):
        registry.releases()
    with pytest.raises(StorageError, match="could not be used"):
        registry.bind("ranker", "1.0", digest(1))


def test_a_file_in_place_of_the_folder(registry: EmbeddedRegistry) -> None:
    registry.root.touch()
    with pytest.raises(StorageError, match="exists"):
        registry.bind("ranker", "1.0", digest(1))


def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "a?mode=ro#b %41 é")
    assert registry.bind("ranker", "1.0", digest(1))
    assert registry.releases() == [("ranker", "1.0", digest(1))]
    assert registry.database.is_file()


def test_a_writer_who_takes_too_long(registry: EmbeddedRegistry) -> None:
    registry.bind("ranker", "1.0", digest(1))
    with closing(sqlite3.connect(registry.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="database is locked"):
            registry.bind("ranker", "1.1", digest(1))
        assert registry.releases() == [("ranker", "1.0", digest(1))]
        other.execute("ROLLBACK")
    assert registry.bind("ranker", "1.1", digest(1))


def test_a_registry_that_may_only_be_read() -> None:
    with public_folder() as folder:
        registry = EmbeddedRegistry(folder / "store", patience=0.05)
        registry.bind("ranker", "1.0", digest(1))
        registry.root.chmod(0o555)
        registry.database.chmod(0o444)

        def use() -> str:
            with pytest.raises(StorageError, match=r"readonly|unable to open"):
                registry.bind("ranker", "1.1", digest(1))
            return repr(registry.releases())

        assert tell_as_nobody(use) == repr([("ranker", "1.0", digest(1))])


def test_a_registry_that_may_not_be_read_is_not_an_empty_one() -> None:
    with public_folder() as folder:
        registry = EmbeddedRegistry(folder / "store")
        registry.bind("ranker", "1.0", digest(1))
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
        registry.bind("filler", str(number), digest(number))


@pytest.mark.parametrize("room", [0, 4096, 20_000])
def test_a_disk_that_fills_up(registry: EmbeddedRegistry, room: int) -> None:
    registry.bind("ranker", "1.0", digest(1))

    def bind() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        with pytest.raises(StorageError) as caught:
            fill(registry)
        return caught.value.code

    assert tell(bind) == "WB133"
    names = registry.releases()
    assert ("ranker", "1.0", digest(1)) in names
    assert registry.bind("ranker", "1.1", digest(1))


def test_a_transaction_that_fails_leaves_nothing(registry: EmbeddedRegistry) -> None:
    registry.bind("ranker", "1.0", digest(1))

    def interrupted() -> None:
        with registry._writing() as connection:
            connection.execute("DELETE FROM release")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(registry.releases()) == 1


def race(registry: EmbeddedRegistry, number: int, gate: tuple[int, int]) -> None:
    """Bind once the gate opens: exit with 0 for a new binding, with 7 for a refusal."""
    os.close(gate[1])
    os.read(gate[0], 1)
    try:
        assert registry.bind("ranker", "1.0", digest(number))
    except BoundError:
        os._exit(7)


def test_a_transaction_that_has_ended_hides_no_error(registry: EmbeddedRegistry) -> None:
    def ended() -> None:
        with registry._writing() as connection:
            connection.execute("ROLLBACK")  # as SQLite does itself when the disk is full
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ended()
    assert registry.bind("ranker", "1.0", digest(1))


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
    for attempt in range(150):
        outcomes = run_race(EmbeddedRegistry(tmp_path / f"store{attempt}"))
        assert sorted(outcomes) == [0] + [7] * 7


OURS = {module.__file__, files.__file__}


def kill_at(line: int) -> None:
    """Kill this process where it begins the given line of the adapters, counted as they run."""
    left = line

    def trace(frame: FrameType, event: str, _: object) -> object:
        nonlocal left
        if frame.f_code.co_filename not in OURS:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)  # type: ignore[arg-type] # a function that returns itself has no type


def kill(root: Path, line: int, *, used: bool) -> int:
    """Kill a process that binds a name; afterwards it is bound or not, and all else is whole."""
    registry = EmbeddedRegistry(root)
    before = [("first", "1.0", digest(1))] if used else []
    if used:
        registry.bind("first", "1.0", digest(1))

    def bind() -> None:
        kill_at(line)
        registry.bind("ranker", "1.0", digest(2))

    ended = end(start(bind))
    after = registry.releases()
    assert after in (before, [*before, ("ranker", "1.0", digest(2))])
    registry.bind("ranker", "1.0", digest(2))
    assert registry.releases() == [*before, ("ranker", "1.0", digest(2))]
    with closing(sqlite3.connect(registry.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (root / ".gitignore").read_bytes() == b"*\n"
    return ended


@pytest.mark.parametrize("line", [20, 50, 80])
def test_a_process_killed_while_it_binds(tmp_path: Path, line: int) -> None:
    assert kill(tmp_path / "store", line, used=False) in (0, -signal.SIGKILL)
    assert kill(tmp_path / "used", line // 2, used=True) == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("used", [False, True])
def test_a_process_killed_at_every_line_while_it_binds(tmp_path: Path, *, used: bool) -> None:
    endings: list[int] = []
    while not endings or endings[-1] == -signal.SIGKILL:
        line = len(endings) + 1
        endings.append(kill(tmp_path / str(line), line, used=used))
    assert endings[-1] == 0
    assert len(endings) > 40
