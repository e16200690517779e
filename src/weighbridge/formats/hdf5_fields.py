"""Fields of HDF5's blocks and messages, one after the other, in the widths the file states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weighbridge.formats.faults import FaultError

_TEXT_ALIGNMENT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """How wide a file's numbers are.

    Attributes:
        base: What addresses are relative to.
        offset: Bytes of an address.
        length: Bytes of a length.
    """

    base: int
    offset: int
    length: int


class Fields:
    """Bytes that are read field by field; all numbers are little-endian.

    Attributes:
        raw: The bytes.
        index: Place of the next field.
        start: Offset of the first byte in the file.
    """

    __slots__ = ("_widths", "index", "raw", "start")

    def __init__(self, raw: bytes, start: int, widths: Widths) -> None:
        """Stand at the first field."""
        self.raw = raw
        self.index = 0
        self.start = start
        self._widths = widths

    @property
    def left(self) -> int:
        """Bytes that are left."""
        return len(self.raw) - self.index

    def take(self, size: int) -> bytes:
        """Read bytes.

        Raises:
            FaultError: There are not so many.
        """
        if size > self.left:
            text = f"a field of {size} bytes goes beyond the block it stands in"
            raise FaultError(text, self.start + self.index)
        self.index += size
        return self.raw[self.index - size : self.index]

    def number(self, size: int) -> int:
        """Read a natural number of so many bytes."""
        return int.from_bytes(self.take(size), "little")

    def length(self) -> int:
        """Read a length."""
        return self.number(self._widths.length)

    def address(self) -> int | None:
        """Read an address and return the offset in the file; None for the undefined address."""
        raw = self.take(self._widths.offset)
        if raw.count(0xFF) == len(raw):
            return None
        return self._widths.base + int.from_bytes(raw, "little")

    def text(self, *, padded: bool = False) -> bytes:
        """Read a text that a zero ends; with `padded` it takes a multiple of eight bytes."""
        end = self.raw.find(b"\0", self.index)
        if end < 0:
            raise FaultError("a text has no end", self.start + self.index)
        found = self.take(end - self.index)
        after = len(found) + 1
        self.take(1 + (-after % _TEXT_ALIGNMENT if padded else 0))
        return found

    def part(self, size: int) -> Fields:
        """Read bytes that have fields of their own."""
        start = self.start + self.index
        return Fields(self.take(size), start, self._widths)
