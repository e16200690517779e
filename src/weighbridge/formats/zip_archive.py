"""Reading a zip archive member by member, and accounting for every byte between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats.interface import Need
from weighbridge.formats.member import Budget, Deflated, Stored, placed, read_member
from weighbridge.formats.record import ATTACK, HIDDEN, Record
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
from weighbridge.formats.zip_member import Extent, check_flags, check_name, locate
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.member import Ending, MemberSource
    from weighbridge.formats.zip_kind import Claim, ZipKind
    from weighbridge.model.limits import Limits

_HEAD: Final = 4_096
_INFLATED: Final = "inflated-bytes"


class Sniff(Protocol):
    """Names the format of some bytes."""

    def __call__(self, head: bytes, tail: bytes, size: int) -> str | None:
        """Name it, or return None."""


class MakeReader(Protocol):
    """Makes a reader for a named format."""

    def __call__(self, name: str, size: int, *, limits: Limits) -> Reader:
        """Make it."""


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
        self._sniff = sniff
        self._make_reader = make_reader
        self._budget = Budget(limits.inflated)
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
        if self._budget.left < 0:
            text = f"the members inflate to more than {self._limits.inflated} bytes"
            record.problem(ATTACK, text, 0)
        if self._kind is not None:
            record.format = self._kind.format
            self._kind.conclude(record, self._members)
        record.metadata.append((_INFLATED, str(self._limits.inflated - max(0, self._budget.left))))
        return record.structure()

    # Names --------------------------------------------------------------------------------------

    def _note_names(self, directory: Directory) -> None:
        seen: set[bytes] = set()
        for entry in directory.entries:
            check_name(entry, self.record)
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
        reader, known = yield from self._reader(source, entry)
        structure, ending = yield from read_member(source, reader)
        self._check_ending(entry, ending)
        self._members[entry.name] = Member(
            entry=entry, extent=extent, structure=structure, digest=ending.digest
        )
        if known and structure is None:
            self.record.unread(f"member {shown(entry.name)} is nested too deeply")
        elif self._keep(entry, structure):
            self.record.coverage += extent.end - extent.start
        return extent

    def _reader(
        self, source: MemberSource, entry: Entry
    ) -> Generator[Request, bytes, tuple[Reader | None, bool]]:
        """Make a reader for a member; and whether its format is known at all."""
        limits = replace(
            self._limits, depth=max(0, self._limits.depth - 1), inflated=max(0, self._budget.left)
        )
        own = self._kind.reader(entry, limits=limits) if self._kind is not None else None
        if own is not None:
            return own, True
        found = yield from self._recognise(source, entry)
        if found is None or not self._limits.depth:
            return None, found is not None
        return self._make_reader(found, entry.size, limits=limits), True

    def _source(self, entry: Entry, extent: Extent) -> MemberSource | None:
        digest = self._kind.digests if self._kind is not None else ""
        if entry.method == STORED:
            if entry.packed != entry.size:
                text = f"the stored member {shown(entry.name)} has two sizes"
                self.record.corrupt(text, entry.offset)
            return Stored(extent.data, entry.packed, limits=self._limits, digest=digest)
        if entry.method == DEFLATED:
            return Deflated(
                extent.data,
                entry.packed,
                entry.size,
                limits=self._limits,
                budget=self._budget,
                digest=digest,
            )
        return None

    def _recognise(
        self, source: MemberSource, entry: Entry
    ) -> Generator[Request, bytes, str | None]:
        reach = min(_HEAD, entry.size, self._limits.window)
        head = yield from source.answer(Need(0, reach))
        tail = b""
        if entry.method == STORED:
            tail = yield from source.answer(Need(entry.size - reach, reach))
        return self._sniff(head, tail, entry.size)

    def _check_ending(self, entry: Entry, ending: Ending) -> None:
        if ending.fault:
            text = f"member {shown(entry.name)}: {ending.fault}"
            self.record.corrupt(text, entry.offset)
        elif ending.size != entry.size:
            text = f"member {shown(entry.name)} has {ending.size} bytes"
            self.record.corrupt(text, entry.offset, f"{entry.size} by the directory")
        elif ending.crc != entry.crc and not entry.flags & ENCRYPTED:
            text = f"member {shown(entry.name)} has the CRC {ending.crc:08x}"
            self.record.corrupt(text, entry.offset, f"{entry.crc:08x} by the directory")

    def _keep(self, entry: Entry, structure: Structure | None) -> bool:
        """Keep what was found in a member; whether all its bytes are accounted for."""
        belongs = self._kind is not None and self._kind.explains(entry.name)
        if structure is not None and belongs and _is_chance(structure):
            structure = None
        if structure is not None:
            self._nest(structure, entry.name)
            return structure.status == "complete"
        if not entry.size or belongs:
            return True
        self.record.members.append(
            Structure(
                format="unknown",
                status="incomplete",
                reason="its format is not known",
                size=entry.size,
                container=entry.name,
            )
        )
        return False

    def _nest(self, structure: Structure, name: str) -> None:
        self.record.members.append(placed(structure, name))
        for key, value in structure.metadata:
            if key == _INFLATED:
                self._budget.spend(int(value))

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
        source = Stored(start, end - start, limits=self._limits)
        reach = min(_HEAD, end - start, self._limits.window)
        head = yield from source.answer(Need(0, reach))
        found = self._sniff(head, b"", end - start)
        if found is None or not self._limits.depth:
            return
        self.record.problem(HIDDEN, f"{end - start} bytes outside the members are {found}", start)
        limits = replace(
            self._limits, depth=self._limits.depth - 1, inflated=max(0, self._budget.left)
        )
        reader = self._make_reader(found, end - start, limits=limits)
        structure, _ = yield from read_member(source, reader)
        if structure is not None:
            self._nest(structure, f"(bytes {start} to {end})")


def _is_chance(structure: Structure) -> bool:
    """Whether numbers only happen to begin like a pickle: none that a loader would finish."""
    return (
        structure.format == "pickle"
        and structure.status == "error"
        and not any(use.module for use in structure.globals)
    )
