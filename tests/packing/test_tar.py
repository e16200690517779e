from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.packing.tar import BLOCK, TarError, TarLimits, read_tar, write_tar

NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}(/[a-z0-9][a-z0-9._-]{0,20}){0,2}", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=1500), max_size=5)
SMALL = {"a": b"one", "b/c.json": b"x" * BLOCK, "d": b""}


def theirs(name: str, **changes: object) -> bytes:
    """Archive one file as the standard library does, changed in one respect."""
    stream, data = io.BytesIO(), b"data"
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        for key, value in changes.items():
            setattr(member, key, value)
        archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def cut(archive: bytes) -> bytes:
    """Leave of an archive its files and two blocks of zeros."""
    end = len(archive.rstrip(b"\0"))
    return archive[: end + -end % BLOCK + 2 * BLOCK]


@given(FILES)
def test_what_is_written_is_read_back(files: dict[str, bytes]) -> None:
    assert read_tar(write_tar(files)) == files


@given(FILES)
def test_the_standard_library_reads_the_same(files: dict[str, bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(write_tar(files))) as archive:
        members = archive.getmembers()
        read = {member.name: archive.extractfile(member) for member in members}
        assert {name: file.read() for name, file in read.items() if file} == files
    assert [member.name for member in members] == sorted(files)
    assert {(m.mode, m.uid, m.gid, m.mtime, m.uname, m.gname) for m in members} <= {
        (0o644, 0, 0, 0, "", "")
    }


def test_the_order_of_the_files_does_not_matter() -> None:
    assert write_tar(dict(reversed(SMALL.items()))) == write_tar(SMALL)


def test_every_flipped_bit_is_seen() -> None:
    archive = write_tar(SMALL)
    for position in range(len(archive)):
        for bit in range(8):
            changed = bytearray(archive)
            changed[position] ^= 1 << bit
            try:
                found = read_tar(bytes(changed))
            except TarError:
                continue
            assert found != SMALL, (position, bit)


def test_every_cut_is_seen() -> None:
    archive = write_tar(SMALL)
    for length in range(len(archive)):
        with pytest.raises(TarError):
            read_tar(archive[:length])


@given(st.binary(max_size=3000))
def test_whatever_is_read_is_written_to_the_same_bytes(data: bytes) -> None:
    try:
        found = read_tar(data)
    except TarError:
        return
    assert write_tar(found) == data


def test_the_plainest_file_of_the_standard_library_is_ours() -> None:
    assert read_tar(cut(theirs("name"))) == {"name": b"data"}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("../up", {}),
        ("/etc/passwd", {}),
        ("a/../b", {}),
        ("a//b", {}),
        ("./a", {}),
        ("a/", {}),
        ("a b", {}),
        ("A", {}),
        ("", {}),
        ("a\\b", {}),
        ("name", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("name", {"type": tarfile.LNKTYPE, "linkname": "other"}),
        ("name", {"type": tarfile.DIRTYPE}),
        ("name", {"type": tarfile.FIFOTYPE}),
        ("name", {"type": tarfile.AREGTYPE}),
        ("name", {"type": tarfile.CHRTYPE}),
        ("name", {"linkname": "other"}),
        ("name", {"mtime": 1}),
        ("name", {"uid": 1}),
        ("name", {"gid": 1}),
        ("name", {"mode": 0o4755}),
        ("name", {"uname": "root"}),
        ("name", {"gname": "root"}),
    ],
)
def test_whatever_is_not_a_plain_file_is_refused(name: str, changes: dict[str, object]) -> None:
    with pytest.raises(TarError):
        read_tar(cut(theirs(name, **changes)))


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_extended_headers_are_refused(kind: int) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=kind) as archive:
        archive.addfile(tarfile.TarInfo("long/" * 40))
    with pytest.raises(TarError, match="is not the name of a file"):
        read_tar(cut(stream.getvalue()))


def test_a_name_that_stands_twice_is_refused() -> None:
    one = write_tar({"a": b"x"})[: -2 * BLOCK]
    with pytest.raises(TarError, match="stands twice"):
        read_tar(one + write_tar({"a": b"y"}))


def test_names_out_of_order_are_refused() -> None:
    later = write_tar({"b": b"x"})[: -2 * BLOCK]
    with pytest.raises(TarError, match="not where it is sorted to"):
        read_tar(later + write_tar({"a": b"y"}))


@pytest.mark.parametrize("behind", [b"\0" * BLOCK, b"\0", b"x", write_tar({"z": b""})])
def test_nothing_stands_behind_the_end(behind: bytes) -> None:
    with pytest.raises(TarError):
        read_tar(write_tar(SMALL) + behind)


@pytest.mark.parametrize(
    "size", [b"77777777777", b"0000000000 ", b" 0000000004", b"-0000000004", b"\x80" + bytes(10)]
)
def test_sizes_that_overflow_or_are_spelled_otherwise_are_refused(size: bytes) -> None:
    archive = bytearray(write_tar({"a": b"data"}))
    archive[124:135] = size
    archive[148:156] = b" " * 8
    archive[148:156] = b"%06o\0 " % sum(archive[:BLOCK])
    with pytest.raises(TarError):
        read_tar(bytes(archive))


def test_budgets_hold_on_both_sides() -> None:
    archive = write_tar(SMALL)
    few, small = TarLimits(files=2), TarLimits(size=len(archive) - 1)
    for limits in (few, small):
        with pytest.raises(TarError, match=r"more than 2 files|larger than"):
            read_tar(archive, limits=limits)
        with pytest.raises(TarError, match=r"more than 2 files|larger than"):
            write_tar(SMALL, limits=limits)
    assert read_tar(archive, limits=TarLimits(files=3, size=len(archive))) == SMALL


@pytest.mark.parametrize("name", ["", "../a", "/a", "a" * 101, "ä", "a\0b"])
def test_what_could_not_be_read_back_is_not_written(name: str) -> None:
    with pytest.raises(TarError, match="is not the name of a file"):
        write_tar({name: b""})
