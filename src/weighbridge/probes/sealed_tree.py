"""The files of a sealed release, read from blobs; nothing beside the blobs is looked at."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from weighbridge.codec.listing import read_listing
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.model.limits import DEFAULT_LISTING_LIMITS, ListingLimits
from weighbridge.model.listing import MEDIA_TYPES, ListingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.ports import BlobReader, ByteSource, Located
    from weighbridge.model.release import ModelRelease


class SealedTree:
    """A sealed release as a tree of blobs."""

    def __init__(
        self,
        release: ModelRelease,
        blobs: BlobReader,
        *,
        listings: ListingLimits = DEFAULT_LISTING_LIMITS,
    ) -> None:
        """Index the manifest; listings of directories are read from their blobs."""
        self._blobs = blobs
        self._listings = listings
        self._files: dict[str, str] = {}
        self._directories: dict[str, list[str]] = {}
        self._broken: dict[str, Unavailable] = {}
        for _, artifact in release.spec.files():
            if artifact.path is not None and artifact.digest is not None:
                path = posixpath.normpath(artifact.path)
                self._index(path, artifact.digest, artifact.media_type)

    def _index(self, path: str, digest: str, media_type: str | None) -> None:
        if media_type not in MEDIA_TYPES:
            self._files[path] = digest
            return
        try:
            listing = read_listing(digest, self._blobs.read, limits=self._listings)
        except (ListingError, WeighbridgeError) as error:
            self._broken[path] = Unavailable(f"its listing cannot be read: {error}")
            return
        names = [f"{path}/{name}" for name in listing.paths]
        found = dict(zip(names, listing.digests, strict=True))
        self._directories[path] = names
        self._files.update(found)

    def kind(self, path: str) -> str | PathProblem | Unavailable:
        """Say whether a path is a `file` or a `directory`, or why it cannot be read."""
        path = posixpath.normpath(path)
        if path in self._broken:
            return self._broken[path]
        if path in self._directories:
            return "directory"
        return "file" if path in self._files else Unavailable(MISSING)

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """List the files of a directory artifact."""
        yield from self._directories.get(posixpath.normpath(path), ())

    def link(self, path: str) -> None:
        """Sealed files are bytes; none of them is a link."""

    def open(self, path: str) -> ByteSource | PathProblem | Unavailable:
        """Open a file's blob."""
        digest = self._files.get(posixpath.normpath(path))
        if digest is None:
            return Unavailable(MISSING)
        try:
            return self._blobs.open(digest)
        except WeighbridgeError as error:
            return Unavailable(str(error))

    def locate(self, path: str) -> Located | None:
        """Say where another process finds a file."""
        digest = self._files.get(posixpath.normpath(path))
        return None if digest is None else self._blobs.locate(digest)

    def sources(
        self, paths: Iterable[str]
    ) -> Iterator[tuple[str, bytes | ByteSource | PathProblem | Unavailable, str | None]]:
        """Open files one after the other."""
        for path in paths:
            yield path, self.open(path), None
