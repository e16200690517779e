"""Lock files to `Lock`: pip requirements, PEP 751, uv, conda. Resolves and downloads nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.locks import pylock, requirements, uv
from weighbridge.codec.locks.credentials import credential_lines
from weighbridge.codec.locks.interface import (
    LIMITS,
    LockLimits,
    LockReader,
    LockSyntaxError,
    decode,
)

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock

__all__ = ["LIMITS", "READERS", "LockLimits", "LockSyntaxError", "read_lock"]


def _read_conda(text: str, file: str) -> Lock:
    """Read a lock of conda; what reads YAML is loaded for one alone."""
    from weighbridge.codec.locks import conda  # noqa: PLC0415 - as above

    return conda.read(text, file)


READERS: dict[str, LockReader] = {
    "conda": _read_conda,
    "pylock": pylock.read,
    "requirements": requirements.read,
    "uv": uv.read,
}
"""The formats that can be read, by the names the manifest gives them."""


def read_lock(data: bytes, format: str, file: str) -> Lock:  # noqa: A002 - the manifest's word
    """Read a lock file.

    Args:
        data: Its bytes, UTF-8.
        format: Its format, one of `READERS`.
        file: Its name for messages.

    Raises:
        LockSyntaxError: It is not a lock of that format, or larger than `LIMITS` allow.
    """
    reader = READERS.get(format)
    if reader is None:
        raise LockSyntaxError(f"{format} locks are not read by this version", file=file)
    text = decode(data, file)
    return replace(reader(text, file), credentials=credential_lines(text))
