"""FlatBuffers, walked along a schema and without the flatbuffers library.

https://flatbuffers.dev/internals/. Every offset is weighed before it is followed. A table is
visited once however often it is pointed at, and each pointer counts against `limits.entries`, so
that cycles and shared parts cost what the file costs. Vectors of numbers are not read unless the
schema keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats.flatbuffers_schema import Slot, width_of
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.text import decoded

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from weighbridge.formats.interface import Request
    from weighbridge.formats.pages import Pages
    from weighbridge.model.limits import Limits

OFFSET: Final = 4
_VTABLE_HEAD: Final = 4
_LONGEST_VTABLE: Final = 1_024
_MOST_VALUES: Final = 1_024
_BLOCK: Final = 4_096

Value = int | str | tuple[int, int] | list[int] | list[str]


class FlatError(Exception):
    """The bytes are no flatbuffer of the schema.

    Attributes:
        offset: Where they stop being one.
    """

    def __init__(self, message: str, offset: int) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset


@dataclass(slots=True, kw_only=True)
class Table:
    """A table that was read; what the schema does not name is weighed and not kept.

    Attributes:
        kind: Its name in the schema.
        offset: Offset of its first byte.
        values: Kept values by name.
    """

    kind: str
    offset: int
    values: dict[str, Value] = field(default_factory=dict)

    def number(self, name: str, default: int = 0) -> int:
        """Return a number, or the schema's default where the table leaves it out."""
        value = self.values.get(name, default)
        return value if isinstance(value, int) else default

    def text(self, name: str) -> str:
        """Return a text; one over the limit is cut."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def span(self, name: str) -> tuple[int, int]:
        """Return where the values of a vector begin, and how many; none where there is none."""
        value = self.values.get(name)
        return value if isinstance(value, tuple) else (-1, 0)

    def numbers(self, name: str) -> list[int]:
        """Return a vector of numbers, or where the tables of a vector lie."""
        value = self.values.get(name)
        return [v for v in value if isinstance(v, int)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        """Return a vector of texts."""
        value = self.values.get(name)
        return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


class Visitor(Protocol):
    """Whoever wants to know what stands in the tables."""

    def table(self, table: Table) -> None:
        """Hear of a table; those it points at come later."""

    def unknown(self, kind: str, what: str) -> None:
        """Hear of something the schema does not have."""


class Walk:
    """A walk over one flatbuffer.

    Attributes:
        extents: Where what was reached begins, and where it ends.
        blind: Whether something was met that the schema cannot follow.
    """

    def __init__(
        self,
        pages: Pages,
        *,
        schema: Mapping[str, tuple[Slot, ...]],
        unions: Mapping[str, tuple[str, ...]],
        visitor: Visitor,
        limits: Limits,
        start: int = 0,
        end: int | None = None,
    ) -> None:
        """Stand before the bytes from `start` to `end` of the file."""
        self._pages = pages
        self._schema = schema
        self._unions = unions
        self._visitor = visitor
        self._limits = limits
        self._start = start
        self._end = pages.size if end is None else end
        self._visits = 0
        self._text = limits.header
        self._stack: list[int] = []
        self._kinds: dict[int, str] = {}
        self.extents: dict[int, int] = {}
        self.blind = False

    def run(self, kind: str, *, identifier: bool) -> Generator[Request, bytes, None]:
        """Read the root table, of this kind, and everything it leads to.

        Raises:
            FlatError: The bytes are no such flatbuffer.
            BudgetExceededError: It has more than `limits.entries` parts.
        """
        self.cover(self._start, OFFSET * (2 if identifier else 1))
        self._point(kind, (yield from self._follow(self._start)))
        while self._stack:
            position = self._stack.pop()
            yield from self._table(position, self._kinds[position])

    def cover(self, start: int, length: int) -> None:
        """Note that some bytes are accounted for.

        Raises:
            FlatError: They go beyond the end, or other bytes from the same offset on were noted.
        """
        self._visits += 1
        if self._visits > self._limits.entries:
            raise BudgetExceededError(f"the flatbuffer has more than {self._limits.entries} parts")
        if start < self._start or start + length > self._end:
            raise FlatError(f"{length} bytes go beyond the end of the flatbuffer", start)
        if self.extents.setdefault(start, start + length) != start + length:
            raise FlatError("the same bytes are two different parts", start)

    # Numbers and offsets ------------------------------------------------------------------------

    def _bytes(self, offset: int, length: int) -> Generator[Request, bytes, bytes]:
        if offset < self._start or offset + length > self._end:
            raise FlatError("an offset leads out of the flatbuffer", offset)
        raw = yield from self._pages.at(offset, length)
        if len(raw) < length:
            raise FlatError("the file ends inside the flatbuffer", offset)
        return raw

    def _number(
        self, offset: int, width: int, *, signed: bool = False
    ) -> Generator[Request, bytes, int]:
        raw = yield from self._bytes(offset, width)
        return int.from_bytes(raw, "little", signed=signed)

    def _follow(self, offset: int) -> Generator[Request, bytes, int]:
        """Return where the offset that stands here leads to."""
        return offset + (yield from self._number(offset, OFFSET))

    def _point(self, kind: str, position: int) -> None:
        """Have a table read, unless it was already."""
        self._visits += 1
        if (position - self._start) % OFFSET:
            raise FlatError(f"a table {kind} is not aligned", position)
        known = self._kinds.get(position)
        if known is None:
            self._kinds[position] = kind
            self._stack.append(position)
        elif known != kind:
            raise FlatError(f"the same bytes are a table {known} and a table {kind}", position)

    # Tables -------------------------------------------------------------------------------------

    def _table(self, position: int, kind: str) -> Generator[Request, bytes, None]:
        vtable = position - (yield from self._number(position, OFFSET, signed=True))
        head = yield from self._bytes(vtable, _VTABLE_HEAD)
        length, size = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:], "little")
        if length % 2 or length < _VTABLE_HEAD or size < OFFSET or (vtable - self._start) % 2:
            raise FlatError(f"the vtable of a table {kind} is none", vtable)
        if length > _LONGEST_VTABLE:
            raise FlatError(f"the vtable of a table {kind} has {length} bytes", vtable)
        self.cover(vtable, length)
        self.cover(position, size)
        raw = yield from self._bytes(vtable, length)
        places = [int.from_bytes(raw[at : at + 2], "little") for at in range(4, length, 2)]
        table = Table(kind=kind, offset=position)
        slots = self._schema[kind]
        for number, (slot, place) in enumerate(zip(slots, places, strict=False)):
            if place:
                if place < OFFSET or place + slot.width > size:
                    raise FlatError(f"a field of a table {kind} lies outside it", vtable)
                choice = position + places[number - 1] if slot.union and places[number - 1] else 0
                yield from self._field(table, slot, position + place, choice)
        for number in range(len(slots), len(places)):
            if places[number]:
                self.blind = True
                self._visitor.unknown(kind, str(number))
        self._visitor.table(table)

    def _field(
        self, table: Table, slot: Slot, at: int, choice: int
    ) -> Generator[Request, bytes, None]:
        value: Value
        if slot.vector:
            yield from self._vector(table, slot, (yield from self._follow(at)))
            return
        if slot.union:
            yield from self._union(table.kind, slot.union, at, choice)
            return
        if slot.scalar:
            if not slot.name:
                return
            value = yield from self._number(at, slot.width, signed=slot.signed)
        elif slot.kind == "text":
            value = yield from self._string((yield from self._follow(at)), keep=bool(slot.name))
        else:
            value = yield from self._follow(at)
            self._point(slot.kind, value)
        if slot.name:
            table.values[slot.name] = value

    def _union(
        self, kind: str, union: str, at: int, choice: int
    ) -> Generator[Request, bytes, None]:
        """Follow a union; which table it is stands in the field before it."""
        number = (yield from self._number(choice, 1)) if choice else 0
        kinds = self._unions[union]
        if 1 <= number <= len(kinds):
            self._point(kinds[number - 1], (yield from self._follow(at)))
        else:
            self.blind = True
            self._visitor.unknown(kind, f"{union} {number}")

    def _string(self, at: int, *, keep: bool) -> Generator[Request, bytes, str]:
        length = yield from self._number(at, OFFSET)
        self.cover(at, OFFSET + length + 1)
        if (yield from self._bytes(at + OFFSET + length, 1)) != b"\0":
            raise FlatError("a text does not end with a zero byte", at + OFFSET + length)
        if not keep:
            return ""
        kept = min(length, self._limits.text)
        self._text -= kept
        if self._text < 0:
            raise BudgetExceededError(f"texts of more than {self._limits.header} bytes")
        return decoded((yield from self._bytes(at + OFFSET, kept)))

    def _vector(self, table: Table, slot: Slot, at: int) -> Generator[Request, bytes, None]:
        if (at - self._start) % OFFSET:
            raise FlatError(f"a vector of a table {table.kind} is not aligned", at)
        count = yield from self._number(at, OFFSET)
        width = width_of(slot.kind)
        self.cover(at, OFFSET + count * width)
        if slot.scalar:
            if slot.placed:
                table.values[slot.name] = (at + OFFSET, count)
            elif slot.name:
                table.values[slot.name] = yield from self._numbers(slot, at + OFFSET, count)
            return
        if slot.kind == "text":
            texts = []
            for index in range(count):
                place = yield from self._follow(at + OFFSET * (1 + index))
                texts.append((yield from self._string(place, keep=bool(slot.name))))
            if slot.name:
                table.values[slot.name] = texts
            return
        yield from self._tables(table, slot, at + OFFSET, count)

    def _numbers(self, slot: Slot, at: int, count: int) -> Generator[Request, bytes, list[int]]:
        if count > _MOST_VALUES:
            raise FlatError(f"the vector {slot.name} has {count} values", at)
        width = slot.width_of_element
        raw = yield from self._bytes(at, count * width)
        return [
            int.from_bytes(raw[start : start + width], "little", signed=slot.signed)
            for start in range(0, len(raw), width)
        ]

    def _tables(
        self, table: Table, slot: Slot, at: int, count: int
    ) -> Generator[Request, bytes, None]:
        if count > self._limits.entries - self._visits:
            raise BudgetExceededError(f"the flatbuffer has more than {self._limits.entries} parts")
        places = []
        for start in range(at, at + OFFSET * count, _BLOCK):
            raw = yield from self._bytes(start, min(_BLOCK, at + OFFSET * count - start))
            for inner in range(0, len(raw), OFFSET):
                place = start + inner + int.from_bytes(raw[inner : inner + OFFSET], "little")
                self._point(slot.kind, place)
                places.append(place)
        if slot.name:
            table.values[slot.name] = places
