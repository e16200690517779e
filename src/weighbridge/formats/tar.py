"""Tar archives, read in one run: headers, members, the padding between, and the end.

Whatever is unpacked to anything but a file or folder below it (links, devices) is an attack: no
framework packs a model so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats import tar_header
from weighbridge.formats.contents import Contents
from weighbridge.formats.cursor import fetch
from weighbridge.formats.imported_files import imported_files, text_reader
from weighbridge.formats.interface import BudgetExceededError, Stream
from weighbridge.formats.member import Stored, read_member
from weighbridge.formats.member_names import Names, check_name
from weighbridge.formats.record import ATTACK, HIDDEN, Record
from weighbridge.formats.tar_header import BLOCK, Header, TarError
from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.contents import MakeReader, Sniff
    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_EMPTY: Final = bytes(BLOCK)
_LONGEST: Final = 1 << 20
"""Bytes of an extended header or a long name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TarFormat:
    """The tar family.

    Attributes:
        sniff_member: Names the format of a member.
        read_member: Makes a reader for it.
    """

    sniff_member: Sniff
    read_member: MakeReader

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise a first header by its magic and checksum."""
        block = head[:BLOCK]
        first = tar_header.has_magic(block) and block[:1] != b"\0"
        return "tar" if first and tar_header.has_checksum(block) else None

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Read every member."""
        record = Record(format="tar", size=size)
        contents = Contents(record, limits, sniff=self.sniff_member, make_reader=self.read_member)
        archive = _Archive(record, contents, limits)
        try:
            yield from archive.read()
        except TarError as error:
            record.corrupt(str(error), archive.offset)
        except BudgetExceededError as error:
            record.unread(str(error))
        contents.conclude()
        for use in imported_files(archive.names.paths):
            record.uses(use)
        return record.structure()


class _Archive:
    """One archive while it is being read.

    Attributes:
        offset: Where the next block begins.
        names: Names of the members so far.
    """

    def __init__(self, record: Record, contents: Contents, limits: Limits) -> None:
        self.offset = 0
        self._record = record
        self._contents = contents
        self._limits = limits
        self.names = Names()
        self._characters = 0
        self._global: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._headers = 0

    def read(self) -> Generator[Request, bytes, None]:
        """Read header after header, up to the two empty blocks at the end.

        Raises:
            TarError: A header is none.
            BudgetExceededError: The archive is over a limit.
        """
        while True:
            block = yield from fetch(self.offset, BLOCK, self._limits)
            if block == _EMPTY:
                yield from self._end()
                return
            if len(block) < BLOCK:
                raise TarError("the archive ends without its two empty blocks")
            header = tar_header.parse(block)
            self._headers += 1
            if self._headers > self._limits.entries:
                raise BudgetExceededError(f"more than {self._limits.entries} headers")
            if header.kind in tar_header.EXTENSIONS:
                yield from self._extension(header)
            else:
                yield from self._member(self._completed(header))
                self._said = {}

    # Extensions ---------------------------------------------------------------------------------

    def _extension(self, header: Header) -> Generator[Request, bytes, None]:
        """Read what is said of the next member, or of all that follow."""
        if header.size > _LONGEST:
            raise BudgetExceededError(f"an extended header of {header.size} bytes is over a limit")
        raw = yield from fetch(self.offset + BLOCK, header.size, self._limits)
        if len(raw) < header.size:
            raise TarError("an extended header goes beyond the end of the file")
        if header.kind == tar_header.LONG_NAME:
            self._say({"path": decoded(raw.partition(b"\0")[0])})
        elif header.kind == tar_header.EXTENDED:
            self._say(tar_header.pax_values(raw))
        elif header.kind == tar_header.GLOBAL:
            self._global |= tar_header.pax_values(raw)
        yield from self._past(header, covered=header.size)

    def _completed(self, header: Header) -> Header:
        said = self._global | self._said
        if tar_header.SPARSE in said:
            self._record.unread(f"member {shown(header.name)} is stored in parts")
        self._check_said(header)
        if "size" in said:
            header = replace(header, size=tar_header.pax_size(said["size"]))
        return replace(header, name=said.get("path", header.name))

    def _check_said(self, header: Header) -> None:
        """Note a size that programs which do not know extensions read differently."""
        if "size" in self._said:
            size = tar_header.pax_size(self._said["size"])
            if size != header.size and size <= tar_header.LARGEST:
                text = f"member {shown(header.name)} has {header.size} bytes, or {size}"
                self._record.problem(ATTACK, text, self.offset, "one size")
        if "size" in self._global:
            text = f"member {shown(header.name)} has a size that stands for all members"
            self._record.problem(ATTACK, text, self.offset)

    def _say(self, values: dict[str, str]) -> None:
        """Keep what is said of the next member; of two extensions some programs know only one."""
        for key, value in values.items():
            if self._said.get(key, value) != value:
                text = f"two extensions give the next member two values of `{key}`"
                self._record.problem(ATTACK, text, self.offset, "one of them")
        self._said |= values

    # Members ------------------------------------------------------------------------------------

    def _member(self, header: Header) -> Generator[Request, bytes, None]:
        record = self._record
        self._check(header)
        plain = header.kind in tar_header.FILES and not header.name.endswith("/")
        size = header.size if plain else 0
        if not plain and header.size:
            # Links and folders have none; programs do not agree on whether to pass one.
            text = f"member {shown(header.name)} has content its kind does not have"
            record.problem(HIDDEN, text, self.offset, "0 bytes")
            record.unread(text)
        if self.offset + BLOCK + header.size > record.size:
            raise TarError(f"member {shown(header.name)} goes beyond the end of the file")
        covered = header.size
        if plain:
            source = Stored(self.offset + BLOCK, size, limits=self._limits)
            own = text_reader(header.name, size, limits=self._contents.inner_limits())
            reader = yield from self._contents.reader(source, size, tail=False, text=own)
            structure, _ = yield from read_member(source, reader)
            if not self._contents.keep(structure, header.name, size):
                covered = 0
        yield from self._past(header, covered=covered)

    def _check(self, header: Header) -> None:
        record, name, kind = self._record, header.name, header.kind
        check_name(name, self.offset, record)
        what = tar_header.LINKS.get(kind) or tar_header.DEVICES.get(kind)
        if what is not None:
            record.problem(ATTACK, f"member {shown(name)} is {what}", self.offset, "a file")
        elif kind not in tar_header.FILES and kind != tar_header.FOLDER:
            record.unread(f"member {shown(name)} is of the unknown kind {shown(chr(kind))}")
        if kind != tar_header.FOLDER:
            self.names.note(name, self.offset, record)
            self._characters += len(name)
            if self._characters > self._limits.header:
                raise BudgetExceededError("the names of the members are too long together")

    def _past(self, header: Header, *, covered: int) -> Generator[Request, bytes, None]:
        """Step over a member and its padding, which holds nothing."""
        record = self._record
        padding = -header.size % BLOCK
        end = self.offset + BLOCK + header.size
        raw = yield from fetch(end, padding, self._limits)
        if raw.strip(b"\0"):
            text = f"the padding behind {shown(header.name)} holds something"
            record.problem(HIDDEN, text, end, "zeros")
            record.unread(text)
        record.coverage += BLOCK + covered + len(raw)
        self.offset = end + padding

    # The end ------------------------------------------------------------------------------------

    def _end(self) -> Generator[Request, bytes, None]:
        """Read the second empty block, and the zeros up to the end of the tape's record."""
        record = self._record
        start = self.offset + BLOCK
        second = yield from fetch(start, BLOCK, self._limits)
        if second != _EMPTY:
            raise TarError("the archive ends without its two empty blocks")
        record.coverage += 2 * BLOCK
        start += BLOCK
        stream = Stream(start, record.size - start)
        while start < record.size and (piece := (yield stream)):
            if piece.strip(b"\0"):
                text = f"{record.size - self.offset - 2 * BLOCK} bytes follow the archive"
                record.problem(HIDDEN, text, self.offset + 2 * BLOCK, "zeros")
                record.unread(text)
                behind = start + len(piece) - len(piece.lstrip(b"\0"))
                record.coverage += behind - start
                yield from self._contents.hidden(behind, record.size)
                return
            start += len(piece)
            record.coverage += len(piece)
