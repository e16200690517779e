"""The one connection a process writes to a registry with; threads share its commits.

SQLite keeps track of its locks per process, and a forked child inherits those notes but not the
locks. So nothing is open while a process forks, unless a change itself does so: its child will
find the database locked.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING

from weighbridge.adapters.group_commit import GroupCommit
from weighbridge.adapters.transaction import TableTransaction
from weighbridge.model.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from weighbridge.adapters.log_keys import LogKeys
    from weighbridge.adapters.tables import Tables, TableSession


_writers: weakref.WeakSet[Writer] = weakref.WeakSet()
_held: list[Writer] = []
_forking = threading.Lock()


class Writer:
    """Opens the database when something changes, and keeps it open until it is closed."""

    def __init__(
        self,
        tables: Tables,
        *,
        clock: Callable[[], str],
        keys: LogKeys,
        check: Callable[[TableTransaction], None],
    ) -> None:
        """Name the database; nothing is opened yet.

        Args:
            tables: The database.
            clock: Tells the time.
            keys: The log's keys, for when something is appended.
            check: Refuses a transaction before anything is changed.
        """
        self.process = os.getpid()
        self.group: GroupCommit[TableTransaction] = GroupCommit(self._transaction)
        self._tables = tables
        self._clock = clock
        self._keys = keys
        self._check = check
        self._using = threading.RLock()
        self._is_busy = False
        self._session: TableSession | None = None
        self._identity: object = None
        self._closing: Callable[[], object] = lambda: None
        _writers.add(self)

    def close(self) -> None:
        """Let go of the database, after the transaction another thread has under way."""
        self.hold()
        self.release()

    def hold(self) -> None:
        """Let go of the database, and keep other threads from opening it until `release`."""
        self._using.acquire()
        if not self._is_busy:  # or else this thread is within a change, and ends it first
            self._close()

    def release(self) -> None:
        """Let other threads open the database again."""
        self._using.release()

    @contextlib.contextmanager
    def _transaction(
        self,
    ) -> Iterator[Callable[[], AbstractContextManager[TableTransaction]]]:
        with self._using:
            session = self._open()
            self._is_busy = True
            try:
                self._tables.begin(session)
                # Other processes write, too: time and size are those behind the lock.
                transaction = TableTransaction(session, now=self._clock(), keys=self._keys)
                self._check(transaction)
                yield transaction.savepoint
                transaction.finish()
                session.commit()
                if transaction.has_rotated:
                    # It is kept already: what cannot be finished now is by whoever opens it next.
                    with contextlib.suppress(WeighbridgeError):
                        self._keys.settle(transaction.signed)
            except BaseException:
                self._close()  # which ends the transaction; the next begins afresh
                raise
            finally:
                self._is_busy = False

    def _open(self) -> TableSession:
        """Return the open connection, unless it is to a database that is another meanwhile."""
        if self._session is None or self._identity != self._tables.identity():
            self._close()
            self._session = self._tables.open_for_writing()
            self._identity = self._tables.identity()
            self._closing = weakref.finalize(self, _close, self._session, self.process)
        return self._session

    def _close(self) -> None:
        self._session = None
        self._closing()


def _close(session: TableSession, process: int) -> None:
    # A forked child has a copy of the connection: to close it would be to meddle with the parent's.
    if os.getpid() == process:
        session.close()


def _before_fork() -> None:
    _forking.acquire()
    for writer in list(_writers):
        writer.hold()
        _held.append(writer)


def _after_fork() -> None:
    while _held:
        _held.pop().release()
    _forking.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
