"""ELF: programs and libraries of Linux and the BSDs, and what they need to be loaded.

The System V ABI (https://gabi.xinuos.com). What a library needs is read as the loader reads it,
by the program headers; the section headers, which loaders ignore, only say what else is in the
file. No symbol is looked up and no instruction looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.blocks import Blocks
from weighbridge.formats.elf_dynamic import read_dynamic
from weighbridge.formats.elf_layout import (
    DYNAMIC,
    INTERPRETER,
    LOAD,
    NO_BITS,
    NULL_SECTION,
    SIZES,
    TYPES,
    Header,
    Section,
    Segment,
    is_elf,
    is_plausible,
    parse_header,
    parse_section,
    parse_segment,
)
from weighbridge.formats.elf_notes import read_levels
from weighbridge.formats.extents import Extents
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.formats.text import decoded

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_MANY_SEGMENTS: Final = 0xFFFF
_LONGEST_LEFT_OVER: Final = 16 << 10


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the magic with a class, byte order and version that exist."""
    return "elf" if is_elf(head) and size >= SIZES[False][0] else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read the headers and the dynamic section, and account for every byte of the file."""
    record = Record(format="elf", size=size)
    try:
        yield from _File(record, limits).read()
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


class _File:
    """One file while it is being read."""

    def __init__(self, record: Record, limits: Limits) -> None:
        self._record = record
        self._limits = limits
        self._blocks = Blocks(limits)
        self._extents = Extents(record.size)

    def read(self) -> Generator[Request, bytes, None]:
        """Read it, forward as far as the headers allow, since it may lie packed in an archive.

        Raises:
            BudgetExceededError: It is over a limit.
        """
        record, blocks = self._record, self._blocks
        header = parse_header((yield from blocks.get(0, min(SIZES[True][0], record.size))))
        if header is None:
            record.corrupt("the header is cut off, or none of a known class and version", 0)
            return
        header = yield from self._counted(header)
        self._note(header)
        segments = yield from self._segments(header)
        if record.problems:
            return
        yield from self._extents.pad(blocks)
        yield from self._interpreter(segments)
        yield from read_levels(header, segments, record, blocks)
        yield from read_dynamic(header, segments, record, blocks, self._limits)
        yield from self._sections(header)
        if not record.problems:
            for start, end in (yield from self._extents.pad(blocks)):
                yield from self._left_over(header, start, end)
            yield from self._extents.settle(record, blocks, "segment and no section")

    def _note(self, header: Header) -> None:
        wide = header.wide
        self._extents.claim(0, header.size)
        if header.size != SIZES[wide][0]:
            text = f"the header has {header.size} bytes by its own word"
            self._record.corrupt(text, 0, str(SIZES[wide][0]))
        self._record.version = "1"
        self._record.metadata += [
            ("machine", header.processor),
            ("class", "ELF64" if wide else "ELF32"),
            ("byte-order", "little" if header.order == "<" else "big"),
            ("type", TYPES.get(header.type, f"type-{header.type:#x}")),
        ]

    def _counted(self, header: Header) -> Generator[Request, bytes, Header]:
        """Count tables that are too long for the header: the first section header says how long."""
        few = header.sections and header.segments != _MANY_SEGMENTS
        if few or not header.sections_at:
            return header
        size = SIZES[header.wide][2]
        raw = yield from self._blocks.get(header.sections_at, size)
        if len(raw) < size:
            return header  # the table is cut off, which is noted when it is read
        first = parse_section(header, raw)
        many = header.segments == _MANY_SEGMENTS
        return replace(
            header,
            sections=header.sections or first.size,
            segments=first.info if many else header.segments,
        )

    def _table(
        self, what: str, at: int, size: int, count: int, wanted: int
    ) -> Generator[Request, bytes, list[bytes]]:
        """Read a table of headers and cut it into its entries; none if it is not sound.

        Raises:
            BudgetExceededError: It has more than `limits.entries`.
        """
        if not at or not count:
            if count:
                self._record.corrupt(f"{count} {what} headers stand nowhere", 0)
            return []
        if size != wanted:
            self._record.corrupt(f"a {what} header has {size} bytes", 0, str(wanted))
            return []
        if at + count * size > self._record.size:
            self._record.corrupt(f"the {what} headers go beyond the end of the file", at)
            return []
        if count > self._limits.entries:
            raise BudgetExceededError(f"{count} {what} headers are over {self._limits.entries}")
        raw = yield from self._blocks.get(at, count * size)
        if len(raw) < count * size:
            self._record.corrupt(f"the {what} headers are cut off", at + len(raw))
            return []
        self._extents.claim(at, count * size)
        return [raw[index : index + size] for index in range(0, len(raw), size)]

    def _segments(self, header: Header) -> Generator[Request, bytes, list[Segment]]:
        """Read the program headers, and claim what they load."""
        raw = yield from self._table(
            "program",
            header.segments_at,
            header.segment_size,
            header.segments,
            SIZES[header.wide][1],
        )
        segments = [parse_segment(header, entry) for entry in raw]
        for segment in segments:
            self._claim("segment", segment)
            if segment.type == LOAD and segment.size > segment.memory:
                text = f"a segment of {segment.size} bytes is loaded to {segment.memory}"
                self._record.corrupt(text, segment.offset)
        for kind, what in ((DYNAMIC, "dynamic segment"), (INTERPRETER, "interpreter")):
            if sum(segment.type == kind for segment in segments) > 1:
                self._record.corrupt(f"there is more than one {what}", 0)
        return segments

    def _sections(self, header: Header) -> Generator[Request, bytes, None]:
        """Read the section headers, and claim what they describe."""
        raw = yield from self._table(
            "section",
            header.sections_at,
            header.section_size,
            header.sections,
            SIZES[header.wide][2],
        )
        for entry in raw:
            section = parse_section(header, entry)
            if section.type not in {NULL_SECTION, NO_BITS}:
                self._claim("section", section)

    def _left_over(self, header: Header, start: int, end: int) -> Generator[Request, bytes, None]:
        """Claim an older table of section headers: tools that add a segment leave it behind."""
        size = SIZES[header.wide][2]
        start += -start % 8
        raw = yield from self._blocks.get(start, min(end - start, _LONGEST_LEFT_OVER))
        if any(raw[:size]):
            return
        count = 1
        while is_plausible(header, raw[count * size : (count + 1) * size], self._record.size):
            count += 1
        if count > 1:
            self._extents.claim(start, count * size)
            self._record.metadata.append(("left-over-section-headers", str(count)))

    def _claim(self, what: str, part: Segment | Section) -> None:
        if not self._extents.claim(part.offset, part.size):
            self._record.corrupt(f"a {what} goes beyond the end of the file", part.offset)

    def _interpreter(self, segments: list[Segment]) -> Generator[Request, bytes, None]:
        """Note the program that loads this one."""
        for segment in segments:
            if segment.type == INTERPRETER:
                end = segment.offset + segment.size
                raw = yield from self._blocks.text(segment.offset, end)
                if raw is None:
                    self._record.corrupt("the interpreter's name does not end", segment.offset)
                else:
                    self._record.metadata.append(("interpreter", decoded(raw)))
