from __future__ import annotations

import struct

import h5py  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.hdf5_files import (
    everything,
    everything_and_texts,
    good,
    hdf5,
    kinds,
    mended,
    patched,
    small,
    small_and_links,
    summed,
)
from tests.formats.samples import codes, messages, names, read, sniffed
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_chunks import claim_chunks
from weighbridge.formats.hdf5_file import Hdf5File
from weighbridge.formats.hdf5_messages import Layout
from weighbridge.formats.lookup3 import lookup3
from weighbridge.formats.record import Record
from weighbridge.formats.registry import reader
from weighbridge.model.limits import DEFAULT_LIMITS

BLOCKS = {
    "earliest": b"TREE SNOD HEAP GCOL",
    "latest": b"OHDR OCHK FRHP FHDB FHIB BTHD BTLF BTIN FSHD FSSE FAHD FADB EAHD EAIB EADB EASB",
}


@pytest.mark.parametrize("version", BLOCKS)
def test_a_block_that_is_not_where_it_should_be_is_corrupt(version: str) -> None:
    data = hdf5(everything_and_texts, libver=version)
    good(data)
    for magic in BLOCKS[version].split():
        at = data.index(magic)
        found = read(patched(data, at, b"????"))
        assert (found.status, codes(found)) == ("error", ["INT008"]), magic
        assert found.problems[0].offset == at or magic == b"OHDR"


def test_a_changed_byte_in_a_block_with_a_sum_is_seen() -> None:
    data = hdf5(everything, libver="latest")
    for magic in BLOCKS["latest"].split():
        at = data.index(magic) + 7
        found = read(patched(data, at, bytes([data[at] ^ 1])))
        assert (found.status, codes(found)) == ("error", ["INT008"]), magic
    found = read(patched(data, 44, b"????"))
    assert "has the checksum 3f3f3f3f" in messages(found)


OLD = hdf5(small_and_links, libver="earliest")
OLD_TREE, OLD_SNOD, OLD_HEAP = (OLD.index(magic) for magic in (b"TREE", b"SNOD", b"HEAP"))
UNDEFINED = b"\xff" * 8


@pytest.mark.parametrize(
    ("at", "raw", "expected"),
    [
        (13, b"\3", "addresses of 3"),
        (16, b"\0\0", "room for nothing"),
        (18, b"\0\0", "room for nothing"),
        (24, b"\1", "the base address is 1"),
        (40, b"\xff\xff", "by the superblock"),
        (40, UNDEFINED, "by the superblock"),
        (64, UNDEFINED, "no root group"),
        (64, b"\0" * 8, "no header"),
        (64, b"\xff\xff\xff\0", "no header"),
        (OLD_TREE + 4, b"\1", "has the type 1"),
        (OLD_TREE + 6, b"\xff", "and 255 children"),
        (OLD_TREE + 32, UNDEFINED, "leads nowhere"),
        (OLD_TREE + 32, b"\0" * 8, "reached twice"),
        (OLD_SNOD + 4, b"\2", "the version 2"),
        (OLD_SNOD + 6, b"\x09", "9 entries"),
        (OLD_SNOD + 8, b"\0\0", "has no name"),
        (OLD_SNOD + 8, b"\xff\xff", "not in its heap"),
        (OLD_SNOD + 16, UNDEFINED, "leads nowhere"),
        (OLD_HEAP + 24, UNDEFINED, "has no data"),
        (OLD_HEAP + 8, b"\xff\xff\xff", "beyond the end"),
    ],
)
def test_departures_of_old_files_are_corrupt(at: int, raw: bytes, expected: str) -> None:
    found = read(patched(OLD, at, raw))
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in f"{messages(found)} {found.problems[0].wanted}"


def test_two_links_of_one_name_are_corrupt() -> None:
    second = OLD[OLD_SNOD + 8 : OLD_SNOD + 16]
    assert "stands twice" in messages(read(patched(OLD, OLD_SNOD + 48, second)))


NEW = hdf5(everything, libver="latest")
TREES = [at for at in range(len(NEW)) if NEW.startswith(b"BTHD", at)]
OF_LINKS, OF_ATTRIBUTES = (
    next(at for at in range(len(NEW)) if NEW.startswith(b"BTLF\0" + kind, at))
    for kind in (b"\5", b"\x08")
)


@pytest.mark.parametrize(
    ("magic", "place", "raw", "expected"),
    [
        (b"OHDR", 4, b"\3", "the version 3"),
        (b"FRHP", 4, b"\1", "the version 1"),
        (b"FRHP", 110, b"\3", "3 blocks of"),
        (b"FRHP", 140, b"\xc8", "has 200 rows"),
        (b"FHDB", 13, b"\1", "out of its place"),
        (b"FHDB", 40, b"????", "has the checksum"),
        (b"FSHD", 62, bytes(8), "0 of"),
        (b"BTHD", 4, b"\1", "the version 1"),
        (b"BTHD", 5, b"\x09", "type 9"),
        (b"BTHD", 16, UNDEFINED, "has 0 records"),
        (b"BTHD", 26, b"\1\0", "1 by its header"),
        (b"BTLF", 5, b"\1", "has the type 1"),
        (b"BTIN", 5, b"\1", "has the type 1"),
        (b"FAHD", 5, b"\2", "has the type 2"),
        (b"EAHD", 10, b"\3", "no possible size"),
    ],
)
def test_departures_of_new_files_are_corrupt(
    magic: bytes, place: int, raw: bytes, expected: str
) -> None:
    at = NEW.index(magic)
    changed = patched(NEW, at + place, raw)
    if magic not in (b"FHDB", b"BTLF", b"BTIN", b"OHDR"):
        changed = mended(NEW, at, place, raw)
    found = read(changed)
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in f"{messages(found)} {found.problems[0].wanted}"


def test_a_tree_whose_nodes_are_too_small_for_it_is_corrupt() -> None:
    deep = next(at for at in TREES if NEW[at + 12])
    assert "too small" in messages(read(mended(NEW, deep, 6, b"\x20\0\0\0")))
    for size in (b"\4\0\0\0", b"\0\0\xff\xff"):
        assert "nodes of" in messages(read(mended(NEW, deep, 6, size)))
    assert "a B-tree has" in messages(read(mended(NEW, deep, 12, b"\x41")))
    inner = NEW.index(b"BTIN")
    child = 6 + NEW[deep + 24] * NEW[deep + 10]
    assert "leads nowhere" in messages(read(mended(NEW, inner, child, UNDEFINED)))


@pytest.mark.parametrize(
    "identity", [b"\x10", b"\x22", b"\0\xff\xff\xff\xff", b"\0\0\0\0\0\xff\x7f"]
)
def test_a_link_that_is_not_in_its_heap_is_corrupt(identity: bytes) -> None:
    found = read(mended(NEW, OF_LINKS, 10, identity))
    assert (found.status, codes(found)) == ("error", ["INT008"])


def test_an_attribute_kept_among_shared_messages_is_incomplete() -> None:
    found = read(mended(NEW, OF_ATTRIBUTES, 14, b"\2"))
    assert (found.status, found.problems) == ("incomplete", ())
    assert "shared messages" in found.reason


def test_a_heap_that_went_through_filters_is_incomplete() -> None:
    at = NEW.index(b"FRHP")
    changed = patched(NEW, at + 7, b"\4")
    end = at + 22 + 12 * 8 + 3 * 8 + 16
    changed = patched(changed, end, lookup3(changed[at:end]).to_bytes(4, "little"))
    found = read(changed)
    assert (found.status, found.problems) == ("incomplete", ())
    assert "filters" in found.reason


def test_arrays_of_chunks_that_were_never_made_lead_nowhere() -> None:
    for magic, place in ((b"FAHD", 16), (b"EAHD", 60)):
        found = read(mended(NEW, NEW.index(magic), place, UNDEFINED))
        assert (found.status, found.problems) == ("complete", ())
        assert "not all zero" in dict(found.metadata)["free-space"]


SPACE = OLD.index(b"\1\0\x18\0\0\0\0\0\1\1")
"""The message about the space of `w`, three elements of four bytes."""
LAYOUT = OLD.index(b"\x08\0\x18\0", SPACE) + 10
"""Where its layout says where they are, and then their size."""


@pytest.mark.parametrize(
    ("at", "raw", "expected"),
    [
        (SPACE, b"\x12", "has no data space"),
        (SPACE + 16, b"\x09", "has 12 bytes"),
        (OLD.index(b"\5\0\x08\0", SPACE), b"\1", "two messages of type 1"),
        (LAYOUT, OLD_TREE.to_bytes(8, "little"), "lies on something else"),
        (LAYOUT, (OLD_TREE + 1).to_bytes(8, "little"), "share"),
        (LAYOUT, struct.pack("<2Q", 8, len(OLD) - 8), "lies on something else"),
        (LAYOUT + 10, b"\1", "goes beyond the end"),
        (OLD.index(b"\x11\0\x10\0") + 8, UNDEFINED, "no table of symbols"),
    ],
)
def test_departures_of_old_objects_are_corrupt(at: int, raw: bytes, expected: str) -> None:
    found = read(patched(OLD, at, raw))
    assert (found.status, set(codes(found))) == ("error", {"INT008"})
    assert expected in messages(found)


def test_a_message_of_an_unknown_type_is_incomplete() -> None:
    found = read(patched(OLD, OLD.index(b"\5\0\x08\0", SPACE), b"\x18"))
    assert (found.status, found.problems) == ("incomplete", ())
    assert found.reason == "a message is of a type that is not known"


def test_two_attributes_of_one_name_are_corrupt() -> None:
    def fill(file: h5py.File) -> None:
        file.attrs["name-1"] = file.attrs["name-2"] = 1

    found = read(hdf5(fill).replace(b"name-2", b"name-1"))
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert "`name-1` of `` stands twice" in messages(found)


def test_attributes_that_share_a_text_are_read_no_longer_than_the_file() -> None:
    def fill(file: h5py.File) -> None:
        for n in range(9):
            file.attrs[f"a{n}"] = "x" * 1_000 if n == 0 else "y"

    data = hdf5(fill)
    good(data)
    heap = data.index(b"GCOL")
    for n in range(2, 10):
        data = data.replace(struct.pack("<IQI", 1, heap, n), struct.pack("<IQI", 1_000, heap, 1))
    found = read(data)
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert "more text than the file has bytes" in messages(found)


COMMITTED = hdf5(kinds, libver="latest")
SHARED = COMMITTED.index(b"\3\x0a\0\3\2\2") + 5
"""Where a dataset says that its data type is an object of its own."""


def test_a_data_type_among_shared_messages_is_incomplete() -> None:
    found = read(summed(patched(COMMITTED, SHARED - 1, b"\3\1"), b"OHDR"))
    assert (found.status, found.problems) == ("incomplete", ())
    assert "heap of shared ones" in found.reason
    nowhere = read(summed(patched(COMMITTED, SHARED + 1, UNDEFINED), b"OHDR"))
    assert "a shared message is nowhere" in messages(nowhere)
    first = read(summed(patched(COMMITTED, SHARED - 1, b"\1"), b"OHDR"))
    assert first.status == "error"


def test_links_that_only_plug_ins_follow_are_incomplete() -> None:
    def fill(file: h5py.File) -> None:
        file["soft"] = h5py.SoftLink("/a/b")

    data = hdf5(fill, libver="latest")
    at = data.index(b"\1\x08\1\4soft")
    found = read(summed(patched(data, at + 2, b"\x41"), b"OHDR"))
    assert (found.status, found.problems) == ("incomplete", ())
    assert ("user-defined-link", "soft: 65") in found.metadata


def test_a_header_that_goes_on_nowhere_is_corrupt() -> None:
    at = next(at for at in range(len(NEW)) if NEW.startswith(b"\x10\x10\0", at))
    changed = summed(patched(NEW, at + NEW[at:].index(b"\0\0\0") - 5, UNDEFINED), b"OHDR")
    assert read(changed).status == "error"


def test_chunks_of_other_dimensions_than_the_dataset_s_are_a_fault() -> None:
    file = Hdf5File(Record(format="hdf5", size=99), DEFAULT_LIMITS)
    layout = Layout(kind="chunked", offset=8, chunk=(2, 4))
    assert list(claim_chunks(file, Layout(kind="chunked"), (3, 3))) == []
    with pytest.raises(FaultError, match="1 dimensions"):
        list(claim_chunks(file, layout, (3, 3)))


def test_a_file_spread_over_others_is_incomplete() -> None:
    found = read(patched(OLD, 48, bytes(8)))
    assert found.status == "incomplete"
    assert "driver" in found.reason


def test_a_file_that_was_not_closed_is_corrupt() -> None:
    data = bytearray(hdf5(small, libver="latest"))
    data[11] = 1
    data[44:48] = lookup3(bytes(data[:44])).to_bytes(4, "little")
    assert "was not closed" in messages(read(bytes(data)))


def test_a_newer_superblock_is_incomplete() -> None:
    found = read(patched(OLD, 8, b"\4"), "hdf5")
    assert (found.status, found.problems) == ("incomplete", ())
    assert "version 4" in found.reason


def test_a_file_cut_while_it_is_read_is_corrupt() -> None:
    made = reader("hdf5", len(OLD), limits=DEFAULT_LIMITS)
    found = read_bytes(OLD[:-1], made, limits=DEFAULT_LIMITS)
    assert found.status == "error"


def test_budgets_end_incomplete() -> None:
    data = hdf5(everything, libver="latest")
    for budget in ({"entries": 30}, {"text": 2}, {"header": 500}):
        found = read(data, **budget)
        assert (found.status, found.problems) == ("incomplete", ()), budget


def test_long_paths_are_bounded_one_by_one_and_together() -> None:
    data = hdf5(lambda file: file.create_group("/".join("abcdefgh")))
    for budget in ({"text": 12}, {"header": 60, "text": 99}):
        found = read(data, **budget)
        assert (found.status, found.problems) == ("incomplete", ())
        assert "a path is longer" in found.reason


def test_other_bytes_are_not_claimed() -> None:
    assert sniffed(b"\x89HDF\r\n\x1a\n\x04" + bytes(90)) is None
    assert sniffed(bytes(511) + b"\x89HDF\r\n\x1a\n\0") is None
    assert sniffed(b"\x89PNG\r\n\x1a\n" + bytes(90)) is None
    assert names(read(OLD)) == []


@pytest.mark.parametrize(
    ("data", "hashed"),
    [(b"", 0xDEADBEEF), (b"Four score and seven years ago", 0x17770551)],
)
def test_the_sum_is_that_of_its_author(data: bytes, hashed: int) -> None:
    assert lookup3(data) == hashed


@given(st.binary(max_size=300))
def test_the_sum_is_lookup3_step_by_step(data: bytes) -> None:
    assert lookup3(data) == plain_lookup3(data)


def plain_lookup3(data: bytes) -> int:
    """The algorithm as its author wrote it, one step a line."""
    a = b = c = (0xDEADBEEF + len(data)) % (1 << 32)
    if not data:
        return c
    words: list[int] = [
        *struct.unpack(f"<{-(-len(data) // 12) * 3}I", data + bytes(-len(data) % 12))
    ]
    while True:
        a, b, c = ((n + words.pop(0)) % (1 << 32) for n in (a, b, c))
        if not words:
            break
        for turn in (4, 6, 8, 16, 19, 4):
            a = (a - c) % (1 << 32) ^ turned(c, turn)
            c = (c + b) % (1 << 32)
            a, b, c = b, c, a
    for turn in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - turned(b, turn)) % (1 << 32)
        a, b, c = b, c, a
    return b


def turned(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) % (1 << 32)
