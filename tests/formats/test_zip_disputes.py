"""What one program reads of an archive and another does not: each such place is an attack."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests.formats.samples import Member, codes, messages, read, safetensors, two_tensors, zip_bytes

TENSORS = safetensors(two_tensors(), bytes(28))
PLAIN = Member(name=b"a.safetensors", data=TENSORS)
UNICODE = struct.pack("<2HBL", 0x7075, 6, 1, zlib.crc32(b"a")) + b"b"
SIZES = struct.pack("<2H2Q", 1, 16, 5, 5)


def with_extra(extra: bytes, name: bytes = b"a", flags: int = 0) -> bytes:
    """Give the only member an extra field in the directory."""
    data = zip_bytes(Member(name=name, data=TENSORS, flags=flags))
    at = data.index(b"PK\1\2")
    behind = at + 46 + len(name)
    end = bytearray(data[behind:])
    end[12:16] = struct.pack("<L", 46 + len(name) + len(extra))
    length = struct.pack("<H", len(extra))
    return data[: at + 30] + length + data[at + 32 : behind] + extra + bytes(end)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (with_extra(UNICODE), "its second name is `b`"),
        (with_extra(UNICODE * 2), "more than one second name"),
        (with_extra(SIZES), "its zip64 field gives other sizes"),
        (with_extra(SIZES * 2), "more than one zip64 field"),
        (zip_bytes(PLAIN, Member(name=PLAIN.name.upper(), data=TENSORS)), "one to some programs"),
        (zip_bytes(PLAIN, Member(name=PLAIN.name + b"\0x", data=TENSORS)), "one to some programs"),
        (zip_bytes(PLAIN, Member(name=PLAIN.name + b"/b", data=TENSORS)), "a folder of a file"),
        (zip_bytes(PLAIN, Member(name=b"./" + PLAIN.name, data=TENSORS)), "occurs twice"),
        (zip_bytes(Member(name=b"a\0b", data=TENSORS)), "holds a NUL"),
    ],
)
def test_what_programs_read_differently_is_told(data: bytes, expected: str) -> None:
    found = read(data)
    assert set(codes(found)) == {"SEC002"}
    assert expected in messages(found)


@pytest.mark.parametrize(
    "data",
    [
        with_extra(struct.pack("<2HBL", 0x7075, 6, 1, zlib.crc32(b"z")) + b"b"),
        with_extra(struct.pack("<2HBL", 0x7075, 6, 1, zlib.crc32(b"a")) + b"a"),
        with_extra(struct.pack("<2HBL", 0x7075, 7, 1, zlib.crc32(b"\x81")) + "ü".encode(), b"\x81"),
        with_extra(struct.pack("<2H2Q", 1, 16, len(TENSORS), len(TENSORS))),
    ],
)
def test_fields_that_say_the_same_are_fine(data: bytes) -> None:
    assert (read(data).status, read(data).problems) == ("complete", ())


def test_a_locator_that_leads_elsewhere_is_an_attack() -> None:
    data = bytearray(zip_bytes(PLAIN, wide=2))
    at = data.index(b"PK\6\7")
    data[at + 8] ^= 1
    assert "leads elsewhere" in messages(read(bytes(data)))
    data = bytearray(zip_bytes(PLAIN, wide=1))
    data[data.index(b"PK\6\6")] ^= 1
    assert "has no record before it" in messages(read(bytes(data)))
