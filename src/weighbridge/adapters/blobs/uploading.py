"""Bytes on their way into an object store.

Little of them waits in memory: small files wait on this machine's disk and go under their own name
at once when they are placed. One large file at a time goes up while it is written, under a name
nobody looks at; the others wait on the disk until they are closed. Placed, it is copied by the
store itself and the copy looked at, before the first name goes.
"""

from __future__ import annotations

import contextlib
import secrets
from typing import IO, TYPE_CHECKING

from weighbridge.adapters.blobs.names import INCOMING
from weighbridge.adapters.blobs.object_source import StoredObject, told
from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from obstore import WritableFile
    from obstore.store import ObjectStore

    from weighbridge.adapters.blobs.spool import Extent, Spool
    from weighbridge.adapters.blobs.turns import Turns

SMALL = 8 << 20
"""Bytes up to which an object is put in one request."""

PART = 16 << 20
"""Bytes of a part while nobody knows how many there will be: S3 takes 10,000 of them."""

MOST_PARTS = 9_000
COPIED = 5 << 30
"""Bytes up to which S3 copies an object in one request."""

_BUFFER = 64 << 10


class Bucket:
    """Where objects go, and what all that are on their way share."""

    def __init__(self, store: ObjectStore, address: str, *, spool: Spool, turns: Turns) -> None:
        """Name the store, where bytes wait, and whose turn it is."""
        self.store = store
        self.address = address
        self.spool = spool
        self.turns = turns
        self.streaming: Arriving | None = None

    @contextlib.contextmanager
    def storing(self, name: str) -> Iterator[None]:
        """Turn the store's refusals to write into errors a person can act on."""
        import obstore  # noqa: PLC0415 - an extra

        try:
            yield
        except (obstore.exceptions.BaseError, OSError) as error:  # what is written to is a file
            raise StorageError(
                f"{self.address}/{name} could not be written: {told(error)}",
                wanted="a store that answers, room, and permission to write",
                help=["check the address and the credentials in the environment, and run it again"],
            ) from error

    def put(self, name: str, data: bytes) -> None:
        """Put a small object and see that it is there."""
        import obstore  # noqa: PLC0415 - an extra

        with self.storing(name):
            obstore.put(self.store, name, data, mode="overwrite", use_multipart=False)
        self.check(name, len(data))

    def upload(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        """Put a large object whose size is known, part by part, and see that it is there."""
        import obstore  # noqa: PLC0415 - an extra

        part = max(SMALL, -(-size // MOST_PARTS))
        with self.storing(name):
            writer = obstore.open_writer(self.store, name, buffer_size=part, max_concurrency=1)
            for piece in pieces:
                writer.write(piece)
            writer.close()
        self.check(name, size)

    def copy(self, source: str, target: str, size: int) -> None:
        """Copy an object and see that the copy is there."""
        import obstore  # noqa: PLC0415 - an extra

        if size > COPIED:
            with self.storing(source):
                opened = StoredObject(self.store, obstore.head(self.store, source))
            self.upload(target, iter(lambda: opened.read(SMALL), b""), size)
            return
        with self.storing(target):
            obstore.copy(self.store, source, target)
        self.check(target, size)

    def check(self, name: str, size: int) -> None:
        """See that an object that was put is there, and whole.

        Raises:
            StorageError: It is not.
        """
        import obstore  # noqa: PLC0415 - an extra

        with self.storing(name):
            seen = obstore.head(self.store, name)["size"]
        if seen != size:
            message = f"{self.address}/{name} is not what was written"
            help_ = ["run it again; if it stays so, use another store"]
            raise StorageError(message, seen=f"{seen} bytes", wanted=f"{size} bytes", help=help_)

    def forget(self, name: str) -> None:
        """Delete an object nobody needs; what cannot be deleted is found by `registry gc`."""
        import obstore  # noqa: PLC0415 - an extra

        with contextlib.suppress(obstore.exceptions.BaseError, FileNotFoundError):
            obstore.delete(self.store, name)


class Arriving:
    """Bytes on their way; they are in memory, on the disk, or up there, and in one of them only."""

    def __init__(self, bucket: Bucket) -> None:
        """Begin with nothing."""
        self._bucket = bucket
        self._size = 0
        self._buffer = bytearray()
        self._file: IO[bytes] | None = None
        self._waiting: Extent | None = None
        self._writer: WritableFile | None = None
        self._name = ""

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._size += len(data)
        if self._writer is not None:
            with self._bucket.storing(self._name):
                self._writer.write(data)
            return
        self._buffer += data
        if len(self._buffer) < _BUFFER:
            return
        if self._size > SMALL and self._bucket.streaming is None:
            self._stream()
        else:
            self._spill()

    def close(self) -> None:
        """Let go of memory and files."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            self._bucket.streaming = None
            with self._bucket.storing(self._name):
                writer.close()
            self._bucket.check(self._name, self._size)
        elif self._size > SMALL and not self._name:
            self._name = _new_name()
            self._bucket.upload(self._name, self._pieces(), self._size)
            self._let_go()
        elif self._waiting is None and not self._name:
            self._waiting = self._bucket.spool.add(b"".join(self._pieces()))
            self._let_go()

    def place(self, name: str) -> None:
        """Make them visible under a name."""
        if self._size > SMALL:
            self.close()
            with self._bucket.storing(name), self._bucket.turns.shared():
                self._bucket.copy(self._name, name, self._size)
            return
        if self._waiting is not None:
            data = self._bucket.spool.take(self._waiting)
        else:
            data = b"".join(self._pieces())
        with self._bucket.storing(name), self._bucket.turns.shared():
            self._bucket.put(name, data)

    def discard(self) -> None:
        """Forget them."""
        self._let_go()
        if self._writer is not None:
            writer, self._writer = self._writer, None
            self._bucket.streaming = None
            # Finished, it can be deleted; what is never finished nobody sees, and costs for ever.
            with contextlib.suppress(StorageError), self._bucket.storing(self._name):
                writer.close()
        if self._name:
            self._bucket.forget(self._name)
            self._name = ""

    def _stream(self) -> None:
        """Send up what is there, and from now on all that comes."""
        import obstore  # noqa: PLC0415 - an extra

        self._bucket.streaming = self
        self._name = _new_name()
        with self._bucket.storing(self._name):
            self._writer = obstore.open_writer(
                self._bucket.store, self._name, buffer_size=PART, max_concurrency=1
            )
            for piece in self._pieces():
                self._writer.write(piece)
        self._let_go()

    def _spill(self) -> None:
        if self._file is None:
            self._file = self._bucket.spool.open()
        self._file.write(self._buffer)
        self._buffer.clear()

    def _pieces(self) -> Iterator[bytes]:
        if (file := self._file) is not None:
            file.seek(0)
            yield from iter(lambda: file.read(1 << 20), b"")
        yield bytes(self._buffer)

    def _let_go(self) -> None:
        self._buffer.clear()
        if self._file is not None:
            self._file.close()
            self._file = None


def _new_name() -> str:
    return f"{INCOMING}/{secrets.token_hex(16)}"
