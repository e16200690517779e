"""A connection to SQLite that says what went wrong in errors a person can act on.

What it reads may be damaged: a row of other types than its table has is refused as such.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import RegistryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from weighbridge.adapters.tables import Value

_LOOK: Final = "check free space and permissions"
_WAIT: Final = "somebody else writes there: wait, then run it again"


def damaged(place: Path | str, cause: str) -> RegistryError:
    """Return the error that a database holds what weighbridge never writes."""
    message = f"{place} is not a weighbridge registry, or is damaged"
    help_ = ["name another place with --registry, or restore it from a backup"]
    return RegistryError(message, cause=cause, help=help_)


class Explaining:
    """As a context, turns what SQLite and the system say into errors a person can act on."""

    def __init__(self, place: Path) -> None:
        """Say where the database lies."""
        self._place = place

    def __enter__(self) -> None:
        """Begin to listen."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise the error in our words, if it is one of theirs."""
        if isinstance(error, sqlite3.OperationalError | OSError):
            message = f"{self._place} could not be used: {error}"
            # The lowest byte is the kind; those above tell of it more closely.
            busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            raise StorageError(message, help=[_WAIT if busy else _LOOK]) from error
        # A record that claims to be larger than any memory is damage, too.
        if isinstance(error, sqlite3.Error | UnicodeError | MemoryError):
            raise damaged(self._place, str(error) or type(error).__name__) from error


class Session:
    """One open connection; any thread may use it, one at a time."""

    def __init__(self, place: Path, *, mode: str, patience: float = 0) -> None:
        """Open a database.

        Args:
            place: Where it lies, for messages too.
            mode: How to open it (https://www.sqlite.org/uri.html); `mode=memory` for an empty one
                that lies nowhere.
            patience: Seconds to wait for another process that is writing.
        """
        self.place = place
        uri = f"{place.absolute().as_uri()}?{mode}"
        self._explaining = Explaining(place)
        with self._explaining:
            self._connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, timeout=patience, check_same_thread=False
            )
        # The default would tell of damaged text as of a failed operation.
        self._connection.text_factory = bytes.decode
        self._cursors: set[sqlite3.Cursor] = set()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def close(self) -> None:
        """Let go of the database; what was not committed is gone."""
        with self._explaining:
            self._end_queries()
            self._connection.close()

    def command(self, sql: str) -> None:
        """Execute a statement that is none of a transaction, or begins one."""
        with self._explaining:
            self._connection.execute(sql).close()

    def commit(self) -> None:
        """Keep the transaction.

        Raises:
            StorageError: It has ended: a full disk ends it, for one.
        """
        self.write("COMMIT")
        # Left open by one who did not read to the end, they would hold this moment fast.
        self._end_queries()

    def write(self, sql: str, values: tuple[Value, ...] = ()) -> None:
        """Execute a statement of a transaction.

        Raises:
            StorageError: The transaction has ended: a full disk ends it, for one.
        """
        self._check_transaction()
        with self._explaining:
            self._connection.execute(sql, values)

    def write_many(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Execute a statement of a transaction, once for each row of values.

        Raises:
            StorageError: The transaction has ended: a full disk ends it, for one.
        """
        self._check_transaction()
        with self._explaining:
            self._connection.executemany(sql, rows)

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
        del many  # they are read one by one anyway
        with self._explaining:
            cursor = self._connection.execute(sql, values)
            self._cursors.add(cursor)
            try:
                for row in cursor:
                    if tuple(map(type, row)) != types:
                        raise damaged(self.place, "a value is of another type than its column")
                    yield row
            finally:
                if cursor in self._cursors:  # or else it ended with the session
                    self._cursors.discard(cursor)
                    cursor.close()

    def faults(self) -> list[str]:
        """Say in words what SQLite finds wrong with the tables; empty if nothing."""
        return [text for (text,) in self.rows((str,), "PRAGMA integrity_check") if text != "ok"]

    def _end_queries(self) -> None:
        while self._cursors:
            self._cursors.pop().close()

    def _check_transaction(self) -> None:
        if not self._connection.in_transaction:
            message = f"{self.place} could not be changed: the transaction has ended"
            raise StorageError(message, help=[_LOOK])
