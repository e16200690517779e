"""Bytes by digest in a folder: `sha256/ab/cdef…`, read-only, visible only when whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from weighbridge.adapters.files import storing, sync_folder
from weighbridge.model.errors import NotFoundError, RegistryError

if TYPE_CHECKING:
    from types import TracebackType

INCOMING = "incoming"


def blob_path(root: Path, digest: str) -> Path:
    """Say where the bytes of a digest lie."""
    algorithm, _, hexadecimal = digest.partition(":")
    return root / algorithm / hexadecimal[:2] / hexadecimal[2:]


def _not_held(digest: str) -> NotFoundError:
    help_ = ["seal the release here, or name its registry with --registry"]
    return NotFoundError(f"the registry does not hold {digest}", help=help_)


class FolderIncoming:
    """Bytes being written under a temporary name."""

    def __init__(self, root: Path) -> None:
        """Open a temporary file below the store, so that the rename stays on one disk."""
        self._root = root
        folder = root / INCOMING
        with storing(root):
            folder.mkdir(parents=True, exist_ok=True)
            self._handle, name = tempfile.mkstemp(dir=folder)
        self._path = Path(name)
        self._hash = hashlib.sha256()
        self._open = True

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with storing(self._path):
            view = memoryview(data)
            while view:
                view = view[os.write(self._handle, view) :]
        self._hash.update(data)

    def close(self) -> None:
        """Make the bytes durable; nobody sees them yet."""
        if self._open:
            self._open = False
            with storing(self._path):
                try:
                    os.fchmod(self._handle, 0o444)
                    os.fsync(self._handle)
                finally:
                    os.close(self._handle)

    def commit(self, digest: str) -> None:
        """Make the bytes visible under their digest."""
        self.close()
        seen = "sha256:" + self._hash.hexdigest()
        if seen != digest:
            self.discard()
            message = "bytes on their way into the store are not what was announced"
            raise RegistryError(message, seen=seen, wanted=digest, help=["run it again"])
        target = blob_path(self._root, digest)
        with storing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                self._path.unlink()
            else:
                self._path.rename(target)
            sync_folder(target.parent)

    def discard(self) -> None:
        """Forget the bytes."""
        if self._open:
            self._open = False
            os.close(self._handle)
        self._path.unlink(missing_ok=True)


class BlobSource:
    """One stored blob, open for reading."""

    def __init__(self, path: Path) -> None:
        """Open the file the bytes lie in."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        self.size = os.fstat(self._descriptor).st_size

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        return os.read(self._descriptor, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        return os.pread(self._descriptor, length, offset)

    def changed(self) -> bool:
        """Tell whether the size is another than when the blob was opened."""
        return os.fstat(self._descriptor).st_size != self.size

    def __enter__(self) -> Self:
        """Hold the blob open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        os.close(self._descriptor)


class FolderBlobs:
    """A folder of bytes by digest."""

    def __init__(self, root: Path) -> None:
        """Name the folder; it is made when the first bytes arrive."""
        self.root = root

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return blob_path(self.root, digest).is_file()

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest."""
        path = blob_path(self.root, digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise _not_held(digest) from None
        seen = "sha256:" + hashlib.sha256(data).hexdigest()
        if seen != digest:
            raise RegistryError(
                f"the registry's copy of {digest} is damaged",
                seen=seen,
                wanted=digest,
                help=[f"delete {path} and seal again"],
            )
        return data

    def open(self, digest: str) -> BlobSource:
        """Open the bytes for reading; whoever reads them checks the digest."""
        try:
            return BlobSource(blob_path(self.root, digest))
        except FileNotFoundError:
            raise _not_held(digest) from None

    def incoming(self) -> FolderIncoming:
        """Begin to take in bytes."""
        return FolderIncoming(self.root)

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        if not self.has(digest):
            with contextlib.closing(self.incoming()) as incoming:
                try:
                    incoming.write(data)
                    incoming.commit(digest)
                finally:
                    incoming.discard()
        return digest

    def where(self, digest: str) -> str:
        """Name the file the bytes lie in."""
        return str(blob_path(self.root, digest))
