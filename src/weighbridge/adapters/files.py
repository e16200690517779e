"""Write files so that nobody ever sees half of one: temporary name, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextlib.contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the system's refusals to write into errors a person can act on."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(
            f"{path} could not be written: {reason}",
            seen=reason,
            wanted="room and permission to write",
            help=["free some space or choose another place; nothing was half written"],
        ) from error


@contextlib.contextmanager
def lasting(folder: Path) -> Iterator[None]:
    """Make what is done to a folder's names survive a power cut."""
    # Opened first: a folder that cannot be is refused before anything is renamed.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, to last."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with lasting(folder.parent):
            folder.mkdir(exist_ok=True)


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep out all others that ask for the same folder, in this process and elsewhere.

    Raises:
        StorageError: The folder could not be made.
    """
    with storing(folder):
        make_folder(folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes) -> None:
    """Replace a file's bytes at once, keeping its owner and permissions.

    A device or a pipe takes the bytes as they come and is never renamed over.

    Raises:
        StorageError: They could not be written; the old file is as it was.
    """
    with storing(path):
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            target = Path(os.path.realpath(path))
            with lasting(target.parent):
                _replace(target, data)


def _replace(target: Path, data: bytes) -> None:
    old = target.stat() if target.exists() else None
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o777
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if old is not None:
                _adopt(descriptor, old, mode)
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _adopt(descriptor: int, old: os.stat_result, mode: int) -> None:
    """Give a file the owner and permissions of the one it replaces."""
    with contextlib.suppress(PermissionError):  # who may write it need not own it
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, mode)


def write_files(files: Sequence[tuple[Path, bytes]]) -> None:
    """Replace the bytes of several files, all of them or none.

    All are written beside their places before the first takes its own. Should one not take it,
    those before it get their old bytes back.

    Raises:
        StorageError: They could not be written; all files are as they were.
    """
    before: list[tuple[Path, bytes | None]] = []
    for path, data in files:
        with storing(path):
            before.append((path, path.read_bytes() if path.exists() else None))
            _try_out(Path(os.path.realpath(path)), data)
    done: list[tuple[Path, bytes | None]] = []
    try:
        for (path, data), old in zip(files, before, strict=True):
            done.append(old)
            write_file(path, data)
    except BaseException:
        for path, old_data in reversed(done):
            _put_back(path, old_data)
        raise


def _try_out(target: Path, data: bytes) -> None:
    """Write a file's new bytes beside it once: whoever has no room finds out before anything."""
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        temporary.write_bytes(data)
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    finally:
        temporary.unlink(missing_ok=True)


def _put_back(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    elif path.read_bytes() != data:
        write_file(path, data)
