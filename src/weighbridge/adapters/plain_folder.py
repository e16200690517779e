"""Plain files in plain folders: opened without following a link, replaced at once and to last.

Whoever made the folder may have made it to harm: it is the one that was named, but nothing in it
may be anything but a folder or a plain file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs.folder import FileSource
from weighbridge.adapters.files import alone_in, make_folder, storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.model.errors import WeighbridgeError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_DEEPEST = 16


class PlainSource(FileSource):
    """A plain file, open for reading."""

    def __init__(self, name: str, folder: int) -> None:
        """Open a file of an open folder.

        Raises:
            OSError: It is not there, or no plain file.
        """
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        self._descriptor = os.open(name, flags, dir_fd=folder)
        self._closed = False
        found = os.fstat(self._descriptor)
        self.size = found.st_size
        if not stat.S_ISREG(found.st_mode):
            self.close()
            raise OSError(errno.EINVAL, "it is no plain file")


class PlainFolder(ABC):
    """A folder somebody named; what it is for, its subclasses say in their errors."""

    def __init__(self, root: Path, name: str) -> None:
        """Name the folder.

        Args:
            root: Where it is; its own path may lead over links.
            name: The folder, as messages name it.
        """
        self.root = root
        self._name = name

    def open(self, *names: str) -> PlainSource:
        """Open a file beneath the folder, component by component.

        Raises:
            FileNotFoundError: It is not there.
            WeighbridgeError: It is no plain file, or there is a link on the way.
        """
        try:
            with self._opened(names[:-1]) as folder:
                return PlainSource(names[-1], folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._refused("/".join(names), _reason(error)) from error

    def read(self, *names: str, most: int) -> bytes:
        """Read a file beneath the folder whole.

        Raises:
            FileNotFoundError: It is not there.
            WeighbridgeError: It is larger than that, no plain file, or there is a link on the way.
        """
        with self.open(*names) as source:
            if source.size > most:
                raise self._too_large("/".join(names), source.size, most)
            parts, left = [], most
            while left > 0 and (part := source.read(left)):
                parts.append(part)
                left -= len(part)
        return b"".join(parts)

    def size(self, *names: str) -> int | None:
        """Return the size of a plain file beneath the folder; None if there is none."""
        try:
            with self._opened(names[:-1]) as folder:
                found = os.stat(names[-1], dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def write(self, *names: str, fill: Callable[[int], None]) -> None:
        """Write a file beneath the folder; it is there whole, or as it was before.

        Args:
            names: Folders, made as needed, and the file's name.
            fill: Writes the bytes to an open descriptor; nothing is visible if it raises.

        Raises:
            StorageError: It could not be written.
        """
        with storing(self.root.joinpath(*names)), self._made(names[:-1]) as folder:
            temporary = f".{secrets.token_hex(8)}.tmp"
            descriptor = os.open(temporary, _NEW, 0o666, dir_fd=folder)
            try:
                try:
                    fill(descriptor)
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
                os.rename(temporary, names[-1], src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=folder)
                raise

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all others from changing what is in it, in this process and elsewhere.

        Raises:
            StorageError: The folder could not be made.
        """
        with alone_in(self.root):
            yield

    def names(self) -> list[str]:
        """List what lies in the folder; one that is not there holds nothing."""
        try:
            return sorted(os.listdir(self.root))  # noqa: PTH208 - names, not paths
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._refused("", _reason(error)) from error

    def walk(self, *folders: str) -> Iterator[str]:
        """List all that lies beneath one of its folders and is no folder, sorted.

        What lies deeper than anything one has a use for is told of as the folder it lies in.

        Raises:
            WeighbridgeError: A folder cannot be read.
        """
        try:
            with self._opened(folders) as here, os.scandir(here) as entries:
                found = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refused("/".join(folders), _reason(error)) from error
        for name, is_folder in found:
            if is_folder and len(folders) < _DEEPEST:
                yield from self.walk(*folders, name)
            else:
                yield "/".join((*folders, name))

    def remove(self, *names: str) -> None:
        """Remove a file beneath the folder if it is there, and the folder it leaves empty.

        Raises:
            StorageError: It could not be removed.
        """
        with storing(self.root.joinpath(*names)), contextlib.suppress(FileNotFoundError):
            with self._opened(names[:-1]) as folder:
                os.unlink(names[-1], dir_fd=folder)
            if names[1:]:
                with self._opened(names[:-2]) as above, contextlib.suppress(OSError):
                    os.rmdir(names[-2], dir_fd=above)

    @contextlib.contextmanager
    def _opened(self, folders: tuple[str, ...]) -> Iterator[int]:
        here = os.open(self.root, _FOLDER)
        try:
            for name in folders:
                inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
                os.close(here)
                here = inner
            yield here
        finally:
            os.close(here)

    @contextlib.contextmanager
    def _made(self, folders: tuple[str, ...]) -> Iterator[int]:
        make_folder(self.root)
        for depth, name in enumerate(folders):
            with self._opened(folders[:depth]) as above, contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=above)
                os.fsync(above)
        with self._opened(folders) as folder:
            yield folder

    @abstractmethod
    def _too_large(self, file: str, size: int, most: int) -> WeighbridgeError:
        """Return the error that a file is larger than it can be."""

    @abstractmethod
    def _refused(self, file: str, reason: str) -> WeighbridgeError:
        """Return the error that a file, or the folder itself if it is empty, cannot be read."""


def _reason(error: OSError) -> str:
    # A link on the way is "too many levels", or "not a directory", which nobody understands.
    if error.errno in {errno.ELOOP, errno.ENOTDIR}:
        return "a link, or no folder, is on the way"
    return str(error.strerror).lower()
