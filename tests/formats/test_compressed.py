from __future__ import annotations

import bz2
import gzip
import lzma
import random
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.formats.samples import (
    SYSTEM,
    Member,
    codes,
    messages,
    names,
    read,
    read_chopped,
    safetensors,
    sniffed,
    two_tensors,
    zip_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TENSORS = safetensors(two_tensors(), bytes(28))


def alone(data: bytes) -> bytes:
    return lzma.compress(data, format=lzma.FORMAT_ALONE, preset=0)


def small_xz(data: bytes) -> bytes:
    return lzma.compress(data, preset=0)


def zfile(data: bytes) -> bytes:
    return b"ZF" + hex(len(data)).ljust(19).encode() + zlib.compress(data)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": small_xz,
    "lzma": alone,
    "zlib": zlib.compress,
    "zfile": zfile,
}
CHAINED = ("gzip", "bzip2", "xz")
NOISE = random.Random(3).randbytes(200_000)  # noqa: S311 - the same bytes in every run


@pytest.mark.parametrize("name", PACKERS)
def test_what_is_packed_is_read_as_the_file_it_is(name: str) -> None:
    for content, inner in ((SYSTEM, "pickle"), (TENSORS, "safetensors")):
        data = PACKERS[name](content)
        found = read(data)
        assert sniffed(data) == name
        assert (found.format, found.status, found.problems) == (name, "complete", ())
        assert found.coverage == found.size == len(data)
        assert [(m.container, m.format) for m in found.members] == [("content", inner)]
    assert names(read(PACKERS[name](SYSTEM))) == ["posix.system"]


@pytest.mark.parametrize("name", PACKERS)
def test_large_and_small_contents_are_read_alike(name: str) -> None:
    header = {"a": {"dtype": "U8", "shape": [len(NOISE)], "data_offsets": [0, len(NOISE)]}}
    content = safetensors(header, NOISE)
    data = PACKERS[name](content)
    found = read(data, window=70_000)
    assert (found.status, found.problems) == ("complete", ())
    assert read_chopped(data, name, [1_000, 3], window=70_000) == found
    assert read(PACKERS[name](b"")).status == "complete"


def test_packed_text_is_complete_and_silent() -> None:
    found = read(gzip.compress(b"a,b\n1,2\n"))
    assert (found.status, found.members) == ("complete", ())


@pytest.mark.parametrize("name", PACKERS)
def test_what_is_not_understood_inside_is_never_complete(name: str) -> None:
    found = read(PACKERS[name](b"\0\1\2"))
    assert (found.status, found.members[0].format) == ("incomplete", "unknown")


@pytest.mark.parametrize("name", CHAINED)
def test_streams_that_follow_one_another_are_one(name: str) -> None:
    pack = PACKERS[name]
    half = len(TENSORS) // 2
    data = pack(TENSORS[:half]) + pack(b"") + pack(TENSORS[half:])
    for found in (read(data), read_chopped(data, name, [1, 7])):
        assert (found.status, found.coverage) == ("complete", len(data))
        assert found.members[0].format == "safetensors"


@pytest.mark.parametrize("name", PACKERS)
def test_zeros_may_follow_and_nothing_else(name: str) -> None:
    data = PACKERS[name](TENSORS)
    assert read(data + bytes(700)).status == "complete"
    for rest in (b"\1", b"\0\0\0x", bytes(70_000) + b"x"):
        found = read(data + rest)
        assert found.status == "incomplete"
        assert "SEC009" in codes(found)
    assert "posix.system" in names(read(data + SYSTEM))


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zlib", "zfile"])
def test_damage_is_found_by_the_checksum(name: str) -> None:
    data = bytearray(PACKERS[name](NOISE[:3_000]))
    data[1_500] ^= 1
    found = read(bytes(data), name)
    assert found.status == "error"
    assert "the compressed data is damaged" in messages(found)


@pytest.mark.parametrize("name", PACKERS)
def test_what_is_cut_off_is_damaged(name: str) -> None:
    data = PACKERS[name](TENSORS)
    found = read(data[:-1], name)
    assert (found.status, messages(found)) == ("error", "the compressed data is cut off")


@pytest.mark.parametrize("name", PACKERS)
def test_bombs_are_not_unfolded(name: str) -> None:
    data = PACKERS[name](bytes(3_000_000))
    found = read(data, inflated=1_000_000)
    assert (found.status, codes(found)) == ("incomplete", ["SEC002"])
    assert "inflate to more than" in messages(found)
    found = read(data, ratio=100)
    assert (found.status, codes(found)) == ("incomplete", ["SEC002"])
    assert "unfold to 3000000" in messages(found)


def test_a_length_that_lies_and_a_wide_header_are_told_apart() -> None:
    lying = zfile(TENSORS).replace(hex(len(TENSORS)).encode(), hex(len(TENSORS) - 1).encode())
    assert messages(read(lying)) == f"it unfolds to {len(TENSORS)} bytes"
    wide = zfile(TENSORS).replace(b" x", b"  x", 1)
    assert (read(wide).format, read(wide).status) == ("zfile", "complete")
    assert sniffed(zfile(TENSORS).replace(b" x", b"   x", 1)) is None


def test_streams_in_streams_share_one_budget_and_end() -> None:
    data = bytes(100_000)
    for _ in range(10):
        data = gzip.compress(data, 0)
    assert "nested too deeply" in str(read(data))
    inner = zip_bytes(Member(name=b"a", data=bytes(90_000), method=8))
    found = read(gzip.compress(inner))
    assert dict(found.metadata)["inflated-bytes"] == str(90_000 + len(inner))


def test_a_great_many_streams_cost_no_memory_and_end() -> None:
    empty = gzip.compress(b"")
    assert read(empty * 3_000).status == "complete"
    found = read(empty * 20_001)
    assert (found.status, "streams follow one another" in found.reason) == ("incomplete", True)


def test_a_dictionary_of_any_size_is_not_given_memory() -> None:
    huge = b"\x5d\0\0\0\x80" + b"\xff" * 8 + alone(TENSORS)[13:]
    assert sniffed(huge) is None
    found = read(huge, "lzma")
    assert (found.status, "bytes of memory" in found.reason) == ("incomplete", True)


def test_other_bytes_are_not_claimed() -> None:
    source = random.Random(5)  # noqa: S311 - the same bytes in every run
    for head in (b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x5d\0\0\x80\0" + b"\xff" * 8 + b"\0"):
        for _ in range(200):
            assert sniffed(head + source.randbytes(5_000)) is None
    for text in (b"x\x5e2 + y", b"BZh9 is a magic", b"\x1f\x8b", b"\x1f\x8b\x08\xff"):
        assert sniffed(text) in {None, "text"}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x28\xb5\x2f\xfd\x04\0", "zstd"),
        (b"\x04\x22\x4d\x18\x64\x40", "lz4"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
    ],
)
def test_what_there_is_no_reader_for_is_named_and_unjudged(data: bytes, name: str) -> None:
    found = read(data)
    assert (found.format, found.status, found.coverage) == (name, "incomplete", 0)
    assert found.reason == f"there is no reader for {name}"
