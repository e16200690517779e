"""A folder that is there whole or not at all: filled beside its place, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from typing import TYPE_CHECKING

from weighbridge.adapters.files import lasting, make_folder, storing
from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class NewFolder:
    """Files on their way into a folder that is not there yet, or is empty."""

    def __init__(self, place: Path) -> None:
        """Name the folder; nothing is made before the first file.

        Raises:
            StorageError: Something lies there.
        """
        with storing(place):
            if os.path.lexists(place) and (place.is_symlink() or any(place.iterdir())):
                help_ = ["name a folder that does not exist, or an empty one"]
                raise StorageError(f"{place} is not an empty folder", help=help_)
        self._place = place
        self._filling = place.with_name(f".{secrets.token_hex(8)}.tmp")
        self._made = set[str]()

    @property
    def filling(self) -> Path:
        """Where the files lie until they are visible."""
        return self._filling

    def folder(self, path: str) -> None:
        """Make a folder, and those above it."""
        if path in self._made:
            return
        with storing(self._place / path):
            make_folder(self._filling.parent)
            (self._filling / path).mkdir(parents=True, exist_ok=True)
        self._made.add(path)

    def write(self, path: str, chunks: Iterable[bytes], *, executable: bool = False) -> None:
        """Write a file, and make the folders above it."""
        self.folder(os.path.dirname(path))  # noqa: PTH120 - a path inside the folder
        with storing(self._place / path):
            descriptor = os.open(self._filling / path, _NEW, 0o777 if executable else 0o666)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                for chunk in chunks:
                    view = memoryview(chunk)
                    while view:
                        view = view[file.write(view) :]

    def commit(self) -> None:
        """Make all files visible at once; an empty folder in their place is replaced."""
        self.folder("")
        with storing(self._place), lasting(self._place.parent):
            # Once for all of them: a call for each of many thousand files takes minutes.
            os.sync()
            # A folder is renamed over an empty one, and over nothing else.
            self._filling.rename(self._place)

    def discard(self) -> None:
        """Forget the files."""
        shutil.rmtree(self._filling, ignore_errors=True)
