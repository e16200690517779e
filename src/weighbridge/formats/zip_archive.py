"""Reading a zip archive member by member, and accounting for every byte between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.contents import Contents
from weighbridge.formats.member import Packed, Stored, read_member
from weighbridge.formats.record import ATTACK, Record
from weighbridge.formats.text import shown
from weighbridge.formats.zip_directory import (
    DEFLATED,
    ENCRYPTED,
    STORED,
    Directory,
    Entry,
    read_directory,
)
from weighbridge.formats.zip_kind import Member
from weighbridge.formats.zip_member import Extent, check_entry, check_flags, locate

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from weighbridge.formats.contents import MakeReader, Sniff
    from weighbridge.formats.interface import Request
    from weighbridge.formats.member import Ending, MemberSource
    from weighbridge.formats.zip_kind import Claim, ZipKind
    from weighbridge.model.limits import Limits
    from weighbridge.model.structure import Structure


class Archive:
    """One archive while it is being read.

    Attributes:
        record: What is noted.
    """

    def __init__(
        self,
        record: Record,
        limits: Limits,
        *,
        kinds: Sequence[Claim],
        sniff: Sniff,
        make_reader: MakeReader,
        before: int = 0,
    ) -> None:
        """Begin with nothing read; `before` bytes in front belong to what holds the archive."""
        self._before = before
        self.record = record
        self._limits = limits
        self._kinds = kinds
        self._contents = Contents(record, limits, sniff=sniff, make_reader=make_reader)
        self._kind: ZipKind | None = None
        self._members: dict[str, Member] = {}

    def read(self) -> Generator[Request, bytes, None]:
        """Read the directory, every member in the order it lies, and what lies between.

        Raises:
            BudgetExceededError: The archive is over a limit.
        """
        directory = yield from read_directory(self.record, self._limits)
        if directory is None:
            return
        self._note_names(directory)
        names = [entry.name for entry in directory.entries]
        self._kind = next((kind for claim in self._kinds if (kind := claim(names))), None)
        self.record.coverage = self._before + directory.end - directory.start
        extents = [Extent(start=directory.start, data=directory.start, end=directory.end)]
        for entry in sorted(directory.entries, key=lambda entry: entry.offset):
            extent = yield from self._member(entry)
            if extent is not None:
                extents.append(extent)
        yield from self._between(extents)

    def conclude(self) -> Structure:
        """Weigh the members against each other and return the structure."""
        record = self.record
        self._contents.conclude()
        if self._kind is not None:
            record.format = self._kind.format
            self._kind.conclude(record, self._members)
        return record.structure()

    # Names --------------------------------------------------------------------------------------

    def _note_names(self, directory: Directory) -> None:
        seen: set[bytes] = set()
        for entry in directory.entries:
            check_entry(entry, self.record)
            if entry.raw_name in seen:
                text = f"the member name {shown(entry.name)} occurs twice"
                self.record.problem(ATTACK, text, entry.offset)
            seen.add(entry.raw_name)

    # Members ------------------------------------------------------------------------------------

    def _member(self, entry: Entry) -> Generator[Request, bytes, Extent | None]:
        extent = yield from locate(entry, self.record, self._limits)
        if extent is None or not check_flags(entry, self.record, self._limits):
            return extent
        source = self._source(entry, extent)
        if source is None:
            self.record.unread(f"member {shown(entry.name)} has compression {entry.method}")
            return extent
        contents = self._contents
        own = self._kind and self._kind.reader(entry, limits=contents.inner_limits())
        reader = own or (
            yield from contents.reader(source, entry.size, tail=entry.method == STORED)
        )
        structure, ending = yield from read_member(source, reader)
        self._check_ending(entry, ending)
        self._members[entry.name] = Member(
            entry=entry, extent=extent, structure=structure, digest=ending.digest
        )
        belongs = self._kind is not None and self._kind.explains(entry.name)
        if contents.keep(structure, entry.name, entry.size, belongs=belongs):
            self.record.coverage += extent.end - extent.start
        return extent

    def _source(self, entry: Entry, extent: Extent) -> MemberSource | None:
        digest = self._kind.digests if self._kind is not None else ""
        if entry.method == STORED:
            if entry.packed != entry.size:
                text = f"the stored member {shown(entry.name)} has two sizes"
                self.record.corrupt(text, entry.offset)
            return Stored(extent.data, entry.packed, limits=self._limits, digest=digest)
        if entry.method == DEFLATED:
            return Packed(
                extent.data,
                entry.packed,
                entry.size,
                limits=self._limits,
                budget=self._contents.budget,
                digest=digest,
            )
        return None

    def _check_ending(self, entry: Entry, ending: Ending) -> None:
        if ending.fault:
            text = f"member {shown(entry.name)}: {ending.fault}"
            self.record.corrupt(text, entry.offset)
        elif ending.size != entry.size:
            text = f"member {shown(entry.name)} has {ending.size} bytes"
            self.record.corrupt(text, entry.offset, f"{entry.size} by the directory")
        elif ending.crc is None:
            self.record.unread("the members' checksums were not taken")
        elif ending.crc != entry.crc and not entry.flags & ENCRYPTED:
            text = f"member {shown(entry.name)} has the CRC {ending.crc:08x}"
            self.record.corrupt(text, entry.offset, f"{entry.crc:08x} by the directory")

    # Between the members ------------------------------------------------------------------------

    def _between(self, extents: list[Extent]) -> Generator[Request, bytes, None]:
        """Note members that overlap and bytes that belong to none."""
        end = self._before
        for extent in sorted(extents, key=lambda extent: (extent.start, extent.end)):
            if extent.start < end:
                text = f"a member begins {end - extent.start} bytes before the last one ends"
                self.record.problem(ATTACK, text, extent.start)
            elif extent.start > end:
                yield from self._gap(end, extent.start)
            end = max(end, extent.end)
        if end < self.record.size:
            yield from self._gap(end, self.record.size)

    def _gap(self, start: int, end: int) -> Generator[Request, bytes, None]:
        text = f"{end - start} bytes belong to no member"
        self.record.problem(ATTACK, text, start, "nothing before, between or behind the members")
        self.record.unread(text)
        yield from self._contents.hidden(start, end)
