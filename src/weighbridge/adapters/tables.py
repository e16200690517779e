"""What the registry's tables ask of a database: the seam between them and SQLite or PostgreSQL.

Statements are written once, with `?` for values, in words both understand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from weighbridge.adapters.ledger_view import TableView

Value = int | str | bytes


class TableSession(Protocol):
    """One open connection; any thread may use it, one at a time."""

    @property
    def place(self) -> Path | str:
        """Where the database is, in words; no password is among them."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def commit(self) -> None:
        """Keep the transaction.

        Raises:
            StorageError: It has ended, or its outcome is not known.
        """

    def close(self) -> None:
        """Let go of the database; what was not committed is gone."""

    def write(self, sql: str, values: tuple[Value, ...] = ()) -> None:
        """Execute a statement of a transaction.

        Raises:
            StorageError: The transaction has ended.
        """

    def write_many(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Execute a statement of a transaction, once for each row of values.

        Raises:
            StorageError: The transaction has ended.
        """

    def rows(
        self,
        types: tuple[type, ...],
        sql: str,
        values: tuple[Value, ...] = (),
        *,
        many: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """Query rows whose values have exactly these types.

        Args:
            types: The types.
            sql: The query.
            values: Its values.
            many: Whether there may be more of them than memory should hold at once.

        Raises:
            RegistryError: Those of a row have others.
        """

    def faults(self) -> list[str]:
        """Say in words what the database itself finds wrong with the tables; empty if nothing."""


class Tables(Protocol):
    """A database of one registry: what differs between a file and a server."""

    def reading(self) -> AbstractContextManager[TableView]:
        """Open the database for reading one moment of it; one that was never used is empty."""

    def open_for_writing(self) -> TableSession:
        """Open the database for writing."""

    def begin(self, session: TableSession) -> None:
        """Begin a transaction once no other writes, and bring the tables up to date in it."""

    def identity(self) -> object:
        """Tell the database apart from one put in its place."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep other processes that ask for the same out, for what no transaction sees to."""

    def prepare(self) -> None:
        """Make ready for what is to lie beside the tables."""
