"""Gather the facts about a release: the one place where all probes are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.fact import MISSING, Facts, ObservedLock, Unavailable
from weighbridge.model.ports import NoProgress
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.credentials import find_credentials
from weighbridge.probes.git import observe_source
from weighbridge.probes.locks import observe_lock_bytes, observe_locks
from weighbridge.probes.python import observe_python
from weighbridge.probes.sealed_tree import SealedTree
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.ports import BlobStore, Incoming, Progress
    from weighbridge.model.release import ModelRelease
    from weighbridge.usecases.references import Named

PROJECT_FILES = ("weighbridge.toml",)
_SEALED = Unavailable("a sealed release is judged by what was sealed")


@dataclass(frozen=True, slots=True)
class Observed:
    """The facts, and copies of what was read that wait to be kept.

    Attributes:
        facts: What the rules may know.
        kept: Copies on their way into a store, by digest; empty if none was asked for.
    """

    facts: Facts
    kept: Mapping[str, Incoming] = field(default_factory=dict)


def observe(
    named: Named,
    *,
    blobs: BlobStore,
    environ: Mapping[str, str],
    progress: Progress | None = None,
    keep: bool = False,
) -> Observed:
    """Look at everything a manifest speaks of.

    Args:
        named: The manifest. An authored one is held against the files beside it, a sealed one
            against blobs alone.
        blobs: The store.
        environ: Environment variables, to find the Python environment in use.
        progress: Who watches.
        keep: Whether what is read is copied into the store on the way.
    """
    watch = progress or NoProgress()
    if named.path is None:
        return Observed(_sealed(named, blobs, watch))
    probe = ArtifactProbe(
        WorkTree(named.path.parent), blobs=blobs, keep=blobs if keep else None, progress=watch
    )
    try:
        return Observed(_authored(named, named.path, probe, environ), probe.seen.kept)
    except BaseException:  # an interruption, too, must leave no copies lying about
        for incoming in probe.seen.kept.values():
            incoming.discard()
        raise


def _authored(named: Named, path: Path, probe: ArtifactProbe, environ: Mapping[str, str]) -> Facts:
    root = path.parent
    # git is asked first: copies on their way into a registry in the same repository are no change.
    source = observe_source(
        root, own_files=(path.name, *PROJECT_FILES), pinned=pinned_paths(named.release)
    )
    found = probe.artifacts(one for _, one in named.release.spec.files())
    return Facts(
        release=named.release,
        document=named.document,
        files=found.files,
        directories=found.directories,
        path_problems=tuple(found.problems),
        source=source,
        python=observe_python(root, environ=environ),
        locks=observe_locks(root, named.release),
        credentials=find_credentials(named.document),
    )


def _sealed(named: Named, blobs: BlobStore, progress: Progress) -> Facts:
    tree = SealedTree(named.release, blobs)
    found = ArtifactProbe(tree, blobs=blobs, progress=progress).artifacts(
        one for _, one in named.release.spec.files()
    )
    return Facts(
        release=named.release,
        document=named.document,
        sealed=True,
        files=found.files,
        directories=found.directories,
        path_problems=tuple(found.problems),
        source=_SEALED,
        python=_SEALED,
        locks=_sealed_locks(named.release, blobs),
        credentials=find_credentials(named.document),
    )


def _sealed_locks(release: ModelRelease, blobs: BlobStore) -> dict[str, ObservedLock | Unavailable]:
    found: dict[str, ObservedLock | Unavailable] = {}
    for _, lock in release.spec.dependencies.locks():
        if lock.digest is None:
            found[lock.lock] = Unavailable(MISSING)
            continue
        try:
            found[lock.lock] = observe_lock_bytes(lock.lock, lock.format, blobs.read(lock.digest))
        except WeighbridgeError as error:
            found[lock.lock] = Unavailable(str(error))
    return found


def pinned_paths(release: ModelRelease) -> tuple[str, ...]:
    """List the paths a manifest pins by digest, or will once it is sealed."""
    artifacts = [artifact.path for _, artifact in release.spec.files() if artifact.path]
    return (*artifacts, *(lock.lock for _, lock in release.spec.dependencies.locks()))
