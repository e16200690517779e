from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.formats.samples import (
    SYSTEM,
    codes,
    deflated,
    messages,
    names,
    read,
    read_chopped,
    safetensors,
    sniffed,
    two_tensors,
)
from tests.formats.written import written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TENSORS = safetensors(two_tensors(), bytes(28))
COPY, DEFLATE, BZIP2 = b"\x01\x00", b"\x03\x04\x01\x08", b"\x03\x04\x02\x02"
LZMA2 = b"\x21\x21\x01\x00"
ALL = b"\x01"


def number(value: int) -> bytes:
    return bytes([value]) if value < 128 else b"\xff" + struct.pack("<Q", value)


def part(mark: int, body: bytes) -> bytes:
    return bytes([mark]) + number(len(body)) + body


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A folder: what it takes, how, and the files it comes to."""

    files: Sequence[bytes]
    coder: bytes = COPY
    packed: bytes | None = None
    size: int | None = None
    crc: int | None = None


def crc(data: bytes) -> bytes:
    return struct.pack("<L", zlib.crc32(data))


def streams(folders: Sequence[Packed], *, offset: int = 0) -> tuple[bytes, bytes]:
    """Write the streams, and the part of the header that says where they lie."""
    wholes = [b"".join(folder.files) for folder in folders]
    bodies = [w if f.packed is None else f.packed for f, w in zip(folders, wholes, strict=True)]
    info = b"\x06" + number(offset) + number(len(folders))
    info += b"\x09" + b"".join(number(len(body)) for body in bodies) + b"\0"
    info += b"\x07\x0b" + number(len(folders)) + b"\0"
    info += b"".join(b"\x01" + folder.coder for folder in folders) + b"\x0c"
    sizes = [len(w) if f.size is None else f.size for f, w in zip(folders, wholes, strict=True)]
    info += b"".join(map(number, sizes)) + b"\0"
    info += b"\x08\x0d" + b"".join(number(len(folder.files)) for folder in folders) + b"\x09"
    for folder in folders:
        info += b"".join(number(len(file)) for file in folder.files[:-1])
    crcs = [
        crc(file) if folder.crc is None else struct.pack("<L", folder.crc)
        for folder in folders
        for file in folder.files
    ]
    return b"".join(bodies), info + b"\x0a" + ALL + b"".join(crcs) + b"\0\0"


def signed(body: bytes, header: bytes, *, offset: int | None = None) -> bytes:
    start = struct.pack("<QQ", len(body) if offset is None else offset, len(header)) + crc(header)
    return b"7z\xbc\xaf\x27\x1c\0\4" + crc(start) + start + body + header


def seven(
    *folders: Packed,
    names: Sequence[str] = ("a",),
    more: bytes = b"",
    tail: bytes = b"\0\0",
    offset: int = 0,
    before: bytes = b"",
) -> bytes:
    body, info = streams(folders, offset=offset)
    text = b"".join(name.encode("utf-16-le") + b"\0\0" for name in names)
    files = b"\x05" + number(len(names)) + part(0x11, b"\0" + text) + more + tail
    return signed(before + body, b"\x01\x04" + info + files)


def packed_header(data: bytes) -> bytes:
    """Pack the header of an archive with LZMA2, as most programs do."""
    offset, size = struct.unpack("<QQ", data[12:28])
    header = data[32 + offset : 32 + offset + size]
    small = lzma2(header)
    info = b"\x17\x06" + number(offset) + b"\x01\x09" + number(len(small)) + b"\0"
    info += b"\x07\x0b\x01\0\x01" + LZMA2 + b"\x0c" + number(size)
    info += b"\x0a" + ALL + crc(header) + b"\0\0"
    return signed(data[32 : 32 + offset] + small, info)


def lzma2(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]
    return lzma.compress(data, lzma.FORMAT_RAW, filters=filters)


def lzma1(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 4096}]
    return lzma.compress(data, lzma.FORMAT_RAW, filters=filters)


LZMA1 = b"\x23\x03\x01\x01\x05\x5d\0\x10\0\0"
METHODS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "copy": (COPY, lambda data: data),
    "deflate": (DEFLATE, deflated),
    "bzip2": (BZIP2, bz2.compress),
    "lzma2": (LZMA2, lzma2),
    "lzma": (LZMA1, lzma1),
}
SAMPLE = seven(Packed(files=[SYSTEM, TENSORS]), names=["a.pkl", "d/b"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("whole", [False, True])
def test_files_are_read_by_any_method_there_is(method: str, whole: bool) -> None:  # noqa: FBT001
    coder, pack = METHODS[method]
    inside = [SYSTEM, TENSORS, b"text\n"]
    folder = Packed(files=inside, coder=coder, packed=pack(b"".join(inside)))
    data = seven(folder, Packed(files=[TENSORS]), names=["a.pkl", "d/b", "t.txt", "c"])
    data = packed_header(data) if whole else data
    found = read(data)
    assert sniffed(data) == "7z"
    assert (found.format, found.status, found.problems) == ("7z", "complete", ())
    assert (found.version, found.coverage) == ("0.4", len(data))
    assert [(m.container, m.format) for m in found.members] == [
        ("a.pkl", "pickle"),
        ("d/b", "safetensors"),
        ("c", "safetensors"),
    ]
    assert names(found) == ["posix.system"]
    assert read_chopped(data, "7z", [3, 50]) == found


@pytest.mark.parametrize("name", ["7z-filtered.7z", "7z-lzma.7z"])
def test_an_archive_of_the_library_is_read(name: str) -> None:
    data = written(name)
    found = read(data)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(data))


@pytest.mark.parametrize("name", ["7z-end-mark.7z", "7z-delta.7z"])
def test_a_mark_at_the_end_and_a_filter_are_no_damage(name: str) -> None:
    found = read(written(name))
    assert [(m.container, m.format) for m in found.members] == [("code.bin", "unknown")]
    assert found.problems == ()


@pytest.mark.parametrize("name", ["7z-encrypted.7z", "7z-encrypted-header.7z"])
def test_what_is_encrypted_is_an_attack_and_unread(name: str) -> None:
    found = read(written(name))
    assert (found.status, codes(found)) == ("incomplete", ["SEC002"])


def test_folders_without_content_and_empty_archives_are_read() -> None:
    more = part(0x0E, b"\x40") + part(0x0F, b"\x00") + part(0x19, b"\0\0")
    found = read(seven(Packed(files=[SYSTEM]), names=["a", "d"], more=more))
    assert (found.status, found.problems) == ("complete", ())
    assert read(signed(b"", b"")).status == "complete"
    assert read(signed(b"", b"\x01\0")).status == "complete"
    assert read(signed(b"", b"\x01\x02\x10\x01x\0\0")).status == "complete"


@pytest.mark.parametrize("coder", [b"\x04\xf7\x11\x01\x01", b"\x03\x03\x04\x01"])
def test_methods_there_is_no_unpacker_for_are_not_called_clean(coder: bytes) -> None:
    coder = bytes([len(coder) - 1]) + coder[1:]
    found = read(seven(Packed(files=[SYSTEM], coder=coder)))
    assert (found.status, found.members) == ("incomplete", ())
    assert "no unpacker for the method" in found.reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [("/etc/passwd", "leads out"), ("../a", "leads out"), ("a\\b", "backslash")],
)
def test_names_that_lead_out_are_attacks(name: str, expected: str) -> None:
    found = read(seven(Packed(files=[SYSTEM]), names=[name]))
    assert (codes(found), expected in messages(found)) == (["SEC002"], True)


def test_links_removals_and_names_that_occur_twice_are_attacks() -> None:
    link = struct.pack("<L", 0o120777 << 16 | 0x8000)
    found = read(seven(Packed(files=[b"x"]), more=part(0x15, ALL + b"\0" + link)))
    assert "is a symbolic link" in messages(found)
    found = read(seven(Packed(files=[b"x", b"y"]), names=["a", "a"]))
    assert "occurs twice" in messages(found)
    more = part(0x0E, b"\x40") + part(0x10, b"\x80")
    found = read(seven(Packed(files=[b"x"]), names=["a", "b"], more=more))
    assert "is there to remove another" in messages(found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SAMPLE[:8] + b"\0" + SAMPLE[9:], "signature header has a wrong CRC"),
        (SAMPLE[:-3] + b"x" + SAMPLE[-2:], "the header has a wrong CRC"),
        (SAMPLE[:-1], "beyond the end of the file"),
        (SAMPLE[:31], "does not begin with a signature"),
        (signed(b"", b"\x02"), "lacks part 0x01"),
        (signed(b"", b"\x01\x03"), "additional streams"),
        (signed(b"", b"\x01\x05\x05"), "counts more"),
        (signed(b"", b"\x01\x05\x01\0\0"), "have no names"),
        (signed(b"", b"\x01\x05\x01\x19\0\x19\0\0\0"), "stands twice"),
        (signed(b"", b"\x01\x05\x01\x11\x02\x01a\0\0"), "lies elsewhere"),
        (signed(b"", b"\x01\x05\x01\x11\x03\0a\0\0\0"), "other names than files"),
        (signed(b"", b"\x01\0\0"), "does not end where"),
        (signed(b"", b"\x01\x04\x09"), "the unknown part 0x09"),
        (signed(b"", b"\x01\x04\x06\0\x01\0"), "sizes of the packed streams"),
        (signed(b"", b"\x01\x04\x06\0\x01\x09\x05\x0a\x01\0\0\0\0\0\0"), "other streams"),
        (signed(b"", b"\x01\x04\x07\x0b\x01\0\x01\x05"), "ends too early"),
        (signed(b"", b"\x01\x04\x07\x0b\x01\0\x01\x40"), "flags that are not known"),
        (signed(b"", b"\x01\x04\x07\x0b\x01\0\0"), "no coder"),
        (signed(b"", b"\x01\x04\x07\x0b\x01\0\x01\x11\0\x00\x01"), "takes no packed stream"),
        (signed(b"", b"\x01\x04\x07\x0b\x01\0\x02\x01\0\x01\0\x00\x05"), "one output"),
        (signed(b"", b"\x01\x04\x06\xff" + b"\xff" * 8), "a number no file has"),
        (signed(b"", b"\x17\0"), "not one stream"),
        (seven(Packed(files=[SYSTEM]), offset=999), "goes beyond the end"),
        (seven(Packed(files=[SYSTEM]), names=["a", "b"]), "other files than streams"),
        (seven(Packed(files=[SYSTEM], size=31)), "two sizes"),
        (seven(Packed(files=[SYSTEM, TENSORS], size=9), names="ab"), "not as long as it is"),
        (seven(Packed(files=[SYSTEM], crc=5)), "member `a` have the CRC"),
        (seven(Packed(files=[SYSTEM], coder=DEFLATE, packed=b"\xff")), "damaged"),
        (seven(Packed(files=[SYSTEM], coder=LZMA2, packed=lzma2(SYSTEM) + b"x")), "bytes follow"),
        (seven(Packed(files=[SYSTEM], coder=LZMA1, packed=lzma1(SYSTEM) + b"x" * 99)), "follow"),
        (seven(Packed(files=[SYSTEM], coder=LZMA1, packed=lzma1(b"short"))), "damaged"),
        (seven(Packed(files=[SYSTEM], coder=LZMA2, packed=lzma2(b"short"))), "have 5 bytes"),
        (seven(Packed(files=[SYSTEM], coder=b"\x21\x21\x01\x29")), "LZMA2 has properties"),
        (seven(Packed(files=[SYSTEM], coder=LZMA1[:5] + b"\xff" + LZMA1[6:])), "LZMA has"),
        (seven(Packed(files=[SYSTEM], coder=LZMA1[:5] + b"\x2c" + LZMA1[6:])), "LZMA has"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "7z")
    assert found.status == "error"
    assert expected in messages(found)


def test_damage_of_a_packed_header_is_corrupt() -> None:
    data = packed_header(SAMPLE)
    at = 32 + len(SYSTEM) + len(TENSORS)
    assert "the packed header" in messages(read(data[:at] + b"\x05" + data[at + 1 :]))
    layers = SAMPLE
    for _ in range(5):
        layers = packed_header(layers)
    assert "packed too often" in messages(read(layers))


def test_what_lies_between_the_parts_is_hidden() -> None:
    found = read(seven(Packed(files=[TENSORS]), offset=len(SYSTEM), before=SYSTEM))
    assert "SEC009" in codes(found)
    assert names(found) == ["posix.system"]
    found = read(SAMPLE + b"junk")
    assert (found.status, codes(found)[0]) == ("incomplete", "SEC009")
    _, info = streams([Packed(files=[b"\x01"])])
    found = read(signed(b"", b"\x01\x04" + info + named("a")))
    assert "before the last one ends" in messages(found)


def named(name: str) -> bytes:
    text = b"\0" + name.encode("utf-16-le") + b"\0\0"
    return b"\x05\x01" + part(0x11, text) + b"\0\0"


@pytest.mark.parametrize(
    ("data", "budget", "word"),
    [
        (SAMPLE, {"entries": 1}, "more than 1 files"),
        (SAMPLE, {"header": 40}, "over the limit"),
        (packed_header(SAMPLE), {"header": 60}, "over the limit"),
        (seven(Packed(files=[SYSTEM], coder=b"\x21\x21\x01\x28")), {}, "bytes of memory"),
        (
            seven(Packed(files=[bytes(9_000)], coder=LZMA2, packed=lzma2(bytes(9_000)))),
            {"ratio": 100},
            "unfold to 9000",
        ),
        (
            seven(Packed(files=[bytes(9_000)], coder=LZMA2, packed=lzma2(bytes(9_000)))),
            {"inflated": 100},
            "inflate to more",
        ),
    ],
)
def test_budgets_end_incomplete(data: bytes, budget: dict[str, int], word: str) -> None:
    found = read(data, **budget)
    assert (found.status, word in found.reason) == ("incomplete", True)
