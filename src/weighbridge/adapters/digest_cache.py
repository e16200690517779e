"""What is known of files that were read before: a small database beside the registry's.

It may be lost, damaged or thrown away at any time; then files are read again. It is not trusted:
see `probes.reading.cached`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

import weighbridge
from weighbridge.adapters.files import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

T = TypeVar("T")

FILE = "files.db"
_MOST = 200_000
"""Files and contents that are remembered; the oldest go first."""
_WAIT = 0.5
_SCHEMA = """
CREATE TABLE IF NOT EXISTS readers (stamp TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS files
    (number INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, digest TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS contents
    (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, data BLOB NOT NULL) STRICT;
"""


class FolderDigestCache:
    """A cache in a folder that is made when something is first kept."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened yet."""
        self._folder = folder
        self._connection: sqlite3.Connection | None = None
        self._broken = False
        self._changed = False

    def digest(self, identity: str) -> str | None:
        """Return the digest of a file that is known; None if it is not."""
        found = self._one("SELECT digest FROM files WHERE identity = ?", identity)
        return found if isinstance(found, str) else None

    def observation(self, digest: str) -> bytes | None:
        """Return what was observed of some content (`codec.observation`); None if nothing was."""
        found = self._one("SELECT data FROM contents WHERE digest = ?", digest)
        return found if isinstance(found, bytes) else None

    def keep(self, identity: str, digest: str, data: bytes) -> None:
        """Remember what was observed of a file.

        Args:
            identity: The file's identity; empty if only its content is to be remembered.
            digest: The digest of its content.
            data: What was observed of it.
        """

        def keep(connection: sqlite3.Connection) -> None:
            self._changed = True
            if identity:
                connection.execute(
                    "INSERT OR REPLACE INTO files (identity, digest) VALUES (?, ?)",
                    (identity, digest),
                )
            connection.execute(
                "INSERT OR REPLACE INTO contents (digest, data) VALUES (?, ?)", (digest, data)
            )

        self._try(keep, make=True)

    def close(self) -> None:
        """Write down what is to be remembered."""
        if self._changed:
            self._try(_prune)
        self._let_go()

    def _one(self, query: str, key: str) -> object:
        row = self._try(lambda connection: connection.execute(query, (key,)).fetchone())
        return None if row is None else row[0]

    def _try(self, work: Callable[[sqlite3.Connection], T], *, make: bool = False) -> T | None:
        """Do something if the database is there; one that makes trouble is not asked again."""
        try:
            if self._connection is None and not self._broken:
                self._connection = self._open(make=make)
            return None if self._connection is None else work(self._connection)
        except (sqlite3.Error, OSError):
            self._broken = True
            self._let_go()
            return None

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open(self, *, make: bool) -> sqlite3.Connection | None:
        path = self._folder / FILE
        if not path.exists():
            if not make:
                return None
            make_folder(self._folder)
        connection = sqlite3.connect(path, timeout=_WAIT)
        try:
            path.chmod(0o600)
            # What a power cut takes is read again.
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_SCHEMA)
            stamp = readers_stamp()
            if connection.execute("SELECT stamp FROM readers").fetchall() != [(stamp,)]:
                connection.execute("DELETE FROM readers")
                connection.execute("DELETE FROM contents")
                connection.execute("INSERT INTO readers VALUES (?)", (stamp,))
        except BaseException:
            connection.close()
            raise
        return connection


def _prune(connection: sqlite3.Connection) -> None:
    """Forget the oldest of what is too much, and write down the rest."""
    for table in ("files", "contents"):
        connection.execute(
            f"DELETE FROM {table} WHERE number <="  # noqa: S608 - our own two names
            f" (SELECT max(number) FROM {table}) - ?",
            (_MOST,),
        )
    connection.commit()


def readers_stamp() -> str:
    """Name the readers whose findings are kept: another version finds other things."""
    hashed = hashlib.sha256(weighbridge.__version__.encode())
    for file in _sources(resources.files("weighbridge.formats")):
        hashed.update(file.read_bytes())
    return hashed.hexdigest()


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry
