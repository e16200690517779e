from __future__ import annotations

import contextlib
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.packing.layer_tar import (
    END,
    Member,
    archive_size,
    check_order,
    member_header,
    padding,
    read_archive,
)
from weighbridge.packing.tar import BLOCK, LARGEST_FILE, TarError, header_block

NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="/"),
    min_size=1,
    max_size=90,
)
PATH = st.lists(NAME, min_size=1, max_size=4).map("/".join)
FILES = st.dictionaries(PATH, st.binary(max_size=1500), max_size=5)


def archive(files: dict[str, bytes]) -> bytes:
    parts = []
    for path, data in sorted(files.items()):
        parts += [member_header(Member(path, len(data))), data, padding(len(data))]
    return b"".join([*parts, END])


def read(data: bytes, *, chunk: int = 4096) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    last = ""
    for item in read_archive(data[at : at + chunk] for at in range(0, len(data), chunk)):
        if isinstance(item, Member):
            last = item.path
            found[last] = b""
        else:
            found[last] += item
    return found


@given(FILES, st.integers(1, 2000))
def test_what_is_written_is_read_back_in_any_chunks(files: dict[str, bytes], chunk: int) -> None:
    assert read(archive(files), chunk=chunk) == files


@given(FILES)
def test_the_standard_library_reads_the_same(files: dict[str, bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(files))) as opened:
        members = opened.getmembers()
        found = {member.name: opened.extractfile(member) for member in members}
        # The library takes slashes off the end of names, and so does no path of a release have one.
        assert {name: file.read() for name, file in found.items() if file} == files
    assert {(m.mode, m.uid, m.gid, m.mtime, m.uname, m.gname, m.type) for m in members} <= {
        (0o644, 0, 0, 0, "", "", tarfile.REGTYPE)
    }


@given(FILES)
def test_its_size_is_known_beforehand(files: dict[str, bytes]) -> None:
    members = [Member(path, len(data)) for path, data in files.items()]
    assert archive_size(members) == len(archive(files))


@pytest.mark.parametrize(
    ("path", "records"),
    [
        ("a" * 100, False),
        ("a" * 101, True),
        ("d/" * 70 + "a" * 100, False),
        ("d" * 155 + "/" + "a" * 100, False),
        ("d" * 156 + "/" + "a" * 100, True),
        ("d/" + "a" * 101, True),
        ("ä", True),
        ("a b", False),
    ],
)
def test_records_stand_only_where_a_path_does_not_fit(path: str, records: bool) -> None:  # noqa: FBT001 - a column of the table
    header = member_header(Member(path, 3))
    assert (len(header) > BLOCK) is records
    with tarfile.open(fileobj=io.BytesIO(archive({path: b"abc"}))) as opened:
        assert opened.getnames() == [path]


@pytest.mark.parametrize("size", [LARGEST_FILE, LARGEST_FILE + 1, 10**15])
def test_files_of_any_size_have_a_header(size: int) -> None:
    header = member_header(Member("model", size))
    assert (len(header) > BLOCK) is (size > LARGEST_FILE)
    with tarfile.open(fileobj=io.BytesIO(header + END)) as opened:
        found = opened.next()
    assert found is not None
    assert (found.name, found.size) == ("model", size)
    assert next(read_archive([header])) == Member("model", size)


@pytest.mark.parametrize("path", ["", "a\0b", "a\nb", "\ud800"])
def test_a_path_no_archive_can_hold_is_refused(path: str) -> None:
    with pytest.raises(TarError):
        member_header(Member(path, 0))


def test_files_are_sorted_and_none_stands_twice() -> None:
    check_order([Member("a", 1), Member("b", 1)])
    for paths in ("ba", "aa"):
        with pytest.raises(TarError, match="stands twice, or not where it is sorted to"):
            check_order([Member(path, 1) for path in paths])
        data = b"".join(member_header(Member(path, 0)) for path in paths) + END
        with pytest.raises(TarError, match="stands twice, or not where it is sorted to"):
            read(data)


SMALL = {"a": b"one", "b/ä.json": b"x" * BLOCK, "d": b""}


def test_no_byte_is_without_meaning() -> None:
    data = archive(SMALL)
    same = []
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        with contextlib.suppress(TarError):
            if read(bytes(changed)) == SMALL:
                same.append(position)
    assert same == []


def test_an_archive_that_ends_anywhere_else_is_refused() -> None:
    data = archive(SMALL)
    for length in range(0, len(data), 7):
        with pytest.raises(TarError):
            read(data[:length])
    for more in (b"\0", bytes(BLOCK), b"x"):
        with pytest.raises(TarError, match="does not end where its files do"):
            read(data + more)


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
        tarfile.CHRTYPE,
        tarfile.GNUTYPE_SPARSE,
        tarfile.XGLTYPE,
        tarfile.AREGTYPE,
    ],
)
def test_nothing_but_plain_files_is_taken(kind: bytes) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as opened:
        member = tarfile.TarInfo("a")
        member.type, member.linkname = kind, "/etc/passwd"
        opened.addfile(member)
    with pytest.raises(TarError):
        read(stream.getvalue())


@pytest.mark.parametrize(
    "records",
    [b"17 uname=somebody\n", b"9 path=a\n", b"10 path=a\n", b"11 size=01\n", b"", b"junk"],
)
def test_records_nobody_needs_are_refused(records: bytes) -> None:
    data = header_block(b"PaxHeaders", len(records), kind=b"x") + records + padding(len(records))
    with pytest.raises(TarError):
        read(data + header_block(b"a", 0) + END)
    huge = header_block(b"PaxHeaders", 1 << 20, kind=b"x") + bytes(1 << 20)
    with pytest.raises(TarError, match="too large"):
        read(huge)
