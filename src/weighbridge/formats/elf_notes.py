"""Which level of x86-64 an ELF file needs, by the GNU properties among its notes.

The loader of glibc refuses a library whose needed level the processor lacks. Linux extensions to
the gABI (https://gitlab.com/x86-psABIs/Linux-ABI), "Program property".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.elf_layout import NOTE, PROPERTY

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weighbridge.formats.blocks import Blocks
    from weighbridge.formats.elf_layout import Header, Segment
    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record

LEVELS: Final = ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4")
"""The levels by the bits that stand for them, lowest first."""

KEY: Final = "isa-needed"
"""What the metadata calls the level that is needed."""

_LONGEST: Final = 1 << 16
_X86_64: Final = 62
_OWNER: Final = b"GNU\0"
_PROPERTIES: Final = 5
_NEEDED: Final = 0xC0008002


def read_levels(
    header: Header, segments: list[Segment], record: Record, blocks: Blocks
) -> Generator[Request, bytes, None]:
    """Note the level a file needs, if it says so; notes that are longer than any are not read."""
    if header.machine != _X86_64:
        return
    own = [segment for segment in segments if segment.type == PROPERTY]
    needed = 0
    for segment in own or [segment for segment in segments if segment.type == NOTE]:
        if segment.size > _LONGEST:
            record.unread(f"a note has {segment.size:,} bytes")
            continue
        raw = yield from blocks.get(segment.offset, segment.size)
        for properties in _properties(header, raw):
            needed |= _bits(header, properties)
    levels = [level for bit, level in enumerate(LEVELS) if needed >> bit & 1]
    if levels:
        record.metadata.append((KEY, levels[-1]))
    if needed >> len(LEVELS):
        record.metadata.append((KEY, f"unknown-level-{needed:#x}"))


def _align(header: Header) -> int:
    return 8 if header.wide else 4


def _properties(header: Header, raw: bytes) -> Iterator[bytes]:
    """Yield what stands in the notes that list properties."""
    layout, at = struct.Struct(header.order + "3I"), 0
    while at + layout.size <= len(raw):
        name, size, kind = layout.unpack_from(raw, at)
        start = at + layout.size + name + -name % 4
        if kind == _PROPERTIES and raw[at + layout.size : start] == _OWNER:
            yield raw[start : start + size]
            at = start + size + -size % _align(header)
        else:
            at = start + size + -size % 4


def _bits(header: Header, raw: bytes) -> int:
    """Join the bits of the property that says what is needed."""
    layout, at, found = struct.Struct(header.order + "2I"), 0, 0
    while at + layout.size <= len(raw):
        kind, size = layout.unpack_from(raw, at)
        at += layout.size
        if kind == _NEEDED and size >= 4 and at + 4 <= len(raw):  # noqa: PLR2004 - a word of bits
            found |= struct.unpack_from(header.order + "I", raw, at)[0]
        at += size + -size % _align(header)
    return found
