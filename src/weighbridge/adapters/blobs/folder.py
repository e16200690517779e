"""Bytes by name in a folder: read-only files, visible only when whole.

Bytes on their way in lie under `incoming`, where nobody looks for a blob; what a killed process
leaves there is never taken for one.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs.names import INCOMING, blob_name
from weighbridge.adapters.blobs.store import Blobs
from weighbridge.adapters.blobs.turns import Turns
from weighbridge.adapters.files import lasting, make_folder, storing
from weighbridge.model.errors import RegistryError, StorageError
from weighbridge.model.ports import Held, Located
from weighbridge.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ABSENT = (FileNotFoundError, NotADirectoryError)


def blob_path(root: Path, digest: str) -> Path:
    """Say where the bytes of a digest lie.

    Raises:
        RegistryError: It is not a digest.
    """
    return root / blob_name(digest)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        help_ = ["give yourself permission to read it, or name another place with --registry"]
        raise RegistryError(f"{path} cannot be read: {reason}", help=help_) from error


class FolderArrival:
    """Bytes being written under a temporary name."""

    def __init__(self, root: Path, turns: Turns) -> None:
        """Open a temporary file below the store, so that the rename stays on one disk."""
        self._root = root
        self._turns = turns
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

    def close(self) -> None:
        """Make the bytes last and let go of the file; nobody sees them yet."""
        if not self._file.closed:
            with storing(self._path), self._file:
                os.fchmod(self._file.fileno(), 0o444)
                os.fsync(self._file.fileno())

    def place(self, name: str) -> None:
        """Make the bytes visible under a name."""
        self.close()
        target = self._root / name
        with storing(target):
            make_folder(target.parent)
            with lasting(target.parent), self._turns.shared():
                os.utime(self._path)  # it may have waited for long
                self._path.replace(target)

    def discard(self) -> None:
        """Forget the bytes."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class FileSource(Source):
    """One stored file, open for reading."""

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

    def close(self) -> None:
        """Close it; harmless if it is closed."""
        if not self._closed:
            self._closed = True
            os.close(self._descriptor)


class Folder:
    """A folder that keeps bytes by name."""

    def __init__(self, root: Path, *, prepare: Callable[[], None] = lambda: None) -> None:
        """Name the folder; it is made when the first bytes arrive, after `prepare` was called."""
        self.root = root
        self._prepare = prepare
        self._turns = Turns(root)

    def held(self, name: str) -> Held | None:
        """Say what lies under a name; None if nothing."""
        path = self.root / name
        try:
            with _reading(path):
                return _held(name, path)
        except FileNotFoundError:
            return None

    def open(self, name: str) -> FileSource:
        """Open what lies under a name."""
        path = self.root / name
        with _reading(path):
            return FileSource(path)

    def refresh(self, name: str) -> bool:
        """Make what lies under a name young, if it is there and may be changed."""
        try:
            with self._turns.shared():
                os.utime(self.root / name, follow_symlinks=False)
        except OSError:
            return False
        return True

    def arrive(self) -> FolderArrival:
        """Begin to take in bytes."""
        self._prepare()
        return FolderArrival(self.root, self._turns)

    def claim(self, name: str, data: bytes) -> tuple[bytes, bool]:
        """Put bytes under a name unless there are some."""
        arrival = FolderArrival(self.root, self._turns)
        try:
            arrival.write(data)
            arrival.close()
            path = self.root / name
            with storing(path), contextlib.suppress(FileExistsError), lasting(self.root):
                path.hardlink_to(arrival._path)  # noqa: SLF001 - a link fails where a rename would replace
        finally:
            arrival.discard()
        with self.open(name) as source:
            return source.read_at(0, source.size), True

    def listed(self, area: str = "", *, after: str = "") -> Iterator[Held]:
        """List what lies in one area or in all, sorted by name; behind a name, if one is given."""
        top = self.root / area
        for name in _names(top):
            path = top / name
            inner = f"{area}/{name}" if area else name
            if inner <= after and not after.startswith(f"{inner}/"):
                continue  # a folder before the name holds nothing behind it
            if path.is_dir() and not path.is_symlink():
                yield from self.listed(inner, after=after)
            else:
                with contextlib.suppress(FileNotFoundError), _reading(path):
                    yield _held(inner, path)

    def remove(self, name: str, *, before: float) -> bool:
        """Remove what lies under a name, if it is older than a time."""
        path = self.root / name
        try:
            with storing(path), self._turns.alone():
                if path.lstat().st_mtime >= before:
                    return False
                path.unlink()
        except StorageError as error:
            if isinstance(error.__cause__, _ABSENT):
                return False
            raise
        return True

    def now(self) -> float:
        """Tell the time by the clock of the disk, which another machine may serve."""
        if not self.root.is_dir():
            return time.time()
        arrival = FolderArrival(self.root, self._turns)
        try:
            return arrival._path.stat().st_mtime  # noqa: SLF001 - of this module
        finally:
            arrival.discard()

    def where(self, name: str) -> str:
        """Name the file a name lies in."""
        return str(self.root / name)

    def locate(self, name: str) -> Located | None:
        """Say where another process finds what lies under a name; None if nothing does."""
        try:
            size = (self.root / name).stat().st_size
        except OSError:
            return None
        return Located(self.root.resolve().as_uri(), name, size)


class FolderBlobs(Blobs):
    """A folder of bytes by digest, as they are."""

    def __init__(self, root: Path, *, prepare: Callable[[], None] = lambda: None) -> None:
        """Name the folder; it is made when the first bytes arrive, after `prepare` was called."""
        self._keep(Folder(root, prepare=prepare))

    @classmethod
    def of(cls, folder: Folder) -> FolderBlobs:
        """Make a store of a folder that keeps bytes by name."""
        made = cls.__new__(cls)
        made._keep(folder)  # noqa: SLF001 - of this class
        return made

    def _keep(self, folder: Folder) -> None:
        super().__init__(folder)
        self.root = folder.root


def _held(name: str, path: Path) -> Held:
    try:
        status = path.lstat()
    except NotADirectoryError:
        raise FileNotFoundError from None
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    return Held(name=name, size=size, modified=status.st_mtime)


def _names(folder: Path) -> list[str]:
    """List what lies in a folder; one that is not there holds nothing."""
    try:
        with _reading(folder):
            return sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is wanted
    except FileNotFoundError:
        return []
