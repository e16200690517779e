"""Native code of Windows and macOS."""

from __future__ import annotations

import struct

import pytest

from tests.formats.native_files import command, macho, pe, universal
from tests.formats.samples import codes, messages, read, sniffed
from tests.formats.test_laws import SAMPLES


@pytest.mark.parametrize(("wide", "version"), [(True, "PE32+"), (False, "PE32")])
def test_a_library_of_windows_is_read(*, wide: bool, version: str) -> None:
    data = pe(wide=wide, symbols=(576, 1), tail=bytes(18) + struct.pack("<I", 4))
    found = read(data)
    assert (found.format, found.status, found.problems) == ("pe", "complete", ())
    assert (found.version, found.coverage) == (version, len(data))
    assert found.metadata == (("machine", "x86_64"), ("type", "shared"))


def test_a_program_with_certificates_is_read() -> None:
    data = pe(machine=0x200, flags=0, certificates=(576, 5), tail=b"names")
    found = read(data)
    assert (found.status, found.problems) == ("complete", ())
    assert found.metadata == (("machine", "machine-0x200"), ("type", "executable"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pe(section=(512, 65)), "the section goes beyond"),
        (pe(headers=9_999), "the headers goes beyond"),
        (pe(certificates=(570, 99)), "the certificates goes beyond"),
        (pe(symbols=(560, 1)), "the symbols goes beyond"),
        (pe(magic=0x107), "the optional header is cut off, or of no known kind"),
        (pe(sections=99), "the section headers are cut off"),
        (pe()[:70], "the header is cut off"),
    ],
)
def test_departures_of_windows_are_told(data: bytes, message: str) -> None:
    found = read(data, "pe")
    assert found.status == "error"
    assert message in messages(found)


def test_what_is_appended_to_a_program_is_hidden() -> None:
    for data, where in ((pe(tail=b"MZ"), "section"), (macho(tail=b"MZ"), "segment")):
        found = read(data)
        assert codes(found) == ["SEC009"]
        assert where in messages(found)
        assert found.coverage == found.size - 2


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_library_of_macos_is_read(*, wide: bool, order: str) -> None:
    found = read(macho(wide=wide, order=order))
    assert (found.format, found.status, found.problems) == ("mach-o", "complete", ())
    assert found.metadata == (
        ("machine", "x86_64"),
        ("type", "shared"),
        ("needed", "/usr/lib/libSystem.B.dylib"),
        ("minimum-os", "11.0"),
    )


@pytest.mark.parametrize("wide", [True, False])
def test_a_universal_file_is_read_slice_by_slice(*, wide: bool) -> None:
    found = read(universal(macho(), macho(machine=0x100000C), wide=wide))
    assert (found.format, found.status, found.problems) == ("mach-o", "complete", ())
    assert found.metadata == (("machine", "x86_64"), ("machine", "arm64"))
    assert [member.container for member in found.members] == ["x86_64", "arm64"]
    assert ("type", "shared") in found.members[1].metadata


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (macho(segment=(0, 9_999)), "a segment goes beyond"),
        (macho(count=9), "a load command is missing"),
        (macho(length=9_999), "the load commands go beyond"),
        (macho(extra=command("<", 7, b"", 99)), "goes beyond the others' end"),
        (macho(extra=command("<", 7, b"", 7)), "goes beyond the others' end"),
        (macho(extra=command("<", 0x0C, b"")), "too short for its kind"),
        (macho()[:20], "the header is cut off"),
        (universal(macho(), shift=1), "a slice overlaps"),
        (universal(macho(), shift=-24), "a slice overlaps"),
        (universal(macho())[:20], "the slices' headers are cut off"),
        (universal(*[b""] * 21), "the file has 21 slices"),
    ],
)
def test_departures_of_macos_are_told(data: bytes, message: str) -> None:
    found = read(data, "mach-o")
    assert found.status == "error"
    assert message in messages(found)


def test_an_object_file_stays_incomplete() -> None:
    found = read(macho(kind=1))
    assert (found.status, found.problems) == ("incomplete", ())
    assert "object file" in found.reason


def test_a_slice_over_a_limit_stays_incomplete() -> None:
    assert read(universal(macho()), header=60, window=16).status == "incomplete"
    assert read(universal(macho()), header=50, window=16).status == "incomplete"
    assert read(pe(), header=100, window=16).status == "incomplete"
    assert read(macho(), header=50, window=16).status == "incomplete"


@pytest.mark.parametrize(
    "data",
    [
        b"MZ",
        b"MZ" + bytes(100),
        pe().replace(b"PE\0\0", b"NE\0\0"),
        macho(machine=99),
        universal(macho(machine=99)),
        b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(90),  # a Java class
        b"\xca\xfe\xba\xbe",
    ],
)
def test_what_only_resembles_them_is_not_claimed(data: bytes) -> None:
    assert sniffed(data) in {None, "text"}


@pytest.mark.parametrize("sample", SAMPLES)
def test_other_formats_are_not_claimed(sample: str) -> None:
    own = sample in {"pe", "mach-o"}
    assert (sniffed(SAMPLES[sample]) in {"pe", "mach-o"}) is own
