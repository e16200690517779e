"""What an address of a conda package tells: its channel, platform, name and version."""

from __future__ import annotations

import re
from dataclasses import dataclass

from weighbridge.codec.locks.files import file_name

_SUFFIXES = (".conda", ".tar.bz2")
_PARTS_BEHIND_THE_NAME = 2
_HASH = re.compile(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaFile:
    """The name of a conda package's file, taken apart: `NAME-VERSION-BUILD.conda`.

    Attributes:
        name: Name of the package.
        version: Its version.
        platform: The folder it lies in, such as `linux-64` or `noarch`.
    """

    name: str
    version: str
    platform: str


def conda_file(address: str) -> CondaFile | None:
    """Take the address of a conda package apart; None if it has another form."""
    full = file_name(address)
    stem = next((full.removesuffix(one) for one in _SUFFIXES if full.endswith(one)), "")
    parts = stem.rsplit("-", _PARTS_BEHIND_THE_NAME)
    folder = channel_of(address, keep=1)
    if len(parts) <= _PARTS_BEHIND_THE_NAME or not all(parts) or not stem.isprintable():
        return None
    return CondaFile(name=parts[0], version=parts[1], platform=folder.rpartition("/")[2])


def channel_of(address: str, *, keep: int = 0) -> str:
    """Return the channel a package lies in: its address without file and platform.

    Args:
        address: The address of the package.
        keep: How many of these two to leave, from the left.
    """
    head, _, tail = address.partition("://")
    parts = tail.partition("#")[0].split("/")
    return f"{head}://{'/'.join(parts[: keep - 2])}" if tail and len(parts) > 2 else ""  # noqa: PLR2004


def is_hash(text: str) -> bool:
    """Tell whether a text is a hash conda writes: md5 or sha256, in lower case."""
    return _HASH.fullmatch(text) is not None
