"""The tables of the embedded registry written anew, all at once; the old ones are kept aside.

A sound database is rewritten in one transaction, so that nobody who has it open is left behind
with the old file. One that cannot be read is replaced by another file.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from typing import TYPE_CHECKING

from weighbridge.adapters.files import lasting, make_folder, storing, write_file
from weighbridge.adapters.ledger_view import TableView
from weighbridge.adapters.log_pub import PUBLIC
from weighbridge.adapters.schema import migrate, read_version
from weighbridge.adapters.session import Session
from weighbridge.model.errors import RegistryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from weighbridge.adapters.database import Database
    from weighbridge.adapters.tables import TableSession
    from weighbridge.model.standing import Store

TABLES = ("checkpoint", "entry", "node", "release", "store", "topic")
"""All that is written anew."""

_BESIDE = ("-wal", "-shm")


class EmptiedTables:
    """All tables of a registry, empty at first, within one transaction."""

    def __init__(self, session: TableSession) -> None:
        """Empty them; the transaction brings them back if it comes to nothing."""
        self._session = session
        for table in TABLES:
            session.write(f"DELETE FROM {table}")  # noqa: S608 - a constant

    def entries(self, start: int, entries: Iterable[bytes]) -> None:
        """Add entries, the first of which has an index."""
        self._session.write_many(
            "INSERT INTO entry (idx, body) VALUES (?, ?)", enumerate(entries, start)
        )

    def nodes(self, nodes: Iterable[tuple[int, int, bytes]]) -> None:
        """Add nodes: level, index, hash."""
        rows = [(((index + 1) << level) - 1, level, node) for level, index, node in nodes]
        self._session.write_many("INSERT INTO node (leaf, level, hash) VALUES (?, ?, ?)", rows)

    def topics(self, topics: Iterable[tuple[str, int]]) -> None:
        """Add topics: name, entry."""
        self._session.write_many("INSERT INTO topic (name, entry) VALUES (?, ?)", topics)

    def releases(self, releases: Iterable[tuple[str, str, str]]) -> None:
        """Add releases: name, version, digest."""
        query = "INSERT INTO release (name, version, digest) VALUES (?, ?, ?)"
        self._session.write_many(query, releases)

    def checkpoint(self, note: bytes) -> None:
        """Put the checkpoint."""
        self._session.write('INSERT INTO checkpoint ("only", note) VALUES (0, ?)', (note,))

    def store(self, store: Store | None) -> None:
        """Put where blobs lie, whatever was put before."""
        self._session.write("DELETE FROM store")
        if store is None:
            return
        row = (store.address, store.identity, int(store.encrypted), int(store.conditional))
        self._session.write("INSERT INTO store VALUES (0, ?, ?, ?, ?)", row)


def rebuild(
    database: Database,
    fill: Callable[[EmptiedTables], None],
    *,
    before: bytes | None,
    log_key: str,
) -> Path | None:
    """Write all tables anew.

    Args:
        database: The database.
        fill: Fills the tables.
        before: The checkpoint the database had when it was looked at; None if it is unusable.
        log_key: The log's public key, put beside the database if none is there.

    Returns:
        Where the old database is kept; None if there was none.

    Raises:
        RegistryError: Somebody wrote to it meanwhile.
        StorageError: It could not be written.
    """
    database.prepare()
    kept = _replace(database, fill) if before is None else _rewrite(database, fill, before)
    if not (database.root / PUBLIC).exists():
        write_file(database.root / PUBLIC, f"{log_key}\n".encode())
    return kept


def _rewrite(
    database: Database, fill: Callable[[EmptiedTables], None], before: bytes
) -> Path | None:
    session = database.open_for_writing()
    with contextlib.closing(session):
        session.command("BEGIN IMMEDIATE")
        version = read_version(session)
        view = TableView(session, version)
        if view.checkpoint != before:
            message = "the registry was written to meanwhile; nothing was rebuilt"
            raise RegistryError(message, help=["run it again"])
        kept = _copied(database.path) if version else None
        migrate(session)
        fill(EmptiedTables(session))
        session.commit()
    return kept


def _copied(path: Path) -> Path:
    """Copy a database while its lock for writing is held: so the two files belong together."""
    kept = _aside(path)
    with storing(kept), lasting(kept.parent):
        for end in ("-wal", ""):
            if (old := _named(path, end)).exists():
                shutil.copyfile(old, _named(kept, end))
    return kept


def _replace(database: Database, fill: Callable[[EmptiedTables], None]) -> Path | None:
    filling = database.path.with_name(f".{secrets.token_hex(8)}.tmp")
    make_folder(filling.parent)
    try:
        with contextlib.closing(Session(filling, mode="mode=rwc")) as session:
            session.command("PRAGMA synchronous = FULL")
            session.command("BEGIN IMMEDIATE")
            migrate(session)
            fill(EmptiedTables(session))
            session.commit()
        with database.alone():
            return _put_in_place(filling, database.path)
    finally:
        filling.unlink(missing_ok=True)


def _put_in_place(filling: Path, path: Path) -> Path | None:
    kept = _aside(path) if path.exists() else None
    with storing(path), lasting(path.parent):
        for end in _BESIDE:
            # SQLite would take what lies there for a part of the new file.
            if (old := _named(path, end)).exists() and kept is not None:
                old.rename(_named(kept, end))
        if kept is not None:
            kept.hardlink_to(path)
        filling.replace(path)
    return kept


def _aside(path: Path) -> Path:
    """Name a file that is not there yet, beside a database."""
    for number in range(1, 1000):
        kept = path.with_name(f"{path.name}.before-rebuild-{number}")
        if not kept.exists():
            return kept
    raise StorageError(f"{path.parent} is full of old databases", help=["remove some of them"])


def _named(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
