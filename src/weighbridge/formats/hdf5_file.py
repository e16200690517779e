"""An HDF5 file while it is being read: its widths, its blocks, and which bytes belong to what.

Blocks lie anywhere and refer to one another by address. Every block is claimed before it is read:
none twice, and all together never more bytes than the file has; so no circle, and no pile of
blocks over the same bytes, costs more than reading the file once.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor, fetch
from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_fields import Fields, Widths
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.lookup3 import lookup3

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

SUM: Final = 4
"""Bytes of a checksum."""
_HEAD: Final = 4 << 20
"""Bytes from the start that are kept: where most files have most of their structure."""


class Hdf5File:
    """What all parts of the reader share.

    Attributes:
        record: What is noted.
        limits: What may be spent.
        widths: How wide numbers are.
        leaf_k: Half of the symbols a group's leaf has room for.
        group_k: Half of the children a node of a group's B-tree has room for.
        chunk_k: Likewise of a B-tree of chunks.
        end: The end of the file by its superblock.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        """Begin with nothing read."""
        self.record = record
        self.limits = limits
        self.widths = Widths(base=0, offset=8, length=8)
        self.leaf_k, self.group_k, self.chunk_k = 4, 16, 32
        self._objects: list[tuple[int, str]] = []
        self.end = record.size
        self._seen: set[int] = set()
        self._head = b""
        self._extents: dict[int, int] = {}
        self._claimed = 0

    def begin(self) -> Generator[Request, bytes, None]:
        """Read the bytes at the start, and keep them."""
        length = min(self.record.size, _HEAD)
        self._head = yield from Cursor(0, length).take(length)

    # Blocks -------------------------------------------------------------------------------------

    def block(
        self, offset: int, size: int, magic: bytes, *, summed: bool = False
    ) -> Generator[Request, bytes, Fields]:
        """Read a block that has a signature, and stand behind it.

        Args:
            offset: Where it begins.
            size: Bytes it takes.
            magic: Its signature.
            summed: Whether its last four bytes are the sum of all others.

        Raises:
            FaultError: It is not there, or not what it should be.
        """
        what = f"the block `{magic.decode('ascii')}`"
        fields = yield from self.take(offset, size, what)
        if fields.take(len(magic)) != magic:
            raise FaultError(f"{what} is not where it should be", offset, magic.decode("ascii"))
        if summed:
            check(fields, size - SUM)
        return fields

    def take(self, offset: int, size: int, what: str) -> Generator[Request, bytes, Fields]:
        """Claim and read bytes that have no signature."""
        self.claim(offset, size, what)
        return (yield from self.peek(offset, size))

    def peek(self, offset: int, size: int) -> Generator[Request, bytes, Fields]:
        """Read bytes without claiming them.

        Raises:
            FaultError: They are not there.
        """
        if offset + size <= len(self._head):
            raw = self._head[offset : offset + size]
        else:
            raw = yield from fetch(offset, size, self.limits)
        if len(raw) < size:
            raise FaultError(f"{size} bytes go beyond the end of the file", offset)
        return Fields(raw, offset, self.widths)

    def claim(self, offset: int, size: int, what: str) -> None:
        """Say that bytes belong to something.

        Raises:
            FaultError: They are not in the file, or something else begins there too.
            BudgetExceededError: The file has too many parts.
        """
        if not size:
            return
        if offset + size > self.record.size:
            raise FaultError(f"{what} goes beyond the end of the file", offset, f"{size} bytes")
        if offset in self._extents:
            raise FaultError(f"{what} is reached twice, or lies on something else", offset)
        self._claimed += size
        if self._claimed > self.record.size:
            raise FaultError(f"{what} lies on something else", offset)
        if len(self._extents) >= self.limits.entries:
            raise BudgetExceededError(f"the file has more than {self.limits.entries} parts")
        self._extents[offset] = offset + size

    def add_object(self, offset: int | None, path: str) -> None:
        """Have an object read, unless it was before; its first path is its name."""
        if offset is None or offset in self._seen:
            return
        if len(path) > self.limits.text:
            raise BudgetExceededError(f"a path is longer than {self.limits.text}")
        self._seen.add(offset)
        heappush(self._objects, (offset, path))

    def next_object(self) -> tuple[int, str] | None:
        """Take the object that lies first of those still to be read; None if there is none."""
        return heappop(self._objects) if self._objects else None

    # Coverage -----------------------------------------------------------------------------------

    def gaps(self) -> list[tuple[int, int]]:
        """List the stretches, begin and end, that belong to nothing; note what overlaps."""
        found = []
        ends = [(0, 0), *sorted(self._extents.items()), (self.record.size, self.record.size)]
        reached = 0
        for (_, end), (start, _) in pairwise(ends):
            reached = max(reached, end)
            if start < reached:
                text = f"two parts of the file share {reached - start} bytes"
                self.record.corrupt(text, start)
            elif start > reached:
                found.append((reached, start))
        return found

    @property
    def claimed(self) -> int:
        """Bytes that belong to something."""
        return self._claimed


def check(fields: Fields, size: int) -> None:
    """Check the sum behind the first `size` bytes of a block.

    Raises:
        FaultError: It is another one.
    """
    seen = int.from_bytes(fields.raw[size : size + SUM], "little")
    wanted = lookup3(fields.raw[:size])
    if seen != wanted or size + SUM > len(fields.raw):
        text = f"the block at {fields.start} has the checksum {seen:08x}"
        raise FaultError(text, fields.start, f"{wanted:08x}")
