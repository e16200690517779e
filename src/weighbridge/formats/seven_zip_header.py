"""The header of a 7z archive (7zFormat.txt of the LZMA SDK): where its streams and files lie.

Every count is weighed against the bytes that are left before anything is made of it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.text import mended

if TYPE_CHECKING:
    from weighbridge.model.limits import Limits

END: Final = 0x00
HEADER: Final = 0x01
ENCODED_HEADER: Final = 0x17
_PROPERTIES: Final = 0x02
_MORE_STREAMS: Final = 0x03
_MAIN_STREAMS: Final = 0x04
_FILES: Final = 0x05
_PACK: Final = 0x06
_UNPACK: Final = 0x07
_SUBSTREAMS: Final = 0x08
_SIZE: Final = 0x09
_CRC: Final = 0x0A
_FOLDER: Final = 0x0B
_UNPACK_SIZES: Final = 0x0C
_COUNTS: Final = 0x0D
_EMPTY_STREAM: Final = 0x0E
_EMPTY_FILE: Final = 0x0F
_ANTI: Final = 0x10
_NAMES: Final = 0x11
_ATTRIBUTES: Final = 0x15
_MOST_CODERS: Final = 32
_LARGEST: Final = (1 << 63) - 1
_LINK: Final = 0o120000
_KIND: Final = 0o170000
_UNIX: Final = 0x8000


class SevenZipError(ValueError):
    """The header is not what 7z has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coder:
    """A step from packed to unpacked bytes.

    Attributes:
        method: Its number, as bytes.
        properties: What it needs to know.
        plain: Whether it has one input and one output.
    """

    method: bytes
    properties: bytes
    plain: bool


@dataclass(slots=True, kw_only=True)
class Folder:
    """Streams that are unpacked together.

    Attributes:
        coders: The steps.
        packed: How many packed streams it takes.
        outputs: Bytes of each coder's output.
        crc: CRC-32 of what it unpacks to, if it is said.
        sizes: Bytes of each file in it.
        crcs: CRC-32 of each of them, where it is said.
        main: Which output is what it unpacks to.
        bound: Which input takes which output.
    """

    coders: tuple[Coder, ...]
    packed: int
    main: int
    bound: tuple[tuple[int, int], ...] = ()
    outputs: tuple[int, ...] = ()
    crc: int | None = None
    sizes: tuple[int, ...] = ()
    crcs: tuple[int | None, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all it unpacks to."""
        return self.outputs[self.main]


@dataclass(slots=True, kw_only=True)
class Streams:
    """Where the packed streams lie, and how they are unpacked.

    Attributes:
        offset: Where they begin, behind the signature header.
        packed: Bytes of each.
        folders: What is unpacked together, in their order.
    """

    offset: int = 0
    packed: tuple[int, ...] = ()
    folders: list[Folder] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A member.

    Attributes:
        name: Its path.
        has_stream: Whether it has content.
        link: Whether it is a symbolic link.
        anti: Whether it stands for the removal of another.
    """

    name: str
    has_stream: bool
    link: bool
    anti: bool


class HeaderReader:
    """Reads the parts of a header, one behind the other."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        """Begin with the first byte."""
        self._raw = raw
        self._index = 0
        self._limits = limits

    @property
    def left(self) -> int:
        """Bytes that are left."""
        return len(self._raw) - self._index

    # Numbers ------------------------------------------------------------------------------------

    def take(self, length: int) -> bytes:
        """Take bytes."""
        if not 0 <= length <= self.left:
            raise SevenZipError("the header ends too early")
        self._index += length
        return self._raw[self._index - length : self._index]

    def byte(self) -> int:
        """Take one byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Take a number: the high bits of its first byte say how many bytes follow."""
        first = self.byte()
        value = 0
        for position in range(8):
            mask = 0x80 >> position
            if not first & mask:
                value |= (first & (mask - 1)) << 8 * position
                break
            value |= self.byte() << 8 * position
        if value > _LARGEST:
            raise SevenZipError("the header holds a number no file has")
        return value

    def _count(self, most: int) -> int:
        count = self.number()
        if count > most:
            raise SevenZipError("the header counts more than it has room for")
        return count

    def _many(self) -> int:
        """Take a count of things that each take a byte at least, and are kept."""
        count = self._count(self.left)
        if count > self._limits.entries:
            raise BudgetExceededError(f"the header counts more than {self._limits.entries} things")
        return count

    def _expect(self, mark: int) -> None:
        if self.byte() != mark:
            raise SevenZipError(f"the header lacks part {mark:#04x} where it should be")

    def _bits(self, count: int) -> list[bool]:
        raw = self.take((count + 7) // 8)
        return [bool(raw[index >> 3] & 0x80 >> (index & 7)) for index in range(count)]

    def _defined(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self._bits(count)

    def _crcs(self, count: int) -> list[int | None]:
        defined = self._defined(count)
        return [struct.unpack("<L", self.take(4))[0] if said else None for said in defined]

    # Streams ------------------------------------------------------------------------------------

    def streams_of(self, mark: int) -> Streams:
        """Read the streams behind a mark, and nothing else."""
        self._expect(mark)
        found = self._streams()
        if self.left:
            raise SevenZipError("the header does not end where it should")
        return found

    def _streams(self) -> Streams:
        found = Streams()
        mark = self.byte()
        if mark == _PACK:
            self._pack(found)
            mark = self.byte()
        if mark == _UNPACK:
            self._unpack(found)
            mark = self.byte()
        for folder in found.folders:
            folder.sizes, folder.crcs = (folder.size,), (folder.crc,)
        if mark == _SUBSTREAMS:
            self._substreams(found)
            mark = self.byte()
        if mark != END:
            raise SevenZipError(f"the header holds the unknown part {mark:#04x}")
        if sum(folder.packed for folder in found.folders) != len(found.packed):
            raise SevenZipError("the folders take other streams than there are")
        return found

    def _pack(self, found: Streams) -> None:
        found.offset = self.number()
        count = self._many()
        mark = self.byte()
        if mark == _SIZE:
            found.packed = tuple(self.number() for _ in range(count))
            mark = self.byte()
        if mark == _CRC:
            self._crcs(count)
            mark = self.byte()
        if mark != END or len(found.packed) != count:
            raise SevenZipError("the sizes of the packed streams are missing")

    def _unpack(self, found: Streams) -> None:
        self._expect(_FOLDER)
        count = self._many()
        self._no_external()
        found.folders = [self._folder() for _ in range(count)]
        self._expect(_UNPACK_SIZES)
        for folder in found.folders:
            folder.outputs = tuple(self.number() for _ in folder.outputs)
        mark = self.byte()
        if mark == _CRC:
            for folder, crc in zip(found.folders, self._crcs(count), strict=True):
                folder.crc = crc
            mark = self.byte()
        if mark != END:
            raise SevenZipError("the folders do not end")

    def _no_external(self) -> None:
        if self.byte():
            raise SevenZipError("a part of the header lies elsewhere, which no program writes")

    def _folder(self) -> Folder:
        coders, inputs, outputs = [], 0, 0
        count = self._count(_MOST_CODERS)
        for _ in range(count):
            flags = self.byte()
            method = self.take(flags & 0x0F)
            ins, outs = (self._count(32), self._count(32)) if flags & 0x10 else (1, 1)
            properties = self.take(self._count(self.left)) if flags & 0x20 else b""
            if flags & 0xC0:
                raise SevenZipError("a coder has flags that are not known")
            inputs, outputs = inputs + ins, outputs + outs
            plain = (ins, outs) == (1, 1)
            coders.append(Coder(method=method, properties=properties, plain=plain))
        if not outputs:
            raise SevenZipError("a folder has no coder")
        bound = tuple((self.number(), self.number()) for _ in range(outputs - 1))
        packed = inputs - len(bound)
        if packed < 1:
            raise SevenZipError("a folder takes no packed stream")
        if packed > 1:
            for _ in range(packed):
                self.number()
        free = set(range(outputs)) - {out for _, out in bound}
        if len(free) != 1:
            raise SevenZipError("a folder does not come to one output")
        return Folder(
            coders=tuple(coders),
            packed=packed,
            main=free.pop(),
            bound=bound,
            outputs=(0,) * outputs,
        )

    def _substreams(self, found: Streams) -> None:
        mark = self.byte()
        counts = [1] * len(found.folders)
        if mark == _COUNTS:
            counts = [self.number() for _ in found.folders]
            mark = self.byte()
        if sum(counts) > self._limits.entries:
            raise BudgetExceededError(f"more than {self._limits.entries} files")
        sized = mark == _SIZE
        for folder, count in zip(found.folders, counts, strict=True):
            sizes = [self.number() for _ in range(count - 1)] if sized else []
            if len(sizes) < count - 1 or sum(sizes) > folder.size:
                raise SevenZipError("the files of a folder are not as long as it is")
            folder.sizes = (*sizes, folder.size - sum(sizes)) if count else ()
        if sized:
            mark = self.byte()
        self._substream_crcs(found, said=mark == _CRC)
        if mark == _CRC:
            mark = self.byte()
        if mark != END:
            raise SevenZipError("the files of the folders do not end")

    def _substream_crcs(self, found: Streams, *, said: bool) -> None:
        """Read the CRC of each file that is not alone in a folder whose CRC is known."""
        unknown = [f for f in found.folders if len(f.sizes) != 1 or f.crc is None]
        total = sum(len(folder.sizes) for folder in unknown)
        crcs = self._crcs(total) if said else [None] * total
        index = 0
        for folder in found.folders:
            if folder in unknown:
                folder.crcs = tuple(crcs[index : index + len(folder.sizes)])
                index += len(folder.sizes)

    # Files --------------------------------------------------------------------------------------

    def archive_of(self, mark: int) -> tuple[Streams, list[File]]:
        """Read the header of an archive behind its mark."""
        self._expect(mark)
        streams, files = Streams(), list[File]()
        mark = self.byte()
        if mark == _PROPERTIES:
            while self.byte() != END:
                self.take(self._count(self.left))
            mark = self.byte()
        if mark == _MORE_STREAMS:
            raise SevenZipError("the header has additional streams, which no program writes")
        if mark == _MAIN_STREAMS:
            streams = self._streams()
            mark = self.byte()
        if mark == _FILES:
            files = self._files()
            mark = self.byte()
        if mark != END or self.left:
            raise SevenZipError("the header does not end where it should")
        return streams, files

    def _files(self) -> list[File]:
        count = self._many()
        names: list[str] = []
        empty, anti, links = [False] * count, [False] * count, [False] * count
        seen: set[int] = set()
        while (mark := self.byte()) != END:
            part = HeaderReader(self.take(self._count(self.left)), self._limits)
            if mark in seen:
                raise SevenZipError(f"the part {mark:#04x} of the header stands twice")
            seen.add(mark)
            if mark == _NAMES:
                names = part._names(count)
            elif mark == _EMPTY_STREAM:
                empty = part._bits(count)
            elif mark == _ANTI:
                spread = iter(part._bits(sum(empty)))
                anti = [without and next(spread) for without in empty]
            elif mark == _ATTRIBUTES:
                links = part._links(count)
        if len(names) != count:
            raise SevenZipError("the files have no names")
        return [
            File(name=names[i], has_stream=not empty[i], link=links[i], anti=anti[i])
            for i in range(count)
        ]

    def _names(self, count: int) -> list[str]:
        self._no_external()
        raw = self.take(self.left)
        text = raw[: len(raw) & ~1].decode("utf-16-le", "surrogatepass")
        if text.count("\0") != count or text[-1:] not in ("", "\0"):
            raise SevenZipError("there are other names than files")
        return [mended(name) for name in text.split("\0")[:count]]

    def _links(self, count: int) -> list[bool]:
        """Read which files are symbolic links by their Unix mode."""
        defined = self._defined(count)
        self._no_external()
        values = [struct.unpack("<L", self.take(4))[0] if said else 0 for said in defined]
        return [bool(v & _UNIX) and (v >> 16) & _KIND == _LINK for v in values]
