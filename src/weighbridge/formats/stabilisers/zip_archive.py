"""Zip archives, and all that are one: npz, torch's, Keras's.

Only an archive whose every byte is accounted for is looked into: members lie end to end, each
local header agrees with the directory, each checksum is right.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from weighbridge.formats.member import Packed, Stored
from weighbridge.formats.record import Record
from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.stabilisers.file_modes import settled_mode
from weighbridge.formats.stabilisers.reading import Member, answered
from weighbridge.formats.zip_directory import (
    DEFLATED,
    ENCRYPTED,
    STORED,
    end_record,
    extra_fields,
    read_directory,
)
from weighbridge.formats.zip_member import check_flags, locate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.formats.stabilisers.draft import Draft, Form
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.formats.zip_directory import Directory, Entry
    from weighbridge.formats.zip_member import Extent
    from weighbridge.model.limits import Limits

_UTF8: Final = 0x800
_NEUTRAL_FLAGS: Final = 0x06 | 0x08 | _UTF8
"""Level of compression, a descriptor behind the member, the encoding of the name."""
_NEWEST: Final = 63
"""The format's newest version, ten times, which readers refuse to go beyond."""
_END: Final = 22
_LONGEST_TAIL: Final = _END + 0xFFFF

_ZIP64: Final = 0x0001
_TIMES: Final = {0x5455: 13, 0x000A: 32, 0x5855: 12, 0x7855: 4, 0x7875: 24}
"""Times and owners (Info-ZIP's and NTFS's fields), and how many bytes of them have a meaning."""
_TORCH_PADDING: Final = 0x4246
_ANDROID_PADDING: Final = 0xD935


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipMember:
    """One member.

    Attributes:
        entry: What the directory says of it.
        extent: Where it lies.
        opened: Opens its bytes.
    """

    entry: Entry
    extent: Extent
    opened: Callable[[], Member]


def write(source: Readable, draft: Draft) -> None:
    """Write the members in the order of their names."""
    members = read_members(source, draft)
    for member in members:
        keep_member(draft, member, name=member.entry.name)


def read_members(source: Readable, draft: Draft) -> list[ZipMember]:
    """List the members by name, and keep what the archive says of itself.

    Raises:
        RefusedError: It is not a plain archive, or not every byte is accounted for.
        BudgetExceededError: It has too many members, or they unfold to too much.
    """
    limits, record = draft.limits, Record(format="zip", size=source.size)
    directory = answered(read_directory(record, limits), source)
    if directory is None:
        raise RefusedError(_fault(record))
    twice = [name for name, count in _counts(directory).items() if count > 1]
    if twice:
        raise RefusedError(f"{len(twice)} names stand twice in the directory")
    members = [_member(entry, source, draft, record) for entry in directory.entries]
    if record.problems or record.reasons:
        raise RefusedError(_fault(record))
    _check_tiling(members, directory, source.size)
    _keep_ends(source, directory, limits, draft)
    return sorted(members, key=lambda member: member.entry.raw_name)


def keep_member(draft: Draft, member: ZipMember, *, name: str, form: Form | None = None) -> None:
    """Write one member: what the headers say of it that matters, and its content.

    Args:
        draft: Where to.
        member: The member.
        name: What it is called in the normal form.
        form: Its form, if it is known already.

    Raises:
        RefusedError: Its bytes are not what the directory says.
    """
    entry = member.entry
    opened = member.opened()
    found = form or draft.look_into(opened)
    ending = opened.ending()
    if ending.fault or ending.size != entry.size or ending.crc != entry.crc:
        raise RefusedError("the bytes of a member are not what the directory says")
    mode = settled_mode(entry.attributes >> 16)
    # Names decode alike that are not: the bytes count, unless the member has a new name.
    raw_name = entry.raw_name if name == entry.name else b""
    utf8 = bool(entry.flags & _UTF8) and not raw_name.isascii()
    draft.keep(
        name.encode("utf-8", "surrogatepass"),
        raw_name,
        bytes([utf8]),
        struct.pack("<2HB", entry.method, mode, entry.attributes & 0x10),
        entry.comment,
        *_kept_fields(entry.extra),
        *_kept_fields(member.extent.extra),
    )
    draft.part(name, member.opened, form=found)


def _member(entry: Entry, source: Readable, draft: Draft, record: Record) -> ZipMember:
    limits = draft.limits
    if entry.flags & ~_NEUTRAL_FLAGS or entry.flags & ENCRYPTED or entry.lies:
        raise RefusedError("a member has flags or fields that are not followed")
    if entry.needed > _NEWEST or entry.disk:
        raise RefusedError("a member needs a version, or a part, that there is not")
    if entry.method not in (STORED, DEFLATED):
        raise RefusedError(f"a member has compression {entry.method}")
    if not check_flags(entry, record, limits):
        raise RefusedError("a member unfolds to too much")
    extent = answered(locate(entry, record, limits), source)
    if extent is None:
        raise RefusedError(_fault(record))
    return ZipMember(entry=entry, extent=extent, opened=lambda: _open(entry, extent, source, draft))


def _open(entry: Entry, extent: Extent, source: Readable, draft: Draft) -> Member:
    if entry.method == STORED:
        stored = Stored(extent.data, entry.packed, limits=draft.limits)
        return Member(source, stored, entry.packed)
    packed = Packed(extent.data, entry.packed, entry.size, limits=draft.limits, budget=draft.budget)
    return Member(source, packed, entry.size)


def _check_tiling(members: Sequence[ZipMember], directory: Directory, size: int) -> None:
    """Refuse an archive with bytes that belong to nothing: a payload may hide there."""
    spans = sorted((one.extent.start, one.extent.end) for one in members)
    spans.append((directory.start, directory.end))
    if spans[0][0] != 0 or directory.end != size:
        raise RefusedError("bytes stand before or behind the archive")
    if any(before[1] != after[0] for before, after in pairwise(spans)):
        raise RefusedError("bytes belong to no member")


def _keep_ends(source: Readable, directory: Directory, limits: Limits, draft: Draft) -> None:
    """Keep the archive's comment, and let go of how the directory is written."""
    reach = min(source.size, _LONGEST_TAIL)
    tail = source.read_at(source.size - reach, reach)
    at = end_record(tail)
    if at < 0:
        raise RefusedError("the archive has no end record")
    draft.keep(tail[at + _END :])
    length = directory.end - directory.start
    draft.let_go(source.read_at(directory.start, min(length, limits.header)))


def _counts(directory: Directory) -> Counter[str]:
    return Counter(entry.name for entry in directory.entries)


def _kept_fields(extra: bytes) -> Iterator[bytes]:
    """List the extra fields that matter; one of time or padding that holds more does, too."""
    length = 0
    for kind, field in extra_fields(extra):
        length += 4 + len(field)
        if not _is_neutral(kind, field):
            yield struct.pack("<H", kind) + field
    if extra[length:].strip(b"\0"):
        yield extra[length:]
    yield b""  # ends the fields of this header: none of them is empty


def _is_neutral(kind: int, field: bytes) -> bool:
    if kind == _ZIP64:
        return True  # the sizes in it were held against the member
    if kind == _TORCH_PADDING:
        return not field.strip(b"Z")
    if kind == _ANDROID_PADDING:
        return not field[2:].strip(b"\0")
    return len(field) <= _TIMES.get(kind, -1)


def _fault(record: Record) -> str:
    if record.problems:
        return record.problems[0].message
    return record.reasons[0] if record.reasons else "it is no archive"


STABILISER: Final = Stabiliser(
    name="zip",
    version=1,
    formats=("zip", "npz", "torch-zip", "keras"),
    lets=(
        "times, owners, the order of members and of the directory, which system made it, how"
        " deflate wrote the same bytes, zip64 and alignment fields, permissions beyond"
        " executable or not"
    ),
    because=(
        "readers find members by name through the directory, and none of the rest reaches what"
        " they read; names, content, comments, methods and all other extra fields are kept"
    ),
    write=write,
)
