from __future__ import annotations

import io
import tarfile

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

TENSORS = safetensors(two_tensors(), bytes(28))
END = bytes(1_024)


def block(
    name: bytes = b"a",
    size: int | bytes = 0,
    *,
    kind: bytes = b"0",
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    checksum: int | None = None,
) -> bytes:
    """Write one header; every field is open to lies."""
    length = size if isinstance(size, bytes) else b"%011o\0" % size
    head = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + length + b"00000000000\0"
    rest = kind + bytes(100) + magic + bytes(80) + prefix.ljust(155, b"\0") + bytes(12)
    total = sum(head) + 8 * 32 + sum(rest) if checksum is None else checksum
    return head + b"%06o\0 " % total + rest


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def file(name: bytes, data: bytes, **fields: bytes) -> bytes:
    return block(name, len(data), **fields) + padded(data)  # type: ignore[arg-type]


def pax(text: bytes, kind: bytes = b"x") -> bytes:
    return file(b"pax", text, kind=kind)


def tar(*members: bytes, end: bytes = END) -> bytes:
    return b"".join(members) + end


SAMPLE = tar(file(b"a.safetensors", TENSORS), file(b"d/b", SYSTEM))


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_an_archive_of_the_standard_library_is_read(form: int) -> None:
    long = "d/" + "é" * 120 + "/x.pkl"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        folder = tarfile.TarInfo("d/")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        contents = {"a.safetensors": TENSORS, "d/x.pkl": SYSTEM, "README.md": b"hello\n"}
        if form != tarfile.USTAR_FORMAT:
            contents[long] = SYSTEM
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    data = buffer.getvalue()
    found = read(data)
    assert sniffed(data) == "tar"
    assert (found.format, found.status, found.problems) == ("tar", "complete", ())
    assert found.coverage == found.size == len(data)
    assert [m.container for m in found.members] == [n for n in contents if n != "README.md"]
    assert set(names(found)) == {"posix.system"}
    assert read_chopped(data, "tar", [1, 700]) == found


def test_archives_in_archives_are_read() -> None:
    inner = zip_bytes(Member(name=b"x", data=SYSTEM, method=8))
    found = read(tar(file(b"in.zip", inner), file(b"in.tar", tar(file(b"y", SYSTEM)))))
    assert found.status == "complete"
    assert [m.members[0].container for m in found.members] == ["in.zip!/x", "in.tar!/y"]


def test_older_headers_are_read() -> None:
    plain = file(b"a", SYSTEM, kind=b"\0", magic=bytes(8))
    assert read(tar(plain)).status == "complete"
    binary = block(b"b", b"\x80" + len(SYSTEM).to_bytes(11, "big")) + padded(SYSTEM)
    assert read(tar(binary)).status == "complete"
    split = file(b"c", SYSTEM, prefix=b"d/e")
    assert read(tar(split)).members[0].container == "d/e/c"
    raw = block("é".encode())
    negative = sum(byte > 127 for byte in raw[:100])
    total = sum(raw[:148]) + 8 * 32 + sum(raw[156:]) - 256 * negative
    assert read(tar(block("é".encode(), checksum=total))).status == "complete"


def test_extended_headers_name_and_size_the_next_member() -> None:
    long = b"11 path=bc\n" + b"11 size=%d\n" % len(SYSTEM)
    member = block(b"a", 0) + padded(SYSTEM)
    found = read(tar(pax(long), member, file(b"z", SYSTEM)))
    assert [m.container for m in found.members] == ["bc", "z"]
    found = read(tar(pax(b"11 path=bc\n", b"g"), file(b"a", SYSTEM)))
    assert [m.container for m in found.members] == ["bc"]
    found = read(tar(file(b"l", b"long\0", kind=b"L"), file(b"a", SYSTEM)))
    assert [m.container for m in found.members] == ["long"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([file(b"/etc/passwd", TENSORS)], "leads out"),
        ([file(b"a/../../b", TENSORS)], "leads out"),
        ([file(b"a\\b", TENSORS)], "backslash"),
        ([pax(b"15 path=../abc\n"), file(b"a", TENSORS)], "leads out"),
        ([file(b"a", TENSORS), file(b"./a", TENSORS)], "occurs twice"),
        ([file(b"a", TENSORS), file(b"A", TENSORS)], "are one to some programs"),
        ([file(b"a", TENSORS), file(b"a/b", TENSORS)], "makes a folder of a file"),
        ([pax(b"12 size=%d\n" % len(TENSORS)), block(b"a", 0), padded(TENSORS)], "0 bytes, or"),
        ([pax(b"12 size=%d\n" % len(TENSORS), b"g"), file(b"a", TENSORS)], "for all members"),
        ([file(b"l", b"b\0", kind=b"L"), pax(b"10 path=c\n"), file(b"a", TENSORS)], "two values"),
        ([pax(b"10 path=c\n"), pax(b"10 path=b\n"), file(b"a", TENSORS)], "two values of `path`"),
        ([block(b"a", kind=b"1")], "is a hard link"),
        ([block(b"a", kind=b"2")], "is a symbolic link"),
        ([block(b"a", kind=b"3")], "is a character device"),
        ([block(b"a", kind=b"4")], "is a block device"),
        ([block(b"a", kind=b"6")], "is a named pipe"),
    ],
)
def test_what_is_unpacked_elsewhere_is_an_attack(members: list[bytes], expected: str) -> None:
    found = read(tar(*members), "tar")
    assert set(codes(found)) == {"SEC002"}
    assert expected in messages(found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tar(file(b"a", SYSTEM), block(checksum=1)), "a wrong checksum"),
        (tar(file(b"a", SYSTEM), block(magic=b"ustar  x")), "an unknown magic"),
        (tar(file(b"a", SYSTEM), b"x" * 512), "a wrong checksum"),
        (tar(block(b"a", b"x" * 12)), "a number that is none"),
        (tar(block(b"a", 5_000)), "goes beyond the end"),
        (tar(block(b"a", 5_000, kind=b"x")), "goes beyond the end"),
        (tar(file(b"a", SYSTEM), end=b""), "without its two empty blocks"),
        (tar(file(b"a", SYSTEM), end=bytes(512)), "without its two empty blocks"),
        (tar(file(b"a", SYSTEM), end=bytes(512) + file(b"b", SYSTEM)), "two empty blocks"),
        (tar(pax(b"9 path=x\n"), block()), ""),
        (tar(pax(b"8 path=x\n"), block()), "what is no record"),
        (tar(pax(b"path=x\n"), block()), "what is no record"),
        (tar(pax(b"7 path\n"), block()), "what is no record"),
        (tar(pax(b"99 path=x\n"), block()), "what is no record"),
        (tar(pax(b"10 size=x\n"), block()), "a size that is no number"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "tar")
    assert found.status == ("error" if expected else "complete")
    assert expected in messages(found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tar(block(b"a", 5) + b"hello" + bytes(506) + b"x"), "padding behind `a`"),
        (tar(block(b"d/", 5, kind=b"5") + padded(b"hello")), "its kind does not have"),
        (tar(file(b"d/", SYSTEM, kind=b"\0")), "its kind does not have"),
        (tar(file(b"a", SYSTEM), end=END + bytes(99) + b"x"), "100 bytes follow the archive"),
        (tar(file(b"a", SYSTEM), end=END + bytes(99) + TENSORS), "the members are safetensors"),
    ],
)
def test_what_hides_between_and_behind_members_is_told(data: bytes, expected: str) -> None:
    found = read(data)
    assert found.status == "incomplete"
    assert "SEC009" in codes(found)
    assert expected in messages(found)


def test_zeros_fill_the_last_record() -> None:
    found = read(tar(file(b"a", SYSTEM), end=bytes(10_240)))
    assert (found.status, found.coverage) == ("complete", found.size)


def test_members_of_other_kinds_are_not_called_clean() -> None:
    assert "unknown kind `S`" in read(tar(block(b"a", kind=b"S"))).reason
    sparse = pax(b"22 GNU.sparse.major=1\n")
    assert "stored in parts" in read(tar(sparse, file(b"a", SYSTEM))).reason
    found = read(tar(file(b"a", b"\0\1")))
    assert (found.status, found.members[0].format) == ("incomplete", "unknown")


@pytest.mark.parametrize(
    ("data", "budget"),
    [
        (tar(*[file(b"%d" % n, SYSTEM) for n in range(5)]), {"entries": 4}),
        (tar(*[file(b"%04d" % n, b"") for n in range(200)]), {"header": 600}),
        (tar(block(b"a", 2 << 20, kind=b"L")), {}),
    ],
)
def test_budgets_end_incomplete(data: bytes, budget: dict[str, int]) -> None:
    found = read(data, "tar", **budget)
    assert (found.status, found.problems) == ("incomplete", ())


def test_other_blocks_are_not_claimed() -> None:
    assert sniffed(bytes(10_240)) is None
    assert sniffed(block(checksum=1) + END) is None
    assert sniffed(block()[:500]) is None
