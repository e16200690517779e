"""The heaps of HDF5: local ones for names, global ones for texts, fractal ones for the rest."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_fields import Fields
from weighbridge.formats.hdf5_file import SUM, check
from weighbridge.formats.hdf5_trees import walk_new
from weighbridge.formats.lookup3 import lookup3

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

_HUGE: Final = {1}
_OBJECT: Final = 16
_LARGEST_HEAP: Final = 64


def local_heap(file: Hdf5File, offset: int) -> Generator[Request, bytes, Fields]:
    """Read the names of a group."""
    size = 8 + 2 * file.widths.length + file.widths.offset
    fields = yield from file.block(offset, size, b"HEAP")
    fields.take(4)
    length = fields.length()
    fields.length()
    data = fields.address()
    if data is None:
        raise FaultError("a heap of names has no data", offset)
    return (yield from file.take(data, length, "a heap of names"))


def name_at(heap: Fields, offset: int) -> bytes:
    """Return the text at a place of a local heap.

    Raises:
        FaultError: None begins or none ends there.
    """
    end = heap.raw.find(b"\0", offset)
    if end < 0:
        raise FaultError("a name is not in its heap", heap.start, f"below {len(heap.raw)}")
    return heap.raw[offset:end]


class GlobalHeaps:
    """The global heap collections that something refers to, each read once."""

    def __init__(self, file: Hdf5File) -> None:
        """Begin with none."""
        self._file = file
        self._collections: dict[int, dict[int, Fields]] = {}

    def object(self, offset: int, index: int) -> Generator[Request, bytes, Fields]:
        """Return an object of a collection.

        Raises:
            FaultError: It is not there.
        """
        if offset not in self._collections:
            self._collections[offset] = yield from self._collection(offset)
        found = self._collections[offset].get(index)
        if found is None:
            raise FaultError(f"a global heap has no object {index}", offset)
        return found

    def _collection(self, offset: int) -> Generator[Request, bytes, dict[int, Fields]]:
        width = self._file.widths.length
        head = yield from self._file.peek(offset, 8 + width)
        head.take(8)
        size = head.length()
        fields = yield from self._file.block(offset, size, b"GCOL")
        fields.take(4 + width)
        found: dict[int, Fields] = {}
        while fields.left >= _OBJECT:
            index = fields.number(2)
            fields.take(6)
            length = fields.length()
            if not index:
                break
            found[index] = fields.part(length)
            fields.take(min(-length % 8, fields.left))
        return found


@dataclass(slots=True, kw_only=True)
class _Table:
    """How the blocks of a fractal heap double in size (the standard's doubling table)."""

    width: int
    first: int
    largest: int
    bits: int
    offset_size: int = 0
    length_size: int = 0
    summed: bool = False
    places: list[int] = field(default_factory=list)
    blocks: list[Fields] = field(default_factory=list)

    def row_size(self, row: int) -> int:
        return self.first << max(0, row - 1)

    def rows_below(self, size: int) -> int:
        """Count the rows of an indirect block that covers so many bytes."""
        return size.bit_length() - (self.first * self.width).bit_length() + 1


class FractalHeap:
    """A fractal heap, read whole; its objects are then found by their identities."""

    def __init__(self, file: Hdf5File, offset: int) -> None:
        """Begin with nothing read."""
        self._file = file
        self._offset = offset
        self._table = _Table(width=1, first=1, largest=1, bits=0)
        self._huge: dict[int, tuple[int, int]] = {}
        self._huge_inside = False

    def read(self) -> Generator[Request, bytes, None]:
        """Read the header and all blocks.

        Raises:
            FaultError: The heap is not what it should be.
        """
        file, widths = self._file, self._file.widths
        fixed = 22 + 12 * widths.length + 3 * widths.offset
        head = yield from file.peek(self._offset, 9)
        filtered = int.from_bytes(head.raw[7:9], "little")
        size = fixed + SUM + (widths.length + 4 + filtered if filtered else 0)
        fields = yield from file.block(self._offset, size, b"FRHP", summed=True)
        version, identity = fields.number(1), fields.number(2)
        fields.take(2)
        flags, largest = fields.number(1), fields.number(4)
        fields.length()
        huge, _, space = fields.address(), fields.length(), fields.address()
        fields.take(8 * widths.length)
        root, rows = self._set_table(fields, flags, largest)
        if version or not identity:
            raise FaultError(f"a fractal heap has the version {version}", self._offset, "0")
        self._huge_inside = identity > widths.offset + widths.length
        if filtered:
            file.record.unread("a fractal heap went through filters")
            return
        if space is not None:
            yield from free_space(file, space)
        if root is not None:
            yield from self._blocks(root, rows)
        if huge is not None:
            yield from self._huge_objects(huge)

    def _set_table(self, fields: Fields, flags: int, largest: int) -> tuple[int | None, int]:
        width, first, most = fields.number(2), fields.length(), fields.length()
        bits = fields.number(2)
        fields.take(2)
        root, rows = fields.address(), fields.number(2)
        powers = all(number.bit_count() == 1 for number in (width, first, most))
        if not powers or first > most or bits > _LARGEST_HEAP:
            text = f"a fractal heap has {width} blocks of {first} to {most} bytes in a row"
            raise FaultError(text, self._offset, "powers of two")
        self._table = _Table(
            width=width,
            first=first,
            largest=most,
            bits=bits,
            offset_size=(bits + 7) // 8,
            length_size=(min(most, max(1, largest)).bit_length() - 1) // 8 + 1,
            summed=bool(flags & 2),
        )
        return root, rows

    def _blocks(self, root: int, rows: int) -> Generator[Request, bytes, None]:
        """Read the direct blocks, in the order of the heap."""
        table = self._table
        direct_rows = (table.largest // table.first).bit_length() + 1
        todo = [(root, rows, 0, table.first)]
        while todo:
            offset, height, place, size = todo.pop()
            if not height:
                yield from self._direct(offset, place, size)
                continue
            fields = yield from self._indirect(offset, height, direct_rows)
            below = []
            for row in range(height):
                size = table.row_size(row)
                inner = table.rows_below(size) if row >= direct_rows else 0
                for _ in range(table.width):
                    child = fields.address()
                    if child is not None:
                        below.append((child, inner, place, size))
                    place += size
            todo += reversed(below)

    def _indirect(
        self, offset: int, height: int, direct_rows: int
    ) -> Generator[Request, bytes, Fields]:
        table, width = self._table, self._file.widths.offset
        if height > _LARGEST_HEAP or (height < 1 or direct_rows > _LARGEST_HEAP):
            raise FaultError(f"a fractal heap has {height} rows", offset)
        size = 5 + width + table.offset_size + height * table.width * width + SUM
        fields = yield from self._file.block(offset, size, b"FHIB", summed=True)
        fields.take(1 + width + table.offset_size)
        return fields

    def _direct(self, offset: int, place: int, size: int) -> Generator[Request, bytes, None]:
        table = self._table
        fields = yield from self._file.block(offset, size, b"FHDB")
        fields.take(1 + self._file.widths.offset)
        if fields.number(table.offset_size) != place:
            raise FaultError("a block of a fractal heap is out of its place", offset)
        if table.summed:
            at = fields.index
            seen = fields.number(SUM)
            blanked = fields.raw[:at] + bytes(SUM) + fields.raw[at + SUM :]
            if seen != lookup3(blanked):
                text = f"the block at {offset} has the checksum {seen:08x}"
                raise FaultError(text, offset, f"{lookup3(blanked):08x}")
        table.places.append(place)
        table.blocks.append(fields)

    def _huge_objects(self, tree: int) -> Generator[Request, bytes, None]:
        """Note where objects lie that are too large for a block."""
        for record in (yield from walk_new(self._file, tree, {1, 3})):
            offset, length = record.address(), record.length()
            if offset is None:
                raise FaultError("a large object of a fractal heap is nowhere", tree)
            self._file.claim(offset, length, "a large object of a fractal heap")
            if record.left:
                self._huge[record.length()] = offset, length

    def object(self, identity: Fields) -> Generator[Request, bytes, Fields]:
        """Return the object with an identity.

        Raises:
            FaultError: It is not there.
        """
        first = identity.number(1)
        kind = first >> 4 & 3
        if kind == 0:
            return self._managed(identity)
        if kind == 1:
            return (yield from self._find_huge(identity))
        return identity.part(min((first & 15) + 1, identity.left))

    def _managed(self, identity: Fields) -> Fields:
        table = self._table
        place, length = identity.number(table.offset_size), identity.number(table.length_size)
        index = bisect_right(table.places, place) - 1
        if index < 0:
            raise FaultError("an object is not in its fractal heap", identity.start)
        block = table.blocks[index]
        start = place - table.places[index]
        if start + length > len(block.raw):
            raise FaultError("an object is not in its fractal heap", identity.start)
        fields = Fields(block.raw, block.start, self._file.widths)
        fields.index = start
        return fields.part(length)

    def _find_huge(self, identity: Fields) -> Generator[Request, bytes, Fields]:
        if self._huge_inside:
            offset, length = identity.address(), identity.length()
        else:
            key = identity.number(min(identity.left, self._file.widths.length))
            offset, length = self._huge.get(key, (None, 0))
        if offset is None:
            raise FaultError("a large object is not in its fractal heap", identity.start)
        return (yield from self._file.peek(offset, length))


def free_space(file: Hdf5File, offset: int) -> Generator[Request, bytes, None]:
    """Claim the list of a heap's or a file's free space; what it says is of no interest."""
    widths = file.widths
    size = 18 + 7 * widths.length + widths.offset
    fields = yield from file.block(offset, size, b"FSHD", summed=True)
    fields.take(2 + 4 * widths.length + 6 + 2)
    fields.length()
    sections = fields.address()
    used, allocated = fields.length(), fields.length()
    if sections is not None:
        if not SUM < used <= allocated:
            text = f"a list of free space has {used} of {allocated} bytes"
            raise FaultError(text, offset)
        check((yield from file.block(sections, allocated, b"FSSE")), used - SUM)
