from __future__ import annotations

import collections
import pickle
import pickletools
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Self

import pytest

from tests.formats.samples import codes, messages, names, read
from weighbridge.formats.pickle_opcodes import OPCODES
from weighbridge.model.structure import GlobalUse

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Plain:
    def __init__(self) -> None:
        self.x = [1, 2]


class WithState:
    def __getstate__(self) -> tuple[int, ...]:
        return (1, 2, 3)

    def __setstate__(self, state: tuple[int, ...]) -> None:
        self.state = state


class WithNames:
    def __getnewargs_ex__(self) -> tuple[tuple[int, ...], dict[str, int]]:
        return (1,), {"a": 2}

    def __new__(cls, *_: int, **__: int) -> Self:
        return super().__new__(cls)


def derived(data: bytes) -> set[str]:
    """Globals as `pickletools` gives them: the two newest texts before a STACK_GLOBAL."""
    found: set[str] = set()
    texts: list[str] = []
    memo: dict[object, object] = {}
    last: object = None
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in {"GLOBAL", "INST"}:
            found.add(str(argument).replace(" ", "."))
        elif opcode.name == "STACK_GLOBAL":
            found.add(".".join(texts[-2:]))
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = last
        elif opcode.name in {"BINGET", "LONG_BINGET"} and isinstance(memo.get(argument), str):
            texts.append(str(memo[argument]))
        elif "UNICODE" in opcode.name:
            texts.append(str(argument))
        if opcode.name != "MEMOIZE":
            last = argument if "UNICODE" in opcode.name else None
    return found


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "thing",
    [
        Plain(),
        WithState(),
        collections.OrderedDict(a=1),
        collections.Counter("abc"),
        datetime(2026, 1, 1, tzinfo=UTC),
        Decimal("1.5"),
        Fraction(1, 3),
        [Plain, Plain, Decimal, {"a": Plain()}],
        complex(1, 2),
        {1, 2},
        frozenset({1}),
        bytearray(b"abc"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_globals_are_those_of_pickletools(thing: object, protocol: int) -> None:
    data = pickle.dumps(thing, protocol)
    found = read(data, "pickle")
    assert (found.status, found.problems) == ("complete", ())
    assert found.coverage == len(data)
    assert set(names(found)) == derived(data)
    assert found.version == (str(protocol) if protocol > 1 else "")


@pytest.mark.parametrize("protocol", range(4, 6))
def test_newobj_ex_calls_the_class(protocol: int) -> None:
    found = read(pickle.dumps(WithNames(), protocol))
    assert [(use.name, use.called) for use in found.globals] == [("WithNames", True)]


def test_the_opcodes_are_those_of_pickletools() -> None:
    assert {chr(code) for code in OPCODES} == {opcode.code for opcode in pickletools.opcodes}
    for opcode in pickletools.opcodes:
        ours = OPCODES[ord(opcode.code)]
        size = 0 if opcode.arg is None else opcode.arg.n
        assert ours.name == opcode.name
        if size >= 0:
            assert (ours.fixed, ours.prefix, ours.lines) == (size, 0, 0)
        elif size == pickletools.UP_TO_NEWLINE:
            pair = opcode.arg is pickletools.stringnl_noescape_pair
            assert (ours.fixed, ours.prefix, ours.lines) == (0, 0, 1 + pair)
        else:
            widths = {
                pickletools.TAKEN_FROM_ARGUMENT1: 1,
                pickletools.TAKEN_FROM_ARGUMENT4: 4,
                pickletools.TAKEN_FROM_ARGUMENT4U: 4,
                pickletools.TAKEN_FROM_ARGUMENT8U: 8,
            }
            assert (ours.fixed, ours.prefix, ours.lines) == (0, widths[size], 0)


@pytest.mark.parametrize(
    ("data", "module", "name", "called"),
    [
        (b"cos\nsystem\n.", "os", "system", False),
        (b"cos\nsystem\n(S'id'\ntR.", "os", "system", True),
        (b"(S'id'\nios\nsystem\n.", "os", "system", True),
        (b"(cos\nsystem\nS'id'\no.", "os", "system", True),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "os", "system", False),
        (b"\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\0h\1\x93.", "os", "system", False),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x8c\x01x0\x93)R.", "os", "system", True),
        (b"\x80\x04\x8c\x01a20\x8c\x01b\x93.", "a", "b", False),
        (b"\x80\x04X\x02\0\0\0os\x8d\x06\0\0\0\0\0\0\0system\x93.", "os", "system", False),
        (b"\x80\x04U\x02osT\x06\0\0\0system\x93.", "os", "system", False),
        (b"\x80\x04Vos\nV\\u0073ystem\n\x93.", "os", "system", False),
        (b"\x80\x04S'os'\nS\"system\"\n\x93.", "os", "system", False),
        (b"\x80\x04S'o\\x73'\nS'system'\n\x93.", "os", "system", False),
        (b"\x80\x02cos\nsystem\n)\x81.", "os", "system", True),
        (b"\x80\x04cos\nsystem\n)}\x92.", "os", "system", True),
        (b"\x80\x02cos\nsystem\n}b.", "os", "system", True),
        (b"\x80\x02cos\nsystem\n(tR)R.", "os", "system", True),
        (b"\x80\x02cos\nsystem\nq\x00r\x01\0\0\0j\x01\0\0\0)R.", "os", "system", True),
        (b"cos\nsystem\np5\n0g5\n(tR.", "os", "system", True),
        (b"\x80\x02c\xff\nsystem\n.", "\\xff", "system", False),
        # What does not stand in the bytes has no name.
        (b"\x80\x04K\x02\x8c\x06system\x93.", "", "", False),
        (b"\x80\x04K\x01\x8c\x06system\x93.", "", "", False),
        (b"\x80\x02\x82\x01.", "", "", False),
        (b"\x80\x02\x83\x01\0)R.", "", "", True),
        (b"\x80\x02\x84\x01\0\0\0.", "", "", False),
        (b"\x80\x02X\x01\0\0\0aQ)R.", "", "", True),
        (b"Pa\n(tR.", "", "", True),
    ],
)
def test_how_a_global_comes_about(data: bytes, module: str, name: str, *, called: bool) -> None:
    found = read(data, "pickle")
    assert (found.status, found.problems) == ("complete", ())
    assert [(use.module, use.name, use.called) for use in found.globals] == [(module, name, called)]


def test_a_global_is_listed_once_where_it_first_stands() -> None:
    found = read(b"\x80\x02(cos\nsystem\ncos\nsystem\n)Rt.")
    once = GlobalUse(module="os", name="system", offset=3, called=True, at=26, calls=("()",))
    assert found.globals == (once,)


def test_persistent_ids_and_extensions_are_recorded() -> None:
    found = read(b"\x80\x02(X\x01\0\0\0acos\nsystem\nK\x01N]tQ0\x82\x07.")
    assert found.metadata == (("persistent-id", "?"), ("extension", "7"))
    found = read(b"\x80\x02(X\x01\0\0\0acos\nsystem\nK\x01NtQ.")
    assert found.metadata == (("persistent-id", "('a', os.system, 1, None)"),)
    assert read(b"Pabc\n.", "pickle").metadata == (("persistent-id", "'abc'"),)


@pytest.mark.parametrize(
    ("storage", "listed"),
    [
        (
            b"ctorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04",
            ("0", "torch.FloatStorage", 16),
        ),
        (b"ca\nb\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04", ("0", "a.b", 0)),
        (b"NX\x01\0\0\x000X\x03\0\0\0cpuK\x04", None),
        (b"ctorch\nFloatStorage\nNX\x03\0\0\0cpuK\x04", None),
        (b"ctorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuN", None),
        (b"ctorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuJ\xff\xff\xff\xff", None),
    ],
)
def test_storages_are_listed(storage: bytes, listed: tuple[str, str, int] | None) -> None:
    data = b"\x80\x02(X\x07\0\0\0storage" + storage + b"tq\0Qh\0Q0."
    found = read(data)
    assert found.status == "complete"
    assert [(t.name, t.dtype, t.size) for t in found.tensors] == ([listed] if listed else [])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "ends without STOP"),
        (b"\x80\x02", "ends without STOP"),
        (b"\x80\x02N", "ends without STOP"),
        (b"\x80", "ends inside an opcode"),
        (b"\x80\x02J\x01", "ends inside an opcode"),
        (b"\x80\x02X\x05\0", "ends inside an opcode"),
        (b"\x80\x02X\x05\0\0\0ab", "ends inside an opcode"),
        (b"\x80\x02X\x05\0\xff\0ab", "ends inside an opcode"),
        (b"cos\nsys", "ends inside an opcode"),
        (b"\x80\x06N.", "protocol 6"),
        (b"\x80\x02\xffN.", "0xff is no opcode"),
        (b"\x80\x02.", "empty stack"),
        (b"\x80\x02R.", "more from the stack"),
        (b"\x80\x02NR.", "more from the stack"),
        (b"\x80\x022.", "more from the stack"),
        (b"\x80\x02N(R.", "more from the stack"),
        (b"\x80\x02\x85.", "more from the stack"),
        (b"\x80\x02q\0.", "more from the stack"),
        (b"\x80\x02Na.", "more from the stack"),
        (b"\x80\x02(Ne.", "more from the stack"),
        (b"\x80\x02(o.", "more from the stack"),
        (b"\x80\x02Nb.", "more from the stack"),
        (b"\x80\x05\x98.", "more from the stack"),
        (b"p0\n.", "more from the stack"),
        (b"\x80\x02t.", "a mark is missing"),
        (b"\x80\x020.", "a mark is missing"),
        (b"\x80\x02h\x00.", "nothing was remembered as 0"),
        (b"gx\n.", "memo index"),
        (b"Np-1\n.", "memo index"),
        (b"Ix\n.", "not written as one"),
        (b"I\n.", "not written as one"),
        (b"Fx\n.", "not written as one"),
        (b"Sabc\n.", "not in quotes"),
        (b"S'\n.", "not in quotes"),
        (b"S'\\x'\n.", "an escape that is none"),
        (b"\x80\x02}(Nu.", "a key has no value"),
    ],
)
def test_what_an_unpickler_refuses_is_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "pickle")
    assert found.status == "error"
    assert codes(found) == ["INT008"]
    assert expected in messages(found)


@pytest.mark.parametrize(
    "data",
    [
        b"I01\n.",
        b"I00\n.",
        b"I010\n.",
        b"I0x1f\n.",
        b"I5\0junk\n.",
        b"I\0\n.",
        b"Np5\0junk\n0g5\n.",
        b"L5L\n.",
        b"F1.5\n.",
        b"F1\0x\n.",
        b"L" + b"9" * 9_000 + b"L\n.",
        b"S'" + b"a" * 9_000 + b"'\n.",
        b"V" + b"a" * 9_000 + b"\n.",
        b"P" + b"a" * 9_000 + b"\n.",
        b"V\\u00e9\n.",
        b"(lp0\nI1\naI2\na.",
        b"(dp0\nS'a'\nI1\ns.",
        b"(S'a'\nI1\nd.",
        b"N0N.",
        b"N(NN1.",
        b"N(0.",
        b"\x80\x02\x8a\x00.",
        b"\x80\x02\x8a\x40" + b"\1" * 64 + b".",
        b"\x80\x02\x8b\x01\0\0\0\x01.",
        b"\x80\x02G" + bytes(8) + b".",
        b"\x80\x04\x8f(K\x01\x90.",
        b"\x80\x04(K\x01\x91.",
        b"\x80\x05\x97\x98.",
        b"\x80\x05\x96\x01\0\0\0\0\0\0\0x.",
        b"\x80\x03B\x01\0\0\0xC\x01x0.",
        b"\x80\x04\x8e\x01\0\0\0\0\0\0\0x.",
        b"\x80\x02(" + b"N" * 99 + b"t.",
        b"\x80\x02" + b")" + b"\x85" * 99 + b".",
        b"\x80\x02](K\x01e\x88\x89\x87.",
    ],
)
def test_what_an_unpickler_accepts_is_complete(data: bytes) -> None:
    found = read(data, "pickle")
    assert (found.status, found.problems) == ("complete", ())
    assert found.globals == ()


def test_a_global_with_an_endless_name_has_none() -> None:
    found = read(b"c" + b"a" * 9_000 + b"\nb\n.", "pickle")
    assert (found.status, names(found)) == ("complete", ["."])


def test_a_text_too_long_to_keep_is_no_name() -> None:
    data = b"\x80\x02X\x10\x27\0\0" + b"a" * 10_000 + b"X\x01\0\0\0b\x93."
    assert names(read(data)) == ["."]
    assert names(read(data, text=20_000)) == ["a" * 10_000 + ".b"]
