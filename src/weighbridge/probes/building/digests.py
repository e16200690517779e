"""Digests of what a build read and made, taken after it has ended."""

from __future__ import annotations

import ctypes
import hashlib
import os
import stat
import struct
from dataclasses import dataclass
from typing import Final

GONE: Final = "it was there when it was read, and is not any more"
_AT_FDCWD: Final = -100
_STATX_BTIME: Final = 0x800
_STATX_SIZE: Final = 256
_BTIME_AT: Final = 0x50


@dataclass(frozen=True, slots=True, kw_only=True)
class Digested:
    """A file's bytes.

    Attributes:
        digest: `sha256:` and 64 hexadecimal digits.
        size: Bytes.
        changed: Nanoseconds since 1970 of its last change, by its file system.
    """

    digest: str
    size: int
    changed: int


def digest_file(path: str) -> Digested | str | None:
    """Digest a file; say why it cannot be, or None for a folder, a device or a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        return GONE
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return f"it cannot be read: {(reason or 'no reason given').lower()}"
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        try:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            return f"it cannot be read: {(error.strerror or 'no reason given').lower()}"
        size = file.tell()
    return Digested(digest=f"sha256:{digest}", size=size, changed=found.st_ctime_ns)


def born_before(path: str, moment: int) -> bool:
    """Tell whether a file was there before a moment, as far as its file system says.

    Where nobody knows, it was: what may have been an input counts as one.

    Args:
        path: The file.
        moment: Nanoseconds since 1970.
    """
    born = _birth(path)
    return born is None or born <= moment


def _birth(path: str) -> int | None:
    """Ask when a file was made (statx(2)), which Python does not; None if nobody says."""
    try:
        statx = ctypes.CDLL(None).statx
    except (AttributeError, OSError):
        return None
    answer = ctypes.create_string_buffer(_STATX_SIZE)
    if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, answer):
        return None
    (mask,) = struct.unpack_from("I", answer.raw, 0)
    seconds, nanoseconds = struct.unpack_from("qI", answer.raw, _BTIME_AT)
    return int(seconds * 1_000_000_000 + nanoseconds) if mask & _STATX_BTIME else None
