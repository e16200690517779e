"""One connection to PostgreSQL with what the registry's tables ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from weighbridge.adapters.postgres.schema import Schema
from weighbridge.adapters.session import damaged
from weighbridge.model.errors import StorageError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.adapters.postgres.server import Server
    from weighbridge.adapters.tables import Value
    from weighbridge.model.errors import WeighbridgeError

_OPEN = {TransactionStatus.INTRANS, TransactionStatus.INERROR}
_AT_ONCE = 1000

# The row that says which version the tables are of is the one whose lock is the turn to write:
# nobody writes while they change, and one query tells all that a transaction begins with. What was
# read before the wait is read again after it, since it is this row.
_TURN = "SELECT version_num, pg_current_xact_id()::text FROM alembic_version FOR UPDATE"

READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


class PostgresSession:
    """One open connection; any thread may use it, one at a time."""

    def __init__(self, server: Server, settle: Callable[[str], None] | None = None) -> None:
        """Open a connection.

        Args:
            server: Where to.
            settle: Finds out what became of a transaction whose commit was not answered, and
                raises if it was not kept; None for who only reads.
        """
        self.place = server.place
        self._server = server
        self._settle = settle
        self._connection = server.connect()
        self._number = 0
        self.transaction = ""
        """The number of the transaction that writes, as the server knows it."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.info.transaction_status in _OPEN

    @property
    def is_idle(self) -> bool:
        """Whether the connection can begin another transaction, as far as one can tell here."""
        return self._connection.info.transaction_status is TransactionStatus.IDLE

    def close(self) -> None:
        """Let go of the connection; what was not committed is gone."""
        self._connection.close()

    def begin(self, sql: str) -> None:
        """Begin a transaction; a connection that was lost while it idled is replaced.

        Args:
            sql: `READ` or `WRITE`.
        """
        self._number = 0
        try:
            self._connection.execute(sql)
        except psycopg.OperationalError:
            self.close()
            self._connection = self._server.connect()
            self.command(sql)

    def version(self) -> int:
        """Read the version of the tables, 0 if there are none yet; the transaction goes on."""
        return Schema(self._connection, self._server).version(self.command)

    def take_turn(self) -> int:
        """Wait until nobody else writes, and return the version of the tables.

        Raises:
            UnavailableError: Others have been writing for too long.
        """
        with self._server.explaining():
            try:
                row = self._connection.execute(_TURN).fetchone()
            except psycopg.errors.UndefinedTable:
                row = None
        if row is None:
            return 0
        self.transaction = str(row[1])
        return Schema(self._connection, self._server).number(str(row[0]))

    def command(self, sql: str) -> None:
        """Execute a statement that begins or ends a transaction."""
        with self._server.explaining():
            self._connection.execute(sql)

    def commit(self) -> None:
        """Keep the transaction; if the answer is lost, find out what became of it.

        Raises:
            StorageError: It has ended, or nobody can tell whether it was kept.
        """
        self._check_transaction()
        with self._server.explaining():
            try:
                ended = self._connection.execute("COMMIT").statusmessage
            except psycopg.OperationalError:
                if not self._connection.broken or self._settle is None:
                    raise
                self._settle(self.transaction)
                return
        if ended != "COMMIT":
            raise self._ended()

    def write(self, sql: str, values: tuple[Value, ...] = ()) -> None:
        """Execute a statement of a transaction.

        Raises:
            StorageError: The transaction has ended.
        """
        self._check_transaction()
        with self._server.explaining():
            self._connection.execute(_worded(sql), values or None)

    def write_many(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Execute a statement of a transaction, once for each row of values.

        Raises:
            StorageError: The transaction has ended.
        """
        self._check_transaction()
        with self._server.explaining(), self._connection.cursor() as cursor:
            cursor.executemany(_worded(sql), rows)

    def rows(
        self,
        types: tuple[type, ...],
        sql: str,
        values: tuple[Value, ...] = (),
        *,
        many: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """Query rows whose values have exactly these types.

        Raises:
            RegistryError: Those of a row have others.
        """
        for row in self._fetched(_worded(sql), values, many=many):
            if tuple(map(type, row)) != types:
                raise damaged(self.place, "a value is of another type than its column")
            yield row

    def faults(self) -> list[str]:
        """Say in words what is wrong with the tables; empty if nothing."""
        return Schema(self._connection, self._server).faults()

    def _fetched(
        self, sql: str, values: tuple[Value, ...], *, many: bool
    ) -> Iterator[tuple[Any, ...]]:
        if not many:
            with self._server.explaining():
                found = self._connection.execute(sql, values or None).fetchall()
            yield from found
            return
        # A cursor of the server's; one that is not read to its end ends with the transaction.
        self._number += 1
        name = f"rows_{self._number}"
        with self._server.explaining():
            self._connection.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", values or None)
        while True:
            with self._server.explaining():
                found = self._connection.execute(f"FETCH {_AT_ONCE} FROM {name}").fetchall()
            yield from found
            if len(found) < _AT_ONCE:
                self.command(f"CLOSE {name}")
                return

    def _check_transaction(self) -> None:
        if not self.in_transaction:
            raise self._ended()

    def _ended(self) -> WeighbridgeError:
        if self._connection.broken:
            message = f"the connection to {self.place} was lost; nothing of the change was kept"
            return UnavailableError(message, help=["run it again"])
        message = f"{self.place} could not be changed: the transaction has ended"
        return StorageError(message, help=["run it again"])


def _worded(sql: str) -> str:
    """Write a statement with `?` for values as psycopg wants it; no other `?` or `%` is in ours."""
    return sql.replace("?", "%s")
