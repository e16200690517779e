"""One driver at a time works on the folder of a delivery."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.files import make_folder, storing
from weighbridge.adapters.local.waiting import until
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE: Final = 2.0
"""Seconds a driver that was killed may take to be gone, and what it was just starting."""
_MODE: Final = 0o700


class FolderLock:
    """A lock of a folder, held until it is let go or its holder ends, however that ends."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        self._folder = folder
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock, once; the folder is made if it is not there, for its owner alone.

        Raises:
            UnavailableError: Another driver has it.
            StorageError: The folder cannot be made or written to.
        """
        if self._descriptor is not None:
            return
        path = self._folder / "lock"
        with storing(path):
            make_folder(self._folder)
            self._folder.chmod(_MODE)
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(path, flags, 0o600)
        if not until(lambda: _taken(descriptor), _PATIENCE):
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise UnavailableError(
                "another driver works on this delivery",
                seen=f"process {holder}" if holder.isdigit() else "a process",
                wanted="one driver at a time",
                help=["let it go on: weighbridge watch ENV", "or end it, then run this again"],
            )
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let it go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
