"""The fields of ELF's tables, for both word sizes and both byte orders.

System V Application Binary Interface, chapters 4 and 5 (https://gabi.xinuos.com), and the Linux
Standard Base for symbol versions.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

MACHINES: Final = {
    2: "sparc",
    3: "i386",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    43: "sparc64",
    62: "x86_64",
    164: "hexagon",
    183: "aarch64",
    190: "cuda",
    224: "amdgpu",
    243: "riscv",
    247: "bpf",
    251: "ve",
    258: "loongarch",
}
"""Processors by `e_machine`, of which models are known to run on."""

_WIDE: Final = {"arm": "arm", "loongarch": "loongarch64", "riscv": "riscv64"}
TYPES: Final = {1: "relocatable", 2: "executable", 3: "shared", 4: "core"}

SIZES: Final = {False: (52, 32, 40), True: (64, 56, 64)}
"""Bytes of the header, of a program header and of a section header, by whether words are wide."""

LOAD: Final = 1
DYNAMIC: Final = 2
INTERPRETER: Final = 3
NOTE: Final = 4
PROPERTY: Final = 0x6474E553
NULL_SECTION: Final = 0
NO_BITS: Final = 8

_IDENT: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a file.

    Attributes:
        wide: Whether its words have 64 bits.
        order: `<` or `>`.
        type: `e_type`.
        machine: `e_machine`.
        segments_at: Offset of the program headers, 0 for none.
        sections_at: Offset of the section headers, 0 for none.
        size: Bytes of the header.
        segment_size: Bytes of a program header.
        segments: How many there are.
        section_size: Bytes of a section header.
        sections: How many there are.
    """

    wide: bool
    order: str
    type: int
    machine: int
    segments_at: int
    sections_at: int
    size: int
    segment_size: int
    segments: int
    section_size: int
    sections: int

    @property
    def processor(self) -> str:
        """The processor, as wheels and `uname` call it."""
        name = MACHINES.get(self.machine, f"machine-{self.machine}")
        if name == "ppc64" and self.order == "<":
            return "ppc64le"
        return _WIDE.get(name, name) if self.wide else name

    def layout(self, narrow: str, wide: str) -> struct.Struct:
        """Make the layout of a table's entry."""
        return struct.Struct(self.order + (wide if self.wide else narrow))


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A program header.

    Attributes:
        type: `p_type`.
        offset: Where it is in the file.
        address: Where it is loaded to.
        size: Bytes in the file.
        memory: Bytes in memory.
    """

    type: int
    offset: int
    address: int
    size: int
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section header.

    Attributes:
        type: `sh_type`.
        offset: Where it is in the file.
        size: Bytes.
        info: More, depending on its type.
    """

    type: int
    offset: int
    size: int
    info: int


def is_elf(head: bytes) -> bool:
    """Whether bytes begin with the magic, a known class and byte order, and the only version."""
    known = head[4:5] in {b"\1", b"\2"} and head[5:6] in {b"\1", b"\2"}
    return head.startswith(b"\x7fELF") and known and head[6:7] == b"\1"


def parse_header(raw: bytes) -> Header | None:
    """Read the header; None if it is none, or cut off."""
    wide, order = raw[4:5] == b"\2", "<" if raw[5:6] == b"\1" else ">"
    if not is_elf(raw) or len(raw) < SIZES[wide][0]:
        return None
    form = "2HI3QI6H" if wide else "2H5I6H"
    (kind, machine, _, _, segments_at, sections_at, _, size, *rest) = struct.unpack_from(
        order + form, raw, _IDENT
    )
    segment_size, segments, section_size, sections, _ = rest
    return Header(
        wide=wide,
        order=order,
        type=kind,
        machine=machine,
        segments_at=segments_at,
        sections_at=sections_at,
        size=size,
        segment_size=segment_size,
        segments=segments,
        section_size=section_size,
        sections=sections,
    )


def parse_segment(header: Header, raw: bytes) -> Segment:
    """Read a program header."""
    if header.wide:
        kind, _, offset, address, _, size, memory, _ = struct.unpack(header.order + "2I6Q", raw)
    else:
        kind, offset, address, _, size, memory, _, _ = struct.unpack(header.order + "8I", raw)
    return Segment(type=kind, offset=offset, address=address, size=size, memory=memory)


def parse_section(header: Header, raw: bytes) -> Section:
    """Read a section header."""
    form = "2I4Q2I2Q" if header.wide else "10I"
    _, kind, _, _, offset, size, _, info, _, _ = struct.unpack(header.order + form, raw)
    return Section(type=kind, offset=offset, size=size, info=info)


def is_plausible(header: Header, raw: bytes, size: int) -> bool:
    """Whether bytes read as the section header linkers write for a part of `size` bytes."""
    if len(raw) < SIZES[header.wide][2]:
        return False
    form = "2I4Q2I2Q" if header.wide else "10I"
    name, kind, flags, _, offset, length, link, info, align, entry = struct.unpack(
        header.order + form, raw
    )
    return (
        (1 <= kind <= _LAST_TYPE or kind >> 28 in _SPECIFIC)
        and max(name, link, info) < _FEW
        and flags < _FEW
        and offset <= size
        and (kind == NO_BITS or offset + length <= size)
        and align <= _LARGEST_PAGE
        and align & (align - 1) == 0
        and entry <= _LONGEST_ENTRY
    )


_LAST_TYPE: Final = 19
_SPECIFIC: Final = frozenset({6, 7})
_FEW: Final = 1 << 16
_LARGEST_PAGE: Final = 1 << 21
_LONGEST_ENTRY: Final = 256
