from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from blake3 import blake3

from tests.formats.samples import (
    SYSTEM,
    TORCH_DATA,
    Member,
    codes,
    deflated,
    messages,
    names,
    read,
    safetensors,
    sniffed,
    torch_zip,
    two_tensors,
    zip_bytes,
)
from weighbridge.model.structure import TensorInfo

GOOD = Member(name=b"m/data.pkl", data=TORCH_DATA)
TENSORS = safetensors(two_tensors(), bytes(28))
PLAIN = Member(name=b"a.safetensors", data=TENSORS)


def test_a_torch_archive_is_read() -> None:
    data = torch_zip()
    found = read(data)
    assert sniffed(data) == "torch-zip"
    assert (found.format, found.status, found.problems) == ("torch-zip", "complete", ())
    assert found.coverage == found.size == len(data)
    (pickled,) = found.members
    assert (pickled.container, pickled.format) == ("m/data.pkl", "pickle")
    offset = data.index(bytes(16))
    assert found.tensors == (
        TensorInfo(
            name="data/0",
            dtype="torch.FloatStorage",
            shape=(4,),
            offset=offset,
            size=16,
            digest=f"blake3:{blake3(bytes(16)).hexdigest()}",
        ),
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_of_the_standard_library_is_read(method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.mkdir("sub")
        archive.writestr("sub/a.safetensors", TENSORS)
        archive.writestr("b.pkl", SYSTEM)
        archive.comment = b"hello"
    found = read(buffer.getvalue())
    assert (found.format, found.status, found.problems) == ("zip", "complete", ())
    assert [(m.container, m.format) for m in found.members] == [
        ("sub/a.safetensors", "safetensors"),
        ("b.pkl", "pickle"),
    ]
    assert names(found) == ["posix.system"]


def test_a_streamed_archive_with_data_descriptors_is_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: object) -> int:
            self.data += bytes(piece)  # type: ignore[call-overload]
            return len(bytes(piece))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.safetensors", TENSORS)
    found = read(bytes(pipe.data))
    assert (found.status, found.problems) == ("complete", ())


@pytest.mark.parametrize("signature", [b"PK\7\x08", b""])
@pytest.mark.parametrize("form", ["<3L", "<L2Q"])
def test_a_data_descriptor_has_four_forms(signature: bytes, form: str) -> None:
    crc = zlib.crc32(TENSORS)
    descriptor = signature + struct.pack(form, crc, len(TENSORS), len(TENSORS))
    member = Member(name=b"a", data=TENSORS, flags=8, descriptor=descriptor)
    found = read(zip_bytes(member, PLAIN))
    assert (found.status, found.problems) == ("complete", ())
    wrong = Member(name=b"a", data=TENSORS, flags=8, descriptor=b"x" * len(descriptor))
    assert "no valid data descriptor" in messages(read(zip_bytes(wrong, PLAIN)))


@pytest.mark.parametrize("wide", [1, 2])
def test_zip64_is_read(wide: int) -> None:
    found = read(zip_bytes(PLAIN, wide=wide))
    assert (found.status, found.problems, found.coverage) == ("complete", (), found.size)


def test_an_empty_archive_is_complete() -> None:
    assert read(zip_bytes()).status == "complete"


@pytest.mark.parametrize(
    "name",
    [b"../a", b"a/../../b", b"/etc/passwd", b"C:/a", b"a\\b", b"a\0b"],
)
def test_names_that_lead_out_are_attacks(name: bytes) -> None:
    found = read(zip_bytes(Member(name=name, data=TENSORS)))
    assert codes(found) == ["SEC002"]


def test_a_symbolic_link_is_an_attack() -> None:
    link = Member(name=b"a", data=b"/etc/passwd", attributes=0o120777 << 16)
    assert "symbolic link" in messages(read(zip_bytes(link)))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (zip_bytes(PLAIN, PLAIN), "occurs twice"),
        (zip_bytes(PLAIN, before=b"#!/bin/sh\n"), "10 bytes belong to no member"),
        (zip_bytes(Member(name=b"a", data=TENSORS, gap=b"hi")), "2 bytes belong to no member"),
        (zip_bytes(PLAIN, after=b"junk"), "4 bytes belong to no member"),
        (zip_bytes(Member(name=b"a", data=TENSORS, local_name=b"b")), "differ in the name"),
        (zip_bytes(Member(name=b"a", data=TENSORS, local_crc=1)), "differ in the CRC"),
        (zip_bytes(Member(name=b"a", data=TENSORS, flags=1)), "is encrypted"),
        (zip_bytes(Member(name=b"a", data=bytes(9_000_000), method=8)), "unfolds"),
        (zip_bytes(PLAIN, comment=zip_bytes()), ""),
        (
            zip_bytes(PLAIN, Member(name=b"b", data=TENSORS, offset=0, local_name=b"b")),
            "before the last one ends",
        ),
    ],
)
def test_attacks_are_told(data: bytes, expected: str) -> None:
    found = read(data, "zip")
    assert "SEC002" in codes(found)
    assert expected in messages(found)


def test_a_field_that_differs_is_named() -> None:
    data = bytearray(zip_bytes(PLAIN))
    for at, what in ((6, "flags"), (8, "method"), (18, "sizes")):
        changed = data.copy()
        changed[at] ^= 2
        assert f"differ in the {what}" in messages(read(bytes(changed)))


def test_what_an_encrypted_flag_hides_is_read_all_the_same() -> None:
    found = read(zip_bytes(Member(name=b"a", data=SYSTEM, flags=1, crc=5)))
    assert (found.status, names(found)) == ("incomplete", ["posix.system"])
    assert codes(found) == ["SEC002"]


def test_a_payload_outside_the_members_is_read() -> None:
    for data in (zip_bytes(PLAIN, before=SYSTEM), zip_bytes(PLAIN, after=SYSTEM)):
        found = read(data)
        assert codes(found) == ["SEC002", "SEC009"]
        assert (found.status, names(found)) == ("incomplete", ["posix.system"])
        assert found.members[-1].container.startswith("(bytes ")
        assert names(read(data, depth=0)) == []


def test_two_end_records_that_differ_are_an_attack() -> None:
    data = bytearray(zip_bytes(PLAIN, wide=1))
    data[-10] ^= 1
    assert "two end records differ" in messages(read(bytes(data)))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"PK\3\4", "no end record"),
        (b"PK\3\4" + bytes(90), "no end record"),
        (zip_bytes(PLAIN)[:-3], "no end record"),
        (zip_bytes(PLAIN, wide=2)[:-98] + zip_bytes(PLAIN, wide=2)[-22:], "no zip64 end record"),
        (zip_bytes(wide=2)[-22:], "no zip64 end record"),
        (zip_bytes(Member(name=b"a", data=TENSORS, crc=7)), "has the CRC"),
        (zip_bytes(Member(name=b"a", data=TENSORS, size=1)), "two sizes"),
        (zip_bytes(Member(name=b"a", data=TENSORS, offset=9)), "no local header"),
        (zip_bytes(Member(name=b"a", data=TENSORS, method=8, packed=b"\xff\xff")), "damaged"),
        (
            zip_bytes(Member(name=b"a", data=TENSORS, method=8, packed=deflated(TENSORS)[:-9])),
            "cut off",
        ),
        (
            zip_bytes(Member(name=b"a", data=TENSORS, method=8, packed=deflated(TENSORS) + b"hi")),
            "bytes follow",
        ),
        (zip_bytes(Member(name=b"a", data=TENSORS, method=8, size=3)), f"has {len(TENSORS)} bytes"),
        (
            zip_bytes(Member(name=b"a", data=TENSORS, method=8, size=999)),
            f"has {len(TENSORS)} bytes",
        ),
        (zip_bytes(Member(name=b"a", data=bytes(200_000), method=8, size=3)), "more than its size"),
    ],
)
def test_corrupt_archives_are_told(data: bytes, expected: str) -> None:
    found = read(data, "zip")
    assert found.status == "error"
    assert "INT008" in codes(found)
    assert expected in messages(found)


@pytest.mark.parametrize(
    ("at", "value", "expected"),
    [
        (4, 1, "one of several parts"),
        (8, 3, "several parts"),
        (12, 0xFF, "does not lie where"),
        (12, 1, "no entry"),
    ],
)
def test_end_records_that_lie_are_told(at: int, value: int, expected: str) -> None:
    data = bytearray(zip_bytes(PLAIN))
    data[len(data) - 22 + at] = value
    assert expected in messages(read(bytes(data), "zip"))


def test_directory_entries_that_lie_are_told() -> None:
    data = bytearray(zip_bytes(PLAIN))
    start = data.index(b"PK\1\2")
    for at, value in ((28, 0xFF), (0, 0)):
        changed = data.copy()
        changed[start + at] = value
        assert "bytes that are no entry" in messages(read(bytes(changed), "zip"))
    changed = data.copy()
    changed[start + 20 : start + 24] = b"\xff" * 4
    assert "bytes that are no entry" in messages(read(bytes(changed), "zip"))
    changed = data.copy()
    changed[-14:-10] = b"\2\0\2\0"
    assert "has 1 members" in messages(read(bytes(changed), "zip"))
    cut = Member(name=b"a", data=TENSORS, packed=b"")
    changed = bytearray(zip_bytes(cut))
    start = changed.index(b"PK\1\2")
    changed[start + 20] = 0xFF
    assert "goes beyond the end" in messages(read(bytes(changed), "zip"))


def test_wide_sizes_come_from_the_extra_field() -> None:
    data = bytearray(zip_bytes(Member(name=b"a", data=TENSORS)))
    start, size = data.index(b"PK\1\2"), len(TENSORS)
    extra = struct.pack("<2H", 9, 0) + struct.pack("<2HQ", 1, 8, size)
    data[start + 24 : start + 28] = b"\xff" * 4
    data[start + 30] = len(extra)
    data[start + 47 : start + 47] = extra
    end = data.index(b"PK\5\6")
    data[end + 12] += len(extra)
    found = read(bytes(data))
    assert (found.status, found.problems) == ("complete", ())


# Members ----------------------------------------------------------------------------------------


def test_unknown_members_are_never_complete() -> None:
    found = read(zip_bytes(Member(name=b"a.dat", data=b"hello\0")))
    assert (found.status, found.members[0].format) == ("incomplete", "unknown")
    found = read(torch_zip(Member(name=b"m/extra/a.dat", data=b"hello\0")))
    assert (found.status, found.members[-1].container) == ("incomplete", "m/extra/a.dat")


def test_plain_text_in_an_archive_is_covered_and_not_listed() -> None:
    notes = [Member(name=b"a.txt", data=b"hello"), Member(name=b"a.json", data=b'{"a": 1}')]
    found = read(zip_bytes(*notes, Member(name=b"b.json", data=b'{"auto_map": {"A": "m.A"}}')))
    assert (found.status, found.coverage) == ("complete", found.size)
    assert [member.container for member in found.members] == ["b.json"]


def test_damaged_json_in_an_archive_is_told() -> None:
    found = read(zip_bytes(Member(name=b"a.json", data=b'{"a": 1,')))
    assert (found.status, found.members[0].status) == ("incomplete", "error")


def test_members_of_torch_that_are_no_pickle_are_known() -> None:
    found = read(
        torch_zip(
            Member(name=b"m/byteorder", data=b"little"),
            Member(name=b"m/.data/serialization_id", data=b"0123456789"),
            Member(name=b"m/code/__torch__.py", data=b"class A(Module):\n  x: int\n"),
        )
    )
    assert found.status == "complete"
    assert ("torchscript", "m/code/__torch__.py") in found.metadata


@pytest.mark.parametrize("name", [b"m/extra.txt", b"m/data/1", b"m/version", b"m/code/a.py"])
@pytest.mark.parametrize("method", [0, 8])
def test_a_pickle_under_any_name_is_read(name: bytes, method: int) -> None:
    found = read(torch_zip(Member(name=name, data=SYSTEM, method=method)))
    assert found.members[-1].container == name.decode()
    assert "posix.system" in names(found)


def test_numbers_that_begin_like_a_pickle_are_let_be() -> None:
    found = read(torch_zip(storage=b"\x80\x02\x7d\xff" + bytes(12)))
    assert (found.status, len(found.members)) == ("complete", 1)


def test_storages_are_weighed_against_their_members() -> None:
    assert "has 12 bytes" in messages(read(torch_zip(storage=bytes(12))))
    assert "is missing" in messages(read(zip_bytes(GOOD)))
    other = TORCH_DATA.replace(b"FloatStorage", b"WhatStorage")
    assert read(torch_zip(data=other)).status == "complete"


def test_constants_have_storages_of_their_own() -> None:
    data = torch_zip(Member(name=b"m/constants.pkl", data=TORCH_DATA))
    assert "`m/constants/0` is missing" in messages(read(data))


def test_archives_in_archives_are_read() -> None:
    for outer in (0, 8):
        for inner in (0, 8):
            packed = zip_bytes(
                Member(name=b"x.pkl", data=SYSTEM, method=inner),
                Member(name=b"big.safetensors", data=big(), method=inner),
            )
            found = read(
                zip_bytes(Member(name=b"in.zip", data=packed, method=outer)), window=70_000
            )
            assert (found.status, found.problems) == ("complete", ())
            assert found.members[0].members[0].container == "in.zip!/x.pkl"
            assert names(found) == ["posix.system"]
            assert found.coverage == found.size


def big() -> bytes:
    size = 300_000
    header = {"a": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}
    return safetensors(header, bytes(range(250)) * (size // 250))


def test_archives_nest_as_deep_as_the_limit_says() -> None:
    data = SYSTEM
    for _ in range(4):
        data = zip_bytes(Member(name=b"a", data=data))
    assert names(read(data)) == ["posix.system"]
    found = read(data, depth=3)
    assert (found.status, names(found)) == ("incomplete", [])
    assert "nested too deeply" in str(found.members)


def test_an_unknown_compression_is_not_called_clean() -> None:
    found = read(zip_bytes(Member(name=b"a", data=b"x", packed=b"x", method=12)))
    assert (found.status, found.reason) == ("incomplete", "member `a` has compression 12")


@pytest.mark.parametrize(
    "budget",
    [{"entries": 1}, {"header": 60}, {"inflated": 100}],
)
def test_budgets_end_incomplete(budget: dict[str, int]) -> None:
    one = Member(name=b"a", data=TENSORS, method=8)
    found = read(zip_bytes(one, Member(name=b"b", data=TENSORS, method=8)), **budget)
    assert found.status == "incomplete"
    assert "more than" in found.reason or "limit" in found.reason


def test_inner_archives_share_the_outer_budget() -> None:
    inner = zip_bytes(Member(name=b"a", data=bytes(40_000), method=8))
    data = zip_bytes(*(Member(name=b"%d" % n, data=inner) for n in range(5)))
    assert "inflate" not in read(data).reason
    found = read(data, inflated=100_000)
    assert found.status == "incomplete"
    assert "SEC002" in codes(found)
    assert "inflate to more than" in messages(found)


def test_an_enormous_size_has_no_narrow_descriptor() -> None:
    data = bytearray(zip_bytes(Member(name=b"a", data=TENSORS, flags=8, descriptor=b"")))
    start = data.index(b"PK\1\2")
    data[start + 24 : start + 28] = b"\xff" * 4
    data[start + 30] = 12
    data[start + 47 : start + 47] = struct.pack("<2HQ", 1, 8, 1 << 40)
    data[data.index(b"PK\5\6") + 12] += 12
    found = read(bytes(data), ratio=1 << 40)
    assert "no valid data descriptor" in messages(found)
