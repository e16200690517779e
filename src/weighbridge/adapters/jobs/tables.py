"""The tables: those of DBOS that are read, and our own beside them.

DBOS is not imported: to list jobs must not cost a server what it takes to run them.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEMA: Final = "dbos"
QUEUE: Final = "weighbridge-jobs"
_OWN = sa.MetaData()
WORKER = sa.Table(
    "weighbridge_worker",
    _OWN,
    sa.Column("executor", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)
BOOKMARK = sa.Table(
    "weighbridge_bookmark",
    _OWN,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)
_LEDGER, _TURN = "ledger", "take-over"


def address_of(root: Path, database: str) -> str:
    """Return the address of the database for SQLAlchemy: one that is named, or beside a registry.

    Args:
        root: Folder of the registry.
        database: `postgresql://…`, or empty.
    """
    if not database:
        return f"sqlite:///{root / 'jobs.db'}"
    scheme, _, rest = database.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgresql", "postgres"} else database


class JobTables:
    """The database jobs are kept in."""

    def __init__(self, address: str) -> None:
        """Open it; nothing is made before something is to be written.

        Args:
            address: As `address_of` returns it.
        """
        self.address = address
        self.engine = sa.create_engine(address, pool_pre_ping=True)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        schema = None if self.is_sqlite else SCHEMA
        names = (
            *("workflow_uuid", "status", "executor_id", "created_at", "started_at_epoch_ms"),
            *("completed_at", "recovery_attempts", "queue_name"),
        )
        self.work = sa.table(
            "workflow_status",
            *(sa.column(name) for name in names),
            sa.column("attributes", sa.JSON),
            schema=schema,
        )
        self.outcome = sa.table(
            "workflow_output",
            *(sa.column(name) for name in ("workflow_uuid", "output", "error")),
            schema=schema,
        )
        self._schema = schema
        self._known = False

    def is_there(self) -> bool:
        """Tell whether jobs were ever ordered here."""
        if not self._known:
            self._known = sa.inspect(self.engine).has_table("workflow_status", schema=self._schema)
        return self._known

    def make(self) -> None:
        """Make our own tables where they are missing.

        Raises:
            StorageError: They cannot be made.
        """
        try:
            with self.engine.begin() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            _OWN.create_all(self.engine)
        except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
            raise StorageError(f"jobs cannot be kept: {error}") from error

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()

    # What a follower remembers (`usecases.jobs.following.Bookmark`).

    def read(self) -> int | None:
        """Return how far the ledger was followed."""
        query = sa.select(BOOKMARK.c.at).where(BOOKMARK.c.name == _LEDGER)
        with self.engine.connect() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else int(found)

    def move(self, index: int) -> None:
        """Remember it; it only ever grows."""
        self._advance(_LEDGER, float(index))

    def _advance(self, name: str, at: float, *, before: float | None = None) -> bool:
        """Set a mark to a greater value; whether it was smaller than `before` (or that value)."""
        limit = at if before is None else before
        update = (
            sa.update(BOOKMARK).where(BOOKMARK.c.name == name, BOOKMARK.c.at < limit).values(at=at)
        )
        with self.engine.begin() as connection:
            if connection.execute(update).rowcount:
                return True
            known = sa.select(BOOKMARK.c.at).where(BOOKMARK.c.name == name)
            if connection.execute(known).first() is not None:
                return False
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(BOOKMARK).values(name=name, at=at))
        except sa.exc.IntegrityError:
            return False
        return True

    # Who works.

    def beat(self, executor: str, name: str) -> None:
        """Say that a worker lives."""
        now = time.time()
        update = sa.update(WORKER).where(WORKER.c.executor == executor).values(seen=now)
        with self.engine.begin() as connection:
            if not connection.execute(update).rowcount:
                row = {"executor": executor, "name": name, "started": now, "seen": now}
                connection.execute(sa.insert(WORKER).values(row))

    def leave(self, executor: str) -> None:
        """Say that a worker is gone."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(WORKER).where(WORKER.c.executor == executor))

    def take_turn(self, seconds: float) -> bool:
        """Whether it is this worker that looks for dead ones; no other does for some seconds."""
        now = time.time()
        return self._advance(_TURN, now + seconds, before=now)

    def orphans(self, silent: float) -> Sequence[str]:
        """List jobs that somebody runs who has not been heard of for some seconds."""
        living = sa.select(WORKER.c.executor).where(WORKER.c.seen >= time.time() - silent)
        work = self.work.c
        query = sa.select(work.workflow_uuid).where(
            work.status == "PENDING",
            work.attributes.is_not(None),
            work.executor_id.not_in(living),
        )
        with self.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def waiting(self) -> int:
        """Count the jobs that are not over."""
        work = self.work.c
        query = sa.select(sa.func.count()).where(
            work.status.in_(("ENQUEUED", "DELAYED", "PENDING")), work.attributes.is_not(None)
        )
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def held_by(self, executor: str) -> Sequence[str]:
        """List the jobs a worker runs."""
        work = self.work.c
        query = sa.select(work.workflow_uuid).where(
            work.status == "PENDING", work.executor_id == executor
        )
        with self.engine.connect() as connection:
            return list(connection.execute(query).scalars())
