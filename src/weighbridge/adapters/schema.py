"""The tables of a registry, and how the embedded one's database comes to have them.

Migrations only go forward. A database is ours only if its tables are, to the letter, those of its
version: a damaged version number must not make a full registry look like an empty one.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from typing import TYPE_CHECKING

from weighbridge.adapters.session import damaged
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.adapters.session import Session

APPLICATION_ID = 0x57474252  # "WGBR": tells our file from any other SQLite database

# A node has the number of its last leaf: so ordered, all of them are added at the end of the table.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE release (
            name TEXT NOT NULL,
            version TEXT NOT NULL,
            digest TEXT NOT NULL,
            PRIMARY KEY (name, version)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX release_digest ON release (digest)",
    ),
    (
        "DROP INDEX release_digest",
        """
        CREATE TABLE entry (
            idx INTEGER NOT NULL PRIMARY KEY CHECK (idx >= 0),
            body BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE node (
            leaf INTEGER NOT NULL CHECK (leaf >= 0),
            level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 62),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (leaf, level),
            CHECK ((leaf + 1) & ((1 << level) - 1) = 0)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE checkpoint (
            only INTEGER NOT NULL PRIMARY KEY CHECK (only = 0),
            note BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE topic (
            name TEXT NOT NULL,
            entry INTEGER NOT NULL CHECK (entry >= 0),
            PRIMARY KEY (name, entry)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE store (
            only INTEGER NOT NULL PRIMARY KEY CHECK (only = 0),
            address TEXT NOT NULL,
            identity TEXT NOT NULL,
            encrypted INTEGER NOT NULL CHECK (encrypted IN (0, 1)),
            conditional INTEGER NOT NULL CHECK (conditional IN (0, 1))
        ) STRICT
        """,
    ),
    (
        "CREATE INDEX release_digest ON release (digest)",
        """
        CREATE TABLE moved (
            only INTEGER NOT NULL PRIMARY KEY CHECK (only = 0),
            place TEXT NOT NULL
        ) STRICT
        """,
    ),
)
RELEASES = 1
"""The version that has releases."""

LEDGER = 2
"""The version that has a ledger."""

STORE = 3
"""The version that remembers where blobs lie."""

MOVED = 4
"""The version that remembers where the registry has moved to."""

_OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"


def read_version(session: Session) -> int:
    """Read the version of a database's tables, 0 of one that has none yet.

    Raises:
        RegistryError: It is another program's, of a later version, or damaged.
    """
    # Within one transaction, since somebody may be making the database just now.
    query = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"
    ((application, version),) = session.rows((int, int), query)
    objects = list(session.rows((str, str, str, str), _OBJECTS))
    if application != APPLICATION_ID and (application or version or objects):
        message = f"{session.place} is another program's database"
        raise RegistryError(message, help=["name another place with --registry"])
    if version > len(MIGRATIONS):
        raise newer(session.place, version)
    if version < 0 or objects != _objects(version):
        raise damaged(session.place, f"the tables are not those of schema {version}")
    return int(version)


def newer(place: Path | str, version: int) -> RegistryError:
    """Return the error that a database has tables of a later version than this one's."""
    return RegistryError(
        f"{place} was written by a newer weighbridge",
        seen=f"schema {version}",
        wanted=f"schema {len(MIGRATIONS)} or older",
        help=["upgrade weighbridge"],
    )


def migrate(session: Session) -> None:
    """Bring the tables up to date, inside the transaction that needs them."""
    version = read_version(session)
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            session.write(statement)
    if version < len(MIGRATIONS):
        session.write(f"PRAGMA application_id = {APPLICATION_ID}")
        session.write(f"PRAGMA user_version = {len(MIGRATIONS)}")


@functools.cache
def _objects(version: int) -> list[tuple[str, ...]]:
    """List what a database of a version holds, as SQLite itself writes it down."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statements in MIGRATIONS[:version]:
            for statement in statements:
                connection.execute(statement)
        return list(connection.execute(_OBJECTS))
