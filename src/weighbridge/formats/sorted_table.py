"""The sorted table of LevelDB, in which TensorFlow keeps the index of a checkpoint.

https://github.com/google/leveldb/blob/main/doc/table_format.md: data blocks, an index of them, and
a footer that says where the index lies. Compressed blocks stay unread; TensorFlow writes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.crc32c import crc32c, masked
from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

MAGIC: Final = (0xDB4775248B80FB57).to_bytes(8, "little")
FOOTER: Final = 48
_TRAILER: Final = 5
_NUMBER: Final = 4
_LONGEST_VARINT: Final = 10
_MOST_CHECKED: Final = 16 << 20


class TableError(Exception):
    """The bytes are no sorted table.

    Attributes:
        offset: Where they stop being one.
    """

    def __init__(self, message: str, offset: int) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """Where a block lies, and behind it the five bytes of its trailer."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        """Offset behind the trailer."""
        return self.offset + self.size + _TRAILER


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key and its value.

    Attributes:
        key: The key.
        value: The value.
        offset: Offset of the value in the file.
    """

    key: bytes
    value: bytes
    offset: int


def read_table(record: Record, limits: Limits) -> Generator[Request, bytes, list[Block]]:
    """Read footer and index; return the data blocks, in the order they lie in.

    Raises:
        TableError: The file is no sorted table, or its blocks do not fill it.
        BudgetExceededError: It is over a limit.
    """
    start = record.size - FOOTER
    footer = yield from fetch(max(0, start), FOOTER, limits)
    if start < 0 or len(footer) < FOOTER or not footer.endswith(MAGIC):
        raise TableError("the table has no footer", max(0, start))
    meta, at = _handle(footer, 0, start)
    index, at = _handle(footer, at, start)
    if footer[at : -len(MAGIC)].strip(b"\0"):
        raise TableError("the footer holds bytes that are no handle", start + at)
    blocks = []
    for entry in (yield from read_block(index, record, limits)):
        block, end = _handle(entry.value, 0, entry.offset)
        if end != len(entry.value):
            raise TableError("the index holds a value that is no handle", entry.offset)
        blocks.append(block)
    yield from read_block(meta, record, limits)
    at = 0
    for block in sorted([*blocks, meta, index]):
        if block.offset != at:
            raise TableError("the blocks of the table do not lie one behind the other", at)
        at = block.end
    if at != start:
        raise TableError("the blocks of the table do not end at its footer", at)
    record.coverage += FOOTER
    return sorted(blocks)


def read_block(
    block: Block, record: Record, limits: Limits
) -> Generator[Request, bytes, list[Entry]]:
    """Read one block, weigh its checksum, and list its entries.

    Raises:
        TableError: It is no block.
        BudgetExceededError: It is over a limit.
    """
    if block.end > record.size:
        raise TableError("a block goes beyond the end of the file", block.offset)
    raw = yield from fetch(block.offset, block.size + _TRAILER, limits)
    if len(raw) < block.size + _TRAILER:
        raise TableError("the file ends inside a block", block.offset + len(raw))
    if record.coverage + len(raw) > _MOST_CHECKED:
        raise BudgetExceededError(f"an index of more than {_MOST_CHECKED} bytes")
    stored = int.from_bytes(raw[-_NUMBER:], "little")
    if masked(crc32c(raw[:-_NUMBER])) != stored:
        raise TableError("the checksum of a block is wrong", block.offset)
    record.coverage += len(raw)
    if raw[block.size]:
        record.unread(f"a block has the compression {raw[block.size]}")
        return []
    return list(_entries(raw[: block.size], block.offset, limits))


def _entries(raw: bytes, base: int, limits: Limits) -> Iterator[Entry]:
    restarts = int.from_bytes(raw[-_NUMBER:], "little")
    end = len(raw) - _NUMBER * (restarts + 1)
    if end < 0:
        raise TableError("a block has no room for its restarts", base)
    key, at, count = b"", 0, 0
    while at < end:
        count += 1
        if count > limits.entries:
            raise BudgetExceededError(f"a block of more than {limits.entries} entries")
        shared, at = _varint(raw, at, end, base)
        fresh, at = _varint(raw, at, end, base)
        length, at = _varint(raw, at, end, base)
        value = at + fresh
        if shared > len(key) or value + length > end or shared + fresh > limits.text:
            raise TableError("an entry goes beyond its block", base + at)
        last, key = key, key[:shared] + raw[at:value]
        if count > 1 and key <= last:
            raise TableError("the keys of a block are not in order", base + at)
        at = value + length
        yield Entry(key=key, value=raw[value:at], offset=base + value)


def _handle(raw: bytes, at: int, base: int) -> tuple[Block, int]:
    offset, at = _varint(raw, at, len(raw), base)
    size, at = _varint(raw, at, len(raw), base)
    return Block(offset, size), at


def _varint(raw: bytes, at: int, end: int, base: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(raw[at : min(at + _LONGEST_VARINT, end)]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, at + shift + 1
    raise TableError("a number does not end", base + at)
