"""Observe the files of a release: digest, size and structure of each, in one reading."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from weighbridge.codec.listing import ListingError, listing_digest, read_listing
from weighbridge.formats import registry
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.fact import (
    ListingEntry,
    ObservedDirectory,
    ObservedFile,
    PathProblem,
    Unavailable,
)
from weighbridge.model.limits import DEFAULT_LIMITS, Limits
from weighbridge.model.ports import NoProgress
from weighbridge.model.structure import Structure
from weighbridge.probes.one_pass import OnePass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weighbridge.model.ports import BlobReader, BlobStore, ByteSource, Incoming, Progress, Tree
    from weighbridge.model.release import Artifact

SNIFF = 4096
CHANGED = Unavailable("the file changed while it was read", "run again when nothing writes to it")


@dataclass(slots=True, kw_only=True)
class Observation:
    """What was found so far, path by path.

    Attributes:
        files: Each file.
        directories: Each directory artifact.
        problems: Paths that were not followed.
        kept: Copies on their way into a store, by digest.
    """

    files: dict[str, ObservedFile | Unavailable] = field(default_factory=dict)
    directories: dict[str, ObservedDirectory | Unavailable] = field(default_factory=dict)
    problems: dict[PathProblem, None] = field(default_factory=dict)
    kept: dict[str, Incoming] = field(default_factory=dict)


class ArtifactProbe:
    """Reads artifacts from a tree.

    Args:
        tree: Where the files are.
        blobs: Where listings of directories that were declared may be found.
        keep: A store that takes in a copy of all that is read.
        progress: Who watches.
        limits: Budgets for the format readers.
    """

    def __init__(
        self,
        tree: Tree,
        *,
        blobs: BlobReader | None = None,
        keep: BlobStore | None = None,
        progress: Progress | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Begin with nothing observed."""
        self._tree = tree
        self._blobs = blobs
        self._keep = keep
        self._progress = progress or NoProgress()
        self._limits = limits
        self.seen = Observation()

    def artifacts(self, artifacts: Iterable[Artifact]) -> Observation:
        """Observe what a manifest lists; what has no path is left to other probes."""
        for artifact in artifacts:
            if artifact.path is not None:
                self._artifact(artifact.path, artifact.digest)
        return self.seen

    def files(self, paths: Iterable[str]) -> Observation:
        """Observe loose files."""
        for path in paths:
            self._file(path)
        return self.seen

    def _artifact(self, path: str, declared: str | None) -> None:
        kind = self._tree.kind(path)
        if kind == "directory":
            self.seen.directories[path] = self._directory(path, declared)
        elif kind == "file":
            self._file(path)
        else:
            self.seen.files[path] = self._not_followed(kind)

    def _directory(self, path: str, declared: str | None) -> ObservedDirectory | Unavailable:
        entries = []
        trouble: Unavailable | None = None
        for member in self._tree.files(path):
            if isinstance(member, PathProblem):
                trouble = self._not_followed(member)
                continue
            found = self._file(member)
            if isinstance(found, Unavailable):
                trouble = Unavailable(f"{member}: {found.reason}", found.hint)
            else:
                inside = member[len(path.rstrip("/")) + 1 :]
                entries.append(ListingEntry(path=inside, size=found.size, digest=found.digest))
        if trouble is not None:
            return trouble
        if not entries:
            return Unavailable("the directory is empty", "put the files there, or list another")
        entries.sort(key=lambda entry: entry.path)
        return ObservedDirectory(
            entries=tuple(entries),
            digest=listing_digest(entries),
            size=sum(entry.size for entry in entries),
            declared=self._declared_listing(declared),
        )

    def _declared_listing(self, declared: str | None) -> tuple[ListingEntry, ...] | Unavailable:
        if declared is None:
            return Unavailable(
                "the manifest gives no digest for it", "weighbridge capture --update"
            )
        if self._blobs is None or not self._blobs.has(declared):
            return Unavailable("the registry does not hold the listing that digest stands for")
        try:
            return read_listing(self._blobs.read(declared))
        except (ListingError, WeighbridgeError) as error:
            return Unavailable(f"the listing that digest stands for cannot be read: {error}")

    def _file(self, path: str) -> ObservedFile | Unavailable:
        if path not in self.seen.files:
            source = self._tree.open(path)
            if isinstance(source, PathProblem | Unavailable):
                self.seen.files[path] = self._not_followed(source)
            else:
                with source:
                    self.seen.files[path] = self._read(path, source)
        return self.seen.files[path]

    def _not_followed(self, problem: str | PathProblem | Unavailable) -> Unavailable:
        if isinstance(problem, PathProblem):
            self.seen.problems[problem] = None
            return Unavailable(f"the path {problem.path} is not followed ({problem.kind})")
        return problem if isinstance(problem, Unavailable) else Unavailable(problem)

    def _read(self, path: str, source: ByteSource) -> ObservedFile | Unavailable:
        """Read one file once."""
        copy = self._keep.incoming() if self._keep is not None else None
        taps: list[Callable[[bytes], object]] = [
            lambda chunk: self._progress.advance(len(chunk)),
        ]
        if copy is not None:
            taps.append(copy.write)
        self._progress.start(path, source.size)
        try:
            one_pass = OnePass(source, limits=self._limits, taps=tuple(taps))
            structure = self._structure(path, source, one_pass)
            digest = one_pass.drain()
            if one_pass.position != source.size or source.changed():
                return CHANGED
            if copy is not None and digest not in self.seen.kept:
                copy.close()  # thousands of copies may wait for the last file
                self.seen.kept[digest], copy = copy, None
        finally:
            if copy is not None:
                copy.discard()
            self._progress.finish()
        link = self._tree.link(path)
        return ObservedFile(
            path=path, size=source.size, digest=digest, structure=structure, link=link
        )

    def _structure(self, path: str, source: ByteSource, one_pass: OnePass) -> Structure:
        size = source.size
        head = source.read_at(0, SNIFF)
        tail = source.read_at(max(0, size - SNIFF), SNIFF)
        name = registry.sniff(head, tail, size)
        if name is None:
            structure = unknown(size)
        else:
            try:
                structure = one_pass.run(registry.reader(name, size, limits=self._limits))
            except BudgetExceededError as error:
                structure = Structure(
                    format=name, status="incomplete", reason=str(error), size=size
                )
        promised = ",".join(sorted(registry.expected_formats(PurePosixPath(path).suffix)))
        if not promised:
            return structure
        metadata = (*structure.metadata, ("expected-format", promised))
        return dataclasses.replace(structure, metadata=metadata)


def unknown(size: int) -> Structure:
    """Describe bytes no reader knows: nothing of them is accounted for."""
    return Structure(
        format="unknown", status="incomplete", reason="the format is not known", size=size
    )
