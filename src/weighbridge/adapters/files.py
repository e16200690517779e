"""Write files so that nobody ever sees half of one: temporary name, fsync, rename."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the system's refusals to write into errors a person can act on."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise StorageError(
            f"{path} could not be written: {reason.lower()}",
            seen=reason,
            wanted="room and permission to write",
            help=["free some space or choose another place; nothing was half written"],
        ) from error


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes) -> None:
    """Replace a file's bytes at once, keeping its permissions.

    Raises:
        StorageError: They could not be written; the old file is as it was.
    """
    with storing(path):
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            # A device or a pipe takes bytes as they come; it must never be renamed over.
            target.write_bytes(data)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(target.parent)


def _umask() -> int:
    """Read the process's umask, which can only be read by setting it."""
    value = os.umask(0o077)
    os.umask(value)
    return value
