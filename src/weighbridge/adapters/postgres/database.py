"""A registry's tables on a PostgreSQL server: how they are opened for reading and for writing."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from weighbridge.adapters.files import make_folder, storing
from weighbridge.adapters.ledger_view import TableView
from weighbridge.adapters.postgres.schema import NEWEST, upgrade
from weighbridge.adapters.postgres.server import Server, is_starting
from weighbridge.adapters.postgres.session import READ, WRITE, PostgresSession
from weighbridge.model.errors import StorageError, UnavailableError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.adapters.tables import TableSession

KEEPING = 0x5742_4752_0002
"""The advisory lock of who changes the log's keys."""

_IDLE = 4
_PAUSE = 0.2


class PostgresTables:
    """A database on a server, whose tables are made on first use.

    Connections for reading are kept for the next who reads; those of a forked parent are its own.
    """

    def __init__(self, address: str, *, home: Path, patience: float) -> None:
        """Name it; nothing is asked of it yet.

        Args:
            address: `postgresql://…`.
            home: A folder of this machine for what is on its way.
            patience: Seconds to wait for another who is writing.
        """
        self._server = Server(address, patience=patience)
        self._home = home
        self._lock = threading.Lock()
        self._idle: list[PostgresSession] = []
        self._process = os.getpid()

    @property
    def place(self) -> str:
        """The address, without any password."""
        return self._server.place

    @contextlib.contextmanager
    def reading(self) -> Iterator[TableView]:
        """Open the database for reading one moment of it; one that was never used is empty."""
        session = self._taken()
        try:
            session.begin(READ)
            # The first look at the tables is the moment that is seen throughout.
            yield TableView(session, session.version())
        finally:
            self._give_back(session)

    def open_for_writing(self) -> PostgresSession:
        """Open the database for writing."""
        return PostgresSession(self._server, self._settle)

    def begin(self, session: TableSession) -> None:
        """Begin a transaction once no other writes, and bring the tables up to date before."""
        if not isinstance(session, PostgresSession):
            raise TypeError(type(session))
        session.begin(WRITE)
        if session.take_turn() < NEWEST:
            session.command("ROLLBACK")
            session.begin(WRITE)
            session.version()  # another program's schema is left as it is
            session.command("ROLLBACK")
            upgrade(self._server)
            session.begin(WRITE)
            session.take_turn()

    def identity(self) -> object:
        """Tell the database apart from one put in its place: a connection stays with its own."""
        return None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all others, on any machine, out who ask for the same."""
        with contextlib.closing(self._server.connect()) as connection:
            with self._server.explaining():
                connection.execute(f"SELECT pg_advisory_lock({KEEPING})")
            yield

    def prepare(self) -> None:
        """Make the folder of this machine."""
        with storing(self._home):
            make_folder(self._home)

    def upgrade(self) -> None:
        """Make the tables, or bring them up to date."""
        upgrade(self._server)

    def close(self) -> None:
        """Let go of the connections that wait for the next who reads."""
        with self._lock:
            idle, self._idle = self._idle, []
        if self._process == os.getpid():
            for session in idle:
                session.close()

    def _taken(self) -> PostgresSession:
        with self._lock:
            if self._process != os.getpid():
                self._idle, self._process = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return PostgresSession(self._server)

    def _give_back(self, session: PostgresSession) -> None:
        with contextlib.suppress(WeighbridgeError):
            if session.in_transaction:
                session.command("ROLLBACK")
        with self._lock:
            if session.is_idle and len(self._idle) < _IDLE and self._process == os.getpid():
                self._idle.append(session)
                return
        session.close()

    def _settle(self, transaction: str) -> None:
        """Find out whether a transaction was kept whose commit was not answered.

        Its lock ends with it: whoever has that next knows that it has ended. A server that
        recovers from a crash is waited for.

        Args:
            transaction: Its number.

        Raises:
            StorageError: It was not kept, or nobody can tell.
        """
        try:
            outcome = self._outcome(transaction)
        except WeighbridgeError as error:
            raise self._unknown(transaction, error.faults[0].cause or str(error)) from error
        if outcome == "aborted":
            message = "the connection was lost before the commit; nothing of it was kept"
            raise StorageError(message, seen=self.place, help=["run it again"])
        if outcome != "committed":
            raise self._unknown(transaction, f"the server says {outcome}")

    def _outcome(self, transaction: str) -> str:
        query = "SELECT coalesce(pg_xact_status(?::text::xid8), 'nothing of it')"
        with contextlib.closing(self._again()) as session:
            session.begin(WRITE)
            session.take_turn()
            ((outcome,),) = session.rows((str,), query, (transaction,))
            session.command("ROLLBACK")
        return str(outcome)

    def _again(self) -> PostgresSession:
        """Connect to a server that may be starting just now."""
        pause = threading.Event()
        for _ in range(round(self._server.patience / _PAUSE)):
            try:
                return PostgresSession(self._server)
            except UnavailableError as error:
                if not is_starting(error.__cause__):
                    raise
            pause.wait(_PAUSE)
        return PostgresSession(self._server)

    def _unknown(self, transaction: str, cause: str) -> StorageError:
        return StorageError(
            "the connection was lost during the commit, and nobody can tell whether it was kept",
            seen=f"transaction {transaction} of {self.place}",
            cause=cause,
            help=["once the server is back, see what the ledger says: weighbridge log show"],
        )
