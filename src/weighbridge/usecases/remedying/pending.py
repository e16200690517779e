"""Files of a release as they would be: what is on disk, and over it what is to be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.codec.locks import LIMITS, LockSyntaxError, read_lock
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.usecases.editing import FileChange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.lock import Lock


class Pending:
    """What is to become of some files."""

    def __init__(self, root: Path) -> None:
        """Begin with what is on disk.

        Args:
            root: The manifest's folder.
        """
        self.root = Path(os.path.realpath(root))
        self.files: dict[str, bytes] = {}

    def there(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return name in self.files or (self.root / name).is_file()

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            UnreadableError: It is not there, or cannot be read.
            UsageError: It leads out of the release.
        """
        return self.files[name] if name in self.files else self._on_disk(name)

    def text(self, name: str) -> str:
        """Return the text of a file, as `read` does."""
        try:
            return self.read(name).decode()
        except UnicodeDecodeError as error:
            raise UnreadableError(f"{name} is not UTF-8") from error

    def lock(self, name: str, format: str) -> Lock:  # noqa: A002 - the manifest's word
        """Read a lock.

        Raises:
            UnreadableError: It cannot be read.
        """
        try:
            return read_lock(self.read(name), format, name)
        except LockSyntaxError as error:
            raise UnreadableError(str(error)) from error

    def with_files(self, files: Mapping[str, bytes]) -> Pending:
        """Return the same with some more files to be written."""
        found = Pending(self.root)
        found.files = {**self.files, **files}
        return found

    def take(self, other: Pending) -> None:
        """Take over what is to be written."""
        self.files = dict(other.files)

    def changes(self) -> list[FileChange]:
        """List what is to be written: locks before their inputs, which they fulfil either way."""
        found = []
        for name, data in self.files.items():
            path = self.root / name
            before = self._on_disk(name).decode() if path.exists() else ""
            if before != data.decode():
                change = FileChange(path=path, name=name, before=before, after=data.decode())
                found.append(change)
        return found

    def _on_disk(self, name: str) -> bytes:
        path = self.root / name
        if not Path(os.path.realpath(path)).is_relative_to(self.root):
            raise UsageError(f"{name} leads out of the release", help=["edit it by hand"])
        try:
            with path.open("rb") as file:
                data = file.read(LIMITS.size + 1)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UnreadableError(f"{name} cannot be read: {reason}") from error
        if len(data) > LIMITS.size:
            raise UnreadableError(f"{name} is larger than {LIMITS.size >> 20} MiB")
        return data
