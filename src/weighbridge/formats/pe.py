"""PE: programs and libraries of Windows, by their headers alone.

The PE/COFF specification (https://learn.microsoft.com/windows/win32/debug/pe-format). Only what
the headers say is read; every byte is accounted for, but no import is looked up.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.blocks import Blocks
from weighbridge.formats.extents import Extents
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_MACHINES: Final = {0x14C: "i386", 0x1C4: "arm", 0x8664: "x86_64", 0xAA64: "aarch64"}
_DOS: Final = 64
_POINTER: Final = 0x3C
_COFF: Final = struct.Struct("<4s2H3I2H")
_SECTION: Final = struct.Struct("<8s6I2HI")
_SYMBOL: Final = 18
_LIBRARY: Final = 0x2000
_OPTIONAL: Final = {0x10B: (96, "PE32"), 0x20B: (112, "PE32+")}
"""Bytes of the optional header before its directories, and its name, by its magic."""

_HEADERS: Final = 60
_CERTIFICATES: Final = 4


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the DOS header and the signature it points to, if that is as near as it ever is."""
    if not head.startswith(b"MZ") or len(head) < _DOS:
        return None
    (at,) = struct.unpack_from("<I", head, _POINTER)
    return "pe" if at >= 4 and head[at : at + 4] == b"PE\0\0" else None  # noqa: PLR2004


def read(size: int, *, limits: Limits) -> Reader:
    """Read the headers and account for every byte of the file."""
    record = Record(format="pe", size=size)
    try:
        yield from _read(record, limits)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _read(record: Record, limits: Limits) -> Generator[Request, bytes, None]:
    blocks, extents = Blocks(limits), Extents(record.size)
    dos = yield from blocks.get(0, _DOS)
    at = struct.unpack_from("<I", dos, _POINTER)[0] if len(dos) == _DOS else 0
    raw = yield from blocks.get(at, _COFF.size)
    if not dos.startswith(b"MZ") or len(raw) < _COFF.size or not raw.startswith(b"PE\0\0"):
        record.corrupt("the header is cut off, or points to no PE signature", 0)
        return
    _, machine, sections, _, symbols_at, symbols, optional_size, flags = _COFF.unpack(raw)
    record.metadata += [
        ("machine", _MACHINES.get(machine, f"machine-{machine:#x}")),
        ("type", "shared" if flags & _LIBRARY else "executable"),
    ]
    optional_at = at + _COFF.size
    yield from _optional(optional_at, optional_size, record, blocks, extents)
    yield from _sections(optional_at + optional_size, sections, record, blocks, extents)
    if symbols_at:
        end = symbols_at + symbols * _SYMBOL
        strings = yield from blocks.get(end, 4)
        _claim(extents, symbols_at, end + int.from_bytes(strings, "little"), "symbols", record)
    if not record.problems:
        yield from extents.settle(record, blocks, "header and no section")


def _optional(
    at: int, size: int, record: Record, blocks: Blocks, extents: Extents
) -> Generator[Request, bytes, None]:
    """Read the optional header: how long the headers are, and where certificates lie."""
    raw = yield from blocks.get(at, size)
    before, name = _OPTIONAL.get(int.from_bytes(raw[:2], "little"), (0, ""))
    if not before or len(raw) < before:
        record.corrupt("the optional header is cut off, or of no known kind", at)
        return
    record.version = name
    (headers,) = struct.unpack_from("<I", raw, _HEADERS)
    _claim(extents, 0, headers, "headers", record)
    entry = before + 8 * _CERTIFICATES
    if len(raw) >= entry + 8:
        start, length = struct.unpack_from("<2I", raw, entry)
        _claim(extents, start, start + length, "certificates", record)


def _sections(
    at: int, count: int, record: Record, blocks: Blocks, extents: Extents
) -> Generator[Request, bytes, None]:
    raw = yield from blocks.get(at, count * _SECTION.size)
    if len(raw) < count * _SECTION.size:
        record.corrupt("the section headers are cut off", at)
        return
    _claim(extents, at, at + len(raw), "section headers", record)
    for fields in _SECTION.iter_unpack(raw):
        size, start = fields[3:5]
        if start:
            _claim(extents, start, start + size, "section", record)


def _claim(extents: Extents, start: int, end: int, what: str, record: Record) -> None:
    if not extents.claim(start, end - start):
        record.corrupt(f"the {what} goes beyond the end of the file", start)
