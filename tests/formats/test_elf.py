from __future__ import annotations

import struct

import pytest

from tests.formats.elf_files import VERSIONS, Elf, elf, elf_hash
from tests.formats.samples import Member, codes, messages, read, sniffed, zip_bytes
from tests.formats.test_laws import SAMPLES
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.elf import read as elf_reader
from weighbridge.model.limits import DEFAULT_LIMITS

SEVERAL = pytest.mark.parametrize(
    ("wide", "order"), [(True, "<"), (True, ">"), (False, "<"), (False, ">")]
)


def said(data: bytes, key: str) -> list[str]:
    return [value for name, value in read(data, "elf").metadata if name == key]


@SEVERAL
def test_a_library_says_what_it_needs(*, wide: bool, order: str) -> None:
    data = elf(wide=wide, order=order)
    found = read(data)
    assert (found.format, found.status, found.problems) == ("elf", "complete", ())
    assert found.coverage == found.size == len(data)
    assert found.metadata == (
        ("machine", "x86_64"),
        ("class", "ELF64" if wide else "ELF32"),
        ("byte-order", "little" if order == "<" else "big"),
        ("type", "shared"),
        ("interpreter", "/lib64/ld.so"),
        ("needed", "libc.so.6"),
        ("needed", "libm.so.6"),
        ("soname", "libx.so.1"),
        ("runpath", "$ORIGIN"),
        ("symbol-version", "libc.so.6: GLIBC_2.2.5"),
        ("symbol-version", "libc.so.6: GLIBC_2.17"),
        ("symbol-version", "libm.so.6: GLIBC_2.4"),
    )


@pytest.mark.parametrize(
    ("machine", "wide", "order", "name"),
    [
        (62, True, "<", "x86_64"),
        (3, False, "<", "i386"),
        (183, True, "<", "aarch64"),
        (40, False, "<", "arm"),
        (21, True, "<", "ppc64le"),
        (21, True, ">", "ppc64"),
        (22, True, ">", "s390x"),
        (243, True, "<", "riscv64"),
        (190, True, "<", "cuda"),
        (9999, True, "<", "machine-9999"),
    ],
)
def test_the_processor_is_called_as_wheels_call_it(
    *, machine: int, wide: bool, order: str, name: str
) -> None:
    assert said(elf(machine=machine, wide=wide, order=order), "machine") == [name]


def test_versions_that_may_be_missing_are_told_apart() -> None:
    data = elf(weak="GLIBC_2.17")
    assert said(data, "weak-symbol-version") == ["libc.so.6: GLIBC_2.17"]
    assert "libc.so.6: GLIBC_2.17" not in said(data, "symbol-version")


def test_a_file_that_needs_nothing_is_complete() -> None:
    bare = Elf(needed=(), versions={}, kind=2)
    data = bare.packed()
    assert read(data).status == "complete"
    assert said(data, "type") == ["executable"]
    assert said(data, "needed") == []
    assert said(elf(kind=0xFE01), "type") == ["type-0xfe01"]


@pytest.mark.parametrize("sections", [True, False])
def test_sections_are_not_needed(*, sections: bool) -> None:
    data = elf(with_sections=sections)
    assert read(data).status == "complete"
    assert said(data, "needed") == ["libc.so.6", "libm.so.6"]


def test_an_object_file_has_sections_only() -> None:
    layout = struct.Struct("<2I4Q2I2Q")
    text = b"code".ljust(8, b"\0")
    rows = [(0, 0, 0), (1, 64, 4)]
    table = b"".join(layout.pack(0, kind, 0, 0, at, size, 0, 0, 0, 0) for kind, at, size in rows)
    fields = (1, 62, 1, 0, 0, 72, 0, 64, 0, 0, 64, 2, 0)
    head = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<2HI3QI6H", *fields)
    found = read(head + text + table)
    assert (found.status, found.problems) == ("complete", ())
    assert ("type", "relocatable") in found.metadata


def test_long_tables_are_counted_by_the_first_section() -> None:
    data = bytearray(elf(header={"segments": 0xFFFF, "sections": 0}))
    (at,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<2I4Q2I2Q", data, at, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0)
    found = read(bytes(data))
    assert (found.status, found.problems) == ("complete", ())
    assert ("soname", "libx.so.1") in found.metadata
    cut = read(bytes(data[: at + 8]))
    assert cut.status == "error"
    assert "program headers go beyond" in messages(cut)


def test_bytes_behind_the_last_part_are_hidden() -> None:
    found = read(elf(tail=b"#!/bin/sh"))
    assert codes(found) == ["SEC009"]
    assert messages(found) == "9 bytes belong to no segment and no section"
    assert (found.status, found.coverage) == ("incomplete", found.size - 9)
    assert read(elf(tail=bytes(9))).status == "complete"
    assert read(elf(tail=bytes(200_000))).status == "complete"
    assert codes(read(elf(tail=bytes(200_000) + b"!"))) == ["SEC009"]


def test_bytes_between_the_parts_are_hidden_unless_they_are_zero() -> None:
    data = bytearray(elf())
    (at,) = struct.unpack_from("<Q", data, 40)
    data[at - 4] = 1
    found = read(bytes(data))
    assert codes(found) == ["SEC009"]
    data[at - 4] = 0
    assert read(bytes(data)).problems == ()
    claimed = elf(tail=b"in a section", sections=((1, len(data) + 128, 12), (1, 0, 0)))
    assert (read(claimed).status, read(claimed).problems) == ("complete", ())


def row(order: str, *, wide: bool, **changes: int) -> bytes:
    values = {
        "name": 11,
        "kind": 7,
        "flags": 2,
        "address": 512,
        "offset": 64,
        "size": 8,
        "link": 0,
        "info": 0,
        "align": 8,
        "entry": 0,
        **changes,
    }
    return struct.pack(order + ("2I4Q2I2Q" if wide else "10I"), *values.values())


@SEVERAL
def test_an_older_table_of_section_headers_may_be_left_behind(*, wide: bool, order: str) -> None:
    table = bytes(64 if wide else 40) + row(order, wide=wide)
    table += row(order, wide=wide, kind=8, size=1 << 30)
    table += row(order, wide=wide, kind=0x6FFFFFFE)
    data = elf(wide=wide, order=order, tail=table + bytes(70_000))
    found = read(data)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(data))
    assert ("left-over-section-headers", "4") in found.metadata
    more = read(elf(wide=wide, order=order, tail=table + b"payload"))
    assert messages(more) == "7 bytes belong to no segment and no section"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 1 << 20},
        {"kind": 0},
        {"kind": 20},
        {"flags": 1 << 40},
        {"offset": 1 << 40},
        {"size": 1 << 40},
        {"link": 1 << 20},
        {"info": 1 << 20},
        {"align": 3},
        {"align": 1 << 30},
        {"entry": 1 << 10},
    ],
)
def test_what_only_resembles_such_a_table_is_hidden(changes: dict[str, int]) -> None:
    tail = bytes(64) + row("<", wide=True, **changes)
    assert codes(read(elf(tail=tail))) == ["SEC009"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": {"size": 65}}, "the header has 65 bytes"),
        ({"header": {"segment_size": 55}}, "a program header has 55 bytes"),
        ({"header": {"section_size": 0}}, "a section header has 0 bytes"),
        ({"header": {"segments": 99}}, "the program headers go beyond"),
        ({"header": {"sections_at": 1 << 60}}, "the section headers go beyond"),
        ({"header": {"segments_at": 0}}, "3 program headers stand nowhere"),
        ({"header": {"sections_at": 0}}, "2 section headers stand nowhere"),
        ({"load": {"offset": 1 << 63}}, "a segment goes beyond the end"),
        ({"load": {"memory": 1}}, "is loaded to 1"),
        ({"load": {"kind": 2}}, "more than one dynamic segment"),
        ({"load": {"kind": 3}}, "more than one interpreter"),
        ({"load": {"kind": 4}}, "the dynamic segment's strings lie nowhere"),
        ({"load": {"kind": 4}, "needed": ()}, "strings lie nowhere"),
        ({"sections": ((1, 1 << 50, 1),)}, "a section goes beyond the end"),
        ({"sections": ((1, 0, 1 << 63),)}, "a section goes beyond the end"),
        ({"strings": 0}, "strings lie nowhere"),
        ({"ends": False}, "the dynamic segment does not end"),
        ({"interpreter": b"/lib"}, "the interpreter's name does not end"),
        ({"tags": ((1, 9_999),)}, "outside the dynamic strings"),
        ({"tags": ((0x6FFFFFFE, 0),)}, "the needed versions lie nowhere"),
        ({"hashes": 1}, "the hash of the version `GLIBC_2.2.5` is another one"),
    ],
)
def test_departures_are_told(changes: dict[str, object], message: str) -> None:
    found = read(elf(**changes))
    assert found.status == "error"
    assert message in messages(found)


def test_versions_that_lead_out_of_the_segment_are_told() -> None:
    data = bytearray(elf(versions={"libc.so.6": ("GLIBC_2.4",)}))
    at = data.index(struct.pack("<I", elf_hash("GLIBC_2.4")))
    for where, message in ((at - 8, "versions of `libc.so.6` are cut off"), (at - 4, "cut off")):
        changed = data.copy()
        struct.pack_into("<I", changed, where, 1 << 31)
        assert message in messages(read(bytes(changed)))


def test_versions_that_are_miscounted_are_told() -> None:
    data = bytearray(elf(versions={"libc.so.6": ("GLIBC_2.4", "GLIBC_2.5")}))
    at = data.index(struct.pack("<I", elf_hash("GLIBC_2.4"))) - 16
    for count in (1, 3):
        struct.pack_into("<H", data, at + 2, count)
        assert "another number of versions" in messages(read(bytes(data)))
    struct.pack_into("<H", data, at + 2, 0xFFFF)
    assert read(bytes(data)).reason == "more than 32768 versions are needed"


def test_a_table_that_is_not_there_is_told() -> None:
    data = elf()
    made = elf_reader(len(data) + 200, limits=DEFAULT_LIMITS)
    moved = bytearray(data)
    struct.pack_into("<Q", moved, 40, len(data) - 8)
    found = read_bytes(bytes(moved), made, limits=DEFAULT_LIMITS)
    assert "the section headers are cut off" in messages(found)


def test_limits_end_the_reading_as_incomplete() -> None:
    assert "over 1" in read(elf(), entries=1).reason
    assert read(elf(), entries=4).reason.startswith("the dynamic segment has")
    assert read(elf(), text=4).reason == "a name is longer than 4 bytes"
    assert read(elf(), header=70, window=32).status == "incomplete"
    assert read(elf(), window=32).status == "complete"


@pytest.mark.parametrize(
    "head",
    [
        b"\x7fELF\3\1\1",
        b"\x7fELF\2\0\1",
        b"\x7fELF\2\1\2",
        b"\x7fELG\2\1\1",
        b"ELF",
    ],
)
def test_what_only_resembles_it_is_not_claimed(head: bytes) -> None:
    data = head + elf()[len(head) :]
    assert sniffed(data) is None
    assert "none of a known class" in messages(read(data, "elf"))
    assert sniffed(elf()[:51]) is None


@pytest.mark.parametrize("sample", [name for name in SAMPLES if not name.startswith("elf")])
def test_other_formats_are_not_claimed(sample: str) -> None:
    assert sniffed(SAMPLES[sample]) != "elf"


@pytest.mark.parametrize("method", [0, 8])
def test_a_library_in_an_archive_is_read(method: int) -> None:
    data = elf(tail=bytes(100_000), versions={**VERSIONS, "libstdc++.so.6": ("GLIBCXX_3.4.9",)})
    found = read(zip_bytes(Member(name=b"lib/x.so", data=data, method=method)))
    assert (found.status, found.problems) == ("complete", ())
    assert ("symbol-version", "libstdc++.so.6: GLIBCXX_3.4.9") in found.members[0].metadata


# Notes ------------------------------------------------------------------------------------------

NOTE, PROPERTY = 4, 0x6474E553
NEEDED, USED = 0xC0008002, 0xC0010002


def properties(*pairs: tuple[int, bytes], order: str = "<", align: int = 8) -> bytes:
    body = b""
    for kind, data in pairs:
        body += struct.pack(f"{order}2I", kind, len(data)) + data + bytes(-len(data) % align)
    return struct.pack(f"{order}3I", 4, len(body), 5) + b"GNU\0" + body


def bits(value: int, order: str = "<") -> bytes:
    return struct.pack(f"{order}I", value)


BUILD_ID = struct.pack("<3I", 4, 5, 3) + b"GNU\0" + b"12345" + bytes(3)


@pytest.mark.parametrize(
    ("notes", "levels"),
    [
        ({PROPERTY: properties((NEEDED, bits(1)))}, ["x86-64"]),
        ({PROPERTY: properties((USED, bits(8)), (NEEDED, bits(1 | 4)))}, ["x86-64-v3"]),
        ({PROPERTY: properties((NEEDED, bits(8)))}, ["x86-64-v4"]),
        ({NOTE: BUILD_ID + properties((NEEDED, bits(2)))}, ["x86-64-v2"]),
        ({NOTE: properties((NEEDED, bits(2))) + properties((NEEDED, bits(4)))}, ["x86-64-v3"]),
        ({PROPERTY: properties((NEEDED, bits(16)))}, ["unknown-level-0x10"]),
        ({PROPERTY: properties((USED, bits(8)))}, []),
        ({PROPERTY: properties((NEEDED, b"\4"))}, []),
        ({PROPERTY: properties((NEEDED, bits(4)))[:-6]}, []),
        ({NOTE: struct.pack("<3I", 0xFFFFFFFF, 0xFFFFFFFF, 5)}, []),
        ({NOTE: b"short"}, []),
        ({}, []),
    ],
)
def test_the_level_a_library_needs(notes: dict[int, bytes], levels: list[str]) -> None:
    data = elf(notes=notes)
    assert read(data).status == "complete"
    assert said(data, "isa-needed") == levels


def test_other_processors_have_no_levels() -> None:
    data = elf(machine=183, notes={PROPERTY: properties((NEEDED, bits(4)))})
    assert said(data, "isa-needed") == []


def test_the_level_in_a_narrow_file_is_aligned_to_its_words() -> None:
    note = properties((USED, bits(1)), (NEEDED, bits(2)), align=4)
    assert said(elf(wide=False, notes={PROPERTY: note}), "isa-needed") == ["x86-64-v2"]


def test_a_note_without_end_is_not_read() -> None:
    found = read(elf(notes={NOTE: bytes(1 << 17)}))
    assert (found.status, found.reason) == ("incomplete", "a note has 131,072 bytes")
