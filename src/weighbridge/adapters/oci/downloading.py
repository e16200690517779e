"""The bytes of a blob, forwards from anywhere, however often the connection breaks.

Whoever asks holds the whole against its digest; here only their number is watched: no byte more
than was announced is handed on. What a server says of its own digest is not read.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from weighbridge.adapters.oci.handing import Handing
from weighbridge.adapters.servers.patience import Attempts, DroppedError, Pace
from weighbridge.model.errors import NotFoundError, RegistryError, TransferError
from weighbridge.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    import httpx

    from weighbridge.adapters.oci.connection import Connection
    from weighbridge.adapters.oci.resuming import Part, Unfinished
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.ports import Incoming

BLOCK = 1 << 20
CHUNK = 32 << 20
"""Bytes for which one more interruption is put up with."""
_OK, _PARTIAL, _NOT_FOUND, _UNSATISFIABLE = 200, 206, 404, 416
_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:\*|([0-9]{1,19}))")


class Download:
    """Reads a stretch of one blob."""

    def __init__(
        self, connection: Connection, blob: Descriptor, start: int = 0, stop: int | None = None
    ) -> None:
        """Name the stretch; by default the whole blob."""
        self._connection, self._blob = connection, blob
        self._at = start
        self._stop = blob.size if stop is None else min(stop, blob.size)
        self._tag = ""
        self._by_range = True

    def pieces(self) -> Generator[bytes]:
        """Read it, piece by piece.

        Raises:
            NotFoundError: The blob is not there.
            TransferError: Something else than the blob came.
            UnavailableError: The registry stopped answering.
        """
        connection = self._connection
        more = (self._stop - self._at) // CHUNK
        attempts = Attempts(connection.patience, connection.host, more=more)
        while self._at < self._stop:
            before = self._at
            try:
                yield from self._once()
                if self._at < self._stop:
                    raise DroppedError(f"it sent {self._at} of {self._blob.size} bytes")  # noqa: TRY301
            except DroppedError as error:
                if self._at - before >= BLOCK:
                    attempts.progressed()
                attempts.again(error)

    def _once(self) -> Iterator[bytes]:
        """Read as much as one answer holds."""
        url = self._connection.url(f"blobs/{self._blob.digest}")
        with self._connection.ask("GET", url, headers=self._headers()) as response:
            skipped = self._skipped(response)
            tag = response.headers.get("etag", "")
            self._tag = tag if tag.startswith('"') else ""
            pace = Pace(self._connection.patience)
            for piece in response.iter_raw():
                pace.saw(len(piece))
                fresh = piece[skipped:]
                skipped -= len(piece) - len(fresh)
                fresh = self._within(fresh, response.status_code)
                self._at += len(fresh)
                if fresh:
                    yield fresh
                if self._at == self._stop < self._blob.size:
                    return

    def _headers(self) -> dict[str, str]:
        whole = self._at == 0 and self._stop == self._blob.size
        if whole or not self._by_range:
            return {}
        headers = {"Range": f"bytes={self._at}-{self._stop - 1}"}
        return headers | ({"If-Range": self._tag} if self._tag else {})

    def _within(self, piece: bytes, status: int) -> bytes:
        """Cut a piece at the end of the stretch; beyond the end of the blob there is nothing."""
        left = self._stop - self._at
        if len(piece) <= left:
            return piece
        if status == _PARTIAL or len(piece) > self._blob.size - self._at:
            raise self._other(f"more than {self._blob.size} bytes")
        return piece[:left]

    def _skipped(self, response: httpx.Response) -> int:
        """Judge the head of an answer: how many of its first bytes are known already."""
        status, size = response.status_code, self._blob.size
        if status == _NOT_FOUND:
            where = f"{self._connection.host}/{self._connection.repository}"
            raise NotFoundError(f"there is no {self._blob.digest} in {where}")
        if status == _OK:
            length = response.headers.get("content-length", str(size))
            if length != str(size):
                raise self._other(f"{length:.20} bytes")
            return self._at
        if status == _PARTIAL and "range" in response.request.headers:
            self._check_range(response.headers.get("content-range", ""))
            return 0
        if status == _UNSATISFIABLE:
            raise self._other("fewer bytes")
        raise self._connection.unexpected(response, f"to give out {self._blob.digest}")

    def _check_range(self, text: str) -> None:
        """Hold what a server says it sends against what was asked for."""
        match = _RANGE.fullmatch(text)
        wanted = (self._at, self._stop - 1)
        if match and (int(match[1]), int(match[2])) == wanted:
            if match[3] is None or int(match[3]) == self._blob.size:
                return
            raise self._other(f"{match[3]} bytes")
        # From its beginning it may be right; what is known of it is read over.
        self._by_range = False
        raise DroppedError("it sent another range than was asked for")

    def _other(self, seen: str) -> TransferError:
        return TransferError(
            f"{self._connection.host} sends something else than {self._blob.digest}",
            seen=seen,
            wanted=f"{self._blob.size} bytes",
        )


def blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Put pieces together, so that few are handed on."""
    held: list[bytes] = []
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= BLOCK:
            yield b"".join(held)
            held, length = [], 0
    if held:
        yield b"".join(held)


def fetch(
    connection: Connection,
    blob: Descriptor,
    into: Incoming,
    *,
    unfinished: Unfinished | None,
    advance: Callable[[int], object],
    chunk: int = CHUNK,
) -> None:
    """Bring a blob into a store, continuing what a killed process left.

    Args:
        connection: The repository.
        blob: What must come.
        into: Takes it in.
        unfinished: What killed processes left, if that is kept.
        advance: Is told of bytes that came.
        chunk: Bytes of a blob that is not worth continuing.

    Raises:
        NotFoundError: It is not there.
        TransferError: Other bytes came; nothing is visible, and nothing of them is kept.
    """
    part = None
    if unfinished is not None and blob.size > chunk:
        part = unfinished.part(blob.digest, blob.size)
    try:
        if part is None:
            _take(connection, blob, into, None, advance)
        else:
            with part:
                _take(connection, blob, into, part, advance)
    except BaseException:
        into.discard()
        raise


def _take(
    connection: Connection,
    blob: Descriptor,
    into: Incoming,
    part: Part | None,
    advance: Callable[[int], object],
) -> None:
    hashes = Hashes(blob.digest)

    def take(block: bytes) -> None:
        into.write(block)
        hashes.update(block)

    def take_and_keep(block: bytes) -> None:
        take(block)
        if part is not None:
            part.write(block)

    start = 0
    try:
        if part is not None:
            with Handing(take) as handing:
                for block in part.blocks():
                    handing.give(block)
                    start += len(block)
                    advance(len(block))
        with Handing(take_and_keep) as handing:
            for block in blocks(Download(connection, blob, start).pieces()):
                handing.give(block)
                advance(len(block))
        _commit(connection, blob, into, hashes)
    except TransferError:
        if part is not None:
            part.forget()
        raise
    if part is not None:
        part.forget()


class Hashes:
    """What a store does not compute itself: stores hold bytes against sha256."""

    def __init__(self, digest: str) -> None:
        """Name the digest that is wanted."""
        self._wanted = digest
        self._own = None if digest.startswith("sha256:") else hashlib.sha512()
        self._stores = None if digest.startswith("sha256:") else hashlib.sha256()

    def update(self, block: bytes) -> None:
        """Take in bytes."""
        if self._own is not None and self._stores is not None:
            self._own.update(block)
            self._stores.update(block)

    def for_store(self) -> str:
        """Return the digest to commit.

        Raises:
            RegistryError: The bytes are not those wanted.
        """
        if self._own is None or self._stores is None:
            return self._wanted
        seen = "sha512:" + self._own.hexdigest()
        if seen != self._wanted:
            raise RegistryError("other bytes came", seen=seen, wanted=self._wanted)
        return "sha256:" + self._stores.hexdigest()


def _commit(connection: Connection, blob: Descriptor, into: Incoming, hashes: Hashes) -> None:
    try:
        into.commit(hashes.for_store())
    except RegistryError as error:
        raise TransferError(
            f"{connection.host} sends something else than {blob.digest}",
            seen=error.faults[0].seen,
            wanted=blob.digest,
            help=["nothing of it was kept; ask the owner of the registry"],
        ) from error


class RemoteBlob(Source):
    """A blob on a registry as a source of bytes."""

    def __init__(self, connection: Connection, blob: Descriptor) -> None:
        """Ask for it: whether it is there is known from here on."""
        self.size = blob.size
        self._connection, self._blob = connection, blob
        self._pieces = Download(connection, blob).pieces()
        self._held = memoryview(next(self._pieces, b""))

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        if not self._held:
            self._held = memoryview(next(self._pieces, b""))
        found, self._held = self._held[:length], self._held[length:]
        return bytes(found)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, by an exchange of their own."""
        download = Download(self._connection, self._blob, offset, offset + length)
        return b"".join(download.pieces())

    def changed(self) -> bool:
        """Tell that bytes named by a digest do not change."""
        return False

    def close(self) -> None:
        """Let go of the connection; harmless if it is closed."""
        self._pieces.close()
