"""One header of a tar archive (POSIX.1-2017, pax; and GNU's own forms of numbers and names)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK: Final = 512
_CHECKSUM: Final = slice(148, 156)
_MAGICS: Final = (b"ustar\x0000", b"ustar  \0", bytes(8))
_POSIX: Final = b"ustar\0"
_OCTAL: Final = re.compile(rb" *([0-7]*)[ \0]*")
_BINARY: Final = 0x80
LARGEST: Final = 8**11 - 1
"""The largest size that a header holds; of a larger one it may say anything."""
SPARSE: Final = "GNU.sparse"
"""Stands for every key that says a member is stored in parts."""

CAPABILITY: Final = "SCHILY.xattr.security.capability"
_KEPT: Final = frozenset({b"path", b"size", b"linkpath", CAPABILITY.encode()})
_RECORD: Final = re.compile(rb"([1-9][0-9]{0,9}) ")

FILES: Final = frozenset(b"0\x007")
"""Kinds of plain files: the second is that of archives before POSIX, the last a contiguous file."""

FOLDER: Final = ord("5")
LINKS: Final = {ord("1"): "a hard link", ord("2"): "a symbolic link"}
DEVICES: Final = {
    ord("3"): "a character device",
    ord("4"): "a block device",
    ord("6"): "a named pipe",
}
LONG_NAME: Final = ord("L")
LONG_LINK: Final = ord("K")
EXTENDED: Final = ord("x")
GLOBAL: Final = ord("g")
EXTENSIONS: Final = frozenset({LONG_NAME, LONG_LINK, EXTENDED, GLOBAL})
"""Kinds that are no member, but say something of the next, or of all."""


class TarError(ValueError):
    """A header is not what tar has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a header says.

    Attributes:
        name: Path of the member.
        size: Bytes of its content.
        kind: Its type flag.
        mode: Its permissions, setuid and setgid among them.
        link: Where it leads, if it is a link.
    """

    name: str
    size: int
    kind: int
    mode: int = 0
    link: str = ""


def has_checksum(block: bytes) -> bool:
    """Whether a block's checksum is right, as bytes or, as some old programs had it, signed."""
    if len(block) < BLOCK:
        return False
    try:
        wanted = _number(block[_CHECKSUM])
    except TarError:
        return False
    rest = block[: _CHECKSUM.start] + b" " * 8 + block[_CHECKSUM.stop : BLOCK]
    unsigned = sum(rest)
    if wanted == unsigned:
        return True
    return wanted == unsigned - 256 * sum(byte > 127 for byte in rest)  # noqa: PLR2004


def has_magic(block: bytes) -> bool:
    """Whether a block has the magic of POSIX or GNU, or, as before them, none."""
    return block[257:265] in _MAGICS


def parse(block: bytes) -> Header:
    """Read a header.

    Raises:
        TarError: It is none.
    """
    if not has_checksum(block):
        raise TarError("a header has a wrong checksum")
    if not has_magic(block):
        raise TarError("a header has an unknown magic")
    name = _text(block[:100])
    prefix = _text(block[345:500]) if block[257:263] == _POSIX else ""
    return Header(
        name=f"{prefix}/{name}" if prefix else name,
        size=_number(block[124:136]),
        kind=block[156],
        mode=_number(block[100:108]),
        link=_text(block[157:257]),
    )


def pax_values(raw: bytes) -> dict[str, str]:
    """Read what records of an extended header change of where a member lies and its name.

    Raises:
        TarError: One of them is none.
    """
    values: dict[str, str] = {}
    for key, value in _records(raw):
        if key in _KEPT:
            values[decoded(key)] = decoded(value)
        elif key.startswith(b"GNU.sparse."):
            values[SPARSE] = ""
    return values


def pax_records(raw: bytes) -> list[tuple[bytes, bytes]]:
    """List key and value of all records of an extended header.

    Raises:
        TarError: One of them is none.
    """
    return list(_records(raw))


def _records(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    r"""Read the records of an extended header, `LENGTH KEY=VALUE\n` each."""
    index = 0
    while index < len(raw):
        found = _RECORD.match(raw, index)
        end = index + int(found[1]) if found else 0
        if found is None or not found.end() < end <= len(raw) or raw[end - 1 : end] != b"\n":
            raise TarError("an extended header holds what is no record")
        key, equals, value = raw[found.end() : end - 1].partition(b"=")
        if not key or not equals:
            raise TarError("an extended header holds what is no record")
        yield key, value
        index = end


def pax_size(value: str) -> int:
    """Read the size an extended header gives.

    Raises:
        TarError: It is none.
    """
    if not (value.isascii() and value.isdigit() and len(value) < 20):  # noqa: PLR2004 - 64 bits
        raise TarError("an extended header has a size that is no number")
    return int(value)


def _text(field: bytes) -> str:
    return decoded(field.partition(b"\0")[0])


def _number(field: bytes) -> int:
    if field[0] == _BINARY:
        return int.from_bytes(field[1:], "big")
    found = _OCTAL.fullmatch(field)
    if found is None:
        raise TarError("a header holds a number that is none")
    return int(found[1] or b"0", 8)
