"""Reading only what changed: for `check`, where a cache will do.

Digests are kept by the identity of a file: device, inode, size and both times of its last change.
What a reader found is kept by the digest. A small file is read all the same: that costs less than
to know it. Nothing of the cache is evidence; a report says which digests came from it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.codec.observation import ObservationError, observation_bytes, read_observation
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.model.structure import Structure
from weighbridge.probes.reading.files import EXPECTED_FORMAT, promising

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.ports import ByteSource, Tree
    from weighbridge.model.reading import DigestCache, FileReader
    from weighbridge.probes.reading.files import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedReading:
    """How files are to be read if they are not known.

    Attributes:
        reader: Who reads those that are not.
        cache: What is known.
    """

    reader: FileReader
    cache: DigestCache

    def read(self, tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Found]]:
        """Read files; they come in any order, each with its path."""
        missed: dict[str, str] = {}
        for path, source, link in tree.sources(paths):
            if isinstance(source, PathProblem | Unavailable):
                yield path, source
                continue
            identity, digest, cached = self._known(source)
            known = self._found(path, digest) if digest else None
            if known is None:
                missed[path] = identity
            else:
                yield path, replace(known, link=link, cached=cached)
        for path, found in self.reader.read(tree, missed):
            yield path, found
            if isinstance(found, ObservedFile):
                self._keep(tree, found, missed[path])

    def _known(self, source: bytes | ByteSource) -> tuple[str, str | None, bool]:
        """Return a file's identity, its digest if that is known, and whether from the cache."""
        if isinstance(source, bytes):
            return "", f"sha256:{hashlib.sha256(source).hexdigest()}", False
        with source:
            identity = source.identity()
        return identity, self.cache.digest(identity) if identity else None, True

    def _found(self, path: str, digest: str) -> ObservedFile | None:
        data = self.cache.observation(digest)
        try:
            found = None if data is None else read_observation(data, path)
        except ObservationError:
            return None
        if not isinstance(found, ObservedFile) or found.digest != digest:
            return None
        if isinstance(found.structure, Structure):
            return replace(found, structure=promising(path, found.structure))
        return None

    def _keep(self, tree: Tree, found: ObservedFile, identity: str) -> None:
        """Keep what was read, if the file is still the one that was looked at before."""
        structure = found.structure
        if not isinstance(structure, Structure):
            return
        source = tree.open(found.path)
        if isinstance(source, PathProblem | Unavailable):
            return
        with source:
            same = source.identity() == identity
        plain = tuple(pair for pair in structure.metadata if pair[0] != EXPECTED_FORMAT)
        kept = replace(found, link=None, structure=replace(structure, metadata=plain))
        self.cache.keep(identity if same else "", found.digest, observation_bytes(kept))
