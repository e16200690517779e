"""The files of a packed release as a tree: what is weighed where it lies, without pulling it.

A file that is a layer of its own is read from the repository as it is weighed. What comes as an
archive cannot be read from here and there; its files wait in a store of their own, which nobody
else sees, and each lies there under what it is, not under what it should be.
"""

from __future__ import annotations

import errno
import posixpath
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.model.errors import NotFoundError, TransferError, UnavailableError
from weighbridge.model.fact import MISSING, PathProblem, Stray, Unavailable
from weighbridge.model.listing import MEDIA_TYPES
from weighbridge.model.source import Source
from weighbridge.packing.modelpack import is_archive, layer_path
from weighbridge.usecases.layers import WatchedSource, files_in
from weighbridge.usecases.past import HeldBlobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.oci import Descriptor
    from weighbridge.model.ports import BlobReader, BlobStore, ByteSource, Located, Progress
    from weighbridge.usecases.packed import PackedRelease

_REPOSITORY = (NotFoundError, TransferError, UnavailableError)


class PackedTree:
    """Every file of a packed release that is there, under the path it was sealed with.

    Attributes:
        strays: What else is there.
        papers: The sealed manifest and its listings, by digest.
    """

    def __init__(self, packed: PackedRelease, scratch: BlobStore, progress: Progress) -> None:
        """Look through all layers; archives are read to their end.

        Args:
            packed: The release.
            scratch: Where files of archives wait.
            progress: Who watches.

        Raises:
            UnavailableError: The repository does not answer.
        """
        self.strays: list[Stray] = []
        self.papers: BlobReader = HeldBlobs(packed.papers.values())
        self._packed, self._scratch, self._progress = packed, scratch, progress
        self._layers: dict[str, Descriptor] = {}
        self._waiting: dict[str, str] = {}
        artifacts = packed.named.release.spec.artifacts
        self._folders = {
            posixpath.normpath(one.path)
            for one in artifacts
            if one.path is not None and one.media_type in MEDIA_TYPES
        }
        broken: Unavailable | None = None
        for layer in packed.manifest.layers:
            if is_archive(layer):
                broken = self._unpack(layer) or broken
            elif self._is_awaited(layer_path(layer), layer.digest):
                self._layers[layer_path(layer)] = layer
        self._lost: dict[str, Unavailable] = {}
        if broken is not None:  # nobody can say of what did not arrive that it is not there
            arrived = self._layers.keys() | self._waiting.keys()
            self._lost = dict.fromkeys(packed.parts.keys() - arrived, broken)

    def _is_awaited(self, path: str, seen: str) -> bool:
        """Tell whether a file belongs to the release and has not been there before."""
        if path in self._packed.parts and path not in self._layers and path not in self._waiting:
            return True
        self.strays.append(Stray(path=path or seen, seen=seen))
        return False

    def _unpack(self, layer: Descriptor) -> Unavailable | None:
        """Have the files of an archive wait; say why it could not be read to its end."""
        try:
            for path, chunks in files_in(self._packed.repository, layer, self._progress):
                if self._is_awaited(path, f"in the layer {layer.digest}"):
                    self._waiting[path] = self._kept(chunks)
                else:
                    for _ in chunks:
                        pass
        except (NotFoundError, TransferError) as error:
            (fault, *_) = error.faults
            self.strays.append(
                Stray(path=layer_path(layer), seen=fault.seen or str(error), wanted=layer.digest)
            )
            return Unavailable(str(error))
        return None

    def _kept(self, chunks: Iterator[bytes]) -> str:
        incoming, hasher = self._scratch.incoming(), sha256()
        try:
            for chunk in chunks:
                incoming.write(chunk)
                hasher.update(chunk)
            digest = f"sha256:{hasher.hexdigest()}"
            incoming.commit(digest)
        finally:
            incoming.discard()
        return digest

    def kind(self, path: str) -> str | Unavailable:
        """Say whether a path is a `file` or a `directory`, or that nothing is there."""
        path = posixpath.normpath(path)
        if path in self._folders:
            return "directory" if any(True for _ in self.files(path)) else Unavailable(MISSING)
        if path in self._layers or path in self._waiting:
            return "file"
        return self._lost.get(path, Unavailable(MISSING))

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """List the files of a directory artifact that are there, or should be and were lost."""
        below = posixpath.normpath(path) + "/"
        found = {*self._layers, *self._waiting, *self._lost}
        yield from sorted(one for one in found if one.startswith(below))

    def link(self, path: str) -> None:
        """Packed files are bytes; none of them is a link."""

    def open(self, path: str) -> ByteSource | Unavailable:
        """Open a file where it lies."""
        path = posixpath.normpath(path)
        if path in self._waiting:
            return self._scratch.open(self._waiting[path])
        if path not in self._layers:
            return self._lost.get(path, Unavailable(MISSING))
        try:
            source = self._packed.repository.open(self._layers[path])
        except _REPOSITORY as error:
            return Unavailable(str(error))
        return _Arriving(WatchedSource(source, self._progress))

    def locate(self, path: str) -> Located | None:
        """Say where another process finds a file that came in an archive."""
        digest = self._waiting.get(posixpath.normpath(path))
        return None if digest is None else self._scratch.locate(digest)

    def sources(
        self, paths: Iterable[str]
    ) -> Iterator[tuple[str, ByteSource | Unavailable, str | None]]:
        """Open files one after the other."""
        for path in paths:
            yield path, self.open(path), None


class _Arriving(Source):
    """A layer as a file: what a repository does wrong is what a disk would."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.size = source.size

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        with _as_of_a_disk():
            return self._source.read(length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        with _as_of_a_disk():
            return self._source.read_at(offset, length)

    def changed(self) -> bool:
        """Tell whether they are others than when they were opened."""
        return self._source.changed()

    def close(self) -> None:
        """Let go of them."""
        self._source.close()


@contextmanager
def _as_of_a_disk() -> Iterator[None]:
    try:
        yield
    except _REPOSITORY as error:
        raise OSError(errno.EIO, str(error)) from error
