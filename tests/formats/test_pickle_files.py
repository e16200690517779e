from __future__ import annotations

import collections
import pickle
import struct

import pytest

from tests.formats.samples import SYSTEM, codes, messages, names, read, sniffed

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


# Frames -----------------------------------------------------------------------------------------


def framed(length: int, body: bytes) -> bytes:
    return b"\x80\x04\x95" + struct.pack("<Q", length) + body


def test_a_frame_that_fits_is_fine() -> None:
    assert read(framed(2, b"N.")).status == "complete"
    assert read(framed(0, b"N.")).status == "complete"
    assert read(framed(1, b"N" + b"\x95\x01" + bytes(7) + b".")).status == "complete"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (framed(9, b"N."), "goes beyond the end of the file"),
        (framed(1, b"K\x01."), "reaches over the end of its frame"),
        (framed(3, b"\x8c\x03abc."), "reaches over the end of its frame"),
        (framed(3, b"\x8d\x10\x27" + bytes(6) + b"a" * 10_000 + b"."), "reaches over"),
        (framed(3, b"N.N"), "goes on behind STOP"),
        (framed(11, b"\x95\x02" + bytes(7) + b"N."), "begins inside another"),
        (framed(4, b"cos\nsystem\n."), "reaches over the end of its frame"),
    ],
)
def test_frames_that_disagree_with_the_opcodes_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data)
    assert found.status == "error"
    assert "INT008" in codes(found)
    assert expected in messages(found)


def test_the_walk_goes_on_behind_a_wrong_frame() -> None:
    assert names(read(framed(1, b"cposix\nsystem\n)R."))) == ["posix.system"]


# More than one pickle ---------------------------------------------------------------------------


def test_pickles_that_follow_are_read() -> None:
    found = read(pickle.dumps([1]) + SYSTEM + pickle.dumps(2, 0))
    assert (found.status, names(found)) == ("complete", ["posix.system"])
    assert found.coverage == found.size


def test_junk_behind_a_pickle_is_a_hidden_payload() -> None:
    good = pickle.dumps([1])
    found = read(good + b"\x7fELF" + SYSTEM)
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])
    assert found.problems[0].offset == len(good)
    assert found.coverage == len(good)


LEGACY = b"".join(
    [
        pickle.dumps(0x1950A86A20F9469CFC6C, 2),
        pickle.dumps(1001, 2),
        pickle.dumps({"little_endian": True}, 2),
        b"\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04NtQ.",
        pickle.dumps(["0"], 2),
    ]
)


def test_the_storages_of_old_torch_files_are_accounted_for() -> None:
    data = LEGACY + struct.pack("<Q", 4) + bytes(16)
    found = read(data)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(data))
    assert found.tensors[0].size == 16
    for wrong in (data + b"x", data[:-1]):
        assert codes(read(wrong)) == ["SEC009"]
    assert read(data + SYSTEM).status == "incomplete"


# Pickles as values ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        SYSTEM,
        SYSTEM.hex(),
        "gAJjcG9zaXgKc3lzdGVtClgCAAAAaWSFUi4=",
        b"cposix\nsystem\n(S'id'\ntR.",
        b"(S'id'\niposix\nsystem\n.",
        pickle.dumps(SYSTEM),
        SYSTEM + b"\x80\x02X\xff\xff\0\0" + b"a" * 0xFFFF + b".",
        bytearray(SYSTEM),
    ],
)
def test_pickles_inside_values_are_read(value: object) -> None:
    found = read(pickle.dumps({"blob": value}, 5))
    assert names(found) == ["posix.system"]
    assert found.globals == ()
    assert found.members[0].container.startswith("(value at ")


@pytest.mark.parametrize(
    "value", [b"\x80\x02\xff\xff", "gAIxyz", "80 %", "gA==", "80ff", b"c.", "gA"]
)
def test_values_that_only_begin_like_a_pickle_are_let_be(value: object) -> None:
    found = read(pickle.dumps(value))
    assert (found.status, found.members) == ("complete", ())


def test_a_long_encoded_text_is_not_called_clean() -> None:
    found = read(pickle.dumps("gAI" + "A" * 9_000))
    assert (found.status, found.members) == ("incomplete", ())
    assert "too long to decode" in found.reason


def test_pickles_in_pickles_are_read_as_deep_as_the_limit_says() -> None:
    data = SYSTEM
    for _ in range(5):
        data = pickle.dumps(data)
    assert names(read(data)) == ["posix.system"]
    assert "nested too deeply" in read(data, depth=0).reason
    assert read(data, depth=3).status == "incomplete"
    assert read(pickle.dumps([SYSTEM, SYSTEM * 2]), entries=1).status == "incomplete"


# Budgets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "budget"),
    [
        (b"\x80\x02" + b"N0" * 5_000 + b"N.", {"opcodes": 5_000}),
        (b"N." * 5_000, {"opcodes": 5_000}),
        (b"N." * 500, {"entries": 400}),
        (b"\x80\x02" + b"N" * 5_000 + b".", {"stack": 4_000}),
        (b"\x80\x02" + b"(" * 5_000 + b".", {"stack": 4_000}),
        (b"\x80\x04N" + b"\x94" * 5_000 + b".", {"stack": 4_000}),
        (b"\x80\x02" + b"".join(b"ca\nn%d\n0" % n for n in range(5_000)) + b"N.", {"stack": 4_000}),
        (b"\x80\x02NNNNNN.", {"stack": 3}),
    ],
)
def test_budgets_end_incomplete(data: bytes, budget: dict[str, int]) -> None:
    found = read(data, "pickle", **budget)
    assert (found.status, found.problems) == ("incomplete", ())
    assert str(next(iter(budget.values()))) in found.reason
    assert found.coverage < len(data)
    assert read(data, "pickle").status in {"complete", "error"}


def test_globals_seen_before_the_budget_ended_are_kept() -> None:
    found = read(SYSTEM[:-1] + b"0" + b"N0" * 5_000 + b"N.", opcodes=3_000)
    assert (found.status, names(found)) == ("incomplete", ["posix.system"])


def test_long_texts_spend_a_budget() -> None:
    text = b"X\x50\0\0\0" + b"m" * 80
    many = (
        b"\x80\x02(" + (b"X\x00\x10\0\0" + b"x" * 4_096) * 16_400 + b"1" + text + b"X\1\0\0\0n\x93."
    )
    assert names(read(many)) == ["."]


# Telling a pickle from its first bytes ----------------------------------------------------------


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pickles_are_claimed(protocol: int) -> None:
    for thing in (
        {"a": [1, 2.5, None]},
        collections.OrderedDict(a=1),
        list(range(5_000)),
        ["x" * 2_000],
    ):
        assert sniffed(pickle.dumps(thing, protocol)) == "pickle"


@pytest.mark.parametrize(
    "data",
    [SYSTEM, b"cposix\nsystem\n(S'id'\ntR\xff", b"N.", b"I1\n.", b"\x80\x04", b"(lp0\n."],
)
def test_small_and_broken_ones_are_claimed(data: bytes) -> None:
    assert sniffed(data) == "pickle"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\x80\x06N.",
        b"\x80\x02\xff",
        b"class A:\n    x = 1\n",
        b"checks\nfoo\nbar\n",
        b"import os\n",
        b"(hello) world\n",
        b"N. Smith\nJ. Doe\n",
        b"def f():\n    return 1\n",
        b"{}",
        b"\x00" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"cmod\n\xf8\n(tR",
    ],
)
def test_other_bytes_are_not_claimed(data: bytes) -> None:
    assert sniffed(data) in {None, "json", "text"}


def test_numbers_do_not_become_a_pickle_by_chance() -> None:
    assert sniffed(struct.pack("<4f", 1.0, 2.0, 3.0, 4.0)) is None
