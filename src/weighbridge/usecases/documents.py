"""Read documents that were named: no more of a file than could be one."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnreadableError
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS
from weighbridge.model.location import Location
from weighbridge.usecases.references import shown_path

if TYPE_CHECKING:
    from pathlib import Path


def read_named(
    path: Path, *, start: Path | None = None, limit: int = DEFAULT_DOCUMENT_LIMITS.size
) -> bytes:
    """Read a file's bytes, no more of them than `limit` and one.

    Args:
        path: The file.
        start: The folder messages write paths relative to.
        limit: Bytes it may have; whoever parses them refuses one more.

    Raises:
        UnreadableError: It is not there, is not a file, or cannot be read.
    """
    shown = shown_as(path, start)
    try:
        # A pipe must not keep us waiting: it is opened without, and then it is no file.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return file.read(limit + 1)
    except IsADirectoryError:
        pass
    except FileNotFoundError:
        raise UnreadableError(f"there is no file {shown}", help=["check the spelling"]) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"{shown} cannot be read: {reason}"
        raise UnreadableError(message, location=Location(shown)) from error
    raise UnreadableError(f"{shown} is not a file", help=["name a file"])


def shown_as(path: Path, start: Path | None) -> str:
    """Write a path as short as the user's own folder allows, or whole if he has none."""
    return str(path) if start is None else shown_path(path, start)
