"""The directory of a zip archive, and whether the members agree with it.

PKWARE's APPNOTE 6.3.10 (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), zip64
included. Loaders differ in which of two contradicting headers they believe; a contradiction is
therefore an attack, not a detail.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import ATTACK
from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

STORED: Final = 0
DEFLATED: Final = 8
ENCRYPTED: Final = 0x41
DESCRIPTOR: Final = 0x08
_UTF8: Final = 0x800

END_SIGNATURE: Final = b"PK\x05\x06"
CENTRAL_SIGNATURE: Final = b"PK\x01\x02"
LOCATOR_SIGNATURE: Final = b"PK\x06\x07"
END64_SIGNATURE: Final = b"PK\x06\x06"

_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LONGEST_COMMENT: Final = 0xFFFF
_WIDE: Final = 0xFFFFFFFF
_WIDE_COUNT: Final = 0xFFFF
_ZIP64_EXTRA: Final = 1
_UNICODE_PATH: Final = 0x7075
_LINK: Final = 0o120000
_KIND: Final = 0o170000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A member as the directory has it.

    Attributes:
        name: Its name.
        raw_name: The name's bytes.
        flags: General purpose bits.
        method: Compression method.
        crc: CRC-32 of its content.
        packed: Bytes in the archive.
        size: Bytes of its content.
        offset: Offset of its local header in the file.
        link: Whether it is a symbolic link.
        wide: Whether its directory entry has a zip64 field.
        lies: What its extra fields say against it, or doubly.
        needed: Version of the format it needs, ten times.
        disk: Number of the part it begins in.
        attributes: External attributes; a Unix mode stands in the upper half.
        extra: Its extra fields in the directory.
        comment: Its comment.
    """

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    link: bool
    wide: bool
    lies: tuple[str, ...] = ()
    needed: int = 0
    disk: int = 0
    attributes: int = 0
    extra: bytes = b""
    comment: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The directory of an archive.

    Attributes:
        entries: Its members, in directory order.
        start: Offset of its first byte.
        end: Offset behind its end record and comment.
    """

    entries: tuple[Entry, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """The end record, zip64 or not: where the directory is."""

    position: int
    count: int
    size: int
    offset: int
    end: int
    located: int | None = None


def read_directory(record: Record, limits: Limits) -> Generator[Request, bytes, Directory | None]:
    """Find and read the directory; None, with a problem noted, if there is none.

    Raises:
        BudgetExceededError: It is longer than `limits.header` or has more than `limits.entries`.
    """
    end = yield from _find_end(record, limits)
    if end is None:
        return None
    start = end.position - end.size
    if start < end.offset:
        record.corrupt("the directory does not lie where the end record says", end.position)
        return None
    if end.located is not None and end.located + start - end.offset != end.position:
        text = "the zip64 locator leads elsewhere than to the record before it"
        record.problem(ATTACK, text, end.position)
    raw = yield from fetch(start, end.size, limits)
    shift = start - end.offset
    entries: list[Entry] = []
    index = 0
    while index < len(raw):
        entry, index = _entry(raw, index, shift)
        if entry is None:
            record.corrupt("the directory holds bytes that are no entry", start + index)
            return None
        entries.append(entry)
        if len(entries) > limits.entries:
            raise BudgetExceededError(f"the archive has more than {limits.entries} members")
    if len(entries) != end.count:
        record.corrupt(
            f"the directory has {len(entries)} members", end.position, f"{end.count} by its end"
        )
    return Directory(entries=tuple(entries), start=start, end=end.end)


def end_record(tail: bytes) -> int:
    """Find the end record in the last bytes of a file; -1 if there is none."""
    at = tail.rfind(END_SIGNATURE)
    while at >= 0:
        if at + _END.size <= len(tail):
            (comment,) = struct.unpack_from("<H", tail, at + _END.size - 2)
            if at + _END.size + comment == len(tail):
                return at
        at = tail.rfind(END_SIGNATURE, 0, at)
    return -1


def _find_end(record: Record, limits: Limits) -> Generator[Request, bytes, _End | None]:
    reach = min(record.size, _END.size + _LONGEST_COMMENT)
    first = record.size - reach
    tail = yield from fetch(first, reach, limits)
    at = end_record(tail)
    last = tail.rfind(END_SIGNATURE)
    if at < 0:
        at = last
    if at < 0 or at + _END.size > len(tail):
        record.corrupt("the archive has no end record", record.size)
        return None
    if at != last:
        record.problem(ATTACK, "the archive's comment holds another end record", first + last)
    (_, disk, first_disk, here, count, size, offset, comment) = _END.unpack_from(tail, at)
    position = first + at
    end = position + _END.size + comment
    if disk or first_disk or here != count:
        record.corrupt("the archive is one of several parts", position)
    narrow = _End(position=position, count=count, size=size, offset=offset, end=end)
    wide = yield from _find_end64(narrow, record, limits)
    if wide is not None:
        _compare(narrow, wide, record)
    elif _WIDE in (size, offset) or count == _WIDE_COUNT:
        record.corrupt("the archive has no zip64 end record before its end record", position)
    return wide or narrow


def _find_end64(
    end: _End, record: Record, limits: Limits
) -> Generator[Request, bytes, _End | None]:
    """Find the zip64 end record, which loaders prefer whenever its locator is there.

    Some take the record before the locator, some the one it leads to: the two must be one.
    """
    locator_at = end.position - _LOCATOR.size
    at = locator_at - _END64.size
    if at < 0:
        return None
    raw = yield from fetch(at, _END64.size + _LOCATOR.size, limits)
    locator = raw[_END64.size :]
    if not locator.startswith(LOCATOR_SIGNATURE):
        return None
    if not raw.startswith(END64_SIGNATURE):
        record.problem(ATTACK, "the zip64 locator has no record before it", locator_at)
        return None
    count, size, offset = _END64.unpack_from(raw)[-3:]
    located = _LOCATOR.unpack(locator)[2]
    return _End(position=at, count=count, size=size, offset=offset, end=end.end, located=located)


def _compare(narrow: _End, wide: _End, record: Record) -> None:
    pairs = {
        "count": (narrow.count, wide.count, _WIDE_COUNT),
        "size": (narrow.size, wide.size, _WIDE),
        "offset": (narrow.offset, wide.offset, _WIDE),
    }
    for what, (seen, wanted, referred) in pairs.items():
        if seen not in (wanted, referred):
            text = f"the two end records differ in the {what} of the directory"
            record.problem(ATTACK, text, narrow.position, str(wanted))


def _entry(raw: bytes, index: int, shift: int) -> tuple[Entry | None, int]:
    if index + _CENTRAL.size > len(raw) or raw[index : index + 4] != CENTRAL_SIGNATURE:
        return None, index
    fields = _CENTRAL.unpack_from(raw, index)
    flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
    name_length, extra_length, comment_length = fields[10:13]
    attributes, offset = fields[15:17]
    name_at = index + _CENTRAL.size
    extra_at = name_at + name_length
    after = extra_at + extra_length + comment_length
    if after > len(raw):
        return None, index
    raw_name = raw[name_at:extra_at]
    extra = raw[extra_at : extra_at + extra_length]
    wide = wide_values(extra, [size, packed, offset])
    if wide is None:
        return None, index
    lies = _lies(extra, raw_name, narrow=None if _WIDE in (size, packed) else (size, packed))
    size, packed, offset = wide
    entry = Entry(
        name=member_name(raw_name, flags),
        raw_name=raw_name,
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        offset=offset + shift,
        link=attributes >> 16 & _KIND == _LINK,
        wide=_WIDE in fields[8:10],
        lies=tuple(lies),
        needed=fields[2],
        disk=fields[13],
        attributes=attributes,
        extra=extra,
        comment=raw[extra_at + extra_length : after],
    )
    return entry, after


def wide_values(extra: bytes, values: list[int]) -> list[int] | None:
    """Replace values that are all ones by those of the zip64 field, in order.

    Returns:
        None if a value is all ones and the field does not hold it.
    """
    if _WIDE not in values:
        return values
    field = _extra_field(extra, _ZIP64_EXTRA)
    found = []
    for value in values:
        if value != _WIDE:
            found.append(value)
        elif len(field) >= 8:  # noqa: PLR2004 - bytes of a wide value
            found.append(int.from_bytes(field[:8], "little"))
            field = field[8:]
        else:
            return None
    return found


def _extra_field(extra: bytes, wanted: int) -> bytes:
    return next((field for kind, field in extra_fields(extra) if kind == wanted), b"")


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """List the extra fields, kind and content; what is cut off at the end is none."""
    index = 0
    while index + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, index)
        yield kind, extra[index + 4 : index + 4 + length]
        index += 4 + length


def _lies(extra: bytes, raw_name: bytes, *, narrow: tuple[int, int] | None) -> Iterator[str]:
    """Say where extra fields contradict a member's entry, or one another.

    Args:
        extra: The fields.
        raw_name: The member's name.
        narrow: Its size and packed size, where the entry itself says both.
    """
    kinds = [kind for kind, _ in extra_fields(extra)]
    for kind, what in ((_ZIP64_EXTRA, "zip64 field"), (_UNICODE_PATH, "second name")):
        if kinds.count(kind) > 1:
            yield f"it has more than one {what}"
    for kind, field in extra_fields(extra):
        if kind == _ZIP64_EXTRA and narrow is not None and len(field) >= 16:  # noqa: PLR2004
            if struct.unpack_from("<2Q", field) != narrow:
                yield "its zip64 field gives other sizes"
        elif (
            kind == _UNICODE_PATH
            and field[5:] not in (b"", raw_name)
            and not _same_name(field, raw_name)
        ):
            yield f"its second name is {shown(decoded(field[5:]))}"


def _same_name(field: bytes, raw_name: bytes) -> bool:
    """Whether a second name is the first in UTF-8; one of another first name counts nowhere."""
    if int.from_bytes(field[1:5], "little") != zlib.crc32(raw_name):
        return True
    return decoded(field[5:]) == raw_name.decode("cp437")


def member_name(raw: bytes, flags: int) -> str:
    """Decode a member's name: UTF-8 where its flag says so, else code page 437."""
    return decoded(raw) if flags & _UTF8 else raw.decode("cp437")
