from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.children import public_folder, tell_as_nobody
from weighbridge.adapters import digest_cache
from weighbridge.adapters.digest_cache import FILE, FolderDigestCache, readers_stamp

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = ("sha256:" + digit * 64 for digit in "12")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name a folder that is not there yet."""
    return tmp_path / "registry/cache"


def filled(folder: Path, *kept: tuple[str, str, bytes]) -> Path:
    """Keep something, as a run before did."""
    cache = FolderDigestCache(folder)
    for one in kept or (("identity", ONE, b"seen"),):
        cache.keep(*one)
    cache.close()
    return folder / FILE


def remembered(folder: Path, identity: str = "identity") -> tuple[str | None, bytes | None]:
    """Ask for a digest and for what was observed of `ONE`, as a later run does."""
    cache = FolderDigestCache(folder)
    try:
        return cache.digest(identity), cache.observation(ONE)
    finally:
        cache.close()


def execute(file: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(sql, values)


def test_what_was_kept_is_known_to_the_next_run(folder: Path) -> None:
    filled(folder)
    assert remembered(folder) == (ONE, b"seen")
    assert remembered(folder, "another") == (None, b"seen")


def test_what_was_kept_is_known_at_once(folder: Path) -> None:
    cache = FolderDigestCache(folder)
    cache.keep("identity", ONE, b"seen")
    assert (cache.digest("identity"), cache.observation(ONE)) == (ONE, b"seen")
    cache.close()


def test_the_last_that_was_kept_counts(folder: Path) -> None:
    filled(folder)
    filled(folder, ("identity", TWO, b"other"), ("", ONE, b"seen anew"))
    assert remembered(folder) == (TWO, b"seen anew")


def test_a_content_is_known_without_a_file(folder: Path) -> None:
    filled(folder, ("", ONE, b"seen"))
    assert remembered(folder, "") == (None, b"seen")


def test_closing_writes_and_may_be_done_twice(folder: Path) -> None:
    cache = FolderDigestCache(folder)
    cache.keep("identity", ONE, b"seen")
    assert remembered(folder) == (None, None)  # it was not closed yet
    cache.close()
    cache.close()
    assert remembered(folder) == (ONE, b"seen")
    assert (cache.digest("identity"), cache.observation(ONE)) == (ONE, b"seen")
    cache.close()


def test_who_only_asks_makes_nothing(folder: Path) -> None:
    assert remembered(folder) == (None, None)
    assert not folder.exists()


def test_the_file_is_for_its_owner_alone(folder: Path) -> None:
    assert stat.S_IMODE(filled(folder).stat().st_mode) == 0o600


def test_other_readers_find_other_things(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(folder)
    monkeypatch.setattr(digest_cache, "readers_stamp", lambda: "of another version")
    # The digest of a file does not depend on who reads its format.
    assert remembered(folder) == (ONE, None)
    filled(folder, ("", TWO, b"new"))
    monkeypatch.undo()
    assert remembered(folder) == (ONE, None)


def test_the_stamp_depends_on_every_reader_and_on_the_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert readers_stamp() == readers_stamp()
    stamps = [readers_stamp()]
    monkeypatch.setattr("weighbridge.__version__", "0.0.0")
    stamps.append(readers_stamp())
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    for text in ("a = 1\n", "a = 2\n"):
        (tmp_path / "reader.py").write_text(text)
        stamps.append(readers_stamp())
    (tmp_path / "other.py").write_text("")
    (tmp_path / "reader.pyc").write_text("")
    assert readers_stamp() == stamps[-1]
    assert len(set(stamps)) == 4


def test_the_oldest_is_forgotten_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest_cache, "_MOST", 3)
    filled(folder, *((f"file {at}", f"digest {at}", b"seen") for at in range(5)))
    filled(folder, ("file 5", "digest 5", b"seen"), ("file 2", "digest 2", b"seen again"))
    cache = FolderDigestCache(folder)
    files = [at for at in range(6) if cache.digest(f"file {at}")]
    contents = [at for at in range(6) if cache.observation(f"digest {at}")]
    cache.close()
    # The second, kept again, is as new as the fifth.
    assert files == contents == [2, 4, 5]


def not_a_database(file: Path) -> None:
    file.write_bytes(b"not a database, though longer than the header of one" * 4)


def cut_off(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwritten(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:100] + bytes(len(data) - 100))


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def other_tables(file: Path) -> None:
    execute(file, "DROP TABLE files")
    execute(file, "DROP TABLE contents")
    execute(file, "CREATE TABLE files (something)")
    execute(file, "CREATE TABLE contents (something)")


@pytest.mark.parametrize(
    "damage", [not_a_database, cut_off, overwritten, a_folder, a_pipe, other_tables]
)
def test_a_damaged_file_knows_nothing_and_breaks_nothing(folder: Path, damage: object) -> None:
    file = filled(folder)
    assert callable(damage)
    damage(file)
    assert remembered(folder) == (None, None)
    cache = FolderDigestCache(folder)
    cache.keep("identity", TWO, b"seen")
    cache.keep("identity", TWO, b"seen")
    cache.close()


@pytest.mark.parametrize("value", ["7", "x'ff'", "CAST(x'ff' AS TEXT)", "NULL"])
def test_a_row_that_is_no_text_is_no_digest(folder: Path, value: str) -> None:
    file = filled(folder)
    execute(file, "DROP TABLE files")
    execute(file, "CREATE TABLE files (number INTEGER PRIMARY KEY, identity UNIQUE, digest)")
    execute(file, f"INSERT INTO files (identity, digest) VALUES ('identity', {value})")  # noqa: S608
    assert remembered(folder)[0] is None


def test_a_row_that_is_no_bytes_is_no_observation(folder: Path) -> None:
    file = filled(folder)
    execute(file, "DROP TABLE contents")
    execute(file, "CREATE TABLE contents (digest, data)")
    execute(file, "INSERT INTO contents VALUES (?, 7)", ONE)
    assert remembered(folder) == (ONE, None)


def test_a_database_that_somebody_holds_is_done_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_cache, "_WAIT", 0.01)
    file = filled(folder)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert remembered(folder) == (None, None)
        filled(folder, ("identity", TWO, b"other"))
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")
        # It may be asked, and only what is kept is lost.
        assert remembered(folder) == (ONE, b"seen")
        filled(folder, ("identity", TWO, b"other"))
    assert remembered(folder) == (ONE, b"seen")


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    filled(tmp_path / "file/cache")
    assert remembered(tmp_path / "file/cache") == (None, None)


def test_a_folder_that_cannot_be_written_is_done_without() -> None:
    with public_folder() as folder:
        file = filled(folder / "cache")
        (folder / "cache").chmod(0o755)
        file.chmod(0o644)
        folder.chmod(0o755)

        def other() -> str:
            filled(folder / "new")
            filled(folder / "cache", ("identity", TWO, b"other"))
            found = {remembered(folder / name) for name in ("new", "cache")}
            return str(found == {(None, None)})

        assert tell_as_nobody(other) == "True"
        assert not (folder / "new").exists()
        assert remembered(folder / "cache") == (ONE, b"seen")
