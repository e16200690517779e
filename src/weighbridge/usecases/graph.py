"""`graph`: from a release or a lock to who needs whom in it. Nothing is resolved or downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name

from weighbridge.codec.locks.names import lock_format
from weighbridge.model.errors import NotFoundError, UnreadableError, UsageError
from weighbridge.model.fact import ObservedLock, PythonEnvironment, Unavailable
from weighbridge.model.graph.building import GraphError, graph_of
from weighbridge.model.wording import some_of
from weighbridge.probes.locks import observe_lock_bytes, observe_locks
from weighbridge.probes.python import observe_python

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.fact import Distribution
    from weighbridge.model.graph import Graph
    from weighbridge.model.ports import BlobReader
    from weighbridge.usecases.references import Named

Purpose = Literal["runtime", "dev", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A graph, and what it is of.

    Attributes:
        title: The release or the file, and the lock.
        graph: The graph.
    """

    title: str
    graph: Graph


def is_lock(path: Path) -> bool:
    """Tell a lock file by its name from anything else a user may name."""
    return lock_format(path.name) is not None and path.is_file()


def graph_of_file(path: Path, data: bytes, *, environ: Mapping[str, str]) -> Drawn:
    """Build the graph of a lock file no manifest is needed for.

    Args:
        path: The file.
        data: Its bytes.
        environ: Environment variables, to find what is installed.

    Raises:
        UnreadableError: It is no lock that can be read.
    """
    observed = observe_lock_bytes(path.name, lock_format(path.name) or "", data)
    graph = _graph(observed, _installed(path.parent, environ))
    return Drawn(title=path.name, graph=graph)


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
    installed: Mapping[str, Distribution] | None = None
    if named.path is not None:
        root = named.path.parent
        observed = observe_locks(root, release)[lock.lock]
        installed = _installed(root, environ)
    elif lock.digest is None:
        observed = Unavailable("the manifest does not say its digest")
    else:
        observed = observe_lock_bytes(lock.lock, lock.format, blobs.read(lock.digest))
    return Drawn(title=f"{title}, {lock.lock}", graph=_graph(observed, installed))


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


def _graph(
    observed: ObservedLock | Unavailable, installed: Mapping[str, Distribution] | None
) -> Graph:
    lock = observed.lock if isinstance(observed, ObservedLock) else observed
    if isinstance(lock, Unavailable):
        help_ = [lock.hint] if lock.hint else []
        raise UnreadableError(f"the lock cannot be read: {lock.reason}", help=help_)
    try:
        return graph_of(lock, installed)
    except GraphError as error:
        raise UnreadableError(f"the lock cannot be drawn: {error}") from error
