"""Observe the files of a release: digest, size and structure of each, in one reading."""

from __future__ import annotations

import contextlib
import dataclasses
import posixpath
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from weighbridge.codec.listing import listing_digest, read_listing
from weighbridge.formats import registry
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.model.errors import NotFoundError, WeighbridgeError
from weighbridge.model.fact import (
    ListingEntry,
    ObservedDirectory,
    ObservedFile,
    PathProblem,
    Unavailable,
)
from weighbridge.model.limits import (
    DEFAULT_LIMITS,
    DEFAULT_LISTING_LIMITS,
    Limits,
    ListingLimits,
)
from weighbridge.model.listing import ListingError
from weighbridge.model.ports import NoProgress
from weighbridge.model.structure import Structure
from weighbridge.probes.one_pass import OnePass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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

    def discard(self) -> None:
        """Forget the copies; harmless for those a store has taken in."""
        for copy in self.kept.values():
            copy.discard()


class ArtifactProbe:
    """Reads artifacts from a tree.

    Args:
        tree: Where the files are.
        blobs: Where listings of directories that were declared may be found.
        keep: A store that takes in a copy of all that is read.
        progress: Who watches.
        limits: Budgets for the format readers.
        listings: Budgets for the listings of directories.
    """

    def __init__(
        self,
        tree: Tree,
        *,
        blobs: BlobReader | None = None,
        keep: BlobStore | None = None,
        progress: Progress | None = None,
        limits: Limits = DEFAULT_LIMITS,
        listings: ListingLimits = DEFAULT_LISTING_LIMITS,
    ) -> None:
        """Begin with nothing observed."""
        self._tree = tree
        self._blobs = blobs
        self._keep = keep
        self._progress = progress or NoProgress()
        self._limits = limits
        self._listings = listings
        self.seen = Observation()

    def artifacts(self, artifacts: Iterable[Artifact]) -> Observation:
        """Observe what a manifest lists; what has no path is left to other probes."""
        with self._keeping():
            for artifact in artifacts:
                if artifact.path is not None:
                    self._artifact(artifact.path, artifact.digest)
        return self.seen

    def files(self, paths: Iterable[str]) -> Observation:
        """Observe loose files."""
        with self._keeping():
            for path in paths:
                self._file(path)
        return self.seen

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[None]:
        """Forget the copies if the observation does not come to its end."""
        try:
            yield
        except BaseException:
            self.seen.discard()
            raise

    def _artifact(self, path: str, declared: str | None) -> None:
        kind = self._tree.kind(path)
        if isinstance(kind, PathProblem | Unavailable):
            self.seen.files[path] = self._not_followed(kind)
        elif kind == "directory":
            self.seen.directories[path] = self._directory(path, declared)
        else:
            self._file(path)

    def _directory(self, path: str, declared: str | None) -> ObservedDirectory | Unavailable:
        entries: list[ListingEntry] = []
        trouble: list[Unavailable] = []
        for member in self._tree.files(path):
            if isinstance(member, PathProblem):
                trouble.append(self._not_followed(member))
                continue
            found = self._file(member)
            if isinstance(found, Unavailable):
                trouble.append(Unavailable(f"{member}: {found.reason}", found.hint))
            else:
                inside = member.removeprefix(posixpath.normpath(path) + "/")
                entries.append(ListingEntry(path=inside, size=found.size, digest=found.digest))
        if trouble:
            return trouble[0]
        if not entries:
            return Unavailable("the directory is empty", "put the files there, or list another")
        entries.sort(key=lambda entry: entry.path)
        try:
            digest = listing_digest(entries, limits=self._listings)
        except ListingError as error:
            return Unavailable(str(error), "split the directory into several artifacts")
        return ObservedDirectory(
            entries=tuple(entries),
            digest=digest,
            size=sum(entry.size for entry in entries),
            declared=self._declared_listing(declared),
        )

    def _declared_listing(self, declared: str | None) -> Sequence[ListingEntry] | Unavailable:
        if declared is None:
            return Unavailable(
                "the manifest gives no digest for it", "weighbridge capture --update"
            )
        not_held = Unavailable("the registry does not hold the listing that digest stands for")
        if self._blobs is None:
            return not_held
        try:
            return read_listing(declared, self._blobs.read, limits=self._listings)
        except NotFoundError:
            return not_held
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

    def _not_followed(self, problem: PathProblem | Unavailable) -> Unavailable:
        if isinstance(problem, Unavailable):
            return problem
        self.seen.problems[problem] = None
        return Unavailable(f"the path {problem.path} is not followed ({problem.kind})")

    def _read(self, path: str, source: ByteSource) -> ObservedFile | Unavailable:
        """Read one file; a copy of it waits in `kept` if it could be read whole."""
        copy = self._keep.incoming() if self._keep is not None else None
        try:
            found = self._weigh(path, source, copy)
            kept = self.seen.kept
            if copy and isinstance(found, ObservedFile) and found.digest not in kept:
                copy.close()  # a release may have more files than a process may hold open
                kept[found.digest], copy = copy, None
            return found
        finally:
            if copy is not None:
                copy.discard()

    def _weigh(
        self, path: str, source: ByteSource, copy: Incoming | None
    ) -> ObservedFile | Unavailable:
        """Take a file's size, digest and structure in one pass."""
        taps = (self._count,) if copy is None else (self._count, copy.write)
        one_pass = OnePass(source, limits=self._limits, taps=taps)
        self._progress.start(path, source.size)
        try:
            structure = self._structure(path, source, one_pass)
            digest = one_pass.drain()
            changed = one_pass.position != source.size or source.changed()
        except OSError as error:
            return Unavailable(f"the file cannot be read: {error.strerror or error}".lower())
        finally:
            self._progress.finish()
        if changed:
            return CHANGED
        return ObservedFile(
            path=path,
            size=source.size,
            digest=digest,
            structure=structure,
            link=self._tree.link(path),
        )

    def _count(self, chunk: bytes) -> None:
        self._progress.advance(len(chunk))

    def _structure(self, path: str, source: ByteSource, one_pass: OnePass) -> Structure:
        size = source.size
        head = source.read_at(0, SNIFF)
        tail = source.read_at(max(0, size - SNIFF), SNIFF)
        name = registry.sniff(head, tail, size)
        structure = unknown(size) if name is None else self._understood(name, size, one_pass)
        promised = registry.expected_formats(PurePosixPath(path).suffix)
        if not promised:
            return structure
        noted = ("expected-format", ",".join(sorted(promised)))
        return dataclasses.replace(structure, metadata=(*structure.metadata, noted))

    def _understood(self, name: str, size: int, one_pass: OnePass) -> Structure:
        try:
            return one_pass.run(registry.reader(name, size, limits=self._limits))
        except BudgetExceededError as error:
            return Structure(format=name, status="incomplete", reason=str(error), size=size)


def unknown(size: int) -> Structure:
    """Describe bytes no reader knows: nothing of them is accounted for."""
    return Structure(
        format="unknown", status="incomplete", reason="the format is not known", size=size
    )
