"""Zip, tar and gzip: what may differ makes no difference, and everything else does."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import Member, zip_bytes
from tests.formats.stabilisers.forms import FILES, HARMLESS, Harmless, form, same, tarred, zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ONE = {"a": b"x", "b/c": b"y" * 100}


@given(FILES, HARMLESS, HARMLESS)
def test_zips_of_the_same_files_have_one_form(
    files: Mapping[str, bytes], one: Harmless, other: Harmless
) -> None:
    assert same(zipped(files, one), zipped(files, other))


@given(FILES, HARMLESS, HARMLESS, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
def test_tars_of_the_same_files_have_one_form(
    files: Mapping[str, bytes], one: Harmless, other: Harmless, dialect: int
) -> None:
    assert same(tarred(files, one), tarred(files, other, dialect=dialect))


@given(st.binary(max_size=2_000), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_gzips_of_the_same_bytes_have_one_form(data: bytes, level: int, time: int) -> None:
    assert same(gzip.compress(data, 6, mtime=0), gzip.compress(data, level, mtime=time))


@given(FILES, HARMLESS, HARMLESS)
def test_what_is_packed_in_what_is_packed_has_one_form(
    files: Mapping[str, bytes], one: Harmless, other: Harmless
) -> None:
    def nested(how: Harmless) -> bytes:
        inner = {"inner.zip": zipped(files, how), "note": b"n"}
        return gzip.compress(tarred(inner, how), how.level, mtime=how.time % 2**32)

    assert same(nested(one), nested(other))


@given(FILES, HARMLESS, st.data())
def test_any_other_content_has_another_form(
    files: dict[str, bytes], how: Harmless, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    changed = files | {name: files[name] + b"!"}
    for pack in (zipped, tarred):
        assert form(pack(files, how)).digest != form(pack(changed, how)).digest
        assert form(pack(files, how)).digest != form(pack(files | {"new": b""}, how)).digest


@pytest.mark.slow
@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80])
def test_a_flipped_bit_is_let_go_only_where_nobody_reads_it(
    pack: Callable[[Mapping[str, bytes], Harmless], bytes], flip: int
) -> None:
    """Whatever one byte of an archive becomes: what unpacks otherwise has another form."""
    packed = pack(ONE, Harmless())
    wanted = form(packed).digest
    for at, byte in enumerate(packed):
        flipped = packed[:at] + bytes([byte ^ flip]) + packed[at + 1 :]
        if form(flipped).digest == wanted:
            assert _unpacked(flipped) == ONE, at


def _unpacked(packed: bytes) -> dict[str, bytes]:
    if zipfile.is_zipfile(io.BytesIO(packed)):
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    found = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as opened:
        for member in opened:
            content = opened.extractfile(member)
            assert content is not None
            found[member.name] = content.read()
    return found


def test_the_method_of_a_member_counts() -> None:
    how = Harmless()
    assert form(zipped(ONE, how, method=0)).digest != form(zipped(ONE, how, method=8)).digest


def test_who_may_execute_counts() -> None:
    plain, may = (
        zip_bytes(Member(name=b"run", data=b"x", attributes=mode << 16)) for mode in (0o644, 0o755)
    )
    assert form(plain).digest != form(may).digest


@pytest.mark.parametrize(
    "extra",
    [
        b"UT\x05\0\x01abcd",
        b"ux\x0b\0\x01\x04abcd\x04efgh",
        b"FB\x04\0ZZZZ",
        b"\x35\xd9\x04\0\x04\0\0\0",
    ],
    ids=["time", "owner", "torch", "android"],
)
def test_fields_of_time_owner_and_padding_are_let_go(extra: bytes) -> None:
    plain = zip_bytes(Member(name=b"a", data=b"x"))
    assert same(plain, zip_bytes(Member(name=b"a", data=b"x", extra=extra)))


@pytest.mark.parametrize(
    "extra",
    [b"UT\x20\0" + b"payload." * 4, b"FB\x04\0evil", b"\x35\xd9\x04\0\x04\0ev", b"zz\x01\0x"],
    ids=["time", "torch", "android", "unknown"],
)
def test_a_payload_in_an_extra_field_counts(extra: bytes) -> None:
    plain = zip_bytes(Member(name=b"a", data=b"x"))
    assert form(plain).digest != form(zip_bytes(Member(name=b"a", data=b"x", extra=extra))).digest


@pytest.mark.parametrize(
    "hostile",
    [
        zip_bytes(Member(name=b"a", data=b"x"), before=b"#!/bin/sh\n"),
        zip_bytes(Member(name=b"a", data=b"x", gap=b"hidden")),
        zip_bytes(Member(name=b"a", data=b"x", local_name=b"b")),
        zip_bytes(Member(name=b"a", data=b"x", crc=1)),
        zip_bytes(Member(name=b"a", data=b"x"), Member(name=b"a", data=b"y")),
        zip_bytes(Member(name=b"a", data=b"x", flags=1)),
        zip_bytes(Member(name=b"a", data=b"x", method=12)),
        zip_bytes(Member(name=b"a", data=b"x", method=8, packed=b"\xff\xff")),
        zip_bytes(Member(name=b"a", data=bytes(1 << 20), method=8)),
    ],
    ids=["before", "gap", "names", "crc", "twice", "encrypted", "method", "damaged", "bomb"],
)
def test_an_archive_that_is_not_plain_counts_as_its_bytes(hostile: bytes) -> None:
    found = form(hostile, ratio=500)
    assert (found.label, found.parts) == ("", ())


def test_the_comment_of_an_archive_counts() -> None:
    member = Member(name=b"a", data=b"x")
    assert form(zip_bytes(member)).digest != form(zip_bytes(member, comment=b"c")).digest


def test_a_budget_that_is_used_up_makes_nothing_alike() -> None:
    one, other = (zipped({"a": bytes(5_000)}, Harmless(time=time)) for time in (1, 2))
    assert form(one, inflated=1_000).label == ""
    assert form(one, inflated=1_000).digest != form(other, inflated=1_000).digest
    assert "inflate" in form(one, inflated=1_000).why


def test_depth_is_bounded() -> None:
    def nested(time: int) -> bytes:
        packed = b"x"
        for _ in range(4):
            packed = zipped({"a": packed}, Harmless(time=time))
        return packed

    assert form(nested(1)).digest == form(nested(2)).digest
    assert form(nested(1), depth=2).digest != form(nested(2), depth=2).digest


# Tar --------------------------------------------------------------------------------------------


def _tar(*infos: tarfile.TarInfo) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return stream.getvalue()


def _info(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def test_the_order_counts_where_a_link_is() -> None:
    file, link = _info("a", size=3), _info("b", type=tarfile.SYMTYPE, linkname="a")
    assert form(_tar(file, link)).digest != form(_tar(link, file)).digest


def test_the_order_counts_where_a_name_stands_twice() -> None:
    one, other = _info("a", size=3), _info("a", size=4)
    assert form(_tar(one, other)).digest != form(_tar(other, one)).digest


def test_where_a_link_leads_counts() -> None:
    links = [_info("b", type=tarfile.SYMTYPE, linkname=name) for name in ("a", "c" * 200)]
    assert form(_tar(links[0])).digest != form(_tar(links[1])).digest
    assert form(_tar(links[1])).label == "tar@1"


def test_a_record_of_times_is_let_go_and_any_other_counts() -> None:
    plain, timed, other = (
        _tar(_info("a", pax_headers=headers))
        for headers in ({}, {"atime": "1.5", "ctime": "2.5"}, {"SCHILY.xattr.user.x": "1"})
    )
    assert same(plain, timed)
    assert form(plain).digest != form(other).digest


def test_long_names_have_one_form_in_both_dialects() -> None:
    files = {"d/" * 80 + "a": b"x"}
    assert same(
        tarred(files, Harmless(), dialect=tarfile.GNU_FORMAT),
        tarred(files, Harmless(), dialect=tarfile.PAX_FORMAT),
    )


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    """Write into the first header, and mend its checksum."""
    block = bytearray(data[:512])
    block[at : at + len(new)] = new
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + data[512:]


@pytest.mark.parametrize(
    "hostile",
    [
        _patched(_tar(_info("a", size=3)), 2, b"payload"),
        _patched(_tar(_info("a", size=3)), 500, b"payload"),
        _patched(_tar(_info("a", size=3)), 156, b"4"),
        _patched(_tar(_info("a", size=3)), 156, b"g"),
        _patched(_tar(_info("a", size=3)), 0, b"\xff"),
        _patched(_tar(_info("a", size=3)), 329, b"0000007"),
        _tar(_info("a", size=3))[:-1] + b"x",
        _tar(_info("a", size=3))[:600],
        _tar(_info("a", size=3))[:1_024],
        _tar(_info("a", size=3))[:600] + b"x" + _tar(_info("a", size=3))[601:],
    ],
    ids=[
        "name",
        "reserved",
        "device",
        "global",
        "utf8",
        "numbers",
        "behind",
        "cut",
        "end",
        "padding",
    ],
)
def test_a_tar_that_is_not_plain_counts_as_its_bytes(hostile: bytes) -> None:
    assert form(hostile).label == ""


def _extended(raw: bytes, kind: bytes = b"x") -> bytes:
    """Make an extended header of its own."""
    size = b"%011o\0" % len(raw)
    block = _patched(_patched(_tar(_info("h")), 124, size), 156, kind)[:512]
    return block + raw + bytes(-len(raw) % 512)


FILE = _tar(_info("a", size=3))


@pytest.mark.parametrize(
    "hostile",
    [
        _extended(b"12 path=abc\n" + b"12 path=abd\n") + FILE,
        _extended(b"abc\0payload", b"L") + FILE,
        _extended(b"no record") + FILE,
        _extended(b"11 size=10\n") + FILE,
        _extended(b"20 GNU.sparse.map=0\n") + FILE,
        _extended(b"12 path=abc\n") + bytes(1_024),
        _patched(FILE, 156, b"5"),
        _patched(FILE, 257, bytes(8) + b"x"),
        _patched(_patched(FILE, 257, b"ustar  \0"), 400, b"x"),
    ],
    ids=["twice", "name", "record", "size", "sparse", "alone", "folder", "old", "gnu"],
)
def test_a_tar_whose_headers_say_too_much_counts_as_its_bytes(hostile: bytes) -> None:
    assert form(hostile).label == ""


def test_where_a_long_link_leads_counts_in_the_dialect_of_gnu() -> None:
    links = [_extended(name * 120 + b"\0", b"K") for name in (b"a", b"b")]
    file = _tar(_info("l", type=tarfile.SYMTYPE, linkname="x"))
    one, other = (form(link + file) for link in links)
    assert one.label == other.label == "tar@1"
    assert one.digest != other.digest


def test_a_large_archive_is_not_followed_beyond_the_limits() -> None:
    assert form(_tar(*(_info(f"{at}") for at in range(9))), entries=5).label == ""


# Gzip and the others ----------------------------------------------------------------------------


def _with_header(flags: int, more: bytes) -> bytes:
    packed = gzip.compress(b"content", mtime=0)
    return packed[:3] + bytes([flags]) + packed[4:10] + more + packed[10:]


def test_the_name_in_a_gzip_header_is_let_go() -> None:
    assert same(gzip.compress(b"content", mtime=0), _with_header(8, b"model.bin\0"))


@pytest.mark.parametrize(
    "hostile",
    [
        _with_header(16, b"comment\0"),
        _with_header(4, b"\x04\0evil"),
        _with_header(8, b"n" * 5_000 + b"\0"),
        gzip.compress(b"a") + gzip.compress(b"b"),
        gzip.compress(b"a") + b"behind",
        gzip.compress(b"a" * 100)[:-5],
        gzip.compress(bytes(1 << 22)),
    ],
    ids=["comment", "extra", "name", "two", "behind", "cut", "bomb"],
)
def test_a_gzip_that_is_not_plain_counts_as_its_bytes(hostile: bytes) -> None:
    assert form(hostile, ratio=500).label == ""


def test_a_compressor_may_write_the_same_bytes_otherwise() -> None:
    data = b"the same bytes " * 100
    assert same(zlib.compress(data, 1), zlib.compress(data, 9))
    assert same(lzma.compress(data, preset=0), lzma.compress(data, preset=9))
    assert form(zlib.compress(data)).digest != form(lzma.compress(data)).digest
    assert form(zlib.compress(data)).digest != form(zlib.compress(data + b"!")).digest


def test_arrays_packed_by_numpy_at_other_times_have_one_form() -> None:
    def saved(value: float) -> bytes:
        stream = io.BytesIO()
        np.savez_compressed(stream, x=np.full(1_000, value), y=np.arange(3))
        return stream.getvalue()

    packed = saved(0.5)
    clock = bytearray(packed)
    at = packed.index(b"PK\3\4")
    clock[at + 10 : at + 14] = b"\x11\x22\x33\x44"
    assert same(packed, bytes(clock))
    assert form(packed).digest != form(saved(0.25)).digest


def test_normalising_what_is_normal_changes_nothing() -> None:
    """An archive made anew of the parts of a normal form has that form."""
    found = form(zipped(ONE, replace(Harmless(), time=77, turned=True)))
    parts = {part.name: part.opened() for part in found.parts}
    again = zipped({name: one.read_at(0, one.size) for name, one in parts.items()}, Harmless())
    assert form(again).digest == found.digest
