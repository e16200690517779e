"""`registry rebuild`: tables follow from entries, and what else they held is said and gone."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast

REBUILD = ("registry", "rebuild")
TABLES = ("release", "entry", "node", "topic", "checkpoint", "store")


def dump(cast: Cast, folder: Path | None = None) -> dict[str, list[tuple[object, ...]]]:
    """Read every table."""
    path = (folder or cast.store) / "registry.db"
    with closing(sqlite3.connect(path)) as database:
        return {
            table: database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608
            for table in TABLES
        }


DAMAGE = {
    "node": ["UPDATE node SET hash = zeroblob(32) WHERE leaf = 1", "DELETE FROM node"],
    "index": ["DELETE FROM topic", "INSERT INTO topic VALUES ('subject:x', 1)"],
    "release": [
        "DELETE FROM release",
        "INSERT INTO release VALUES ('demo', '6', 'x')",
        "UPDATE release SET version = '2'",
    ],
    "entries": ["INSERT INTO entry SELECT 4, body FROM entry WHERE idx = 3"],
}


@pytest.mark.parametrize(
    ("table", "damage"), [(table, sql) for table, several in DAMAGE.items() for sql in several]
)
def test_what_tables_held_otherwise_is_said_and_gone(table: str, damage: str, cast: Cast) -> None:
    wanted = dump(cast)
    cast.execute(damage)
    looked = cast(*REBUILD, "--dry-run", "--output-format=json")
    assert looked.code == 1
    assert not looked.json["rebuilt"]
    assert table in {problem["subject"] for problem in looked.json["problems"]}
    assert dump(cast) != wanted
    done = cast.done(*REBUILD, "--output-format=json").json
    assert (done["problems"], done["rebuilt"]) == (looked.json["problems"], True)
    assert dump(cast) == wanted
    cast.done("log", "verify", "--deep")
    cast.done("sign", RELEASE, by="bea")
    with closing(sqlite3.connect(done["kept"])) as kept:
        assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_nothing_is_written_where_all_is_well(cast: Cast) -> None:
    cast.done("log", "verify", "--deep")
    before = cast.everything()
    assert cast.done(*REBUILD).out == "sound: 4 entries\n"
    assert cast.everything() == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entry SET body = CAST(replace(body, 'bea', 'eve') AS BLOB) WHERE idx = 2",
        "DELETE FROM entry WHERE idx = 2",
        "DELETE FROM entry WHERE idx = 3",
        "UPDATE entry SET body = CAST('{}' AS BLOB) WHERE idx = 1",
        "UPDATE checkpoint SET note = CAST(substr(note, 2) AS BLOB)",
        "DELETE FROM checkpoint",
    ],
)
def test_entries_that_were_not_signed_are_no_ground_to_build_on(damage: str, cast: Cast) -> None:
    cast.execute(damage)
    before = dump(cast)
    assert cast(*REBUILD).code in {1, 2}
    assert dump(cast) == before


def copied(cast: Cast) -> Path:
    """Keep a copy of the registry, as a backup is."""
    folder = cast.folder.parent / "backup"
    cast.registry.close()
    shutil.copytree(cast.store, folder)
    return folder


@pytest.mark.parametrize("how", ["gone", "garbage", "cut", "with-a-trigger"])
def test_a_lost_database_comes_back_from_elsewhere(how: str, cast: Cast) -> None:
    wanted, backup, path = dump(cast), copied(cast), cast.store / "registry.db"
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "with-a-trigger":
        cast.execute("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END")
    else:
        path.write_bytes(b"garbage" * 1000 if how == "garbage" else data[: len(data) // 2])
    for beside in cast.store.glob("registry.db-*"):
        beside.unlink()
    found = cast.done(*REBUILD, f"--from={backup}", "--output-format=json").json
    assert found["rebuilt"]
    assert bool(found["kept"]) == (how != "gone")
    assert dump(cast) == wanted
    cast.done("log", "verify", "--deep")
    cast.done("sign", RELEASE, by="bea")


def test_an_older_source_does_not_take_the_registry_back(cast: Cast) -> None:
    backup = copied(cast)
    cast.done("sign", RELEASE, by="bea")
    before = dump(cast)
    found = cast(*REBUILD, f"--from={backup}")
    assert found.code == 1
    assert "more entries than the source" in found.err
    assert dump(cast) == before


def test_a_source_of_another_log_is_refused(cast: Cast) -> None:
    backup = copied(cast)
    shutil.rmtree(cast.store)
    other = EmbeddedRegistry(cast.folder.parent / "other")
    key = other.make_log_key("")
    (cast.folder.parent / "other.pub").write_text(f"{key}\n")
    found = cast(*REBUILD, f"--from={backup}", f"--log-key={cast.folder.parent / 'other.pub'}")
    assert found.code == 1
    assert "does not prove the entries" in found.err


def test_a_lost_folder_comes_back_with_its_public_key(cast: Cast) -> None:
    wanted, backup = dump(cast), copied(cast)
    for name in ("registry.db", "log.key", "log.pub"):
        (cast.store / name).unlink()
    cast.done(*REBUILD, f"--from={backup}")
    assert dump(cast) == wanted
    assert (cast.store / "log.pub").read_bytes() == (backup / "log.pub").read_bytes()
    cast.done("log", "verify", "--deep")
    cast.done("key", "trust", "--log", by="ann ben")  # for its private half was lost


def test_rotated_keys_are_followed(cast: Cast) -> None:
    old = cast.folder.parent / "old.pub"
    shutil.copy(cast.store / "log.pub", old)
    cast.done("key", "trust", "--log", by="ann ben")
    wanted = dump(cast)
    cast.execute("DELETE FROM node")
    cast.done(*REBUILD, f"--log-key={old}")
    assert dump(cast) == wanted


def test_a_registry_without_owners_has_nothing_to_build_on(ownerless: Cast) -> None:
    found = ownerless(*REBUILD)
    assert found.code == 2
    assert "no ledger to rebuild from" in found.err


def test_whoever_writes_meanwhile_comes_first(cast: Cast) -> None:
    registry = cast.registry
    with pytest.raises(RegistryError, match="written to meanwhile"):
        registry.rebuild(lambda _: None, before=b"another", log_key=registry.log_key)
    cast.done("log", "verify", "--deep")
