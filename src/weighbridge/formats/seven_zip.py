"""7z archives: the header at the end, which may be packed itself, and files packed together.

What the standard library unpacks is read (copy, LZMA, LZMA2, deflate, bzip2, one coder a folder);
the rest is named, its names are weighed, and its content stays unjudged.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.contents import Contents
from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError, Need
from weighbridge.formats.member import Packed, Stored, read_member
from weighbridge.formats.member_names import check_name
from weighbridge.formats.record import ATTACK, HIDDEN, Record
from weighbridge.formats.seven_zip_coders import ENCRYPTION, is_copy, unpacker_of
from weighbridge.formats.seven_zip_header import (
    ENCODED_HEADER,
    HEADER,
    File,
    Folder,
    HeaderReader,
    SevenZipError,
    Streams,
)
from weighbridge.formats.text import shown
from weighbridge.formats.within import Within

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weighbridge.formats.contents import MakeReader, Sniff
    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.member import Ending, MemberSource
    from weighbridge.model.limits import Limits

MAGIC: Final = b"7z\xbc\xaf\x27\x1c"
_SIGNATURE: Final = struct.Struct("<6s2BL2QL")
_MOST_LAYERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SevenZipFormat:
    """The 7z family.

    Attributes:
        sniff_member: Names the format of a member.
        read_member: Makes a reader for it.
    """

    sniff_member: Sniff
    read_member: MakeReader

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise the signature."""
        return "7z" if head.startswith(MAGIC) else None

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Read the header, and every file it names."""
        record = Record(format="7z", size=size)
        contents = Contents(record, limits, sniff=self.sniff_member, make_reader=self.read_member)
        archive = _Archive(record, contents, limits)
        try:
            yield from archive.read()
        except SevenZipError as error:
            record.corrupt(str(error), archive.header)
        except BudgetExceededError as error:
            record.unread(str(error))
        contents.conclude()
        return record.structure()


class _Archive:
    """One archive while it is being read.

    Attributes:
        header: Where its header is.
    """

    def __init__(self, record: Record, contents: Contents, limits: Limits) -> None:
        self.header = 0
        self._record = record
        self._contents = contents
        self._limits = limits
        self._extents: list[tuple[int, int]] = []

    def read(self) -> Generator[Request, bytes, None]:
        """Read the archive.

        Raises:
            SevenZipError: The header is none.
            BudgetExceededError: The archive is over a limit.
        """
        raw = yield from self._signed_header()
        if raw:
            found = yield from self._decoded(raw)
            if found is None:
                return
            yield from self._files(*HeaderReader(found, self._limits).archive_of(HEADER))
        yield from self._between()

    # The header ---------------------------------------------------------------------------------

    def _signed_header(self) -> Generator[Request, bytes, bytes]:
        """Read the signature header and what it points to, and check both CRCs."""
        raw = yield from fetch(0, _SIGNATURE.size, self._limits)
        if len(raw) < _SIGNATURE.size or not raw.startswith(MAGIC):
            raise SevenZipError("the archive does not begin with a signature header")
        _, major, minor, start_crc, offset, size, crc = _SIGNATURE.unpack(raw)
        self._record.version = f"{major}.{minor}"
        if zlib.crc32(raw[12:]) != start_crc:
            raise SevenZipError("the signature header has a wrong CRC")
        self.header = _SIGNATURE.size + offset
        if self.header + size > self._record.size:
            raise SevenZipError("the header lies beyond the end of the file")
        self._note(0, _SIGNATURE.size)
        header = yield from fetch(self.header, size, self._limits)
        if zlib.crc32(header) != crc:
            raise SevenZipError("the header has a wrong CRC")
        self._note(self.header, size)
        return header

    def _note(self, offset: int, size: int, *, covered: bool = True) -> None:
        self._extents.append((offset, offset + size))
        self._record.coverage += size if covered else 0

    def _decoded(self, raw: bytes) -> Generator[Request, bytes, bytes | None]:
        """Unpack the header as often as it is packed; None if nothing here can."""
        for _ in range(_MOST_LAYERS):
            if raw[:1] != bytes([ENCODED_HEADER]):
                return raw
            streams = HeaderReader(raw, self._limits).streams_of(ENCODED_HEADER)
            placed = list(self._placed(streams))
            if len(placed) != 1 or placed[0][0].packed != 1:
                raise SevenZipError("a packed header is not one stream")
            folder, offset, packed = placed[0]
            source = self._source(folder, offset, packed)
            self._note(offset, packed, covered=source is not None)
            if source is None:
                return None
            raw = yield from self._whole(source, folder)
        raise SevenZipError("the header is packed too often")

    def _whole(self, source: MemberSource, folder: Folder) -> Generator[Request, bytes, bytes]:
        if folder.size > self._limits.header:
            raise BudgetExceededError(f"a header of {folder.size} bytes is over the limit")
        parts: list[bytes] = []
        done = 0
        while done < folder.size:
            length = min(self._limits.window, folder.size - done)
            part = yield from source.answer(Need(done, length))
            if not part:
                break
            parts.append(part)
            done += len(part)
        ending = yield from source.finish()
        if ending.fault or ending.size != folder.size:
            raise SevenZipError(f"the packed header: {ending.fault or 'it has another size'}")
        if folder.crc is not None and ending.crc not in (None, folder.crc):
            raise SevenZipError("the packed header has a wrong CRC")
        return b"".join(parts)

    # Folders and files --------------------------------------------------------------------------

    def _placed(self, streams: Streams) -> Iterator[tuple[Folder, int, int]]:
        """Say where each folder's packed streams lie, and how many bytes they are."""
        offset, index = _SIGNATURE.size + streams.offset, 0
        for folder in streams.folders:
            packed = sum(streams.packed[index : index + folder.packed])
            if offset + packed > self._record.size:
                raise SevenZipError("a packed stream goes beyond the end of the file")
            yield folder, offset, packed
            offset, index = offset + packed, index + folder.packed

    def _source(self, folder: Folder, offset: int, packed: int) -> MemberSource | None:
        """Make what unpacks a folder; None, with the reason noted, if nothing here can."""
        record = self._record
        if any(coder.method == ENCRYPTION for coder in folder.coders):
            record.problem(ATTACK, "files of the archive are encrypted", offset)
            record.unread("files of the archive are encrypted")
            return None
        if folder.size > self._limits.ratio * max(1, packed):
            text = f"{packed} bytes unfold to {folder.size}"
            wanted = f"at most {self._limits.ratio} times as many"
            record.problem(ATTACK, text, offset, wanted)
            record.unread(text)
            return None
        if is_copy(folder):
            if folder.size != packed:
                raise SevenZipError("files that are stored have two sizes")
            return Stored(offset, packed, limits=self._limits)
        unpacker = unpacker_of(folder)
        if unpacker is None:
            methods = ", ".join(coder.method.hex() for coder in folder.coders)
            record.unread(f"there is no unpacker for the method {methods}")
            return None
        return Packed(
            offset,
            packed,
            folder.size,
            limits=self._limits,
            budget=self._contents.budget,
            unpacker=unpacker,
            again=True,
        )

    def _files(self, streams: Streams, files: list[File]) -> Generator[Request, bytes, None]:
        self._check_names(files)
        named = iter([file for file in files if file.has_stream])
        expected = sum(len(folder.sizes) for folder in streams.folders)
        if expected != sum(file.has_stream for file in files):
            raise SevenZipError("there are other files than streams")
        for folder, offset, packed in self._placed(streams):
            source = self._source(folder, offset, packed)
            inside = [next(named) for _ in folder.sizes]
            covered = source is not None
            if source is not None:
                covered = yield from self._folder(source, folder, inside)
            self._note(offset, packed, covered=covered)

    def _check_names(self, files: list[File]) -> None:
        record, seen = self._record, set[str]()
        for file in files:
            check_name(file.name, self.header, record)
            if file.link:
                text = f"member {shown(file.name)} is a symbolic link"
                record.problem(ATTACK, text, self.header)
            if file.anti:
                text = f"member {shown(file.name)} is there to remove another"
                record.problem(ATTACK, text, self.header)
            if file.name in seen:
                text = f"the member name {shown(file.name)} occurs twice"
                record.problem(ATTACK, text, self.header)
            seen.add(file.name)

    def _folder(
        self, source: MemberSource, folder: Folder, files: list[File]
    ) -> Generator[Request, bytes, bool]:
        """Read the files of a folder in their order; whether all are accounted for."""
        start, covered = 0, True
        for file, size, crc in zip(files, folder.sizes, folder.crcs, strict=True):
            member = Within(source, start, size, limits=self._limits)
            reader = yield from self._contents.reader(member, size, tail=False)
            structure, ending = yield from read_member(member, reader)
            self._check_ending(f"member {shown(file.name)}", ending, size, crc)
            covered = self._contents.keep(structure, file.name, size) and covered
            start += size
        ending = yield from source.finish()
        self._check_ending("the files together", ending, folder.size, folder.crc)
        return covered

    def _check_ending(self, what: str, ending: Ending, size: int, crc: int | None) -> None:
        if ending.fault:
            self._record.corrupt(f"{what}: {ending.fault}", self.header)
        elif ending.size != size:
            text = f"{what} have {ending.size} bytes"
            self._record.corrupt(text, self.header, f"{size} by the header")
        elif ending.crc is None:
            self._record.unread("the members' checksums were not taken")
        elif crc is not None and ending.crc != crc:
            text = f"{what} have the CRC {ending.crc:08x}"
            self._record.corrupt(text, self.header, f"{crc:08x} by the header")

    # Between ------------------------------------------------------------------------------------

    def _between(self) -> Generator[Request, bytes, None]:
        """Note parts that overlap and bytes that belong to none."""
        end = 0
        for begin, finish in [*sorted(self._extents), (self._record.size, self._record.size)]:
            if begin < end:
                text = f"a part begins {end - begin} bytes before the last one ends"
                self._record.problem(ATTACK, text, begin)
            elif begin > end:
                text = f"{begin - end} bytes belong to no member"
                self._record.problem(HIDDEN, text, end, "nothing between and behind the parts")
                self._record.unread(text)
                yield from self._contents.hidden(end, begin)
            end = max(end, finish)
