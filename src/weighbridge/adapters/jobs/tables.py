"""The tables: those of DBOS that are read, and our own beside them.

DBOS is not imported: to list jobs must not cost a server what it takes to run them.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    Number = float | sa.ColumnElement[float]

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
LOST = sa.Table(
    "weighbridge_lost",
    _OWN,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
)
"""How often whoever ran a job died of it; DBOS counts anew whenever it hands one on."""
MOST_LOST: Final = 5
"""How many workers may die of a job before it is given up."""
_LEDGER, _TURN = "ledger", "take-over"


def address_of(registry: str) -> str:
    """Return the address of the database for SQLAlchemy: that of the registry, or one beside it.

    Args:
        registry: Where the registry is: `postgresql://…`, or a folder.

    Raises:
        StorageError: It is on a server, where the workers of it run.
    """
    scheme, mark, rest = registry.partition("://")
    if not mark:
        return f"sqlite:///{Path(registry) / 'jobs.db'}"
    if scheme in {"postgresql", "postgres"}:
        return f"postgresql+psycopg://{rest}"
    raise StorageError(
        "jobs are kept where the registry is",
        seen=registry.partition("?")[0],
        wanted="a folder, or postgresql://…",
        help=["run workers beside the server"],
    )


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
            *("completed_at", "recovery_attempts", "queue_name", "owner_xid", "updated_at"),
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
        # Workers' hosts need not agree on the time: all of it is the database's.
        told = "(julianday('now') - 2440587.5) * 86400.0"
        self._now: sa.ColumnElement[float] = sa.literal_column(
            told if self.is_sqlite else "extract(epoch from clock_timestamp())::float8", sa.Float
        )
        self._schema = schema
        self._known = False

    def is_there(self) -> bool:
        """Tell whether jobs were ever ordered here; tables that are just being made are not."""
        if not self._known:
            found, schema = sa.inspect(self.engine), self._schema
            if found.has_table("workflow_output", schema=schema):
                columns = found.get_columns("workflow_status", schema=schema)
                self._known = {one["name"] for one in columns} >= set(self.work.c.keys())
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

    def _advance(self, name: str, at: Number, *, before: Number | None = None) -> bool:
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
        now = self._now
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
        return self._advance(_TURN, self._now + seconds, before=self._now)

    def take_over(self, silent: float) -> int:
        """Let others begin what somebody runs who has not been heard of for some seconds.

        Of what too many died it is said that it failed.

        Args:
            silent: So many.

        Returns:
            How many jobs others may begin now.
        """
        living = sa.select(WORKER.c.executor).where(WORKER.c.seen >= self._now - silent)
        work = self.work.c
        query = sa.select(work.workflow_uuid, work.executor_id).where(
            work.status == "PENDING",
            work.attributes.is_not(None),
            work.executor_id.not_in(living),
        )
        with self.engine.connect() as connection:
            found = connection.execute(query).all()
        return sum(self._take(key, executor) for key, executor in found)

    def _take(self, key: str, executor: str) -> bool:
        """Take a job from a dead worker, once; whether others may begin it."""
        with self.engine.begin() as connection:
            given_up = self._count(connection, key) >= MOST_LOST
            if given_up:
                ended = sa.cast(self._now * 1000, sa.BigInteger)
                change = self._held(key, executor).values(
                    status="MAX_RECOVERY_ATTEMPTS_EXCEEDED", completed_at=ended, updated_at=ended
                )
            else:
                change = self._hand_on(key, executor)
            if connection.execute(change).rowcount:
                return not given_up
            # It was ended, cancelled or taken meanwhile: nobody died of it.
            connection.rollback()
            return False

    def _count(self, connection: sa.Connection, key: str) -> int:
        update = sa.update(LOST).where(LOST.c.key == key).values(times=LOST.c.times + 1)
        if not connection.execute(update).rowcount:
            connection.execute(sa.insert(LOST).values(key=key, times=1))
        times = connection.execute(sa.select(LOST.c.times).where(LOST.c.key == key)).scalar()
        return int(times or 0)

    def hand_back(self, executor: str) -> int:
        """Let others begin what a worker runs, and return how much that is."""
        work = self.work.c
        query = sa.select(work.workflow_uuid).where(
            work.status == "PENDING", work.executor_id == executor
        )
        with self.engine.begin() as connection:
            keys = connection.execute(query).scalars().all()
            return sum(connection.execute(self._hand_on(key, executor)).rowcount for key in keys)

    def _held(self, key: str, executor: str) -> sa.Update:
        """Change a job, if it is still run by somebody: what was cancelled is not revived."""
        work = self.work.c
        return sa.update(self.work).where(
            work.workflow_uuid == key, work.status == "PENDING", work.executor_id == executor
        )

    def _hand_on(self, key: str, executor: str) -> sa.Update:
        # As DBOS resumes a workflow, which would revive a cancelled one.
        return self._held(key, executor).values(
            status="ENQUEUED",
            queue_name=QUEUE,
            owner_xid=None,
            started_at_epoch_ms=None,
            updated_at=sa.cast(self._now * 1000, sa.BigInteger),
        )

    def is_cancelled(self, key: str) -> bool:
        """Tell whether a job was cancelled."""
        work = self.work.c
        query = sa.select(work.status).where(work.workflow_uuid == key)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar() == "CANCELLED"

    def waiting(self) -> int:
        """Count the jobs that are not over."""
        work = self.work.c
        query = sa.select(sa.func.count()).where(
            work.status.in_(("ENQUEUED", "DELAYED", "PENDING")), work.attributes.is_not(None)
        )
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)
