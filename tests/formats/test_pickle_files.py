from __future__ import annotations

import base64
import bz2
import collections
import gzip
import lzma
import pickle
import random
import struct
import zlib

import pytest

from tests.formats.samples import (
    SYSTEM,
    Member,
    codes,
    names,
    read,
    read_chopped,
    sniffed,
    torch_zip,
    zip_bytes,
)
from weighbridge.formats.pickle_embedded import tells

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


# More than one pickle ---------------------------------------------------------------------------


def test_pickles_that_follow_are_read() -> None:
    found = read(pickle.dumps([1]) + SYSTEM + pickle.dumps(2, 0))
    assert (found.status, names(found)) == ("complete", ["posix.system"])
    assert found.coverage == found.size


def test_junk_behind_a_pickle_is_a_hidden_payload() -> None:
    good = pickle.dumps([1])
    found = read(good + b"\x7fELF" + SYSTEM)
    assert (found.status, codes(found)) == ("incomplete", ["SEC009", "SEC009"])
    assert [problem.offset for problem in found.problems] == [len(good), len(good) + 4]
    assert found.coverage == len(good) + len(SYSTEM)
    assert names(found) == ["posix.system"]


@pytest.mark.parametrize(
    "payload",
    [
        SYSTEM,
        b"cposix\nsystem\n(S'id'\ntR.",
        b"(S'id'\niposix\nsystem\n.",
        b"\x8c\x05posix\x94\x8c\x06system\x93)R.",
    ],
)
@pytest.mark.parametrize("junk", [1, 5_000, 70_000])
def test_a_pickle_behind_junk_is_found_wherever_it_begins(payload: bytes, junk: int) -> None:
    found = read(pickle.dumps([1]) + b"\xff" * junk + payload + b"\xff" * 100)
    assert (found.status, names(found)) == ("incomplete", ["posix.system"])
    assert found.globals[0].offset > junk


def test_junk_without_a_pickle_is_only_junk() -> None:
    junk = b"\xffcafe\nau\nlait\n\x80\x02\xff\x8c\x03abc" * 2_000
    found = read(pickle.dumps([1]) + junk)
    assert (found.status, codes(found), names(found)) == ("incomplete", ["SEC009"], [])
    assert found.size - found.coverage == len(junk)


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


def test_a_pickle_at_the_head_of_an_old_storage_is_a_hidden_payload() -> None:
    data = LEGACY.replace(b"K\x04NtQ", b"M\x00\x01NtQ") + struct.pack("<Q", 256)
    found = read(data + SYSTEM + bytes(1_024 - len(SYSTEM)))
    assert (codes(found)[0], names(found)) == ("SEC009", ["torch.FloatStorage", "posix.system"])
    assert read(data + bytes(1_024)).problems == ()
    found = read(data[:-8] + struct.pack("<Q", 255) + bytes(1_024))
    assert "no storage has the 255 elements" in found.reason


@pytest.mark.parametrize("payload", [SYSTEM, b"(S'id'\niposix\nsystem\n.", pickle.dumps([1, 2])])
def test_a_pickle_at_the_head_of_a_storage_is_a_hidden_payload(payload: bytes) -> None:
    found = read(torch_zip(storage=payload))
    assert "SEC009" in codes(found)
    named = set(names(found)) - {"torch._utils._rebuild_tensor_v2", "collections.OrderedDict"}
    assert named == {"torch.FloatStorage"} | ({"posix.system"} if b"posix" in payload else set())
    assert codes(read(torch_zip())) == []


def test_numbers_in_storages_and_values_are_let_be() -> None:
    chance = random.Random(8)  # noqa: S311 - no secret
    for number in range(1_000):
        numbers = struct.pack("<16f", *(chance.gauss(0, 0.05) for _ in range(16)))
        data = chance.randbytes(1_024) if number % 2 else numbers * 16
        found = read(data, "pickle")
        assert not tells(found), data[:40]
        value = read(pickle.dumps([data[:600], data[:40]], 4))
        assert (value.status, value.members) == ("complete", ())


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
        SYSTEM + b"\xffjunk",
        b"N0cposix\nsystem\n)R.",
        b"\x8c\x05posix\x8c\x06system\x93)R.",
        b"I1\n0(S'id'\niposix\nsystem\n.",
        "cposix\nsystem\n(S'id'\ntR.",
        base64.b64encode(b"cposix\nsystem\n(S'id'\ntR.").decode(),
        base64.urlsafe_b64encode(zlib.compress(SYSTEM)),
        zlib.compress(SYSTEM),
        gzip.compress(SYSTEM, mtime=0),
        bz2.compress(SYSTEM),
        lzma.compress(SYSTEM),
        bz2.compress(SYSTEM).hex(),
        base64.b64encode(gzip.compress(SYSTEM + bytes(9_000), mtime=0)).decode(),
        zip_bytes(Member(name=b"a.pkl", data=SYSTEM)),
        zip_bytes(Member(name=b"a.pkl", data=SYSTEM + bytes(9_000))),
        bytearray(SYSTEM),
    ],
)
def test_pickles_inside_values_are_read(value: object) -> None:
    found = read(pickle.dumps({"blob": value}, 5))
    assert set(names(found)) == {"posix.system"}
    assert {use.name for use in found.globals} <= {"bytearray"}
    assert found.members[0].container.startswith("(value at ")


@pytest.mark.parametrize(
    "value",
    [
        b"\x80\x02\xff\xff",
        "gAIxyz",
        "80 %",
        "gA==",
        "80ff",
        b"c.",
        "gA",
        b"PK\3\4",
        b"\x1f\x8b" * 9,
        b"cafe\nau\nlait\n",
        b"\x93" * 20,
        "cats and dogs",
        zlib.compress(b"no pickle"),
        gzip.compress(bytes(99), mtime=0),
        "Y29uZmlndXJhdGlvbg==",
    ],
)
def test_values_that_only_begin_like_a_pickle_are_let_be(value: object) -> None:
    found = read(pickle.dumps(value))
    assert (found.status, found.members) == ("complete", ())


def test_a_long_encoded_text_is_not_called_clean() -> None:
    data = pickle.dumps(base64.b64encode(SYSTEM + bytes(9_000)).decode())
    assert names(read(data)) == ["posix.system"]
    found = read(data, window=8_192)
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


@pytest.mark.parametrize("size", [9_000, 20_000, 1 << 17])
def test_what_follows_a_long_value_is_read_whatever_was_read_within_it(size: int) -> None:
    inner = pickle.dumps([b"x" * 5_000, "y" * 3_000])
    value = b"\x80\x05]\x94(B" + len(inner).to_bytes(4, "little") + inner
    data = value + b"X" + (4_000).to_bytes(4, "little") + b"z" * 4_000 + SYSTEM[2:-1] + b"e."
    found = read(data, "pickle")
    assert names(found) == ["posix.system"]
    assert read_chopped(data, "pickle", [size]) == found
    assert read_chopped(data, "pickle", [4_096, 20]) == found


def test_what_follows_a_frame_that_lies_is_read_whatever_was_read_behind_it() -> None:
    frame = b"\x80\x04\x95" + (60).to_bytes(8, "little")
    data = frame + b"N." + b"N." * 20 + SYSTEM + b"N." * 3_000
    found = read(data, "pickle")
    assert "posix.system" in names(found)
    assert read_chopped(data, "pickle", [3, 500]) == found
