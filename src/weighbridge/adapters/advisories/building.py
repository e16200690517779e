"""Compile records into the one file they are asked in: written beside it, checked, renamed.

Whoever has the old file open goes on reading it. The same records make the same bytes, in
whatever order and container they came, at the same time; nobody ever sees half a file.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import sqlite3
import zlib
from typing import TYPE_CHECKING, Self

from weighbridge.adapters.advisories.store import APPLICATION, FILE, VERSION, AdvisoryFile
from weighbridge.adapters.files import lasting, make_folder, storing
from weighbridge.model.errors import StorageError
from weighbridge.model.limits import DEFAULT_ADVISORY_LIMITS, AdvisoryLimits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from weighbridge.model.advisory import Advisory, AdvisoryData, UnreadRecord

_SCHEMA = f"""
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE records (id TEXT PRIMARY KEY, level TEXT NOT NULL, score INTEGER,
    vectors TEXT NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE about (ecosystem TEXT NOT NULL, package TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (ecosystem, package, id)) STRICT, WITHOUT ROWID;
CREATE TABLE unread (number INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL,
    reason TEXT NOT NULL) STRICT;
"""
_PREFIX = ".advisories-"


class AdvisoryBuilder:
    """Takes records and becomes the file; left without `finish`, nothing has happened."""

    def __init__(self, folder: Path, *, limits: AdvisoryLimits = DEFAULT_ADVISORY_LIMITS) -> None:
        """Begin a file of its own in the folder.

        Raises:
            StorageError: It cannot be written there.
        """
        self._folder = folder
        self._limits = limits
        self._kept: dict[str, tuple[str, bytes, int]] = {}
        self._sources: list[str] = []
        self._unread = 0
        self._newest = ""
        token = secrets.token_hex(8)
        self._draft = folder / f"{_PREFIX}{token}.draft"
        self._final = folder / f"{_PREFIX}{token}.tmp"
        with storing(folder / FILE):
            make_folder(folder)
            _sweep(folder)
            self._lock = os.open(folder / f"{_PREFIX}{token}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            with self._writing():
                self._to = sqlite3.connect(self._draft, isolation_level=None)
                self._to.executescript(_SCHEMA)
                self._to.execute("BEGIN")
        except BaseException:
            self._clear()
            raise

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing behind but what `finish` put in its place."""
        self._clear()

    def source(self, shown: str) -> None:
        """Say what the records that follow come from."""
        self._sources.append(shown)

    def add(self, advisory: Advisory, data: bytes) -> str:
        """Take a record. Of two with one id the one changed last is kept.

        Returns:
            What is wrong if this source has another record with that id; else nothing.
        """
        digest = hashlib.sha256(data).digest()
        old = self._kept.get(advisory.id)
        here = len(self._sources)
        if old is not None and (advisory.modified, digest) <= old[:2]:
            differs = digest != old[1] and old[2] == here
            return _TWICE.format(advisory.id) if differs else ""
        with self._writing():
            if old is not None:
                self._to.execute("DELETE FROM about WHERE id = ?", (advisory.id,))
            self._insert(advisory, data)
        self._kept[advisory.id] = (advisory.modified, digest, here)
        return _TWICE.format(advisory.id) if old is not None and old[2] == here else ""

    def _insert(self, advisory: Advisory, data: bytes) -> None:
        row = (
            advisory.id,
            advisory.level.value,
            advisory.score,
            json.dumps(advisory.vectors),
            zlib.compress(data, 6),
        )
        self._to.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", row)
        named = {(one.ecosystem, one.package) for one in advisory.affected}
        rows = [(*one, advisory.id) for one in named]
        self._to.executemany("INSERT INTO about VALUES (?, ?, ?)", rows)

    def refuse(self, unread: UnreadRecord) -> None:
        """Take note of what is no record."""
        self._unread += 1
        if self._unread <= self._limits.told:
            row = (unread.source, unread.name, unread.reason)
            with self._writing():
                self._to.execute("INSERT INTO unread (source, name, reason) VALUES (?, ?, ?)", row)

    @property
    def records(self) -> int:
        """How many records there are so far."""
        return len(self._kept)

    @property
    def unread(self) -> int:
        """How much could not be read so far."""
        return self._unread

    def finish(self, *, now: str) -> AdvisoryData:
        """Put the file in its place.

        Args:
            now: The time (RFC 3339, UTC).

        Returns:
            What the data is, as it was read back from the disk.

        Raises:
            StorageError: It could not be written, or not read back; the old one is still there.
        """
        with self._writing():
            self._state(now)
            self._to.execute("COMMIT")
            # Rows are written anew in the order of their keys, whatever order they came in.
            self._to.execute("VACUUM INTO ?", (str(self._final),))
        with storing(self._folder / FILE):
            descriptor = os.open(self._final, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fchmod(descriptor, 0o644)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        with contextlib.closing(AdvisoryFile(self._final)) as written:
            data = written.verified()
        with storing(self._folder / FILE), lasting(self._folder):
            self._final.replace(self._folder / FILE)
        return data

    def _state(self, now: str) -> None:
        """Write down what the data is."""
        hashed = hashlib.sha256()
        for (data,) in self._to.execute("SELECT data FROM records ORDER BY id"):
            hashed.update(zlib.decompress(data) + b"\n")
        facts = {
            "digest": f"sha256:{hashed.hexdigest()}",
            "fetched": now,
            "newest": max((modified for modified, _, _ in self._kept.values()), default=""),
            "records": str(len(self._kept)),
            "sources": json.dumps(self._sources, ensure_ascii=False),
            "unread": str(self._unread),
        }
        self._to.executemany("INSERT INTO facts VALUES (?, ?)", sorted(facts.items()))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(
                f"{self._folder / FILE} could not be written: {error}",
                seen=str(error),
                wanted="room and permission to write",
                help=["free some space; the advisories that were there are still there"],
            ) from error

    def _clear(self) -> None:
        if hasattr(self, "_to"):
            self._to.close()
        _remove(self._draft)
        os.close(self._lock)


_TWICE = "another record has the id {}; of the two the one changed last is kept"


def _remove(draft: Path) -> None:
    """Remove what one builder leaves behind, its lock last."""
    for suffix in (".draft", ".draft-journal", ".tmp", ".lock"):
        draft.with_suffix(suffix).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what builders left behind that were killed; those at work hold their lock."""
    for lock in folder.glob(f"{_PREFIX}*.lock"):
        try:
            descriptor = os.open(lock, os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(lock)
        except OSError:
            continue
        finally:
            os.close(descriptor)
