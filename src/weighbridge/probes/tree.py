"""The folder a manifest lies in, walked without ever leaving it.

Symbolic links are followed only to places inside the folder. Files are opened component by
component without following links, so that a folder swapped for a link meanwhile is not entered.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Self

from weighbridge.model.fact import MISSING, PathProblem, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_O_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_O_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY


def shown(name: str) -> str:
    r"""Write a file name with the bytes that are not UTF-8 as `\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


class FileSource:
    """One open regular file."""

    def __init__(self, descriptor: int) -> None:
        """Take over an open descriptor."""
        self._descriptor = descriptor
        self._before = os.fstat(descriptor)
        self.size = self._before.st_size

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        return os.read(self._descriptor, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        parts = []
        while length > 0 and (part := os.pread(self._descriptor, length, offset)):
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return b"".join(parts)

    def changed(self) -> bool:
        """Tell whether size, time or identity differ from when the file was opened."""
        now = os.fstat(self._descriptor)
        before = self._before
        return (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns)

    def __enter__(self) -> Self:
        """Hold the file open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        os.close(self._descriptor)


class WorkTree:
    """A folder on disk."""

    def __init__(self, root: Path) -> None:
        """Name the folder; its own path may lead over links."""
        self.root = Path(os.path.realpath(root))

    def kind(self, path: str) -> str | PathProblem | Unavailable:
        """Say whether a path is a `file` or a `directory`, or why it cannot be followed."""
        real = self._resolve(path)
        if not isinstance(real, str):
            return real
        if real == ".":
            hint = "list a folder below it, or its files"
            return Unavailable("the release's own folder cannot be an artifact", hint)
        mode = os.lstat(self.root / real).st_mode
        if stat.S_ISDIR(mode):
            return "directory"
        return "file" if stat.S_ISREG(mode) else PathProblem(path=shown(path), kind="special")

    def link(self, path: str) -> str | None:
        """Say where a path leads if a symbolic link inside the tree is on its way."""
        real = self._resolve(path)
        plain = os.path.normpath(path)
        return shown(real) if isinstance(real, str) and real != plain else None

    def open(self, path: str) -> FileSource | PathProblem | Unavailable:
        """Open a file for reading."""
        real = self._resolve(path)
        if not isinstance(real, str):
            return real
        try:
            descriptor = self._open_beneath(real)
        except OSError as error:
            return _unavailable(error)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return PathProblem(path=shown(path), kind="special")
        return FileSource(descriptor)

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """Walk a directory: every file below it, sorted, hidden ones and links included."""
        real = self._resolve(path)
        if isinstance(real, str):
            yield from self._walk(path, (real,))

    def _walk(self, path: str, above: tuple[str, ...]) -> Iterator[str | PathProblem]:
        folder = self.root / above[-1]
        names = sorted((entry.name for entry in folder.iterdir()), key=os.fsencode)
        yield from _name_problems(path, names)
        for name in names:
            below = f"{path}/{name}" if path not in ("", ".") else name
            real = self._resolve(below)
            if isinstance(real, PathProblem):
                yield real
            elif isinstance(real, Unavailable) or not (self.root / real).is_dir():
                yield below
            elif real in above or real == ".":
                yield PathProblem(path=shown(below), kind="cycle", target=shown(real))
            else:
                yield from self._walk(below, (*above, real))

    def _resolve(self, path: str) -> str | PathProblem | Unavailable:
        """Follow links inside the folder; the result has no link on its way."""
        if path.startswith("/") or "\0" in path or ".." in path.split("/"):
            return PathProblem(path=shown(path), kind="outside", target=shown(path))
        try:
            real = os.path.realpath(self.root / path, strict=True)
        except OSError as error:
            if error.errno == errno.ELOOP:
                return PathProblem(path=shown(path), kind="cycle")
            return self._unresolved(path, error)
        if not _is_below(real, self.root):
            return PathProblem(path=shown(path), kind="outside", target=shown(real))
        return os.path.relpath(real, self.root)

    def _unresolved(self, path: str, error: OSError) -> PathProblem | Unavailable:
        """Tell a file that is not there from a link that leads out to nothing."""
        real = os.path.realpath(self.root / path)
        if not _is_below(real, self.root):
            return PathProblem(path=shown(path), kind="outside", target=shown(real))
        return _unavailable(error)

    def _open_beneath(self, real: str) -> int:
        *folders, name = real.split("/")
        here = os.open(self.root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            for folder in folders:
                below = os.open(folder, _O_FOLDER, dir_fd=here)
                os.close(here)
                here = below
            return os.open(name, _O_FILE, dir_fd=here)
        finally:
            os.close(here)


def _is_below(path: str, root: Path) -> bool:
    return path == str(root) or path.startswith(str(root).rstrip("/") + "/")


def _unavailable(error: OSError) -> Unavailable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Unavailable(MISSING)
    if isinstance(error, PermissionError):
        return Unavailable("the file may not be read", "give yourself permission to read it")
    return Unavailable(f"the file cannot be read: {os.strerror(error.errno or 0)}")


def _name_problems(path: str, names: list[str]) -> Iterator[PathProblem]:
    """Find names other machines would not keep apart, or not keep at all."""
    seen: dict[str, str] = {}
    for name in names:
        below = shown(f"{path}/{name}" if path not in ("", ".") else name)
        if shown(name) != name:
            yield PathProblem(path=below, kind="encoding")
            continue
        if not unicodedata.is_normalized("NFC", name):
            yield PathProblem(path=below, kind="not-nfc")
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            yield PathProblem(path=below, kind="collision", target=seen[folded])
        seen.setdefault(folded, name)
