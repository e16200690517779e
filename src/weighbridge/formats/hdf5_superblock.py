"""The superblock of an HDF5 file: widths, the root group, and where the file ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_fields import Widths
from weighbridge.formats.hdf5_file import SUM, check

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_fields import Fields
    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
NEWEST: Final = 3
_WIDTHS: Final = frozenset({2, 4, 8})
_FIRST_BASE: Final = 512


def places(size: int) -> list[int]:
    """List where a superblock may stand: at 0, 512, and every doubling of that."""
    found, place = [0], _FIRST_BASE
    while place < size:
        found.append(place)
        place *= 2
    return found


def read_superblock(file: Hdf5File) -> Generator[Request, bytes, int | None]:
    """Read the superblock; return where its extension is, if there is one.

    Raises:
        FaultError: There is none, or it is not what it should be.
    """
    start = yield from _find(file)
    version = (yield from file.peek(start + len(SIGNATURE), 1)).number(1)
    file.record.version = str(version)
    if version > NEWEST:
        file.record.unread(f"version {version} of the superblock is not known")
        return None
    if version >= 2:  # noqa: PLR2004 - version
        return (yield from _new(file, start, version))
    yield from _old(file, start, version)
    return None


def _find(file: Hdf5File) -> Generator[Request, bytes, int]:
    for start in places(file.record.size - len(SIGNATURE)):
        found = yield from file.peek(start, len(SIGNATURE))
        if found.raw == SIGNATURE:
            return start
    raise FaultError("there is no superblock", 0, "at 0, 512, 1024 …")


def _set_widths(file: Hdf5File, start: int, offset: int, length: int) -> None:
    if not {offset, length} <= _WIDTHS:
        text = f"addresses of {offset} and lengths of {length} bytes"
        raise FaultError(text, start, "2, 4 or 8 each")
    file.widths = Widths(base=0, offset=offset, length=length)


def _place(file: Hdf5File, start: int, base: int | None, end: int | None) -> None:
    """Check the base address and the end of the file, which alone is not relative to it."""
    if base != start:
        raise FaultError(f"the base address is {base}", start, str(start))
    file.widths = Widths(base=start, offset=file.widths.offset, length=file.widths.length)
    if end is None or end > file.record.size:
        text = f"the file ends at {file.record.size}"
        raise FaultError(text, file.record.size, f"{end} by the superblock")
    file.end = end


def _old(file: Hdf5File, start: int, version: int) -> Generator[Request, bytes, None]:
    head = yield from file.peek(start, 24)
    _set_widths(file, start, head.raw[13], head.raw[14])
    file.leaf_k = int.from_bytes(head.raw[16:18], "little")
    file.group_k = int.from_bytes(head.raw[18:20], "little")
    more = 4 if version else 0
    size = 24 + more + 4 * file.widths.offset + 2 * file.widths.offset + 24
    fields = yield from file.take(start, size, "the superblock")
    fields.take(24)
    if version:
        file.chunk_k = fields.number(2)
        fields.take(2)
    base = fields.address()
    fields.address()
    end = fields.address()
    driver = fields.address()
    _place(file, start, base, end)
    if driver is not None:
        file.record.unread("the file is spread over several by a driver")
    _check_k(file, start)
    root = fields.part(fields.left)
    root.take(file.widths.offset)
    file.add_object(_based(file, root), "")


def _based(file: Hdf5File, fields: Fields) -> int | None:
    """Read an address of a block that was read before the base was known."""
    address = fields.address()
    return None if address is None else address + file.widths.base


def _check_k(file: Hdf5File, start: int) -> None:
    if not (file.leaf_k and file.group_k and file.chunk_k):
        raise FaultError("a node of a B-tree has room for nothing", start)


def _new(file: Hdf5File, start: int, version: int) -> Generator[Request, bytes, int | None]:
    head = yield from file.peek(start, 12)
    _set_widths(file, start, head.raw[9], head.raw[10])
    size = 12 + 4 * file.widths.offset + SUM
    fields = yield from file.take(start, size, "the superblock")
    check(fields, size - SUM)
    fields.take(12)
    base, extension, end = fields.address(), fields.address(), fields.address()
    _place(file, start, base, end)
    if version == NEWEST and head.raw[11]:
        text = "the file was not closed by the program that wrote it"
        raise FaultError(text, start + 11, "no consistency flag")
    file.add_object(_based(file, fields), "")
    return None if extension is None else extension + start
