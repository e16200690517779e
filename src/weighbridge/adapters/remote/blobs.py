"""Bytes by digest behind a server: each is held against its digest before anybody sees it."""

from __future__ import annotations

import errno
import hashlib
import tempfile
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

from weighbridge.adapters.blobs.names import check_digest
from weighbridge.adapters.blobs.overlay import MemorySource
from weighbridge.adapters.blobs.store import NoAnswerError
from weighbridge.adapters.files import make_folder, storing
from weighbridge.adapters.remote.connection import segment
from weighbridge.codec.cursor import write_cursor
from weighbridge.model.errors import (
    NotFoundError,
    RegistryError,
    TransferError,
    UnavailableError,
)
from weighbridge.model.ports import Held, NoProgress
from weighbridge.model.ranges import Ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weighbridge.adapters.remote.connection import Connection
    from weighbridge.adapters.remote.kept import Kept
    from weighbridge.model.ports import ByteSource, Progress

SMALL: Final = 1 << 20
"""Bytes of the largest blob that is kept on this machine."""
_LARGEST: Final = 8 << 30
_ASKED_FIRST: Final = 64 << 10
"""Bytes from which a server is asked whether it has a blob before it is sent."""
_CHUNK: Final = 1 << 20
_AT_ONCE: Final = 1_000


class RemoteBlobs:
    """The bytes of a registry behind a server."""

    def __init__(
        self,
        connection: Connection,
        *,
        kept: Kept,
        folder: Path,
        progress: Progress | None = None,
    ) -> None:
        """Name the server.

        Args:
            connection: The server.
            kept: Small blobs that were read before.
            folder: Where bytes wait that are to be sent; it is made when the first come.
            progress: Watches what is sent.
        """
        self._connection, self._kept = connection, kept
        self._folder, self._progress = folder, progress or NoProgress()

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return self._connection.size_of(_path(digest)) is not None

    def missing(self, digests: Sequence[str], *, read: bool = False) -> list[str]:
        """List those of some digests whose bytes are not there; the others will stay a while.

        Args:
            digests: They.
            read: Whether damaged bytes count as missing, if one digest is asked for; those of very
                large blobs are not read.

        Raises:
            TransferError: The server names others.
        """
        found: list[str] = []
        for at in range(0, len(digests), _AT_ONCE):
            asked = list(digests[at : at + _AT_ONCE])
            question = {"digests": asked, **({"read": True} if read else {})}
            told = self._connection.post("/v1/missing-blobs", question).get("missing")
            if not isinstance(told, list) or not {*told} <= {*asked}:
                raise TransferError(f"{self._connection.address} misses what nobody asked for")
            found += told
        return found

    def renew(self, digest: str) -> bool:
        """Tell whether bytes are there, and make them young: somebody counts on them."""
        check_digest(digest)
        return not self.missing([digest])

    def locate(self, digest: str) -> None:
        """Say that only this process can read them."""
        check_digest(digest)

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest."""
        check_digest(digest)
        if (kept := self._kept.get(digest)) is not None and _digest(kept) == digest:
            return kept
        data = self._connection.bytes_of(_path(digest), most=_LARGEST)
        if data is None:
            raise self._absent(digest)
        if (seen := _digest(data)) != digest:
            raise RegistryError(
                f"the registry's copy of {digest} is damaged",
                seen=seen,
                wanted=digest,
                cause=f"{self._connection.address} answers with other bytes",
                help=["seal the release again from its files, or restore the registry"],
            )
        if len(data) <= SMALL:
            self._kept.put(digest, data)
        return data

    def open(self, digest: str) -> ByteSource:
        """Open the bytes for reading; whoever reads them checks the digest."""
        check_digest(digest)
        if self._kept.get(digest) is not None:
            return MemorySource(self.read(digest))
        size = self._connection.size_of(_path(digest))
        if size is None:
            raise self._absent(digest)
        if size <= SMALL:
            return MemorySource(self.read(digest))
        return RemoteSource(self._connection, _path(digest), size)

    def incoming(self) -> RemoteIncoming:
        """Begin to take in bytes of a digest not known yet; they wait here until they are whole."""
        with storing(self._folder):
            make_folder(self._folder)
            file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by `discard`
        return RemoteIncoming(self, file)

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""
        digest = _digest(data)
        if len(data) < _ASKED_FIRST or self.missing([digest], read=True):
            self._connection.put(_path(digest), lambda: iter((data,)), len(data))
        if len(data) <= SMALL:
            self._kept.put(digest, data)
        return digest

    def send(self, digest: str, file: IO[bytes], size: int) -> None:
        """Send a file of a digest, unless its bytes are there."""
        if size >= _ASKED_FIRST and not self.missing([digest], read=True):
            return

        def chunks() -> Iterator[bytes]:
            file.seek(0)
            self._progress.start(f"sending {digest[:15]}", size)
            try:
                while piece := file.read(_CHUNK):
                    yield piece
                    self._progress.advance(len(piece))
            finally:
                self._progress.finish()

        self._connection.put(_path(digest), chunks, size)

    def where(self, digest: str) -> str:
        """Name the address of the bytes."""
        return self._connection.address + _path(digest)

    def stored(self, after: str = "") -> Iterator[Held]:
        """List all bytes by digest, sorted; those behind a digest, if one is named."""
        last, after = after, write_cursor(after) if after else ""
        while True:
            asked: dict[str, str | int] = {"limit": _AT_ONCE} | ({"after": after} if after else {})
            page = self._connection.document("/v1/blobs", params=asked)
            rows, after = page.get("blobs"), page.get("next", "")
            for row in rows if isinstance(rows, list) else [None]:
                held = _held(row, self._connection.address)
                if held.name <= last:
                    address = self._connection.address
                    raise TransferError(f"{address} answers strangely: blobs are not sorted")
                last = held.name
                yield held
            if not after:
                return
            if not rows or not isinstance(after, str):
                address = self._connection.address
                raise TransferError(f"{address} answers strangely: a list has no end")

    def leftovers(self) -> Iterator[Held]:
        """List nothing: what never arrived is the server's to clear away."""
        return iter(())

    def foreign(self) -> Iterator[Held]:
        """List nothing: what others put beside the blobs is the server's to find."""
        return iter(())

    def remove(self, name: str, *, before: float) -> bool:
        """Remove bytes that nobody put since a time."""
        answer = self._connection.delete(_path(name), params={"before": repr(before)})
        return answer.get("removed") is True

    def now(self) -> float:
        """Tell the time by the registry's clock, which says it in whole seconds: the next one."""
        told = str(self._connection.document("/v1/registry").get("time"))
        try:
            return datetime.fromisoformat(told).timestamp() + 1
        except ValueError:
            raise TransferError(f"{self._connection.address} tells no time") from None

    def _absent(self, digest: str) -> NotFoundError:
        help_ = ["seal the release here, or name its registry with --registry"]
        return NotFoundError(f"the registry does not hold {digest}", help=help_)


class RemoteIncoming:
    """Bytes on their way to a server, in a file without a name: none outlives the process."""

    def __init__(self, blobs: RemoteBlobs, file: IO[bytes]) -> None:
        """Begin with an empty file."""
        self._blobs, self._file = blobs, file
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._hash.update(data)
        with storing(self._blobs._folder):  # noqa: SLF001 - its own other half
            self._file.write(data)
        self._size += len(data)

    def close(self) -> None:
        """End the writing."""
        with storing(self._blobs._folder):  # noqa: SLF001 - its own other half
            self._file.flush()

    def commit(self, digest: str) -> None:
        """Send the bytes, if they are what was announced; the server shows them when all came."""
        try:
            check_digest(digest)
            self.close()
            seen = "sha256:" + self._hash.hexdigest()
            if seen != digest:
                message = "bytes on their way into the store are not what was announced"
                raise RegistryError(message, seen=seen, wanted=digest, help=["run it again"])
            self._blobs.send(digest, self._file, self._size)
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget the bytes; harmless after `commit`."""
        self._file.close()


class RemoteSource(Ranges):
    """One large blob, read by range."""

    def __init__(self, connection: Connection, path: str, size: int) -> None:
        """Open it."""
        super().__init__(size)
        self._connection, self._path = connection, path

    def changed(self) -> bool:
        """Tell that it did not: other bytes have another digest."""
        return False

    def _fetch(self, start: int, stop: int) -> bytes:
        # Not suffix forms: they count from an end that the server says.
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        try:
            data = self._connection.bytes_of(self._path, most=stop - start, headers=headers)
        except (UnavailableError, TransferError) as error:
            raise NoAnswerError(errno.EIO, str(error)) from error
        if data is None or len(data) != stop - start:
            reason = "the server answers with more or fewer bytes than were asked for"
            raise NoAnswerError(errno.EIO, reason)
        return data


def _held(row: Any, address: str) -> Held:  # noqa: ANN401 - nobody has read it yet
    match row:
        case {"name": str(name), "size": int(size), "modified": int() | float() as modified}:
            return Held(name=name, size=size, modified=float(modified))
        case _:
            raise TransferError(f"{address} answers strangely: a row of blobs is none")


def _path(digest: str) -> str:
    check_digest(digest)
    return f"/v1/blobs/{segment(digest)}"


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
