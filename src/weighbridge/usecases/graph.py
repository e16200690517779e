"""`graph`: from a release or a lock to who needs whom in it. Nothing is resolved or downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name

from weighbridge.model.errors import NotFoundError, UnreadableError, UsageError
from weighbridge.model.fact import PythonEnvironment
from weighbridge.model.graph.building import GraphError, graph_of
from weighbridge.model.wording import some_of
from weighbridge.probes.python import observe_python
from weighbridge.usecases.named_locks import lock_of, locks_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.fact import Distribution, ObservedLock, Unavailable
    from weighbridge.model.graph import Graph
    from weighbridge.model.lock import Lock
    from weighbridge.model.ports import BlobReader
    from weighbridge.usecases.references import Named

Purpose = Literal["runtime", "dev", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A graph, and what it is of.

    Attributes:
        title: The release or the file, and the lock.
        lock: The lock.
        graph: The graph.
    """

    title: str
    lock: Lock
    graph: Graph


def graph_of_file(file: ObservedLock, folder: Path, *, environ: Mapping[str, str]) -> Drawn:
    """Build the graph of a lock file no manifest is needed for.

    Args:
        file: The file.
        folder: Where it lies.
        environ: Environment variables, to find what is installed.

    Raises:
        UnreadableError: It cannot be drawn.
    """
    title = file.path.replace("\\", "/").rpartition("/")[2]
    return _drawn(title, file.path, file, _installed(folder, environ))


def graph_of_release(
    named: Named,
    *,
    blobs: BlobReader,
    environ: Mapping[str, str],
    purpose: Purpose = "runtime",
) -> Drawn:
    """Build the graph of a lock of a release.

    Args:
        named: The release. An authored one is read with the files beside it, and what is
            installed there; a sealed one from blobs alone.
        blobs: The store.
        environ: Environment variables, to find what is installed.
        purpose: Which of its locks.

    Raises:
        UnreadableError: The lock cannot be read.
        UsageError: The release has no such lock.
    """
    release = named.release
    lock = dict(release.spec.dependencies.locks()).get(purpose)
    title = f"{release.metadata.name}@{release.metadata.version}"
    if lock is None:
        declared = ", ".join(name for name, _ in release.spec.dependencies.locks())
        message = f"{title} declares no lock for {purpose}"
        raise UsageError(message, seen=declared, help=["choose another with --lock"])
    installed = None if named.path is None else _installed(named.path.parent, environ)
    observed = locks_of(named, blobs).get(lock.lock)
    return _drawn(f"{title}, {lock.lock}", lock.lock, observed, installed)


def ids_of(graph: Graph, package: str) -> tuple[str, ...]:
    """Find the entries a user means by `NAME` or `NAME==VERSION`.

    Raises:
        NotFoundError: There is none.
    """
    name, equals, version = package.partition("==")
    wanted = canonicalize_name(name.strip())
    found = graph.named(f"{wanted}=={version.strip()}" if equals else wanted)
    if not found:
        others = sorted({node.name for node in graph.nodes.values() if wanted in node.name})
        help_ = [f"there is {some_of(others)}"] if others else []
        raise NotFoundError(f"the lock does not have {package}", help=help_)
    return found


def _installed(root: Path, environ: Mapping[str, str]) -> Mapping[str, Distribution] | None:
    python = observe_python(root, environ=environ)
    return python.distributions if isinstance(python, PythonEnvironment) else None


def _drawn(
    title: str,
    path: str,
    observed: ObservedLock | Unavailable | None,
    installed: Mapping[str, Distribution] | None,
) -> Drawn:
    lock = lock_of(path, observed)
    try:
        return Drawn(title=title, lock=lock, graph=graph_of(lock, installed))
    except GraphError as error:
        raise UnreadableError(f"{path} cannot be drawn: {error}") from error
