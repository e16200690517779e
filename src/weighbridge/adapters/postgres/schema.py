"""The tables in PostgreSQL, and how a database comes to have them: by Alembic, on the first write.

The revisions have the numbers of the embedded registry's schema: one number for both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from weighbridge.adapters.postgres.server import SCHEMA
from weighbridge.adapters.schema import MIGRATIONS, newer
from weighbridge.adapters.session import damaged
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.adapters.postgres.server import Server

NEWEST = len(MIGRATIONS)
MIGRATING = 0x5742_4752_0001
"""The advisory lock of who makes or changes the tables."""

_VERSION = "SELECT version_num FROM alembic_version"
_TABLES = """
    SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = %s AND relkind IN ('r', 'v', 'm', 'p')
"""
_COLUMNS = """
    SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = %s
"""
_INDICES = """
    SELECT indexrelid::regclass::text FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = %s AND NOT (indisvalid AND indisready)
"""
_WANTED = {
    "checkpoint": ("only", "note"),
    "entry": ("idx", "body"),
    "moved": ("only", "place"),
    "node": ("leaf", "level", "hash"),
    "release": ("name", "version", "digest"),
    "store": ("only", "address", "identity", "encrypted", "conditional"),
    "topic": ("name", "entry"),
}


class Schema:
    """The tables as one connection sees them."""

    def __init__(self, connection: psycopg.Connection, server: Server) -> None:
        """Look through a connection."""
        self._connection = connection
        self._server = server

    def version(self, command: Callable[[str], None]) -> int:
        """Read the version of the tables, 0 if there are none yet.

        Args:
            command: Executes what undoes a query that failed.

        Raises:
            RegistryError: The schema is another program's, of a later version, or damaged.
        """
        with self._server.explaining():
            self._connection.execute("SAVEPOINT looking")
            try:
                row = self._connection.execute(_VERSION).fetchone()
            except psycopg.errors.UndefinedTable:
                row = None
        if row is not None:
            return self.number(str(row[0]))
        command("ROLLBACK TO looking")
        with self._server.explaining():
            ((count,),) = self._connection.execute(_TABLES, (SCHEMA,)).fetchall()
        if count:
            message = f"the schema {SCHEMA} of {self._server.place} is another program's"
            raise RegistryError(message, help=["name another database with --registry"])
        return 0

    def number(self, revision: str) -> int:
        """Turn a revision into the number of a version.

        Raises:
            RegistryError: It is a later one, or none.
        """
        if not (revision.isascii() and revision.isdecimal()):
            raise damaged(self._server.place, f"{revision!r} is no version of its tables")
        version = int(revision)
        if version > NEWEST:
            raise newer(self._server.place, version)
        return version

    def faults(self) -> list[str]:
        """Say what is wrong with the tables: what is missing, what was added, broken indices."""
        with self._server.explaining():
            seen = {name for (name,) in self._connection.execute(_COLUMNS, (SCHEMA,)).fetchall()}
            broken = [name for (name,) in self._connection.execute(_INDICES, (SCHEMA,)).fetchall()]
        if not seen:
            return []
        wanted = {f"{table}.{column}" for table, columns in _WANTED.items() for column in columns}
        wanted.add("alembic_version.version_num")
        return [
            *(f"there is no column {name}" for name in sorted(wanted - seen)),
            *(f"{name} is none of weighbridge's columns" for name in sorted(seen - wanted)),
            *(f"the index {name} is broken" for name in sorted(broken)),
        ]


def upgrade(server: Server) -> None:
    """Make the tables, or bring them up to date; several who do so at once wait for one another.

    Raises:
        LoginError: The role may not.
        RegistryError: They are of a later version.
    """
    from alembic import command  # noqa: PLC0415 - seconds, once in the life of a registry
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine, exc, text  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    def connect() -> psycopg.Connection:
        connection = server.connect()
        connection.autocommit = False
        return connection

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with server.explaining():
        try:
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
                if (
                    connection.scalar(text("SELECT to_regnamespace(:name)"), {"name": SCHEMA})
                    is None
                ):
                    connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
                elif connection.scalar(text("SELECT to_regclass('alembic_version')")) is not None:
                    connection.execute(text(f"{_VERSION} FOR UPDATE"))  # after whoever writes
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except exc.DBAPIError as error:
            raise error.orig or error from error
