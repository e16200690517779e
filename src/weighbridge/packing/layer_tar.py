"""Layers as archives: the files of a release in one spelling of tar, streamed both ways.

POSIX ustar (IEEE Std 1003.1), and pax records where a path or a size does not fit into it, nowhere
else. Regular files alone, sorted by path, without times, owners or folders. The reader takes only
what the writer would have written, so that an archive can hold no link, no device and no byte
without meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from weighbridge.packing.tar import (
    BLOCK,
    LARGEST_FILE,
    LONGEST_NAME,
    REGULAR,
    TarError,
    header_block,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

END = bytes(2 * BLOCK)
LONGEST_PREFIX = 155
LARGEST_RECORDS = 16 << 10
"""Bytes of pax records; a path has at most 4,096."""

_PAX = b"x"
_PAX_NAME = b"PaxHeaders"
_TYPE_AT = 156
_SIZE = slice(124, 135)
_RECORD = re.compile(rb"([1-9][0-9]{0,5}) (path|size)=([^\n]*)\n")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    Attributes:
        path: Its path.
        size: Its bytes.
    """

    path: str
    size: int


def member_header(member: Member) -> bytes:
    """Write what stands before the bytes of a file.

    Raises:
        TarError: The path cannot be written.
    """
    try:
        path = member.path.encode()
    except UnicodeEncodeError as error:
        raise TarError(f"{member.path!r} is not UTF-8") from error
    if not path or b"\0" in path or b"\n" in path:
        raise TarError(f"{member.path!r} is not the path of a file in an archive")
    place = _split(path)
    records = _record(b"path", path) if place is None else b""
    if member.size > LARGEST_FILE:
        records += _record(b"size", b"%d" % member.size)
    prefix, name = place or (b"", path[:LONGEST_NAME])
    size = member.size if member.size <= LARGEST_FILE else 0
    block = header_block(name if name.isascii() else _PAX_NAME, size, prefix=prefix)
    if not records:
        return block
    extended = header_block(_PAX_NAME, len(records), kind=_PAX)
    return extended + records + padding(len(records)) + block


def padding(size: int) -> bytes:
    """Return the zeros behind that many bytes."""
    return bytes(-size % BLOCK)


def archive_size(members: Iterable[Member]) -> int:
    """Count the bytes of an archive."""
    sizes = (len(member_header(one)) + one.size + -one.size % BLOCK for one in members)
    return sum(sizes) + len(END)


def check_order(members: Sequence[Member]) -> None:
    """Refuse files that are not sorted by path, or stand twice.

    Raises:
        TarError: They are not.
    """
    for before, after in pairwise(members):
        if before.path >= after.path:
            raise TarError(f"{after.path} stands twice, or not where it is sorted to")


def read_archive(chunks: Iterable[bytes]) -> Iterator[Member | bytes]:
    """Read an archive as it arrives: each file, then its bytes piece by piece.

    Nothing is known to be whole before the last piece was taken.

    Raises:
        TarError: It is not an archive in its one spelling.
    """
    arriving = _Arriving(chunks)
    last = ""
    while (block := arriving.exactly(BLOCK)) != bytes(BLOCK):
        member = _read_member(block, arriving)
        if member.path <= last:
            raise TarError(f"{member.path} stands twice, or not where it is sorted to")
        last = member.path
        yield member
        left = member.size
        while left:
            piece = arriving.some(left)
            left -= len(piece)
            yield piece
        if any(arriving.exactly(-member.size % BLOCK)):
            raise TarError(f"something stands behind the end of {member.path}")
    if arriving.exactly(BLOCK) != bytes(BLOCK) or not arriving.ended():
        raise TarError("the archive does not end where its files do")


class _Arriving:
    """Bytes that come in chunks of any size, cut otherwise."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def some(self, most: int) -> bytes:
        """Take between one and that many bytes."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise TarError("the archive ends before its end")
            self._rest = memoryview(chunk)
        piece, self._rest = self._rest[:most], self._rest[most:]
        return bytes(piece)

    def exactly(self, length: int) -> bytes:
        """Take that many bytes."""
        parts = []
        while length:
            parts.append(self.some(length))
            length -= len(parts[-1])
        return b"".join(parts)

    def ended(self) -> bool:
        """Tell whether nothing comes any more."""
        return not self._rest and not any(self._chunks)


def _split(path: bytes) -> tuple[bytes, bytes] | None:
    """Split a path into the prefix and the name of ustar; None if it does not fit."""
    if not path.isascii():
        return None
    if len(path) <= LONGEST_NAME:
        return b"", path
    # The shortest prefix: a name as long as may be.
    at = path.find(b"/", len(path) - LONGEST_NAME - 1)
    if not 0 < at <= LONGEST_PREFIX or at == len(path) - 1:
        return None
    return path[:at], path[at + 1 :]


def _record(key: bytes, value: bytes) -> bytes:
    """Write a pax record; its length counts its own digits."""
    rest = b" %b=%b\n" % (key, value)
    length = len(rest)
    while len(rest) + len(b"%d" % length) != length:
        length = len(rest) + len(b"%d" % length)
    return b"%d" % length + rest


def _read_member(block: bytes, arriving: _Arriving) -> Member:
    whole, said = block, dict[bytes, bytes]()
    if block[_TYPE_AT : _TYPE_AT + 1] == _PAX:
        size = _octal(block)
        if size > LARGEST_RECORDS:
            raise TarError("the records before a file are too large")
        records = arriving.exactly(size)
        said = {match[2]: match[3] for match in _RECORD.finditer(records)}
        rest = arriving.exactly(-size % BLOCK + BLOCK)
        whole += records + rest
        block = rest[-BLOCK:]
    prefix, name = block[345:500].rstrip(b"\0"), block[:LONGEST_NAME].rstrip(b"\0")
    path = said.get(b"path", prefix + b"/" * bool(prefix) + name)
    member = Member(path.decode("utf-8", "replace"), _size(said.get(b"size"), block))
    if member_header(member) != whole:
        message = "is not a plain file, or its header is spelled in another way"
        raise TarError(f"{member.path} {message}")
    return member


def _size(said: bytes | None, block: bytes) -> int:
    if said is None:
        return _octal(block)
    if not re.fullmatch(rb"[1-9][0-9]{0,18}", said):
        raise TarError("the size of a file is not written in digits")
    return int(said)


def _octal(block: bytes) -> int:
    digits = block[_SIZE]
    if block[_TYPE_AT : _TYPE_AT + 1] not in {REGULAR, _PAX}:
        raise TarError("a member is not a plain file")
    if not re.fullmatch(rb"[0-7]{11}", digits):
        raise TarError("the size of a file is not written in eleven octal digits")
    return int(digits, 8)
