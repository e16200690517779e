"""Layers on their way: out of a registry's blobs, and into whoever reads them.

What goes out is read from blobs and held against the sealed manifest on the way; what comes in is
held against the manifest that names it, file by file and as a whole.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING

from weighbridge.model.errors import RegistryError, TransferError
from weighbridge.model.source import Source
from weighbridge.packing.layer_tar import END, Member, member_header, padding, read_archive
from weighbridge.packing.modelpack import is_archive, layer_path
from weighbridge.packing.tar import TarError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.oci import Descriptor, Repository
    from weighbridge.model.ports import BlobReader, ByteSource, Incoming, Progress
    from weighbridge.packing.contents import Part

CHUNK = 1 << 20


def sized(part: Part, blobs: BlobReader) -> int:
    """Return the size of a file: what the sealed manifest says, or else what is stored."""
    if part.size is not None:
        return part.size
    with blobs.open(part.digest) as source:
        return source.size


class ArchiveSource(Source):
    """The archive of some files, put together from blobs while it is read."""

    def __init__(self, parts: Sequence[Part], blobs: BlobReader) -> None:
        """Name the files, sorted by path.

        Raises:
            NotFoundError: One of them is not stored.
        """
        self._parts = parts
        self._blobs = blobs
        self._members = [Member(part.path, sized(part, blobs)) for part in parts]
        lengths = (len(member_header(one)) + one.size + -one.size % 512 for one in self._members)
        self._starts = list(accumulate(lengths, initial=0))
        self.size = self._starts[-1] + len(END)
        self._at = 0
        self._open: tuple[int, ByteSource] | None = None

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        data = self.read_at(self._at, length)
        self._at += len(data)
        return data

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        parts: list[bytes] = []
        while length > 0 and (piece := self._piece(offset, length)):
            parts.append(piece)
            offset += len(piece)
            length -= len(piece)
        return b"".join(parts)

    def _piece(self, offset: int, length: int) -> bytes:
        if offset >= self._starts[-1]:
            return END[offset - self._starts[-1] :][:length]
        number = bisect_right(self._starts, offset) - 1
        member = self._members[number]
        offset -= self._starts[number]
        header = member_header(member)
        if offset < len(header):
            return header[offset : offset + length]
        offset -= len(header)
        if offset >= member.size:
            return padding(member.size)[offset - member.size :][:length]
        data = self._source(number).read_at(offset, min(length, member.size - offset))
        if not data:
            raise _damaged(self._parts[number].digest)
        return data

    def _source(self, number: int) -> ByteSource:
        """Open the blob of a file; a few reads in a row are of the same."""
        if self._open is None or self._open[0] != number:
            self.close()
            self._open = number, self._blobs.open(self._parts[number].digest)
        return self._open[1]

    def changed(self) -> bool:
        """Tell nothing: whoever reads it checks the digest."""
        return False

    def close(self) -> None:
        """Let go of the blob that is open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


def archive_digest(parts: Sequence[Part], blobs: BlobReader, progress: Progress) -> tuple[str, int]:
    """Return digest and size of the archive of some files, each held against its own digest.

    Raises:
        RegistryError: A stored file is not what was sealed.
    """
    whole, size = sha256(), 0
    for part in parts:
        member = Member(part.path, sized(part, blobs))
        whole.update(header := member_header(member))
        own = sha256()
        with blobs.open(part.digest) as source:
            if source.size != member.size:
                raise _damaged(part.digest)
            while chunk := source.read(CHUNK):
                own.update(chunk)
                whole.update(chunk)
                progress.advance(len(chunk))
        if f"sha256:{own.hexdigest()}" != part.digest:
            raise _damaged(part.digest)
        whole.update(padding(member.size))
        size += len(header) + member.size + -member.size % 512
    whole.update(END)
    return f"sha256:{whole.hexdigest()}", size + len(END)


def _damaged(digest: str) -> RegistryError:
    help_ = ["seal the release again from its files, or restore the registry"]
    return RegistryError(f"the registry's copy of {digest} is damaged", help=help_)


@dataclass(slots=True)
class WatchedIncoming:
    """Bytes on their way into a store, with somebody who watches.

    Attributes:
        incoming: Where they go.
        progress: Who watches.
    """

    incoming: Incoming
    progress: Progress

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self.incoming.write(data)
        self.progress.advance(len(data))

    def close(self) -> None:
        """End the writing."""
        self.incoming.close()

    def commit(self, digest: str) -> None:
        """Make them visible."""
        self.incoming.commit(digest)

    def discard(self) -> None:
        """Forget them."""
        self.incoming.discard()


class WatchedSource(Source):
    """Bytes on their way out, with somebody who watches."""

    def __init__(self, source: ByteSource, progress: Progress) -> None:
        """Name the bytes and who watches."""
        self._source = source
        self._progress = progress
        self.size = source.size

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        data = self._source.read(length)
        self._progress.advance(len(data))
        return data

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        return self._source.read_at(offset, length)

    def changed(self) -> bool:
        """Tell whether they are others than when they were opened."""
        return self._source.changed()

    def identity(self) -> str:
        """Name them and their state."""
        return self._source.identity()

    def close(self) -> None:
        """Let go of them."""
        self._source.close()


def files_in(
    repository: Repository, layer: Descriptor, progress: Progress
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Read the files of a layer as they arrive: path, and bytes that must be taken to their end.

    Whether the layer is what its descriptor says is known only when it has come to its end.

    Raises:
        TransferError: It is not.
    """
    with repository.open(layer) as source:
        arriving = _checked(source, layer, progress)
        if not is_archive(layer):
            yield layer_path(layer), arriving
            return
        members = _members(layer, arriving)
        for item in members:
            if isinstance(item, Member):
                yield item.path, _content(members, item.size)


def _members(layer: Descriptor, arriving: Iterator[bytes]) -> Iterator[Member | bytes]:
    try:
        yield from read_archive(arriving)
    except TarError as error:
        message = f"the layer of {layer_path(layer)} cannot be read: {error}"
        raise TransferError(message, seen=layer.digest) from error


def _content(members: Iterator[Member | bytes], left: int) -> Iterator[bytes]:
    while left:
        piece = next(members)
        if isinstance(piece, bytes):
            left -= len(piece)
            yield piece


def _checked(source: ByteSource, layer: Descriptor, progress: Progress) -> Iterator[bytes]:
    hasher, size = sha256(), 0
    progress.start(layer_path(layer) or layer.digest, layer.size)
    try:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > layer.size:
                break
            hasher.update(chunk)
            progress.advance(len(chunk))
            yield chunk
    finally:
        progress.finish()
    seen = f"sha256:{hasher.hexdigest()}"
    if (seen, size) != (layer.digest, layer.size):
        raise TransferError(
            f"the bytes of {layer_path(layer) or layer.digest} are not what was announced",
            seen=f"{seen}, {size} bytes",
            wanted=f"{layer.digest}, {layer.size} bytes",
            help=["run it again; if that does not help, have the release pushed again"],
        )
