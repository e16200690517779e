"""One member of a zip archive: its local header against the directory, and where its bytes are."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.member_names import check_name
from weighbridge.formats.record import ATTACK
from weighbridge.formats.text import shown
from weighbridge.formats.zip_directory import DESCRIPTOR, ENCRYPTED, Entry, wide_values

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_DESCRIPTOR_SIGNATURE: Final = b"PK\x07\x08"
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LONGEST_DESCRIPTOR: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where a member lies.

    Attributes:
        start: Offset of its local header.
        data: Offset of its content.
        end: Offset behind its content and data descriptor.
        extra: Extra fields of its local header.
    """

    start: int
    data: int
    end: int
    extra: bytes = b""


def check_entry(entry: Entry, record: Record) -> None:
    """Note a link, a folder with content, and a name that leads out of where one unpacks to."""
    if entry.name.endswith("/") and entry.size:
        text = f"member {shown(entry.name)} is a folder's, and has {entry.size} bytes"
        record.problem(ATTACK, text, entry.offset)
    if entry.link:
        record.problem(ATTACK, f"member {shown(entry.name)} is a symbolic link", entry.offset)
    for lie in entry.lies:
        text = f"member {shown(entry.name)}: {lie}, which not all programs believe"
        record.problem(ATTACK, text, entry.offset)
    check_name(entry.name, entry.offset, record)


def check_flags(entry: Entry, record: Record, limits: Limits) -> bool:
    """Whether a member may be read; note it if it is encrypted or unfolds to too much."""
    if entry.flags & ENCRYPTED:
        record.problem(ATTACK, f"member {shown(entry.name)} is encrypted", entry.offset)
        record.unread(f"member {shown(entry.name)} is encrypted")
    if entry.size > limits.ratio * max(1, entry.packed):
        record.problem(
            ATTACK,
            f"member {shown(entry.name)} unfolds {entry.packed} bytes to {entry.size}",
            entry.offset,
            f"at most {limits.ratio} times as many",
        )
        record.unread(f"member {shown(entry.name)} unfolds to too much")
        return False
    return True


def locate(
    entry: Entry, record: Record, limits: Limits
) -> Generator[Request, bytes, Extent | None]:
    """Read a member's local header and compare it; None if there is none."""
    header = yield from fetch(entry.offset, _LOCAL.size, limits)
    if len(header) < _LOCAL.size or header[:4] != LOCAL_SIGNATURE:
        record.corrupt(f"member {shown(entry.name)} has no local header", entry.offset)
        return None
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(header)
    names = yield from fetch(entry.offset + _LOCAL.size, name_length + extra_length, limits)
    raw_name, extra = names[:name_length], names[name_length:]
    data = entry.offset + _LOCAL.size + name_length + extra_length
    sizes = wide_values(extra, [size, packed])
    local = {
        "name": (raw_name, entry.raw_name),
        "flags": (flags, entry.flags),
        "method": (method, entry.method),
    }
    if not flags & DESCRIPTOR or sizes is None or any((*sizes, crc)):
        local["sizes"] = (sizes, [entry.size, entry.packed])
        local["CRC"] = (crc, entry.crc)
    for what, (seen, wanted) in local.items():
        if seen != wanted:
            record.problem(
                ATTACK,
                f"local header and directory differ in the {what} of {shown(entry.name)}",
                entry.offset,
                shown(str(wanted)),
            )
    end = data + entry.packed
    if end > record.size:
        record.corrupt(f"member {shown(entry.name)} goes beyond the end of the file", entry.offset)
        return None
    if flags & DESCRIPTOR:
        end += yield from _descriptor(entry, end, record, limits)
    return Extent(start=entry.offset, data=data, end=end, extra=extra)


def _descriptor(
    entry: Entry, offset: int, record: Record, limits: Limits
) -> Generator[Request, bytes, int]:
    """Return the bytes of the data descriptor behind a member, which has four forms."""
    raw = yield from fetch(offset, _LONGEST_DESCRIPTOR, limits)
    for signature in (_DESCRIPTOR_SIGNATURE, b""):
        for form in ("<L2L", "<L2Q"):
            try:
                values = struct.pack(form, entry.crc, entry.packed, entry.size)
            except struct.error:
                continue
            if raw.startswith(signature + values):
                return len(signature + values)
    record.corrupt(f"member {shown(entry.name)} has no valid data descriptor", offset)
    return 0
