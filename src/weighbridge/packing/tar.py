"""Archives with one spelling: POSIX ustar (IEEE Std 1003.1, pax), and nothing else of tar.

Regular files alone, sorted by name, without times, owners or permissions of anybody. A reader
takes only what the writer would have written: no byte of an archive is without meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK = 512
LONGEST_NAME = 100
LARGEST_FILE = 8**11 - 1
_END = bytes(2 * BLOCK)

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
_MODE, _NOBODY, _NO_TIME = b"0000644\0", b"0000000\0", b"00000000000\0"
REGULAR, _MAGIC = b"0", b"ustar\x0000"
_SIZE_AT, _SIZE_LENGTH = 124, 11
_CHECKSUM_AT = 148
_UNTIL_PREFIX = 80
"""Bytes of the names of owner and group, and of device numbers; all of them empty."""


class TarError(ValueError):
    """The bytes are not an archive in its one spelling, or files cannot be archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TarLimits:
    """Budgets of an archive.

    Attributes:
        size: Bytes of all of it.
        files: How many files it may hold.
    """

    size: int = 256 << 20
    files: int = 100_000


DEFAULT_TAR_LIMITS = TarLimits()


def write_tar(files: Mapping[str, bytes], *, limits: TarLimits = DEFAULT_TAR_LIMITS) -> bytes:
    """Archive files by name.

    Raises:
        TarError: A name or a size does not fit, or the archive would be over its budget.
    """
    if len(files) > limits.files:
        raise TarError(f"the archive would hold more than {limits.files} files")
    parts: list[bytes] = []
    for name, data in sorted(files.items()):
        parts += (_header(name, len(data)), data, bytes(-len(data) % BLOCK))
    parts.append(_END)
    if sum(map(len, parts)) > limits.size:
        raise TarError(f"the archive would be larger than {limits.size} bytes")
    return b"".join(parts)


def read_tar(data: bytes, *, limits: TarLimits = DEFAULT_TAR_LIMITS) -> dict[str, bytes]:
    """Read an archive that `write_tar` wrote, and no other.

    Raises:
        TarError: It is not one, byte for byte.
    """
    if len(data) > limits.size:
        raise TarError(f"the archive is larger than {limits.size} bytes")
    files: dict[str, bytes] = {}
    at, last = 0, ""
    while (block := data[at : at + BLOCK]) != bytes(BLOCK):
        name, size = _read_header(block)
        if name <= last:
            raise TarError(f"{name} stands twice, or not where it is sorted to")
        if len(files) == limits.files:
            raise TarError(f"the archive holds more than {limits.files} files")
        start = at + BLOCK
        at = start + size + -size % BLOCK
        if at > len(data):
            raise TarError(f"the archive ends within {name}")
        if any(data[start + size : at]):
            raise TarError(f"something stands behind the end of {name}")
        files[name] = data[start : start + size]
        last = name
    if data[at:] != _END:
        raise TarError("the archive does not end where its files do")
    return files


def _read_header(block: bytes) -> tuple[str, int]:
    if len(block) < BLOCK:
        raise TarError("the archive ends without an end")
    name = block[:LONGEST_NAME].rstrip(b"\0").decode("ascii", "replace")
    digits = block[_SIZE_AT : _SIZE_AT + _SIZE_LENGTH]
    if re.fullmatch(rb"[0-7]{11}", digits) is None:
        raise TarError("the size of a file is not written in eleven octal digits")
    size = int(digits, 8)
    if _header(name, size) != block:
        raise TarError(f"{name} is not a plain file, or its header is spelled in another way")
    return name, size


def _header(name: str, size: int) -> bytes:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise TarError(f"{name!r} is not the name of a file in an archive")
    if size > LARGEST_FILE:
        raise TarError(f"{name} is larger than {LARGEST_FILE} bytes")
    return header_block(name.encode(), size)


def header_block(name: bytes, size: int, *, prefix: bytes = b"", kind: bytes = REGULAR) -> bytes:
    """Write one header block: nobody's file, of no time, that everybody may read.

    Args:
        name: At most `LONGEST_NAME` bytes.
        size: At most `LARGEST_FILE`.
        prefix: What stands before the name and a slash, at most 155 bytes.
        kind: Type of the member.
    """
    fields = (
        name.ljust(LONGEST_NAME, b"\0"),
        _MODE,
        _NOBODY,
        _NOBODY,
        b"%011o\0" % size,
        _NO_TIME,
        b" " * 8,  # the checksum counts itself as blanks
        kind,
        bytes(LONGEST_NAME),
        _MAGIC,
        bytes(_UNTIL_PREFIX),
        prefix,
    )
    block = b"".join(fields).ljust(BLOCK, b"\0")
    checksum = b"%06o\0 " % sum(block)
    return block[:_CHECKSUM_AT] + checksum + block[_CHECKSUM_AT + len(checksum) :]
