"""Small things of a server that never change, kept on this machine: tiles and small blobs.

What is kept is not believed: each file begins with the digest of what follows, and whoever reads a
tile or a blob holds it against the checkpoint or its digest all the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_ROOM: Final = 512 << 20
_LOOKED_AFTER: Final = 64 << 20
_DIGEST: Final = 32


class Kept:
    """A folder of files by name, of bounded size; whatever is wrong with it, it is empty."""

    def __init__(self, folder: Path, *, room: int = _ROOM) -> None:
        """Name the folder.

        Args:
            folder: It is made when something is first kept.
            room: Bytes; above, what was kept longest ago goes.
        """
        self._folder = folder
        self._room = room
        self._added = 0

    def get(self, name: str) -> bytes | None:
        """Return what is kept under a name; None if nothing is, or it is damaged."""
        try:
            data = self._path(name).read_bytes()
        except OSError:
            return None
        told, found = data[:_DIGEST], data[_DIGEST:]
        return found if hashlib.sha256(found).digest() == told else None

    def put(self, name: str, data: bytes) -> None:
        """Keep something; a full disk keeps nothing, and that is no error."""
        path = self._path(name)
        temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                temporary.write_bytes(hashlib.sha256(data).digest() + data)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            self._added += len(data)
            if self._added > min(_LOOKED_AFTER, self._room // 4):
                self._added = 0
                self._make_room()

    def _path(self, name: str) -> Path:
        digits = hashlib.sha256(name.encode()).hexdigest()
        return self._folder / digits[:2] / digits[2:]

    def _make_room(self) -> None:
        found = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118 - many files
                with contextlib.suppress(OSError):
                    state = os.stat(path)  # noqa: PTH116 - many files
                    found.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._room * 3 // 4:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - many files
                total -= size
