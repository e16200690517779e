"""What a killed transfer leaves for the next: the address of an upload, the start of a download.

Nothing here is trusted: what is continued is held against its digest as a whole, at its end. An
address is a capability, so files are the user's alone. Two processes that bring the same blob do
not share a file: the second goes without.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from typing import TYPE_CHECKING, Self

from weighbridge.adapters.files import storing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_LONGEST = 8192
BLOCK = 1 << 20


class Part:
    """The first bytes of a blob, in a file."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        """Take over a file that is open and locked; `Unfinished.part` does it."""
        self._path, self._descriptor = path, descriptor
        self.size = size

    def blocks(self) -> Iterator[bytes]:
        """Read what is there."""
        for at in range(0, self.size, BLOCK):
            with storing(self._path):
                yield os.pread(self._descriptor, min(BLOCK, self.size - at), at)

    def write(self, block: bytes) -> None:
        """Append bytes."""
        with storing(self._path):
            view = memoryview(block)
            while view:
                written = os.pwrite(self._descriptor, view, self.size)
                self.size += written
                view = view[written:]

    def forget(self) -> None:
        """Remove it: the blob is whole, or was not worth continuing."""
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of it."""
        os.close(self._descriptor)


class Unfinished:
    """The folder such things are kept in, for one repository."""

    def __init__(self, folder: Path, place: str) -> None:
        """Name the folder, which is made when it is needed, and the repository."""
        self._folder, self._place = folder, place

    def _path(self, digest: str, kind: str) -> Path:
        name = hashlib.sha256(f"{self._place}\0{digest}".encode()).hexdigest()
        return self._folder / f"{name}.{kind}"

    def _open(self, path: Path) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(path, flags, 0o600)

    def part(self, digest: str, size: int) -> Part | None:
        """Open what has arrived of a blob; None if another process brings it."""
        path = self._path(digest, "part")
        with storing(path):
            descriptor = self._open(path)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                known = os.fstat(descriptor)
                # Whoever held it before may have removed the name meanwhile.
                is_named = path.exists() and path.stat().st_ino == known.st_ino
                if is_named and stat.S_ISREG(known.st_mode):
                    if known.st_size > size:
                        os.ftruncate(descriptor, 0)
                    kept = known.st_size if known.st_size <= size else 0
                    return Part(path, descriptor, kept)
            except BlockingIOError:
                pass
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            return None

    def session(self, digest: str) -> str:
        """Return the address of the upload of a blob that was not ended; empty if there is none."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            with self._path(digest, "upload").open("rb") as file:
                line = file.readline(_LONGEST)
            return line[:-1].decode("ascii") if line.endswith(b"\n") else ""
        return ""

    def keep_session(self, digest: str, address: str) -> None:
        """Keep the address of an upload, in one write: a kill leaves the old one or the new."""
        path = self._path(digest, "upload")
        line = address.encode("ascii", "replace") + b"\n"
        with storing(path):
            descriptor = self._open(path)
            try:
                os.pwrite(descriptor, line, 0)
                os.ftruncate(descriptor, len(line))
            finally:
                os.close(descriptor)

    def forget_session(self, digest: str) -> None:
        """Forget it."""
        with contextlib.suppress(OSError):
            self._path(digest, "upload").unlink(missing_ok=True)
