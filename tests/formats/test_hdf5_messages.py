from __future__ import annotations

import struct

import pytest

from weighbridge.formats import hdf5_messages
from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_fields import Fields, Widths
from weighbridge.formats.hdf5_messages import Layout, Link

WIDTHS = Widths(base=0, offset=8, length=8)
ADDRESS = struct.pack("<Q", 4_096)


def fields(raw: bytes) -> Fields:
    return Fields(raw, 0, WIDTHS)


def kind(number: int, size: int, bits: int = 0, more: bytes = b"", version: int = 1) -> bytes:
    return (
        bytes([version << 4 | number]) + bits.to_bytes(3, "little") + struct.pack("<I", size) + more
    )


INTEGER = kind(0, 4, 8, bytes(4))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (INTEGER, "<i4"),
        (kind(0, 2, 1, bytes(4)), ">u2"),
        (kind(1, 8, 0, b"\0\0\x40\0\x34\x0b\0\x34"), "<f8"),
        (kind(1, 2, 0, b"\0\0\x10\0\x07\x08\0\x07"), "<f2:e8"),
        (kind(2, 4, 0, bytes(2)), "time:4"),
        (kind(3, 7), "S7"),
        (kind(4, 1), "bits:1"),
        (kind(5, 9), "V9"),
        (kind(6, 24), "compound:24"),
        (kind(7, 8), "reference:8"),
        (kind(8, 4, 2, INTEGER), "enum:<i4"),
        (kind(9, 16, 0, INTEGER), "vlen:<i4"),
        (kind(9, 16, 1), "vlen:text"),
        (kind(10, 24, 0, b"\2\0\0\0" + bytes(16) + INTEGER, version=2), "array:<i4"),
        (kind(10, 24, 0, b"\2" + bytes(8) + INTEGER, version=3), "array:<i4"),
        (kind(11, 8, 0, INTEGER, version=5), "complex:<i4"),
    ],
)
def test_data_types_are_named(raw: bytes, name: str) -> None:
    assert hdf5_messages.datatype(fields(raw)).name == name


@pytest.mark.parametrize(
    "raw",
    [
        kind(12, 4),
        kind(0, 4, version=0),
        kind(8, 4, 0, kind(8, 4) * 9),
        kind(1, 4),
        b"\x10",
    ],
)
def test_data_types_of_no_known_kind_are_faults(raw: bytes) -> None:
    with pytest.raises(FaultError):
        hdf5_messages.datatype(fields(raw))


@pytest.mark.parametrize(
    ("raw", "shape", "elements"),
    [
        (b"\1\0\0\0\0\0\0\0", (), 1),
        (b"\1\2\0\0\0\0\0\0" + struct.pack("<2Q", 3, 4), (3, 4), 12),
        (b"\2\1\1\1" + struct.pack("<2Q", 3, 9), (3,), 3),
        (b"\2\0\0\2", None, 0),
        (b"\2\2\0\1" + struct.pack("<2Q", 0, 1 << 63), (0, 1 << 63), 0),
        (b"\2\2\0\1" + struct.pack("<2Q", 1 << 62, 1 << 62), (1 << 62, 1 << 62), (1 << 63) - 1),
    ],
)
def test_data_spaces_are_read_and_counted(
    raw: bytes, shape: tuple[int, ...] | None, elements: int
) -> None:
    assert hdf5_messages.dataspace(fields(raw)) == shape
    assert hdf5_messages.count(shape) == elements


@pytest.mark.parametrize("raw", [b"\3\0\0\0", b"\2\x21\0\1", b"\2\1\0\1", b""])
def test_data_spaces_of_no_known_kind_are_faults(raw: bytes) -> None:
    with pytest.raises(FaultError):
        hdf5_messages.dataspace(fields(raw))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            b"\1\1\1" + bytes(5) + ADDRESS + struct.pack("<I", 3),
            Layout(kind="contiguous", offset=4_096),
        ),
        (
            b"\2\2\2" + bytes(5) + ADDRESS + struct.pack("<2I", 3, 4),
            Layout(kind="chunked", offset=4_096, chunk=(3, 4)),
        ),
        (b"\1\1\0" + bytes(5) + struct.pack("<2I", 3, 0), Layout(kind="compact")),
        (b"\3\0\2\0ab", Layout(kind="compact")),
        (b"\3\1" + b"\xff" * 8 + bytes(8), Layout(kind="contiguous", size=0)),
        (b"\4\3" + ADDRESS + bytes(4), Layout(kind="virtual", offset=4_096)),
        (
            b"\3\2\2" + ADDRESS + struct.pack("<2I", 3, 4),
            Layout(kind="chunked", offset=4_096, chunk=(3, 4)),
        ),
        (
            b"\4\2\2\2\1\3\4\1" + struct.pack("<QI", 7, 0) + ADDRESS,
            Layout(kind="chunked", offset=4_096, chunk=(3, 4), index=1, filtered=7),
        ),
        (
            b"\4\2\0\2\1\3\4\3\x0a" + ADDRESS,
            Layout(kind="chunked", offset=4_096, chunk=(3, 4), index=3),
        ),
    ],
)
def test_layouts_are_read(raw: bytes, expected: Layout) -> None:
    assert hdf5_messages.layout(fields(raw)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"\6\1",
        b"\3\4",
        b"\1\1\3" + bytes(5),
        b"\3\2\1" + ADDRESS + bytes(4),
        b"\4\2\0\2\1\3\4\6",
        b"\3\0\3\0ab",
    ],
)
def test_layouts_of_no_known_kind_are_faults(raw: bytes) -> None:
    with pytest.raises(FaultError):
        hdf5_messages.layout(fields(raw))


def test_filters_are_listed_in_both_versions() -> None:
    old = b"\1\2" + bytes(6)
    old += struct.pack("<4H", 1, 8, 0, 1) + b"deflate\0" + bytes(8)
    old += struct.pack("<4H", 32_013, 4, 0, 2) + b"zfp\0" + bytes(4) + bytes(8)
    new = b"\2\2" + struct.pack("<3H", 2, 0, 1) + bytes(4)
    new += struct.pack("<4H", 32_000, 3, 0, 0) + b"lzf"
    assert hdf5_messages.filters(fields(old)) == [
        ("filter", "deflate"),
        ("unknown-filter", "32013"),
    ]
    assert hdf5_messages.filters(fields(new)) == [("filter", "shuffle"), ("filter", "lzf")]
    with pytest.raises(FaultError):
        hdf5_messages.filters(fields(b"\3\0"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\1\0\1a" + ADDRESS, Link(name=b"a", kind=0, target=4_096)),
        (b"\1\x1d\1" + bytes(8) + b"\1\1\0a\2\0/b", Link(name=b"a", kind=1, value=b"/b")),
        (b"\1\x08\x40\1a\5\0\0f\0/\0", Link(name=b"a", kind=64, value=b"\0f\0/\0")),
    ],
)
def test_links_are_read(raw: bytes, expected: Link) -> None:
    assert hdf5_messages.link(fields(raw)) == expected


def test_a_link_of_another_version_is_a_fault() -> None:
    with pytest.raises(FaultError):
        hdf5_messages.link(fields(b"\2\0\1a" + ADDRESS))


SPACE = b"\2\0\0\0"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (
            b"\1\0"
            + struct.pack("<3H", 2, 8, 4)
            + b"a\0"
            + bytes(6)
            + kind(3, 2)
            + SPACE
            + bytes(4),
            b"xy",
        ),
        (b"\2\0" + struct.pack("<3H", 2, 8, 4) + b"a\0" + kind(3, 2) + SPACE, b"xy"),
        (b"\3\0" + struct.pack("<3H", 2, 8, 4) + b"\0a\0" + kind(3, 2) + SPACE, b"xy"),
    ],
)
def test_attributes_are_read_in_every_version(raw: bytes, text: bytes) -> None:
    found = hdf5_messages.attribute(fields(raw + text))
    assert (found.name, found.shape, found.data.take(2)) == (b"a", (), text)
    with pytest.raises(FaultError, match="has 1 bytes of data"):
        hdf5_messages.attribute(fields(raw + text[:1]))


def test_an_attribute_may_share_its_data_type_and_space() -> None:
    found = hdf5_messages.attribute(fields(b"\3\3" + struct.pack("<3H", 2, 0, 0) + b"\0a\0"))
    assert (found.kind, found.shape) == (None, None)
    with pytest.raises(FaultError):
        hdf5_messages.attribute(fields(b"\4\0" + bytes(6)))
