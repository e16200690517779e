"""What rpm has installed, out of its SQLite database: in memory, and only in a process apart.

SQLite is given the bytes of a stranger. It may read one table, and do nothing else.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from weighbridge.formats.image.rpm_header import RpmHeaderError, installed

if TYPE_CHECKING:
    from weighbridge.model.image import InstalledPackage

_ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_JOURNAL: Final = slice(18, 20)
_ROLLBACK: Final = b"\1\1"
_SMALLEST: Final = 512


class RpmError(Exception):
    """Bytes are no database of rpm."""


def read_rpm(data: bytes) -> tuple[InstalledPackage, ...]:
    """List the packages a database has.

    Raises:
        RpmError: It is none, or would have something done.
    """
    try:
        return tuple(one for blob in _headers(data) if (one := installed(blob)) is not None)
    except (sqlite3.Error, RpmHeaderError, OverflowError) as error:
        raise RpmError(str(error)) from error


def _headers(data: bytes) -> list[bytes]:
    if len(data) < _SMALLEST:
        raise RpmError(f"it has {len(data)} bytes")
    # One that writes ahead is not opened without the files beside it; what was left in those, who
    # called this has seen to.
    whole = data[: _JOURNAL.start] + _ROLLBACK + data[_JOURNAL.stop :]
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(whole)
        connection.set_authorizer(_authorise)
        found = connection.execute("SELECT blob FROM Packages").fetchall()
    finally:
        connection.close()
    if not all(isinstance(blob, bytes) for (blob,) in found):
        raise RpmError("one of its packages is no header")
    return [blob for (blob,) in found]


def _authorise(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
