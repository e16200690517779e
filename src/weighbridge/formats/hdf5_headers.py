"""Object headers of HDF5, old and new: lists of messages, in one chunk or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_file import SUM
from weighbridge.formats.interface import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_fields import Fields
    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

NIL: Final = 0x00
DATASPACE: Final = 0x01
LINK_INFO: Final = 0x02
DATATYPE: Final = 0x03
LINK: Final = 0x06
EXTERNAL_FILES: Final = 0x07
LAYOUT: Final = 0x08
FILTERS: Final = 0x0B
ATTRIBUTE: Final = 0x0C
SHARED_TABLE: Final = 0x0F
CONTINUATION: Final = 0x10
SYMBOL_TABLE: Final = 0x11
TREE_SIZES: Final = 0x13
DRIVER: Final = 0x14
ATTRIBUTE_INFO: Final = 0x15
FILE_SPACE: Final = 0x17
NEWEST: Final = 0x17

SHARED: Final = 0x02
"""Flag of a message that only says where the real one is."""

_OLD_PREFIX: Final = 16
_OLD_MESSAGE: Final = 8
_TIMES: Final = 0x20
_PHASES: Final = 0x10
_ORDER: Final = 0x04


@dataclass(frozen=True, slots=True)
class Message:
    """A message of an object's header.

    Attributes:
        kind: The number of its type.
        flags: Its flags.
        body: Its fields.
    """

    kind: int
    flags: int
    body: Fields


def read_header(file: Hdf5File, offset: int) -> Generator[Request, bytes, list[Message]]:
    """Read the header of an object, with all chunks it goes on in.

    Raises:
        FaultError: It is none.
        BudgetExceededError: It has too many messages.
    """
    head = yield from file.peek(offset, min(_OLD_PREFIX, max(0, file.record.size - offset)))
    if head.raw[:4] == b"OHDR":
        return (yield from _new(file, offset))
    if head.raw[:1] != b"\1":
        raise FaultError("an object has no header", offset, "version 1, or `OHDR`")
    return (yield from _old(file, offset))


def _old(file: Hdf5File, offset: int) -> Generator[Request, bytes, list[Message]]:
    prefix = yield from file.take(offset, _OLD_PREFIX, "the header of an object")
    prefix.take(8)
    size = prefix.number(4)
    messages: list[Message] = []
    chunks = [(offset + _OLD_PREFIX, size)]
    while chunks:
        fields = yield from file.take(*chunks.pop(), "a part of an object's header")
        while fields.left >= _OLD_MESSAGE:
            kind, length, flags = fields.number(2), fields.number(2), fields.number(1)
            fields.take(3)
            _keep(file, messages, Message(kind, flags, fields.part(length)), chunks)
    return messages


def _new(file: Hdf5File, offset: int) -> Generator[Request, bytes, list[Message]]:
    prefix = yield from file.peek(offset, 6)
    version, flags = prefix.raw[4], prefix.raw[5]
    if version != 2:  # noqa: PLR2004 - version
        raise FaultError(f"the header of an object has the version {version}", offset, "2")
    extra = (16 if flags & _TIMES else 0) + (4 if flags & _PHASES else 0)
    width = 1 << (flags & 3)
    length = (yield from file.peek(offset + 6 + extra, width)).number(width)
    start = 6 + extra + width
    first = yield from file.block(offset, start + length + SUM, b"OHDR", summed=True)
    first.take(start - 4)
    messages: list[Message] = []
    chunks: list[tuple[int, int]] = []
    _messages(file, first.part(length), messages, chunks, flags=flags)
    while chunks:
        place, size = chunks.pop()
        more = yield from file.block(place, size, b"OCHK", summed=True)
        _messages(file, more.part(max(0, more.left - SUM)), messages, chunks, flags=flags)
    return messages


def _messages(
    file: Hdf5File,
    fields: Fields,
    messages: list[Message],
    chunks: list[tuple[int, int]],
    *,
    flags: int,
) -> None:
    """List the messages of one chunk; what is left is shorter than a message's beginning."""
    more = 2 if flags & _ORDER else 0
    while fields.left >= 4 + more:
        kind, length, own = fields.number(1), fields.number(2), fields.number(1)
        fields.take(more)
        _keep(file, messages, Message(kind, own, fields.part(length)), chunks)


def _keep(
    file: Hdf5File, messages: list[Message], message: Message, chunks: list[tuple[int, int]]
) -> None:
    if message.kind == CONTINUATION:
        start = message.body.start
        offset, length = message.body.address(), message.body.length()
        if offset is None:
            raise FaultError("an object's header goes on nowhere", start)
        chunks.append((offset, length))
    elif message.kind != NIL:
        messages.append(message)
    if len(messages) > file.limits.entries:
        raise BudgetExceededError(f"an object has more than {file.limits.entries} messages")
