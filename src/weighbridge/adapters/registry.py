"""The embedded registry: releases by name in SQLite, bytes by digest in a folder beside it.

WAL and `synchronous = FULL`: what was acknowledged survives a power cut. Writers take the lock
with `BEGIN IMMEDIATE`, since a deferred one fails at once when two race.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs import FolderBlobs
from weighbridge.adapters.files import storing, write_file
from weighbridge.model.errors import BoundError, RegistryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x57474252  # "WGBR": tells our file from any other SQLite database
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
)


class EmbeddedRegistry:
    """A registry in a folder, made on first use."""

    def __init__(self, root: Path) -> None:
        """Name the folder; nothing is made until something is written."""
        self.root = root
        self.blobs = FolderBlobs(root / "blobs")

    @property
    def database(self) -> Path:
        """Where the database lies."""
        return self.root / "registry.db"

    def bind(self, name: str, version: str, digest: str) -> bool:
        """Bind `name@version` to a release digest, once for ever.

        Returns:
            Whether the binding is new.

        Raises:
            BoundError: It is bound to another digest.
        """
        with self._writing() as connection:
            found = connection.execute(
                "SELECT digest FROM release WHERE name = ? AND version = ?", (name, version)
            ).fetchone()
            if found is None:
                connection.execute(
                    "INSERT INTO release (name, version, digest) VALUES (?, ?, ?)",
                    (name, version, digest),
                )
                return True
        if found[0] != digest:
            message = f"{name}@{version} is sealed already, with other contents"
            raise BoundError(
                message,
                seen=digest,
                wanted=found[0],
                cause="a name and version stand for the same bytes for ever",
                help=[
                    f"weighbridge diff {name}@{version} release.yaml",
                    "weighbridge set metadata.version NEW_VERSION",
                ],
            )
        return False

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""
        with self._reading() as connection:
            if connection is None:
                return []
            query = "SELECT name, version, digest FROM release ORDER BY name, version"
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Open the database for reading; a registry not made yet is an empty one."""
        if not self.database.exists():
            yield None
            return
        with self._connected(f"{self.database.absolute().as_uri()}?mode=ro") as connection:
            self._check(connection)
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open the database for one transaction, making or migrating it first."""
        self._make_folder()
        with self._connected(self.database.absolute().as_uri()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._migrate(connection)
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _make_folder(self) -> None:
        """Make the registry's folder, which git is to leave alone."""
        with storing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        if not (self.root / ".gitignore").exists():
            write_file(self.root / ".gitignore", b"*\n")

    @contextlib.contextmanager
    def _connected(self, uri: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
            with contextlib.closing(connection):
                yield connection
        except sqlite3.OperationalError as error:
            message = f"{self.database} could not be used: {error}"
            raise StorageError(message, help=["check free space and permissions"]) from error
        except sqlite3.DatabaseError as error:
            message = f"{self.database} is not a weighbridge registry, or is damaged"
            raise RegistryError(
                message, cause=str(error), help=["name another place with --registry"]
            ) from error

    def _check(self, connection: sqlite3.Connection) -> int:
        """Read the schema's number, refusing files that are not ours or are of a later version."""
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != APPLICATION_ID and tables:
            message = f"{self.database} is another program's database"
            raise RegistryError(message, help=["name another place with --registry"])
        if version > len(MIGRATIONS):
            raise RegistryError(
                f"{self.database} was written by a newer weighbridge",
                seen=f"schema {version}",
                wanted=f"schema {len(MIGRATIONS)} or older",
                help=["upgrade weighbridge"],
            )
        return version

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the schema up to date, inside the transaction that needs it."""
        version = self._check(connection)
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
