"""Flatbuffers made by hand, front to back, so that every offset can be told to lie."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Value: TypeAlias = "Number | Numbers | str | bytes | Flat | Sequence[Flat] | Sequence[str] | None"


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number in a table, as `struct` has its kind."""

    kind: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A vector of numbers or structs."""

    kind: str
    values: tuple[float, ...]


@dataclass(eq=False)
class Flat:
    """A table: its slots in order."""

    slots: Sequence[Value]


def flat(*slots: Value) -> Flat:
    return Flat(slots)


def u1(value: int) -> Number:
    return Number(kind="B", value=value)


def i1(value: int) -> Number:
    return Number(kind="b", value=value)


def u4(value: int) -> Number:
    return Number(kind="I", value=value)


def i4(value: int) -> Number:
    return Number(kind="i", value=value)


def u8(value: int) -> Number:
    return Number(kind="Q", value=value)


def i4s(*values: int) -> Numbers:
    return Numbers(kind="i", values=values)


class Written:
    """A flatbuffer while it is being written; parts are written once, and shared after that."""

    def __init__(self, identifier: bytes) -> None:
        self.data = bytearray(4) + identifier
        self._known: dict[int, int] = {}
        self._todo: list[tuple[int, Value]] = []

    def run(self, root: Flat) -> bytes:
        self._todo = [(0, root)]
        while self._todo:
            at, value = self._todo.pop(0)
            if id(value) not in self._known:
                self._known[id(value)] = self._part(value)
            struct.pack_into("<I", self.data, at, self._known[id(value)] - at)
        self._align(4)
        return bytes(self.data)

    def _align(self, width: int, ahead: int = 0) -> None:
        self.data += bytes(-(len(self.data) + ahead) % width)

    def _part(self, value: Value) -> int:
        if isinstance(value, Flat):
            return self._table(value)
        if isinstance(value, str):
            raw = value.encode()
            return self._vector(len(raw), raw + b"\0")
        if isinstance(value, bytes):
            self._align(16, 4)
            return self._vector(len(value), value)
        if isinstance(value, Numbers):
            raw = b"".join(struct.pack("<" + value.kind, number) for number in value.values)
            self._align(8, 4)
            return self._vector(len(value.values), raw)
        assert value is not None
        assert not isinstance(value, Number)
        entries: Sequence[Value] = value
        place = self._vector(len(entries), bytes(4 * len(entries)))
        self._todo += [(place + 4 + 4 * index, entry) for index, entry in enumerate(entries)]
        return place

    def _vector(self, count: int, raw: bytes) -> int:
        self._align(4)
        place = len(self.data)
        self.data += struct.pack("<I", count) + raw
        return place

    def _table(self, table: Flat) -> int:
        places: list[int] = []
        later: list[tuple[int, Value]] = []
        body = bytearray(4)
        for value in table.slots:
            if value is None:
                places.append(0)
                continue
            raw = bytes(4)
            if isinstance(value, Number):
                raw = struct.pack("<" + value.kind, value.value)
            body += bytes(-len(body) % len(raw))
            places.append(len(body))
            if not isinstance(value, Number):
                later.append((len(body), value))
            body += raw
        vtable = struct.pack(f"<{2 + len(places)}H", 4 + 2 * len(places), len(body), *places)
        self._align(8, len(vtable))
        place = len(self.data) + len(vtable)
        struct.pack_into("<i", body, 0, len(vtable))
        self.data += vtable + body
        self._todo += [(place + at, value) for at, value in later]
        return place


def flatbuffer(root: Flat, identifier: bytes = b"") -> bytes:
    return Written(identifier).run(root)
