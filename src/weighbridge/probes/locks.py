"""Observe the locks a manifest names, and the requirements they were made from.

Reads files below the manifest's folder only, and none that is not a regular file.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import digest
from weighbridge.codec.locks import LIMITS, READERS, LockSyntaxError, read_lock
from weighbridge.codec.locks.inputs import input_names, read_inputs, read_python
from weighbridge.model.authoring.base import TODO
from weighbridge.model.fact import ObservedLock, PathProblem, Unavailable
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.fact import InputRequirement
    from weighbridge.model.lock import Lock
    from weighbridge.model.ports import Tree
    from weighbridge.model.release import ModelRelease

_PROBLEMS = {
    "outside": "its path leads out of the folder of the manifest",
    "cycle": "its path leads in a circle",
    "special": "it is not a regular file",
}


def observe_locks(root: Path, release: ModelRelease) -> dict[str, ObservedLock | Unavailable]:
    """Observe each lock a manifest names, by its path.

    Args:
        root: The manifest's folder.
        release: The manifest.
    """
    return locks_in(WorkTree(root), release)


def locks_in(tree: Tree, release: ModelRelease) -> dict[str, ObservedLock | Unavailable]:
    """Observe each lock a manifest names, by its path, in a tree of files."""
    found: dict[str, ObservedLock | Unavailable] = {}
    for _, lock in release.spec.dependencies.locks():
        found.setdefault(lock.lock, _observe(tree, lock.lock, lock.format))
    return found


def observe_lock_bytes(path: str, format: str, data: bytes) -> ObservedLock:  # noqa: A002 - the manifest's word
    """Observe the bytes of a lock of a sealed release; what it was made from is not sealed."""
    return ObservedLock(path=path, digest=digest(data), lock=_read(path, format, data))


def _observe(tree: Tree, path: str, format: str) -> ObservedLock | Unavailable:  # noqa: A002 - the manifest's word
    """Observe one lock beside the manifest."""
    if path == TODO:
        return Unavailable("the manifest does not name the lock yet", "replace the TODO")
    data = _read_file(tree, path)
    if isinstance(data, Unavailable):
        return data
    inputs = _observe_inputs(tree, path, format, data)
    return ObservedLock(
        path=path,
        digest=digest(data),
        lock=_read(path, format, data),
        inputs=inputs if isinstance(inputs, Unavailable) else inputs[0],
        requires_python="" if isinstance(inputs, Unavailable) else inputs[1],
    )


def _read(path: str, format: str, data: bytes) -> Lock | Unavailable:  # noqa: A002 - the manifest's word
    """Read what a lock pins."""
    if format not in READERS:
        known = ", ".join(sorted(READERS))
        reason = f"{format} locks are not read by this version"
        return Unavailable(reason, f"name a lock of another format: {known}")
    try:
        return read_lock(data, format, path)
    except LockSyntaxError as error:
        return Unavailable(str(error), "mend the lock or make it anew, or correct its format")


def _observe_inputs(
    tree: Tree,
    path: str,
    format: str,  # noqa: A002 - the manifest's word
    data: bytes,
) -> tuple[tuple[InputRequirement, ...], str] | Unavailable:
    """Read the requirements a lock was made from, and its Pythons, where they lie beside it.

    The command that made the lock ran in the manifest's folder or in the lock's own. An input
    that is there but cannot be read leaves the question open.
    """
    found: list[InputRequirement] = []
    python = ""
    folder = posixpath.dirname(path)
    for name in input_names(data, path, format):
        for candidate in dict.fromkeys((name, posixpath.join(folder, name))):
            text = _read_file(tree, candidate)
            if isinstance(text, Unavailable):
                continue
            try:
                found.extend(read_inputs(text, candidate, groups=format == "uv"))
                python = python or (read_python(text, candidate) if format == "uv" else "")
            except LockSyntaxError as error:
                return Unavailable(f"what the lock was made from cannot be read: {error}")
            break
    return tuple(found), python


def _read_file(tree: Tree, path: str) -> bytes | Unavailable:
    """Read a file that may be a lock by its kind and size."""
    source = tree.open(path)
    if isinstance(source, Unavailable):
        return source
    if isinstance(source, PathProblem):
        return Unavailable(_PROBLEMS.get(source.kind, source.kind), "name a plain file beside it")
    with source:
        if source.size > LIMITS.size:
            return Unavailable(f"is larger than {LIMITS.size >> 20} MiB")
        try:
            return source.read_at(0, source.size)
        except OSError as error:
            return Unavailable(f"cannot be read: {error.strerror or error}".lower())
