"""Where the chunks of an HDF5 dataset lie: every chunk index, old and new.

Chunks are claimed and not read: their elements went through filters, or lie about in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_file import SUM, check
from weighbridge.formats.hdf5_trees import CHUNKS, walk_new, walk_old

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_fields import Fields
    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.hdf5_messages import Layout
    from weighbridge.formats.interface import Request

_MASK: Final = 4
_WHAT: Final = "a chunk"
_LARGEST_EXPONENT: Final = 64


def claim_chunks(
    file: Hdf5File, found: Layout, shape: tuple[int, ...]
) -> Generator[Request, bytes, None]:
    """Claim every chunk of a dataset, and the index that leads to them.

    Raises:
        FaultError: The index is not what it should be.
    """
    if found.offset is None:
        return
    if len(found.chunk) != len(shape) + 1:
        text = f"chunks have {len(found.chunk) - 1} dimensions"
        raise FaultError(text, found.offset, f"{len(shape)} as the dataset")
    size = prod(found.chunk)
    if found.index == 1:
        file.claim(found.offset, size if found.filtered is None else found.filtered, _WHAT)
    elif found.index == 2:  # noqa: PLR2004 - the implicit index: chunks in a row
        sides = zip(shape, found.chunk[:-1], strict=True)
        file.claim(found.offset, size * prod(-(-whole // part) for whole, part in sides), _WHAT)
    else:
        yield from _INDEXES[found.index](file, found, size)


def _old_tree(file: Hdf5File, found: Layout, _: int) -> Generator[Request, bytes, None]:
    key = 8 + 8 * len(found.chunk)
    for before, child in (yield from walk_old(file, found.offset or 0, CHUNKS, key)):
        file.claim(child, int.from_bytes(before[:4], "little"), _WHAT)


def _new_tree(file: Hdf5File, found: Layout, size: int) -> Generator[Request, bytes, None]:
    scaled = 8 * (len(found.chunk) - 1)
    for record in (yield from walk_new(file, found.offset or 0, {10, 11})):
        child = record.address()
        more = record.left - scaled - _MASK
        length = record.number(more) if more > 0 else size
        if child is not None:
            file.claim(child, length, _WHAT)


# Arrays -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Elements:
    """What the elements of an array are: addresses, with a size where there are filters.

    `page` of them have a checksum of their own, where a block has more.
    """

    client: int
    width: int
    chunk: int
    page: int = 1


def _claim_elements(file: Hdf5File, fields: Fields, count: int, of: _Elements) -> None:
    for _ in range(count):
        part = fields.part(of.width)
        child = part.address()
        length = part.number(part.left - _MASK) if of.client else of.chunk
        if child is not None:
            file.claim(child, length, _WHAT)


def _elements(file: Hdf5File, client: int, width: int, chunk: int, start: int) -> _Elements:
    least = file.widths.offset + (1 + _MASK if client else 0)
    if client > 1 or width < least or (not client and width != least):
        raise FaultError(f"an array of chunks has the type {client}, elements of {width}", start)
    return _Elements(client=client, width=width, chunk=chunk)


def _bits(count: int) -> int:
    """Count the bytes so many bits take."""
    return -(-count // 8)


def _pages(
    file: Hdf5File, offset: int, elements: int, of: _Elements, mapped: bytes
) -> Generator[Request, bytes, None]:
    """Read the pages of a block; those never written are marked so, and left out."""
    for number, first in enumerate(range(0, elements, of.page)):
        count = min(of.page, elements - first)
        size = count * of.width + SUM
        place = offset + number * (of.page * of.width + SUM)
        if mapped[number // 8] & 0x80 >> number % 8:
            fields = yield from file.take(place, size, "a page of chunks")
            check(fields, size - SUM)
            _claim_elements(file, fields, count, of)
        else:
            file.claim(place, size, "a page of chunks")


def _fixed(file: Hdf5File, found: Layout, size: int) -> Generator[Request, bytes, None]:
    start, widths = found.offset or 0, file.widths
    length = 8 + widths.length + widths.offset + SUM
    header = yield from file.block(start, length, b"FAHD", summed=True)
    header.take(1)
    of = _elements(file, header.number(1), header.number(1), size, start)
    of = replace(of, page=1 << min(header.number(1), _LARGEST_EXPONENT))
    count, data = header.length(), header.address()
    if data is None:
        return
    prefix = 6 + widths.offset
    if count <= of.page:
        whole = prefix + count * of.width + SUM
        fields = yield from file.block(data, whole, b"FADB", summed=True)
        fields.take(2 + widths.offset)
        _claim_elements(file, fields, count, of)
        return
    mapped_size = _bits(-(-count // of.page))
    prefix += mapped_size + SUM
    fields = yield from file.block(data, prefix, b"FADB", summed=True)
    fields.take(2 + widths.offset)
    mapped = fields.take(mapped_size)
    yield from _pages(file, data + prefix, count, of, mapped)


class _Extensible:
    """An extensible array: an index block, blocks of elements, and blocks of such blocks."""

    def __init__(self, file: Hdf5File, size: int) -> None:
        self._file = file
        self._size = size
        self._of = _Elements(client=0, width=0, chunk=0)
        self._least = 1
        self._offsets = 0

    def read(self, start: int) -> Generator[Request, bytes, None]:
        widths = self._file.widths
        length = 12 + 6 * widths.length + widths.offset + SUM
        header = yield from self._file.block(start, length, b"EAHD", summed=True)
        header.take(1)
        self._of = _elements(self._file, header.number(1), header.number(1), self._size, start)
        bits, inside, self._least = header.number(1), header.number(1), header.number(1)
        pointers, page = header.number(1), header.number(1)
        header.take(6 * widths.length)
        index = header.address()
        powers = (self._least.bit_count(), pointers.bit_count())
        if bits > _LARGEST_EXPONENT or page > _LARGEST_EXPONENT or powers != (1, 1):
            raise FaultError("an extensible array has blocks of no possible size", start)
        self._of, self._offsets = replace(self._of, page=1 << page), (bits + 7) // 8
        if index is not None:
            yield from self._index(index, inside, pointers, bits)

    def _index(
        self, offset: int, inside: int, pointers: int, bits: int
    ) -> Generator[Request, bytes, None]:
        width = self._file.widths.offset
        levels = 1 + bits - (self._least.bit_length() - 1)
        direct_levels = 2 * (pointers.bit_length() - 1)
        direct = 2 * (pointers - 1)
        indirect = max(0, levels - direct_levels)
        size = 6 + width + inside * self._of.width + (direct + indirect) * width + SUM
        fields = yield from self._file.block(offset, size, b"EAIB", summed=True)
        fields.take(2 + width)
        _claim_elements(self._file, fields, inside, self._of)
        for level in range(direct_levels):
            for _ in range(1 << level // 2):
                yield from self._block(fields.address(), self._elements_of(level), None)
        for level in range(direct_levels, direct_levels + indirect):
            yield from self._blocks(fields.address(), level)

    def _elements_of(self, level: int) -> int:
        """Count the elements of a block at a level."""
        return self._least << (level + 1) // 2

    def _blocks(self, offset: int | None, level: int) -> Generator[Request, bytes, None]:
        """Read a block of addresses of blocks."""
        if offset is None:
            return
        file, elements = self._file, self._elements_of(level)
        count = 1 << level // 2
        mapped = _bits(-(-elements // self._of.page)) if elements > self._of.page else 0
        prefix = 6 + file.widths.offset + self._offsets
        size = prefix + count * (mapped + file.widths.offset) + SUM
        fields = yield from file.block(offset, size, b"EASB", summed=True)
        fields.take(prefix - 4)
        maps = [fields.take(mapped) for _ in range(count)]
        for number in range(count):
            yield from self._block(fields.address(), elements, maps[number] or None)

    def _block(
        self, offset: int | None, elements: int, mapped: bytes | None
    ) -> Generator[Request, bytes, None]:
        if offset is None:
            return
        file = self._file
        prefix = 6 + file.widths.offset + self._offsets
        if elements > self._of.page:
            yield from file.block(offset, prefix + SUM, b"EADB", summed=True)
            every = mapped or b"\xff" * _bits(-(-elements // self._of.page))
            yield from _pages(file, offset + prefix + SUM, elements, self._of, every)
            return
        size = prefix + elements * self._of.width + SUM
        fields = yield from file.block(offset, size, b"EADB", summed=True)
        fields.take(prefix - 4)
        _claim_elements(file, fields, elements, self._of)


def _extensible(file: Hdf5File, found: Layout, size: int) -> Generator[Request, bytes, None]:
    yield from _Extensible(file, size).read(found.offset or 0)


_INDEXES: Final = {0: _old_tree, 3: _fixed, 4: _extensible, 5: _new_tree}
