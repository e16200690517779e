"""The globals of a pickle, held against what Python's own two unpicklers would import.

Their `find_class` records what it is asked for and returns a stand-in that does nothing, so nothing
a generated pickle names is ever imported or called.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import random
import struct
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.formats.samples import names, read

if TYPE_CHECKING:
    from collections.abc import Callable

    Opened = Callable[[bytes], io.BytesIO | io.BufferedReader]
    Part = Callable[[random.Random], bytes]

MOST_PICKLES = 4


class Inert:
    """What stands in for every global and every object made of one."""

    def __new__(cls, *_: object, **__: object) -> Self:
        return super().__new__(cls)

    def __call__(self, *_: object, **__: object) -> Self:
        return self

    def __setstate__(self, state: object) -> None:
        pass

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def append(self, value: object) -> None:
        pass


def recording(base: type[Any], asked: list[str]) -> type[Any]:
    """Make an unpickler that writes down what it is asked to import."""

    class Recording(base):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> type[Inert]:
            asked.append(f"{module}.{name}")
            return Inert

        def persistent_load(self, identity: object) -> Inert:
            del identity
            return Inert()

    return Recording


def stream(data: bytes) -> io.BytesIO:
    return io.BytesIO(data)


def peekable(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


def asked_of(base: type[Any], opened: Opened, data: bytes, most: int) -> list[str]:
    """List what an unpickler asks for, loading one pickle after the other until one fails."""
    asked: list[str] = []
    unpickler = recording(base, asked)
    file = opened(data)
    with contextlib.suppress(Exception):
        for _ in range(most):
            unpickler(file).load()
    return asked


UNPICKLERS = [
    (base, opened)
    for base in (pickle.Unpickler, pickle._Unpickler)  # noqa: TID251 - asked, never obeyed
    for opened in (stream, peekable)
]


# Programs ---------------------------------------------------------------------------------------

MODULES = ("a", "b.c", "os")
NAMES = ("f", "g.h", "system")


def text(chance: random.Random) -> bytes:
    value = chance.choice(MODULES + NAMES).encode()
    return chance.choice(
        (
            b"\x8c" + bytes([len(value)]) + value,
            b"X" + struct.pack("<L", len(value)) + value,
            b"V" + value + b"\n",
            b"S'" + value + b"'\n",
            b"U" + bytes([len(value)]) + value,
            b"\x8d" + struct.pack("<Q", len(value)) + value,
        )
    )


def lines(chance: random.Random) -> bytes:
    return f"{chance.choice(MODULES)}\n{chance.choice(NAMES)}\n".encode()


def frame(chance: random.Random) -> bytes:
    return b"\x95" + struct.pack("<Q", chance.randrange(40))


def remembered(chance: random.Random) -> bytes:
    index = chance.randrange(4)
    return chance.choice(
        (
            b"\x94",
            b"q" + bytes([index]),
            b"p%d\n" % index,
            b"h" + bytes([index]),
            b"g%d\n" % index,
            b"j" + struct.pack("<L", index),
            b"2",
            b"0",
        )
    )


def value(chance: random.Random) -> bytes:
    return chance.choice(
        (b"N", b"K\x01", b"I01\n", b"I7\n", b"L5L\n", b"\x88", b")", b"]", b"}", b"C\x01x", b"\x8f")
    )


def structure(chance: random.Random) -> bytes:
    return chance.choice((b"(", b"t", b"l", b"d", b"u", b"e", b"s", b"a", b"\x85", b"\x86", b"1"))


def imported(chance: random.Random) -> bytes:
    return chance.choice(
        (
            b"c" + lines(chance),
            text(chance) + text(chance) + b"\x93",
            b"(" + b"i" + lines(chance),
            b"(c" + lines(chance) + b"o",
            b"\x93",
        )
    )


def done(chance: random.Random) -> bytes:
    return chance.choice((b")R", b"]R", b")\x81", b")}\x92", b"}b", b"N\x85R", b"R", b"b", b"Q"))


PARTS = (text, lines, frame, remembered, value, value, structure, imported, imported, done)


PLAIN_PARTS = (text, lines, frame, value, value, imported, imported)


def program(chance: random.Random, kinds: tuple[Part, ...] = PARTS) -> bytes:
    """Make a pickle of which much is well formed, and framed anyhow."""
    parts = [b"\x80" + bytes([chance.choice((2, 3, 4, 5))])] if chance.random() < 0.7 else []
    for _ in range(chance.randrange(1, 14)):
        parts.append(chance.choice(kinds)(chance))
        if chance.random() < 0.1:
            parts.append(b".")
    body = b"".join(parts) + b"." * chance.randrange(2)
    return body[: chance.randrange(len(body)) + 1] if chance.random() < 0.3 else body


@pytest.mark.parametrize("seed", range(4))
def test_no_unpickler_imports_what_is_not_listed(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(700):
        data = program(chance)
        found = read(data, "pickle")
        listed = set(names(found))
        for base, opened in UNPICKLERS:
            assert set(asked_of(base, opened, data, 1)) <= listed, data
            # What follows a second frame that goes on behind STOP is not read, nor called clean.
            later = set(asked_of(base, opened, data, MOST_PICKLES))
            assert later <= listed or found.status != "complete", data


@pytest.mark.parametrize("seed", range(4))
def test_where_frames_are_sound_all_unpicklers_import_the_same(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(700):
        data = program(chance, PLAIN_PARTS)
        found = read(data, "pickle")
        if found.status == "complete" and not found.problems and not found.members:
            asked = [asked_of(base, opened, data, 1) for base, opened in UNPICKLERS]
            assert all(one == asked[0] for one in asked), data
