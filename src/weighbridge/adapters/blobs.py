"""Bytes by digest in a folder: `sha256/ab/cdef…`, read-only, visible only when whole.

A digest that is not one becomes no path. Bytes on their way in lie under `incoming`, where nobody
looks for a blob; what a killed process leaves there is never taken for one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from weighbridge.adapters.files import lasting, make_folder, storing
from weighbridge.model.errors import NotFoundError, RegistryError
from weighbridge.model.ports import Located

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

INCOMING = "incoming"
CHUNK = 1 << 20
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def check_digest(digest: str) -> str:
    """Return the hexadecimal digits of a digest.

    Raises:
        RegistryError: It is not a digest.
    """
    if not _DIGEST.fullmatch(digest):
        raise RegistryError(
            f"{digest[:100]!r} is not a digest",
            wanted="sha256: and 64 lower-case hexadecimal digits",
            help=["restore the manifest or listing it stands in, or seal again"],
        )
    return digest.removeprefix("sha256:")


def blob_path(root: Path, digest: str) -> Path:
    """Say where the bytes of a digest lie.

    Raises:
        RegistryError: It is not a digest.
    """
    digits = check_digest(digest)
    return root / "sha256" / digits[:2] / digits[2:]


@contextlib.contextmanager
def _reading(path: Path, digest: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        help_ = ["seal the release here, or name its registry with --registry"]
        raise NotFoundError(f"the registry does not hold {digest}", help=help_) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        help_ = ["give yourself permission to read it, or name another place with --registry"]
        raise RegistryError(f"{path} cannot be read: {reason}", help=help_) from error


class FolderIncoming:
    """Bytes being written under a temporary name."""

    def __init__(self, root: Path) -> None:
        """Open a temporary file below the store, so that the rename stays on one disk."""
        self._root = root
        self._hash = hashlib.sha256()
        folder = root / INCOMING
        with storing(root):
            make_folder(folder)
            descriptor, name = tempfile.mkstemp(dir=folder)
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with storing(self._path):
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
        self._hash.update(data)

    def close(self) -> None:
        """Make the bytes last and let go of the file; nobody sees them yet."""
        if not self._file.closed:
            with storing(self._path), self._file:
                os.fchmod(self._file.fileno(), 0o444)
                os.fsync(self._file.fileno())

    def commit(self, digest: str) -> None:
        """Make the bytes visible under their digest; a damaged blob of it is replaced."""
        try:
            self.close()
            seen = "sha256:" + self._hash.hexdigest()
            if seen != digest:
                message = "bytes on their way into the store are not what was announced"
                raise RegistryError(message, seen=seen, wanted=digest, help=["run it again"])
            target = blob_path(self._root, digest)
            with storing(target):
                make_folder(target.parent)
                with lasting(target.parent):
                    self._path.replace(target)
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget the bytes."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class BlobSource:
    """One stored blob, open for reading."""

    def __init__(self, path: Path) -> None:
        """Open the file the bytes lie in."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        self._closed = False
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

    def identity(self) -> str:
        """Name nothing: a registry's own bytes are always read."""
        return ""

    def close(self) -> None:
        """Close it; harmless if it is closed."""
        if not self._closed:
            self._closed = True
            os.close(self._descriptor)

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
        self.close()


class FolderBlobs:
    """A folder of bytes by digest."""

    def __init__(self, root: Path, *, prepare: Callable[[], None] = lambda: None) -> None:
        """Name the folder; it is made when the first bytes arrive, after `prepare` was called."""
        self.root = root
        self._prepare = prepare

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        path = blob_path(self.root, digest)
        with _reading(path, digest):
            return path.is_file()

    def locate(self, digest: str) -> Located | None:
        """Say where another process finds the bytes; None if they are not there."""
        path = blob_path(self.root, digest)
        try:
            size = path.stat().st_size
        except OSError:
            return None
        beneath = path.relative_to(self.root).as_posix()
        return Located(self.root.resolve().as_uri(), beneath, size)

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest."""
        path = blob_path(self.root, digest)
        with _reading(path, digest), BlobSource(path) as source:
            data = b"".join(iter(lambda: source.read(CHUNK), b""))
        seen = "sha256:" + hashlib.sha256(data).hexdigest()
        if seen != digest:
            raise RegistryError(
                f"the registry's copy of {digest} is damaged",
                seen=seen,
                wanted=digest,
                help=["seal the release again from its files, or restore the registry"],
            )
        return data

    def open(self, digest: str) -> BlobSource:
        """Open the bytes for reading; whoever reads them checks the digest."""
        path = blob_path(self.root, digest)
        with _reading(path, digest):
            return BlobSource(path)

    def incoming(self) -> FolderIncoming:
        """Begin to take in bytes."""
        self._prepare()
        return FolderIncoming(self.root)

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest; a damaged blob is replaced."""
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        with contextlib.suppress(NotFoundError, RegistryError):
            self.read(digest)
            return digest
        incoming = self.incoming()
        try:
            incoming.write(data)
            incoming.commit(digest)
        finally:
            incoming.discard()
        return digest

    def where(self, digest: str) -> str:
        """Name the file the bytes lie in."""
        return str(blob_path(self.root, digest))

    def digests(self) -> Iterator[str]:
        """List the digests of all bytes, sorted."""
        top = self.root / "sha256"
        for folder in _names(top):
            for name in _names(top / folder):
                digest = f"sha256:{folder}{name}"
                if not _DIGEST.fullmatch(digest):
                    message = f"{top / folder / name} is not a blob"
                    help_ = ["move it away"]
                    raise RegistryError(message, wanted="names of digests only", help=help_)
                yield digest

    def leftovers(self) -> int:
        """Count what killed runs left of bytes that never arrived."""
        return len(_names(self.root / INCOMING))


def _names(folder: Path) -> list[str]:
    """List what lies in a folder; one that is not there holds nothing."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        help_ = ["give yourself permission to read it, or name another place with --registry"]
        raise RegistryError(f"{folder} cannot be read: {reason}", help=help_) from error
