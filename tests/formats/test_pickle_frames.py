from __future__ import annotations

import struct

import pytest

from tests.formats.samples import SYSTEM, codes, messages, names, read


def framed(length: int, body: bytes) -> bytes:
    return b"\x80\x04\x95" + struct.pack("<Q", length) + body


def test_a_frame_that_fits_is_fine() -> None:
    assert read(framed(2, b"N.")).status == "complete"
    assert read(framed(0, b"N.")).status == "complete"
    assert read(framed(1, b"N" + b"\x95\x01" + bytes(7) + b".")).status == "complete"


def test_a_frame_longer_than_the_file_is_corrupt_and_read_all_the_same() -> None:
    found = read(framed(99, b"cposix\nsystem\n)R."))
    assert (found.status, names(found)) == ("error", ["posix.system"])
    assert "goes beyond the end of the file" in messages(found)
    # The unpickler in Python would load it, the one in C would not.
    assert codes(found) == ["INT008", "SEC009"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (framed(1, b"K\x01."), "reaches over the end of its frame"),
        (framed(2, b"K\x01\x8c\x03abc."), ""),
        (framed(3, b"\x8c\x03abc."), "reaches over the end of its frame"),
        (framed(2, b"J\x01\0\0\0."), "reaches over the end of its frame"),
        (framed(3, b"\x8d\x10\x27" + bytes(6) + b"a" * 10_000 + b"."), "reaches over"),
        (framed(3, b"N.N"), "goes on behind STOP"),
        (framed(11, b"\x95\x02" + bytes(7) + b"N."), "begins inside another"),
        (framed(4, b"cos\nsystem\n."), "reaches over the end of its frame"),
        (framed(7, b"cos\nsystem\n."), "reaches over the end of its frame"),
        (framed(5, b"cos\nsystem\n."), "reaches over the end of its frame"),
        (framed(4, b"N0\x95\x02" + bytes(7) + b"N."), "reaches over the end of its frame"),
    ],
)
def test_frames_that_disagree_with_the_opcodes_are_hidden_payloads(
    data: bytes, expected: str
) -> None:
    found = read(data)
    assert ("SEC009" in codes(found)) == bool(expected)
    assert expected in messages(found)


def test_the_walk_goes_on_behind_a_wrong_frame() -> None:
    assert names(read(framed(1, b"cposix\nsystem\n)R."))) == ["posix.system"]


@pytest.mark.parametrize(
    ("data", "lost"),
    [
        # What is left of the frame is forgotten: `os.ab` there is `os.system` from behind it.
        (framed(8, b"cos\nab.h") + b"system\n)R.", "os.system"),
        (framed(4, b"J\xff\xff.") + b"\1\1\1\1" + b"cos\nsystem\n)R.", "os.system"),
        (framed(5, b"\x8c\x09abc") + b"012345678" + b"cos\nsystem\n)R.", "os.system"),
        (framed(12, framed(13, b"N0.")[2:]) + b"cos\nsystem\n)R.", "os.system"),
        (framed(17, b"K\1" + framed(4, b"cos\n")[2:] + b"ab") + b"system\n)R.", "os.system"),
    ],
)
def test_what_the_unpickler_in_c_reads_from_a_stream_is_listed(data: bytes, lost: str) -> None:
    found = read(data)
    assert lost in names(found)
    assert "SEC009" in codes(found)


def test_a_frame_whose_end_is_too_far_from_an_opcode_is_never_complete() -> None:
    text = b"X\x00\x00\x02\0" + b"a" * 0x20000
    found = read(framed(0x18000, text + b"."))
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])


def test_what_follows_is_read_behind_stop_and_behind_the_frame() -> None:
    hidden = b"cnt\nsystem\n)R."
    rest = b"N." + SYSTEM + b"\x8c\x0eX"
    found = read(framed(len(rest), rest) + hidden)
    # From a stream the unpickler in Python begins behind the frame, the one in C behind STOP.
    assert set(names(found)) == {"posix.system", "nt.system"}
    assert "SEC009" in codes(found)


def test_only_one_frame_may_go_on_behind_stop() -> None:
    one = framed(3, b"N.N")
    assert "more than one frame" in read(one + b"." + one + b"." + b"N.").reason
    assert "more than one frame" in read(one + b".", depth=0).reason


@pytest.mark.parametrize(
    ("data", "name", "called"),
    [
        (b"cos\nsystemX", "os.system", False),
        (b"cosX", "os.", False),
        (b"(S'id'\nios\nsystemX", "os.system", True),
    ],
)
def test_a_name_cut_at_the_end_is_what_the_unpickler_in_python_takes(
    data: bytes, name: str, *, called: bool
) -> None:
    found = read(data, "pickle")
    assert (found.status, names(found)) == ("error", [name])
    assert found.globals[0].called is called
