"""What a witness remembers: a file it replaces at once, and a lock beside it.

The lock is a file of its own, since the other is renamed over. It says, too, that something was
kept once: a witness that has lost its memory must not begin anew unnoticed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from weighbridge.adapters.files import storing, write_file
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 1 << 20
"""Bytes; a checkpoint is far smaller."""

_BEGUN = b"begun\n"


class StateFile:
    """The memory of one witness of one log."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when something is kept."""
        self._path = path
        self._lock = path.with_name(f"{path.name}.lock")

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep out everybody else, other processes too, until they are through.

        Raises:
            StorageError: The lock cannot be made.
        """
        with storing(self._lock):
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._lock, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> bytes | None:
        """Return what was kept last; None if nothing ever was.

        Raises:
            RegistryError: It cannot be read, or is gone.
        """
        try:
            with self._path.open("rb") as file:
                return file.read(LARGEST)
        except FileNotFoundError:
            if self._lock.exists() and self._lock.read_bytes():
                raise self._gone() from None
            return None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise RegistryError(f"{self._path} cannot be read: {reason}") from error

    def keep(self, data: bytes) -> None:
        """Replace what is remembered; it lasts before this returns.

        Raises:
            StorageError: It could not be written.
        """
        write_file(self._path, data)
        with storing(self._lock):
            if not self._lock.exists() or not self._lock.read_bytes():
                self._lock.write_bytes(_BEGUN)

    def _gone(self) -> RegistryError:
        return RegistryError(
            f"what the witness remembered is gone: {self._path}",
            cause="a witness that forgets can be shown another history",
            help=[
                "restore it from a backup, the newest",
                f"to begin anew all the same, and tell those who rely on you, remove {self._lock}",
            ],
        )
