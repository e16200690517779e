"""Single compressed streams: gzip, bzip2, xz, LZMA and zlib, as joblib writes them too.

Up to version 0.9 joblib wrote the length before a stream of zlib (`ZF0x…`); it still reads that.

What is in one is read as the file it is. How long that is nobody says in advance, and so it is
unfolded twice: once to count, once to read. Only the first is in the pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.contents import Contents
from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError, Need
from weighbridge.formats.member import Budget, Packed, read_member
from weighbridge.formats.record import ATTACK, HIDDEN, Record
from weighbridge.formats.unpacking import UnpackError, bzip2, gzip, lzma_alone, xz, zlib_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from weighbridge.formats.contents import MakeReader, Sniff
    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.unpacking import Unpacker
    from weighbridge.model.limits import Limits

CONTENT: Final = "content"
"""What the one member is called."""

_TRIAL: Final = 64 << 10
_FEWEST: Final = 16
UNPACKERS: Final[dict[str, Callable[[], Unpacker]]] = {
    "gzip": gzip,
    "bzip2": bzip2,
    "xz": xz,
    "lzma": lzma_alone,
    "zlib": zlib_stream,
    "zfile": zlib_stream,
}
"""Makes what unfolds a stream, by format."""
_ZFILE: Final = re.compile(rb"ZF0x([0-9a-f]{1,16})L? {1,20}(?=\x78)")
# `ZF` and 19 characters, which Python 2 made 20; joblib passes over that one.
_ZFILE_HEADERS: Final = frozenset({21, 22})
_GZIP: Final = b"\x1f\x8b\x08"
_GZIP_FLAGS: Final = 0x20
_XZ: Final = b"\xfd7zXZ\0"
_BLOCKS: Final = (b"1AY&SY", b"\x17rE8P\x90")
_LZMA_PROPERTIES: Final = 0x5D
_LZMA_HEADER: Final = 13
_LARGEST: Final = 1 << 40
_NOT_SAID: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Compressed:
    """The compressed streams.

    Attributes:
        format: Which of them.
        sniff_member: Names the format of what is in it.
        read_member: Makes a reader for it.
    """

    format: str
    sniff_member: Sniff
    read_member: MakeReader

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise the beginning; where it says little, the head must unfold without a fault."""
        return self.format if _SNIFFERS[self.format](head, size) else None

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Unfold the stream, and read what is in it."""
        record = Record(format=self.format, size=size)
        contents = Contents(record, limits, sniff=self.sniff_member, make_reader=self.read_member)
        try:
            yield from _read(record, contents, limits, UNPACKERS[self.format])
        except BudgetExceededError as error:
            record.unread(str(error))
        contents.conclude()
        return record.structure()


def _read(
    record: Record, contents: Contents, limits: Limits, unpacker: Callable[[], Unpacker]
) -> Generator[Request, bytes, None]:
    start, said = yield from _zfile_header(record)
    size = record.size - start
    counted = Packed(
        start, size, None, limits=limits, budget=Budget(contents.budget.left), unpacker=unpacker
    )
    try:
        ending = yield from counted.finish()
    except BudgetExceededError:
        contents.budget.left = min(contents.budget.left, -1)
        raise
    end = start + counted.used
    if ending.fault:
        record.coverage = end
        record.corrupt(ending.fault, end)
        return
    if said not in (None, ending.size):
        record.corrupt(f"it unfolds to {ending.size} bytes", 0, f"{said} by its header")
    yield from _behind(record, contents, end)
    if ending.size > limits.ratio * max(1, counted.used):
        text = f"{counted.used} bytes unfold to {ending.size}"
        record.problem(ATTACK, text, 0, f"at most {limits.ratio} times as many")
        record.unread(text)
        return
    source = Packed(
        start, size, None, limits=limits, budget=contents.budget, unpacker=unpacker, again=True
    )
    reader = yield from contents.reader(source, ending.size, tail=False)
    structure, _ = yield from read_member(source, reader)
    if contents.keep(structure, CONTENT, ending.size):
        record.coverage += end


def _zfile_header(record: Record) -> Generator[Request, bytes, tuple[int, int | None]]:
    """Return where the stream begins and how many bytes it says to be, if the format says it."""
    if record.format != "zfile":
        return 0, None
    header = _ZFILE.match((yield Need(0, min(record.size, _TRIAL))))
    return (header.end(), int(header[1], 16)) if header else (0, None)


def _behind(record: Record, contents: Contents, end: int) -> Generator[Request, bytes, None]:
    """Account for what follows the stream: zeros, as tapes are filled up with, or a payload."""
    cursor = Cursor(end, record.size - end)
    left = cursor.left
    while cursor.left:
        piece = yield from cursor.take(min(_TRIAL, cursor.left))
        if piece.strip(b"\0"):
            text = f"{left} bytes follow the compressed data"
            record.problem(HIDDEN, text, end, "nothing, or zeros")
            record.unread(text)
            yield from contents.hidden(end, record.size)
            return
        record.coverage += len(piece)


# Telling them -----------------------------------------------------------------------------------


def _is_gzip(head: bytes, size: int) -> bool:
    flags = head[3:4]
    return head.startswith(_GZIP) and bool(flags) and flags[0] < _GZIP_FLAGS and size > len(_GZIP)


def _is_bzip2(head: bytes, size: int) -> bool:  # noqa: ARG001 - as the others
    return head.startswith(b"BZh") and b"1" <= head[3:4] <= b"9" and head[4:10] in _BLOCKS


def _is_xz(head: bytes, size: int) -> bool:  # noqa: ARG001 - as the others
    return head.startswith(_XZ)


def _is_lzma(head: bytes, size: int) -> bool:
    if len(head) <= _LZMA_HEADER or head[0] != _LZMA_PROPERTIES or head[_LZMA_HEADER]:
        return False
    dictionary = int.from_bytes(head[1:5], "little")
    length = int.from_bytes(head[5:13], "little")
    # Encoders take a power of two, or one and a half times one.
    usual = dictionary.bit_count() == 1 or dictionary in {3 << shift for shift in range(11, 30)}
    said = length == _NOT_SAID or length < _LARGEST
    return usual and said and _unfolds(lzma_alone(), head, size)


def _is_zlib(head: bytes, size: int) -> bool:
    """Recognise the header the zlib library writes, with the window it always takes."""
    usual = head[:2] in {b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"}
    return usual and _unfolds(zlib_stream(), head, size)


def _is_zfile(head: bytes, size: int) -> bool:  # noqa: ARG001 - as the others
    header = _ZFILE.match(head)
    return header is not None and header.end() in _ZFILE_HEADERS


def _unfolds(unpacker: Unpacker, head: bytes, size: int) -> bool:
    """Whether the head unfolds to something, and to its end if it is all there is."""
    try:
        piece = unpacker.unpack(head, _TRIAL)
    except (UnpackError, BudgetExceededError):
        return False
    return unpacker.ended or (len(piece) >= _FEWEST and len(head) < size) or len(piece) == _TRIAL


_SNIFFERS: Final[dict[str, Callable[[bytes, int], bool]]] = {
    "gzip": _is_gzip,
    "bzip2": _is_bzip2,
    "xz": _is_xz,
    "lzma": _is_lzma,
    "zlib": _is_zlib,
    "zfile": _is_zfile,
}
"""How each is told; zlib's two bytes say least and are tried last."""
