"""A folder, and the ways to what lies beneath it: resolve, look, open, list.

Links are followed only to places beneath. Files and folders are opened component by component
without following links, so that a folder swapped for a link meanwhile is not entered. Nothing but
regular files and folders is opened: no pipe can hang it, no device is touched.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NamedTuple

from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.probes.names import as_bytes, as_text, is_utf8, shown
from weighbridge.probes.open_file import FileSource

O_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_O_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY
LONGEST_PATH = 4_096
"""Bytes of a path behind which no system opens a file; each level costs opening all above it."""
SWAPPED = Unavailable(
    "the path changed while it was opened", "run again when nothing writes to the folder"
)


class Entry(NamedTuple):
    """What a folder holds: a name, and whether it is a link or a folder."""

    name: str
    is_link: bool
    is_folder: bool


class Root:
    """A folder; paths are relative to it, and `real` ones have no link on their way."""

    def __init__(self, path: Path) -> None:
        """Name the folder; its own path may lead over links."""
        self.path = Path(os.path.realpath(path))
        self._bytes = os.fsencode(self.path)

    def resolve(self, path: str) -> str | PathProblem | Unavailable:
        """Follow links beneath the folder; `.` is the folder itself."""
        if not is_utf8(path):
            return PathProblem(path=shown(path), kind="encoding")
        if path.startswith("/") or ".." in path.split("/"):
            return PathProblem(path=path, kind="outside", target=path)
        place = self._place(path)
        try:
            # The system knows what realpath does not: a slash behind a file, and more links than
            # it follows itself, on which realpath would run out of stack.
            os.stat(place)  # noqa: PTH116 - a path in bytes
            real = os.path.realpath(place, strict=True)
        except OSError as error:
            if error.errno == errno.ELOOP:
                return PathProblem(path=path, kind="cycle")
            # A link that leads out to nothing leads out all the same.
            found = self._within(path, os.path.realpath(place))
            return found if isinstance(found, PathProblem) else _unavailable(error)
        return self._within(path, real)

    def kind(self, path: str, real: str) -> str | PathProblem | Unavailable:
        """Say whether a resolved path is a `file` or a `directory`, or why it is neither."""
        try:
            mode = os.lstat(self._place(real)).st_mode
        except OSError as error:
            return _unavailable(error)
        if stat.S_ISDIR(mode):
            return "directory"
        return "file" if stat.S_ISREG(mode) else PathProblem(path=path, kind="special")

    def open(self, path: str, real: str) -> FileSource | PathProblem | Unavailable:
        """Open a regular file by its resolved path."""
        kind = self.kind(path, real)
        if isinstance(kind, PathProblem | Unavailable):
            return kind
        try:
            descriptor = self._open(real, _O_FOLDER if kind == "directory" else O_FILE)
        except OSError as error:
            return SWAPPED if error.errno in {errno.ELOOP, errno.ENOTDIR} else _unavailable(error)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return FileSource(descriptor)
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            return Unavailable("it is a directory", "name a file in it")
        return PathProblem(path=path, kind="special")

    def open_folder(self, real: str) -> int:
        """Open a folder by its resolved path; -1 if it is not to be had."""
        try:
            return self._open(real, _O_FOLDER)
        except OSError:
            return -1

    def entries(self, real: str) -> list[Entry]:
        """List a folder by its resolved path, sorted by the bytes of the names.

        Raises:
            OSError: It cannot be listed, is a folder no longer, or no file in it could be opened.
        """
        if len(as_bytes(real)) > LONGEST_PATH:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        descriptor = self._open(real, _O_FOLDER)
        try:
            with os.scandir(descriptor) as found:
                entries = [
                    Entry(
                        entry.name if entry.name.isascii() else as_text(os.fsencode(entry.name)),
                        entry.is_symlink(),
                        entry.is_dir(follow_symlinks=False),
                    )
                    for entry in found
                ]
        finally:
            os.close(descriptor)
        return sorted(entries, key=lambda entry: as_bytes(entry.name))

    def _open(self, real: str, flags: int) -> int:
        """Open component by component; a link on the way is refused."""
        *folders, name = real.split("/")
        here = os.open(self._bytes, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            for folder in folders:
                inner = os.open(as_bytes(folder), _O_FOLDER, dir_fd=here)
                os.close(here)
                here = inner
            return os.open(as_bytes(name), flags, dir_fd=here)
        finally:
            os.close(here)

    def _place(self, path: str) -> bytes:
        return self._bytes.rstrip(b"/") + b"/" + as_bytes(path)

    def _within(self, path: str, real: bytes) -> str | PathProblem:
        inside = self._place("")
        if real == self._bytes:
            return "."
        if not real.startswith(inside):
            return PathProblem(path=path, kind="outside", target=shown(as_text(real)))
        return as_text(real.removeprefix(inside))


def _unavailable(error: OSError) -> Unavailable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Unavailable(MISSING)
    if isinstance(error, PermissionError):
        return Unavailable("it may not be read", "give yourself permission to read it")
    return Unavailable(f"it cannot be read: {os.strerror(error.errno or 0).lower()}")
