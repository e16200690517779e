"""Whose turn it is: any number who find or place bytes, or one who removes them.

A lock of the system on a folder (flock); it ends with whoever held it, killed or not. An object
store has no such lock. All who write to one work on the same registry, and its folder has one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Turns:
    """A lock on a folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it need not be there yet."""
        self._folder = folder

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Keep out who removes.

        Raises:
            OSError: The folder is not there.
        """
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep out everybody.

        Raises:
            OSError: The folder is not there.
        """
        with self._locked(fcntl.LOCK_EX):
            yield

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)
