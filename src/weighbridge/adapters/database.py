"""Where the embedded registry's tables lie, and how they are opened.

WAL and `synchronous = FULL`: what was acknowledged survives a power cut. Writers take the lock
with `BEGIN IMMEDIATE`, since a deferred one fails at once when two race.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from typing import TYPE_CHECKING

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.adapters.ledger_view import TableView
from weighbridge.adapters.schema import migrate, read_version
from weighbridge.adapters.session import Explaining, Session, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.adapters.tables import TableSession

IGNORE = ".gitignore"
_SMALLEST = 512
"""Bytes of the smallest database there is: one page of it (https://www.sqlite.org/fileformat.html)."""
_OURS = re.compile(r"blobs|log\.((next\.)?key|pub)|registry\.db.*|\..*\.tmp")


class Database:
    """A database in a folder, made on first use."""

    def __init__(self, root: Path, *, patience: float) -> None:
        """Name the folder; nothing is made yet.

        Args:
            root: The folder.
            patience: Seconds to wait for another process that is writing.
        """
        self.root = root
        self.path = root / "registry.db"
        self._patience = patience

    @contextlib.contextmanager
    def reading(self) -> Iterator[TableView]:
        """Open the database for reading; one not made yet, or never finished, is empty."""
        with contextlib.closing(self._open_for_reading()) as session:
            # The first look at the tables, just after, is the moment that is seen throughout.
            session.command("BEGIN")
            version = read_version(session)
            if version == 0:  # who is making it just now must not wait for one who sees nothing
                session.command("ROLLBACK")
            yield TableView(session, version)

    def open_for_writing(self) -> Session:
        """Open the database for writing, making it first; its tables may be of an older version."""
        self.prepare()
        self._check_whole()
        session = Session(self.path, mode="mode=rwc", patience=self._patience)
        try:
            # Two processes that turn a new database to WAL at once fail without waiting.
            with self.alone():
                session.command("BEGIN")
                read_version(session)  # another program's file is left as it is
                session.command("ROLLBACK")
                session.command("PRAGMA journal_mode = WAL")
            session.command("PRAGMA synchronous = FULL")
        except BaseException:
            session.close()
            raise
        return session

    def begin(self, session: TableSession) -> None:
        """Begin a transaction once no other writes, and bring the tables up to date in it."""
        if not isinstance(session, Session):
            raise TypeError(type(session))
        session.command("BEGIN IMMEDIATE")
        migrate(session)

    def identity(self) -> tuple[int, int] | None:
        """Tell the file apart from one put in its place; None if there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes that ask for the same out, for what SQLite does not see to."""
        with storing(self.root):
            descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except BaseException:
                os.close(descriptor)
                raise
        try:
            yield
        finally:
            os.close(descriptor)

    def prepare(self) -> None:
        """Make the registry's folder; git is to leave one that holds nothing else alone."""
        with storing(self.root):
            make_folder(self.root)
            names = {entry.name for entry in self.root.iterdir()}
        if IGNORE not in names and all(_OURS.fullmatch(name) for name in names):
            write_file(self.root / IGNORE, b"*\n")

    def _open_for_reading(self) -> Session:
        self._check_whole()
        with Explaining(self.path):
            mode = self._mode_for_reading() if self.path.exists() else "mode=memory"
        return Session(self.path, mode=mode, patience=self._patience)

    def _check_whole(self) -> None:
        """Refuse a file that was cut off before the end of its header: to SQLite it is a new one.

        Raises:
            RegistryError: It was.
        """
        with Explaining(self.path), contextlib.suppress(FileNotFoundError):
            size = self.path.stat().st_size
            if 0 < size < _SMALLEST:
                raise damaged(self.path, f"it has {size} bytes, and a database {_SMALLEST} or more")

    def _mode_for_reading(self) -> str:
        """Say how to open the database where nothing may be written beside it.

        SQLite needs files of its own beside a database in WAL mode. Where it cannot make them,
        and no writer left one, the file is all there is and cannot change (`immutable`).
        """
        quiet = not self.path.with_name(f"{self.path.name}-wal").exists()
        return "immutable=1" if quiet and not os.access(self.root, os.W_OK) else "mode=ro"
