"""Open MLflow's registry by what a user names: a database, a folder, or an address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from weighbridge.adapters.mlflow.artifacts import NAMES, ArtifactFolder
from weighbridge.adapters.servers.address import is_server
from weighbridge.model.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from weighbridge.model.imports import ForeignRegistry

_DATABASE = "mlflow.db"
_FOLDER = "mlruns"
_WANTED = "a database (mlflow.db), a folder (mlruns), or the address of a tracking server"


def open_mlflow(
    source: str,
    *,
    start: Path,
    environ: Mapping[str, str],
    artifacts: str | None = None,
    names: Sequence[str] = (),
    offline: bool = False,
) -> ForeignRegistry:
    """Open a registry of MLflow's.

    Args:
        source: What the user names; in a project's folder its database or its `mlruns`.
        start: The folder paths are relative to.
        environ: Environment variables.
        artifacts: The folder the files of versions lie beneath, if that is not where it lies.
        names: The models that are wanted; all if there are none.
        offline: Whether the network must not be used.

    Raises:
        UnreadableError: There is none.
        UsageError: It is on the network, and that must not be used.
        UnavailableError: An extra is missing.
    """
    folder = None if artifacts is None else ArtifactFolder(start / artifacts)
    if folder is not None and not folder.root.is_dir():
        raise UnreadableError(f"{artifacts} is not a folder", help=["--artifacts names a folder"])
    if is_server(source):
        return _server(source, environ=environ, artifacts=folder, names=names, offline=offline)
    if "://" in source and not source.startswith(("sqlite:///", "file:///")):
        wanted = "an sqlite:/// address; of other databases, the address of a server before them"
        raise UsageError("this kind of store is not read", seen=source[:80], wanted=wanted)
    path = start / unquote(source.removeprefix("sqlite:///").removeprefix("file://"))
    if path.is_dir():
        path = _within(path)
    if path.is_dir():
        from weighbridge.adapters.mlflow.file_store import FolderRegistry  # noqa: PLC0415 - YAML

        return FolderRegistry(path, artifacts=folder or ArtifactFolder(path), names=names)
    from weighbridge.adapters.mlflow.database import DatabaseRegistry  # noqa: PLC0415 - SQLite

    # A database may lie anywhere, a home directory say: not all beside it are artifacts.
    beside = ArtifactFolder(path.parent, beneath=NAMES)
    return DatabaseRegistry(path, artifacts=folder or beside, names=names)


def _within(folder: Path) -> Path:
    """Find the store in a project's folder."""
    for found in (folder / _DATABASE, folder, folder / _FOLDER):
        if found.is_file() or (found / "models").is_dir():
            return found
    message = f"{folder} holds no registry of MLflow's"
    raise UnreadableError(message, wanted=_WANTED, help=["name the backend store itself"])


def _server(
    source: str,
    *,
    environ: Mapping[str, str],
    artifacts: ArtifactFolder | None,
    names: Sequence[str],
    offline: bool,
) -> ForeignRegistry:
    if offline:
        help_ = ["leave out --offline, or name MLflow's database or folder"]
        raise UsageError("a tracking server takes the network", help=help_)
    from weighbridge.adapters.mlflow.asking import TrackingServer  # noqa: PLC0415 - an extra
    from weighbridge.adapters.mlflow.server import ServerRegistry  # noqa: PLC0415 - likewise

    server = TrackingServer(source, environ=environ)
    return ServerRegistry(server, names=names, artifacts=artifacts)
