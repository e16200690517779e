"""MLflow's registry in an SQLite database, read with the standard library and never written to.

The file may be anybody's: only tables are read, no views, within a time, and what it holds is data.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.mlflow import rows
from weighbridge.adapters.mlflow.rows import Catalogue, Shelf, stored, whole, words
from weighbridge.model.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from weighbridge.adapters.mlflow.artifacts import ArtifactFolder
    from weighbridge.model.imports import ForeignFile, RegisteredModel, RegisteredVersion

MAGIC = b"SQLite format 3\x00"
_PATIENCE = 60.0
_STEPS = 100_000
_LONGEST = 1 << 20
_MODELS, _VERSIONS = "registered_models", "model_versions"
_COLUMNS = {
    _MODELS: ("name", "description", "creation_time", "last_updated_time"),
    _VERSIONS: (
        "name",
        "version",
        "creation_time",
        "last_updated_time",
        "description",
        "user_id",
        "current_stage",
        "source",
        "run_id",
        "status",
        "storage_location",
    ),
    "registered_model_tags": ("name", "key", "value"),
    "model_version_tags": ("name", "version", "key", "value"),
    "registered_model_aliases": ("name", "alias", "version"),
}
"""Those of the newest MLflow; an older one has no aliases, say, and leaves some columns out."""
_MOST = {_MODELS: rows.MOST_MODELS, _VERSIONS: rows.MOST_VERSIONS}
_DELETED = "Deleted_Internal"


class DatabaseRegistry:
    """A registry in a database file."""

    address = ""

    def __init__(self, path: Path, *, artifacts: ArtifactFolder, names: Sequence[str] = ()) -> None:
        """Open the database.

        Args:
            path: The file.
            artifacts: Where the files of versions lie.
            names: The models that are wanted; all if there are none.

        Raises:
            UnreadableError: It cannot be read, or is no registry of MLflow's.
        """
        self._path = path
        self._artifacts = artifacts
        self._names = tuple(names)
        self._catalogue = Catalogue()
        self._connection = _opened(path)
        with self._reading():
            found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            self._tables = {words(name) for (name,) in found}
        if not {_MODELS, _VERSIONS} <= self._tables:
            self.close()
            wanted = f"the tables {_MODELS} and {_VERSIONS}"
            message = f"{path} is no registry of MLflow's"
            raise UnreadableError(message, wanted=wanted, help=["name MLflow's backend store"])

    def models(self) -> Iterator[RegisteredModel]:
        """List its models."""
        with self._reading():
            shelves = [*self._shelves()]
        yield from self._catalogue.models(shelves)

    def passed_over(self) -> Iterable[str]:
        """Say what else it holds."""
        return self._catalogue.passed_over

    def files(self, version: RegisteredVersion) -> Iterator[ForeignFile]:
        """List the files of a version."""
        return self._artifacts.files(version.location or version.source)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _shelves(self) -> Iterator[Shelf]:
        tags = _grouped(self._rows("registered_model_tags"), "name")
        aliases = _grouped(self._rows("registered_model_aliases"), "name")
        versions = _grouped(self._rows(_VERSIONS), "name")
        version_tags = _grouped(self._rows("model_version_tags"), "name", "version")
        for row in self._rows(_MODELS):
            name = words(row["name"])
            yield Shelf(
                fields=stored(row),
                tags=_tags(tags.get((name,), ())),
                aliases={
                    words(one["alias"]): whole(one["version"]) or 0
                    for one in aliases.get((name,), ())
                },
                versions=tuple(
                    (stored(one), _tags(version_tags.get((name, words(one["version"])), ())))
                    for one in versions.get((name,), ())
                    if one["current_stage"] != _DELETED
                ),
            )

    def _rows(self, table: str) -> list[dict[str, Any]]:
        if table not in self._tables:
            return []
        info = self._connection.execute(f"PRAGMA table_info({table})")
        there = {words(row[1]) for row in info}
        columns = [name for name in _COLUMNS[table] if name in there]
        self._tell_of_workspaces(table, there)
        marks = ", ".join("?" * len(self._names))
        where = [f"name IN ({marks})"] if marks else []
        where += ["workspace = 'default'"] if "workspace" in there else []
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        most = _MOST.get(table, rows.MOST_VERSIONS)
        # All words of it are ours: those above.
        query = f"SELECT {', '.join(columns)} FROM {table}{condition} ORDER BY 1, 2"  # noqa: S608
        found = self._connection.execute(query, self._names).fetchmany(most + 1)
        if len(found) > most:
            raise rows.too_many(str(self._path), f"rows of {table}", most)
        empty = dict.fromkeys(_COLUMNS[table])
        return [{**empty, **dict(zip(columns, row, strict=True))} for row in found]

    def _tell_of_workspaces(self, table: str, columns: set[str]) -> None:
        if table != _MODELS or "workspace" not in columns:
            return
        others = "SELECT count(*) FROM registered_models WHERE workspace != 'default'"
        (count,) = self._connection.execute(others).fetchone()
        if count:
            self._catalogue.passed_over.append(f"{count} of workspaces other than `default`")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        end = time.monotonic() + _PATIENCE
        self._connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        except sqlite3.Error as error:
            self.close()
            raise _unreadable(self._path, str(error)) from error


def _opened(path: Path) -> sqlite3.Connection:
    """Open a file for reading alone; one whose folder cannot be written to is read as it lies."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    if head != MAGIC:
        raise UnreadableError(f"{path} is no SQLite database")
    # Somebody who writes to it now has a log beside it, without which it is not whole.
    log = path.with_name(f"{path.name}-wal")
    is_whole = not (log.exists() and log.stat().st_size)
    reason = ""
    for mode in ("mode=ro", "mode=ro&immutable=1")[: 1 + is_whole]:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=10)
        try:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            connection.close()
            reason = str(error)
        else:
            return connection
    raise _unreadable(path, reason)


def _unreadable(path: Path, reason: str) -> UnreadableError:
    message = f"{path} cannot be read as a database of MLflow's: {reason}"
    return UnreadableError(message, help=["stop who writes to it, or import from a copy"])


def _grouped(
    found: Iterable[dict[str, Any]], *keys: str
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in found:
        groups.setdefault(tuple(words(row[key]) for key in keys), []).append(row)
    return groups


def _tags(found: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {words(row["key"]): words(row["value"]) for row in found}
