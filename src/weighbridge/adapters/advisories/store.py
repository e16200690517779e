"""The compiled advisories, read: one SQLite file that is never written to again.

It is opened as what cannot change; a newer one takes its name and leaves this one as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import zlib
from typing import TYPE_CHECKING, Any

from weighbridge.codec.osv import RecordError, advisory_of
from weighbridge.model.advisory import AdvisoryData, Level, UnreadRecord
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from weighbridge.model.advisory import Advisory

FILE = "advisories.db"
APPLICATION = 0x57424144
"""SQLite's application id of such a file: `WBAD`."""
VERSION = 1
PYPI = "PyPI"

_ABOUT = """
SELECT records.level, records.score, records.vectors, records.data FROM about
JOIN records ON records.id = about.id
WHERE about.ecosystem = ? AND about.package = ? ORDER BY records.id
"""


class AdvisoryFile:
    """One compiled file, open."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            UnavailableError: It is not there, or no such file.
        """
        self._path = path
        name = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        with self._reading():
            self._from = sqlite3.connect(
                f"file:{name}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
        try:
            with self._reading():
                self.data = self._data()
        except BaseException:
            self._from.close()
            raise

    def close(self) -> None:
        """Close it."""
        self._from.close()

    def about(
        self, names: Iterable[str], *, ecosystem: str = PYPI
    ) -> dict[str, tuple[Advisory, ...]]:
        """Read the records about packages, by their names; of others there are none.

        Raises:
            UnavailableError: The file is damaged.
        """
        found: dict[str, tuple[Advisory, ...]] = {}
        with self._reading():
            for name in names:
                rows = self._from.execute(_ABOUT, (ecosystem, name)).fetchall()
                if rows:
                    found[name] = tuple(_advisory(*row) for row in rows)
        return found

    def record(self, name: str) -> bytes | None:
        """Return the record of an id as canonical JSON; None if there is none."""
        with self._reading():
            query = "SELECT data FROM records WHERE id = ?"
            row = self._from.execute(query, (name,)).fetchone()
            return None if row is None else zlib.decompress(row[0])

    def unread(self) -> list[UnreadRecord]:
        """List what could not be read when the file was compiled."""
        with self._reading():
            rows = self._from.execute("SELECT source, name, reason FROM unread ORDER BY number")
            return [
                UnreadRecord(source=source, name=name, reason=reason)
                for source, name, reason in rows
            ]

    def verified(self) -> AdvisoryData:
        """Read the whole file, and return what it is if it is that.

        Raises:
            UnavailableError: It is not.
        """
        hashed, count = hashlib.sha256(), 0
        with self._reading():
            said = self._from.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                raise ValueError(said)
            for (data,) in self._from.execute("SELECT data FROM records ORDER BY id"):
                hashed.update(zlib.decompress(data) + b"\n")
                count += 1
            if (f"sha256:{hashed.hexdigest()}", count) != (self.data.digest, self.data.records):
                raise ValueError("its records are not those it was made of")
        return self.data

    def _number(self, pragma: str) -> int:
        return int(self._from.execute(f"PRAGMA {pragma}").fetchone()[0])

    def _data(self) -> AdvisoryData:
        found = (self._number("application_id"), self._number("user_version"))
        if found != (APPLICATION, VERSION):
            raise ValueError("it was written by another program or version")
        facts = dict(self._from.execute("SELECT name, value FROM facts").fetchall())
        return AdvisoryData(
            digest=facts["digest"],
            records=int(facts["records"]),
            newest=facts["newest"],
            sources=tuple(json.loads(facts["sources"])),
            fetched=facts["fetched"],
            unread=int(facts["unread"]),
        )

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, zlib.error, ValueError, KeyError, TypeError, RecordError) as error:
            raise UnavailableError(
                f"the advisories cannot be read: {error}",
                cause=f"{self._path} is damaged, or not what it should be",
                help=["weighbridge advisories update --from DIR"],
            ) from error


class FolderAdvisories:
    """The advisories beside a registry, opened when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened yet."""
        self._path = folder / FILE
        self._open: AdvisoryFile | None = None

    def file(self) -> AdvisoryFile | None:
        """Open the file; None if no advisories were ever loaded.

        Raises:
            UnavailableError: It cannot be read.
        """
        if self._open is None and os.path.lexists(self._path):
            self._open = AdvisoryFile(self._path)
        return self._open

    def data(self) -> AdvisoryData | None:
        """Say what the advisories are; None if none were ever loaded."""
        found = self.file()
        return None if found is None else found.data

    def about(self, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """Read the records about Python packages, by their normalised names."""
        found = self.file()
        return {} if found is None else found.about(names)

    def close(self) -> None:
        """Close what was opened."""
        if self._open is not None:
            self._open.close()
            self._open = None


def _advisory(level: str, score: int | None, vectors: str, data: bytes) -> Advisory:
    value: dict[str, Any] = json.loads(zlib.decompress(data))
    return advisory_of(value, level=Level(level), score=score, vectors=tuple(json.loads(vectors)))
