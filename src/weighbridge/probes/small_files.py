"""Small files of an environment or a system, read by a way that no file can be hung up on."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_start(path: Path, size: int) -> bytes | None:
    """Read the start of a regular file; None if there is none to read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            data = os.read(descriptor, size)
            # What the kernel makes up as it is read comes in pieces.
            while len(data) < size and (more := os.read(descriptor, size - len(data))):
                data += more
            return data
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return None


def read_text(path: Path, size: int) -> str:
    """Read the start of a regular file as text; empty if there is none to read."""
    return (read_start(path, size) or b"").decode("utf-8", "replace")
