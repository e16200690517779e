"""The embedded registry: releases by name in SQLite, bytes by digest in a folder beside it.

WAL and `synchronous = FULL`: what was acknowledged survives a power cut. Writers take the lock
with `BEGIN IMMEDIATE`, since a deferred one fails at once when two race.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sqlite3
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs import FolderBlobs, check_digest
from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.model.errors import BoundError, RegistryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x57474252  # "WGBR": tells our file from any other SQLite database
IGNORE = ".gitignore"
_OURS = re.compile(r"blobs|registry\.db.*|\..*\.tmp")
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
    """A registry in a folder, made on first use.

    Args:
        root: The folder.
        patience: Seconds to wait for another process that is writing.
    """

    def __init__(self, root: Path, *, patience: float = 30) -> None:
        """Name the folder; nothing is made until something is written."""
        self.root = root
        # git must be told before the first blob arrives: it would see a changed work tree.
        self.blobs = FolderBlobs(root / "blobs", prepare=self._make_folder)
        self._patience = patience

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
        check_digest(digest)
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
        """Open the database for reading; a registry not made yet, or not whole, is an empty one."""
        with self._explaining():
            if not self.database.exists():
                yield None
                return
            with self._connected(self._mode_for_reading()) as connection:
                yield connection if self._check(connection) else None

    def _mode_for_reading(self) -> str:
        """Say how to open the database where nothing may be written beside it.

        SQLite needs files of its own beside a database in WAL mode. Where it cannot make them,
        and no writer left one, the file is all there is and cannot change (`immutable`).
        """
        quiet = not self.database.with_name(f"{self.database.name}-wal").exists()
        return "immutable=1" if quiet and not os.access(self.root, os.W_OK) else "mode=ro"

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open the database for one transaction, making or migrating it first."""
        self._make_folder()
        with self._explaining(), self._connected("mode=rwc") as connection:
            self._check(connection)
            self._set_up(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._migrate(connection)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk has ended the transaction already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _set_up(self, connection: sqlite3.Connection) -> None:
        # Two processes that turn a new database to WAL at once fail without waiting; one by one.
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            os.close(descriptor)
        connection.execute("PRAGMA synchronous = FULL")

    def _make_folder(self) -> None:
        """Make the registry's folder; git is to leave one that holds nothing else alone."""
        with storing(self.root):
            make_folder(self.root)
            names = {entry.name for entry in self.root.iterdir()}
        if IGNORE not in names and all(_OURS.fullmatch(name) for name in names):
            write_file(self.root / IGNORE, b"*\n")

    @contextlib.contextmanager
    def _connected(self, mode: str) -> Iterator[sqlite3.Connection]:
        uri = f"{self.database.absolute().as_uri()}?{mode}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=self._patience)
        with contextlib.closing(connection):
            yield connection

    @contextlib.contextmanager
    def _explaining(self) -> Iterator[None]:
        """Turn what SQLite and the system say into errors a person can act on."""
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            message = f"{self.database} could not be used: {error}"
            raise StorageError(message, help=["check free space and permissions"]) from error
        except sqlite3.DatabaseError as error:
            message = f"{self.database} is not a weighbridge registry, or is damaged"
            raise RegistryError(
                message, cause=str(error), help=["name another place with --registry"]
            ) from error

    def _check(self, connection: sqlite3.Connection) -> int:
        """Read the schema's number, refusing files that are not ours or are of a later version."""
        # One statement sees one state, whoever is making the database meanwhile.
        application, version, tables = connection.execute(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
            " FROM pragma_application_id, pragma_user_version"
        ).fetchone()
        if application != APPLICATION_ID and (application or version or tables):
            message = f"{self.database} is another program's database"
            raise RegistryError(message, help=["name another place with --registry"])
        if version > len(MIGRATIONS):
            raise RegistryError(
                f"{self.database} was written by a newer weighbridge",
                seen=f"schema {version}",
                wanted=f"schema {len(MIGRATIONS)} or older",
                help=["upgrade weighbridge"],
            )
        return int(version)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the schema up to date, inside the transaction that needs it."""
        version = self._check(connection)
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
