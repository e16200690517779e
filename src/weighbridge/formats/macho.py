"""Mach-O: programs and libraries of macOS, by their load commands; universal files too.

Apple's `mach-o/loader.h` and `mach-o/fat.h`. Only what the load commands say is read; every byte is
accounted for by a segment, but no symbol is looked up.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.blocks import Blocks
from weighbridge.formats.extents import Extents
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.member import Stored, placed, read_member
from weighbridge.formats.record import Record
from weighbridge.formats.text import decoded

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_MACHINES: Final = {
    7: "i386",
    12: "arm",
    18: "ppc",
    0x1000007: "x86_64",
    0x100000C: "arm64",
    0x1000012: "ppc64",
    0x200000C: "arm64_32",
}
_TYPES: Final = {1: "relocatable", 2: "executable", 6: "shared", 8: "bundle", 10: "symbols"}
_MAGICS: Final = {
    b"\xcf\xfa\xed\xfe": ("<", True),
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xfe\xed\xfa\xcf": (">", True),
    b"\xfe\xed\xfa\xce": (">", False),
}
_UNIVERSAL: Final = {b"\xca\xfe\xba\xbe": ">5I", b"\xca\xfe\xba\xbf": ">2I2Q2I"}
_MOST_SLICES: Final = 20
"""A Java class has the same magic, and its version, 45 or more, where the slices are counted."""

_RELOCATABLE: Final = 1
_SEGMENTS: Final = {1: "2I", 0x19: "2Q"}
_TEXTS: Final = {
    0x0C: "needed",
    0x20: "needed",
    0x80000018: "needed",
    0x8000001F: "needed",
    0x80000023: "needed",
    0x0D: "soname",
    0x8000001C: "runpath",
}
_MINIMUM: Final = {0x24: 8, 0x32: 12}
"""Where in a command the oldest system stands that the file runs on."""


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a magic, and a processor behind it."""
    magic = head[:4]
    if magic in _MAGICS:
        machine = int.from_bytes(head[4:8], "little" if _MAGICS[magic][0] == "<" else "big")
        return "mach-o" if machine in _MACHINES else None
    if magic in _UNIVERSAL:
        count, machine = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
        return "mach-o" if count <= _MOST_SLICES and machine in _MACHINES else None
    return None


def read(size: int, *, limits: Limits) -> Reader:
    """Read the load commands, of each slice where there are several."""
    record = Record(format="mach-o", size=size)
    blocks = Blocks(limits)
    try:
        magic = yield from blocks.get(0, 4)
        if magic in _UNIVERSAL:
            yield from _slices(magic, record, blocks, limits)
        else:
            yield from _Slice(record, blocks, limits).read()
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _read_slice(size: int, limits: Limits) -> Reader:
    record = Record(format="mach-o", size=size)
    try:
        yield from _Slice(record, Blocks(limits), limits).read()
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _slices(
    magic: bytes, record: Record, blocks: Blocks, limits: Limits
) -> Generator[Request, bytes, None]:
    """Read each slice of a universal file as a member, named after its processor."""
    layout = struct.Struct(_UNIVERSAL[magic])
    count = int.from_bytes((yield from blocks.get(4, 4)), "big")
    if count > _MOST_SLICES:
        record.corrupt(f"the file has {count} slices", 4, f"at most {_MOST_SLICES}")
        return
    raw = yield from blocks.get(8, count * layout.size)
    if len(raw) < count * layout.size:
        record.corrupt("the slices' headers are cut off", 8)
        return
    extents = Extents(record.size)
    extents.claim(0, 8 + len(raw))
    end = 8 + len(raw)
    for machine, _, at, size, *_ in sorted(layout.iter_unpack(raw), key=lambda entry: entry[2:4]):
        if at < end or not extents.claim(at, size):
            record.corrupt("a slice overlaps another one, or the end of the file", at)
            return
        end = at + size
        name = _MACHINES.get(machine, f"machine-{machine:#x}")
        record.metadata.append(("machine", name))
        structure, _ = yield from read_member(
            Stored(at, size, limits=limits), _read_slice(size, limits)
        )
        if structure is not None:
            record.members.append(placed(structure, name))
    yield from extents.settle(record, blocks, "slice")


@dataclass(frozen=True, slots=True)
class _Slice:
    """A file for one processor while it is being read."""

    record: Record
    blocks: Blocks
    limits: Limits

    def read(self) -> Generator[Request, bytes, None]:
        record, blocks = self.record, self.blocks
        magic = yield from blocks.get(0, 4)
        order, wide = _MAGICS.get(magic, ("<", False))
        layout = struct.Struct(order + "6I")
        raw = yield from blocks.get(4, layout.size)
        if magic not in _MAGICS or len(raw) < layout.size:
            record.corrupt("the header is cut off, or has another magic", 0)
            return
        machine, _, kind, count, size, _ = layout.unpack(raw)
        start = 32 if wide else 28
        record.metadata += [
            ("machine", _MACHINES.get(machine, f"machine-{machine:#x}")),
            ("type", _TYPES.get(kind, f"type-{kind}")),
        ]
        extents = Extents(record.size)
        if count > self.limits.entries or not extents.claim(0, start + size):
            record.corrupt("the load commands go beyond the end of the file", start)
            return
        commands = yield from blocks.get(start, size)
        if len(commands) < size:
            record.corrupt("the load commands are cut off", start)
            return
        self._commands(commands, count, order, extents)
        if kind == _RELOCATABLE:
            record.unread("the symbols and relocations of an object file are not accounted for")
        elif not record.problems:
            yield from extents.settle(record, blocks, "segment")

    def _commands(self, raw: bytes, count: int, order: str, extents: Extents) -> None:
        at = 0
        for _ in range(count):
            if at + 8 > len(raw):
                self.record.corrupt("a load command is missing", at)
                return
            kind, size = struct.unpack_from(order + "2I", raw, at)
            if size < 8 or at + size > len(raw):  # noqa: PLR2004 - bytes of its head
                self.record.corrupt("a load command goes beyond the others' end", at)
                return
            self._command(kind, raw[at : at + size], order, extents)
            at += size

    def _command(self, kind: int, raw: bytes, order: str, extents: Extents) -> None:
        try:
            if kind in _SEGMENTS:
                form = _SEGMENTS[kind]
                half = struct.calcsize("<" + form)
                start, size = struct.unpack_from(order + form, raw, 24 + half)
                if not extents.claim(start, size):
                    self.record.corrupt("a segment goes beyond the end of the file", start)
            elif kind in _TEXTS:
                (at,) = struct.unpack_from(order + "I", raw, 8)
                text = raw[at : at + self.limits.text].partition(b"\0")[0]
                self.record.metadata.append((_TEXTS[kind], decoded(text)))
            elif kind in _MINIMUM:
                (version,) = struct.unpack_from(order + "I", raw, _MINIMUM[kind])
                text_version = f"{version >> 16}.{version >> 8 & 0xFF}"
                self.record.metadata.append(("minimum-os", text_version))
        except struct.error:
            self.record.corrupt("a load command is too short for its kind", 0)
