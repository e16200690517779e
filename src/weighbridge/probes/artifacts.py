"""Observe the files of a release: digest, size and structure of each, in one reading."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.codec.listing import listing_digest, read_listing
from weighbridge.model.errors import NotFoundError, WeighbridgeError
from weighbridge.model.fact import (
    ObservedDirectory,
    ObservedFile,
    PathProblem,
    Unavailable,
)
from weighbridge.model.limits import DEFAULT_LISTING_LIMITS, ListingLimits
from weighbridge.model.listing import ListingEntry, ListingError
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.referred import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.ports import BlobReader, Tree
    from weighbridge.model.reading import FileReader
    from weighbridge.model.release import Artifact


@dataclass(slots=True, kw_only=True)
class Observation:
    """What was found so far, path by path.

    Attributes:
        files: Each file.
        directories: Each directory artifact.
        problems: Paths that were not followed.
    """

    files: dict[str, ObservedFile | Unavailable] = field(default_factory=dict)
    directories: dict[str, ObservedDirectory | Unavailable] = field(default_factory=dict)
    problems: dict[PathProblem, None] = field(default_factory=dict)


class ArtifactProbe:
    """Observes artifacts in a tree.

    Args:
        tree: Where the files are.
        reader: Who reads them.
        blobs: Where listings of directories that were declared may be found.
        listings: Budgets for the listings of directories.
    """

    def __init__(
        self,
        tree: Tree,
        *,
        reader: FileReader | None = None,
        blobs: BlobReader | None = None,
        listings: ListingLimits = DEFAULT_LISTING_LIMITS,
    ) -> None:
        """Begin with nothing observed."""
        self._tree = tree
        self._reader = reader or Reading()
        self._blobs = blobs
        self._listings = listings
        self.seen = Observation()

    def artifacts(self, artifacts: Iterable[Artifact]) -> Observation:
        """Observe what a manifest lists; what has no path is left to other probes."""
        declared = [(one.path, one.digest) for one in artifacts if one.path is not None]
        folders: dict[str, list[str | PathProblem]] = {}
        wanted: dict[str, None] = {}
        for path, _ in declared:
            kind = self._tree.kind(path)
            if isinstance(kind, PathProblem | Unavailable):
                self.seen.files[path] = self._not_followed(kind)
            elif kind == "directory":
                folders[path] = list(self._tree.files(path))
                wanted.update((one, None) for one in folders[path] if isinstance(one, str))
            else:
                wanted[path] = None
        self.files(wanted)
        for path, digest in declared:
            if path in folders:
                self.seen.directories[path] = self._directory(path, folders[path], digest)
        return self.seen

    def files(self, paths: Iterable[str]) -> Observation:
        """Observe loose files."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self.seen.files]
        found = dict(self._reader.read(self._tree, wanted))
        for path in wanted:  # in the order they were named, whatever order they were read in
            fact = found[path]
            if isinstance(fact, PathProblem | Unavailable):
                fact = self._not_followed(fact)
            self.seen.files[path] = fact
        self.seen.files = explained(self.seen.files)
        return self.seen

    def _directory(
        self, path: str, members: Iterable[str | PathProblem], declared: str | None
    ) -> ObservedDirectory | Unavailable:
        entries: list[ListingEntry] = []
        trouble: list[Unavailable] = []
        folder = posixpath.normpath(path) + "/"
        for member in members:
            if isinstance(member, PathProblem):
                trouble.append(self._not_followed(member))
                continue
            found = self.seen.files[member]
            if isinstance(found, Unavailable):
                trouble.append(Unavailable(f"{member}: {found.reason}", found.hint))
            else:
                inside = member.removeprefix(folder)
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

    def _not_followed(self, problem: PathProblem | Unavailable) -> Unavailable:
        if isinstance(problem, Unavailable):
            return problem
        self.seen.problems[problem] = None
        return Unavailable(f"the path {problem.path} is not followed ({problem.kind})")
