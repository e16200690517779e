"""`diff`: what changed between two releases, by meaning."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.codec.listing import read_listing
from weighbridge.codec.resolved import list_keys, resolved
from weighbridge.diffing.compare import differences
from weighbridge.diffing.patch import json_patch
from weighbridge.diffing.tensors import tensor_changes
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.fact import (
    Facts,
    ObservedDirectory,
    ObservedFile,
    PathProblem,
    Unavailable,
)
from weighbridge.model.listing import MEDIA_TYPES, ListingError
from weighbridge.model.release import ModelRelease
from weighbridge.probes.sealed_tree import SealedTree
from weighbridge.probes.tensors import index_tensors, look_into
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.measuring import measured
from weighbridge.usecases.observing import observe
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.change import Change, TensorChanges, Value
    from weighbridge.model.listing import ListingEntry
    from weighbridge.model.ports import BlobReader, BlobStore, ByteSource, Tree
    from weighbridge.model.reading import FileReader
    from weighbridge.model.release import Artifact
    from weighbridge.probes.tensors import TensorIndex
    from weighbridge.usecases.references import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs between two releases.

    Attributes:
        changes: What differs between their manifests.
        tensors: What differs between their tensors, a file an entry: where the file differs, and
            both releases have a tensor index of it.
        unread: Artifacts that differ and were not read for their tensors: they were too large.
    """

    changes: tuple[Change, ...]
    tensors: tuple[TensorChanges, ...]
    unread: tuple[str, ...] = ()


def compare(
    before: Named,
    after: Named,
    *,
    blobs: BlobStore,
    environ: Mapping[str, str],
    reader: FileReader | None = None,
    most: int | None = None,
) -> Compared:
    """Compare two releases; an authored one is compared as it would be sealed now.

    Args:
        before: The one.
        after: The other.
        blobs: The store.
        environ: Environment variables, for what is not sealed yet.
        reader: Who reads files.
        most: Bytes of artifacts that are read for their tensors, both sides; None for all.
    """
    left, right = (_side(named, blobs, environ, reader) for named in (before, after))
    changed, unread = _to_read(left, right, most)
    return Compared(
        changes=differences(
            resolved(left.release), resolved(right.release), keys=list_keys(ModelRelease)
        ),
        tensors=tuple(_tensors(left, right, changed, reader)),
        unread=unread,
    )


def patch(
    before: Named,
    after: Named,
    *,
    blobs: BlobStore,
    environ: Mapping[str, str],
    reader: FileReader | None = None,
) -> list[dict[str, Value]]:
    """List the operations that make the second release's resolved manifest of the first's."""
    left, right = (_side(named, blobs, environ, reader) for named in (before, after))
    return json_patch(resolved(left.release), resolved(right.release))


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two releases.

    Attributes:
        release: The manifest, resolved.
        tree: Its files.
        blobs: Where the listings of its directories are, if it is sealed.
        facts: What was observed of its files already.
    """

    release: ModelRelease
    tree: Tree
    blobs: BlobReader
    facts: Facts = field(default_factory=Facts)

    def artifacts(self) -> dict[str, Artifact]:
        """Index the artifacts that lie in the release by name."""
        every = self.release.spec.artifacts
        return {artifact.name: artifact for artifact in every if artifact.path is not None}

    def files(self, artifact: Artifact) -> dict[str, tuple[str, str]]:
        """Index path and digest of an artifact's files by what they are called."""
        path, digest = artifact.path or "", artifact.digest or ""
        if artifact.media_type not in MEDIA_TYPES:
            return {artifact.name: (path, digest)}
        return {
            f"{artifact.name}/{entry.path}": (f"{path}/{entry.path}", entry.digest)
            for entry in self._listing(path, digest)
        }

    def index(self, path: str, digest: str, reader: FileReader | None) -> dict[str, TensorIndex]:
        """Index the tensors of a file by the member they are in."""
        file = self.facts.files.get(path) or look_into(self.tree, path, digest, reader=reader)
        if not isinstance(file, ObservedFile):
            return {}
        found = index_tensors(file)
        return {index.container: index for index in found}

    @contextmanager
    def opened(self, path: str) -> Iterator[ByteSource | None]:
        """Hold a file open; None if it cannot be opened any more."""
        source = self.tree.open(path)
        if isinstance(source, PathProblem | Unavailable):
            yield None
            return
        with source:
            yield source

    def _listing(self, path: str, digest: str) -> Sequence[ListingEntry]:
        observed = self.facts.directories.get(path)
        if isinstance(observed, ObservedDirectory):
            return observed.entries
        try:
            return read_listing(digest, self.blobs.read)
        except (ListingError, WeighbridgeError):
            return ()


def _side(
    named: Named, blobs: BlobStore, environ: Mapping[str, str], reader: FileReader | None
) -> _Side:
    if named.path is None:
        return _Side(named.release, SealedTree(named.release, blobs), blobs)
    facts = observe(named, blobs=blobs, environ=environ, reader=reader)
    # What stands in the way of sealing is no obstacle to comparing: it stays as it is written.
    release = Resolver(facts).resolve(named.release)
    return _Side(release, WorkTree(named.path.parent), blobs, facts)


def _to_read(left: _Side, right: _Side, most: int | None) -> tuple[list[str], tuple[str, ...]]:
    """Name the artifacts that both releases have and that differ, and those too large to read."""
    ours, read, unread = left.artifacts(), list[str](), list[str]()
    spent = 0
    for name, theirs in sorted(right.artifacts().items()):
        mine = ours.get(name)
        if mine is None or mine.digest == theirs.digest:
            continue
        size = (mine.size or 0) + (theirs.size or 0)
        if most is not None and (None in {mine.size, theirs.size} or spent + size > most):
            unread.append(name)
            continue
        spent += size
        read.append(name)
    return read, tuple(unread)


def _tensors(
    left: _Side, right: _Side, names: Sequence[str], reader: FileReader | None
) -> Iterator[TensorChanges]:
    """Compare the tensors of files that differ; no other is read."""
    ours, theirs = left.artifacts(), right.artifacts()
    for name in names:
        old, new = left.files(ours[name]), right.files(theirs[name])
        for file in sorted(old.keys() & new.keys()):
            if old[file][1] != new[file][1]:
                before = left.index(*old[file], reader)
                after = right.index(*new[file], reader) if before else {}
                for found in _compared(file, before, after):
                    with left.opened(old[file][0]) as one, right.opened(new[file][0]) as other:
                        yield measured(found, one, other)


def _compared(
    file: str, before: Mapping[str, TensorIndex], after: Mapping[str, TensorIndex]
) -> Iterator[TensorChanges]:
    for container in sorted(before.keys() & after.keys()):
        called = f"{file}!/{container}" if container else file
        yield tensor_changes(called, before[container].tensors, after[container].tensors)
