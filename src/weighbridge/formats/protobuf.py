"""The protobuf wire format, walked along a schema and without the protobuf library.

https://protobuf.dev/programming-guides/encoding/. Values are kept only where the schema says so;
everything else, however large, is skipped unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from blake3 import blake3

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.text import decoded

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.interface import Request
    from weighbridge.model.limits import Limits

T = TypeVar("T")

VARINT: Final = 0
FIXED64: Final = 1
DELIMITED: Final = 2
FIXED32: Final = 5

_WIRES: Final = {
    "int": (VARINT, DELIMITED),
    "float": (FIXED32, DELIMITED),
    "double": (FIXED64, DELIMITED),
}
_TEXTS: Final = frozenset({"text", "raw"})
_FIXED_SIZES: Final = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT: Final = 10
_DEEPEST: Final = 100
_MOST_VALUES: Final = 1_024
_SIGN: Final = 1 << 63
_MASK: Final = (1 << 64) - 1


class WireError(Exception):
    """The bytes are no message of the schema.

    Attributes:
        offset: Where they stop being one.
    """

    def __init__(self, message: str, offset: int) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message.

    Attributes:
        name: Its name in the `.proto` file.
        kind: `int`, `float`, `double`, `text`, `raw` (text that need not be readable), `bytes`, or
            the name of a message.
        keep: Whether its values are kept (`bytes`: their offset and size are).
        digest: Whether its bytes are digested, with those of the message's other such fields.
    """

    name: str
    kind: str
    keep: bool = False
    digest: bool = False


def fields(text: str) -> dict[int, Field]:
    """Read the fields of a message: lines of `number name kind [keep] [digest]`."""
    found = {}
    for line in text.strip().splitlines():
        number, name, kind, *words = line.split()
        found[int(number)] = Field(name, kind, "keep" in words, "digest" in words)
    return found


def messages(text: str) -> dict[str, dict[int, Field]]:
    """Read a schema: the name of each message, and behind it the lines of its fields."""
    parts = re.split(r"^ *([A-Z]\w*)$", text, flags=re.MULTILINE)[1:]
    return {name: fields(lines) for name, lines in zip(parts[::2], parts[1::2], strict=True)}


@dataclass(slots=True, kw_only=True)
class Message:
    """A message while it is being read.

    Attributes:
        kind: Name of the message.
        name: Name of the field it stands in.
        offset: Offset of its first byte.
        end: Offset behind its last.
        parent: The message it stands in.
        fields: Fields read so far.
        numbers: Kept numbers by field.
        texts: Kept texts by field; a text over the limit is cut.
        spans: Offset and size of kept `bytes` by field.
        hashed: BLAKE3 of the fields that are digested, in their order.
        scattered: Whether one of them was not written as a stretch of bytes.
    """

    kind: str
    name: str
    offset: int
    end: int
    parent: Message | None
    fields: int = 0
    numbers: dict[str, list[int]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    hashed: blake3 | None = None
    scattered: bool = False

    @property
    def digest(self) -> str:
        """`blake3:` and 64 hexadecimal digits of what was digested; empty if nothing was."""
        if self.hashed is None or self.scattered:
            return ""
        return f"blake3:{self.hashed.hexdigest()}"

    @property
    def outer(self) -> Message:
        """The message it stands in; of the outermost, itself."""
        return self if self.parent is None else self.parent

    def number(self, name: str, default: int = 0) -> int:
        """Return a field's number; as protobuf has it, the last one counts."""
        return self.numbers.get(name, [default])[-1]

    def text(self, name: str) -> str:
        """Return a field's text; as protobuf has it, the last one counts."""
        return self.texts.get(name, [""])[-1]

    def add_text(self, name: str, value: str) -> None:
        """Keep one more text."""
        _add(self.texts.setdefault(name, []), value, self.offset)


class Visitor(Protocol):
    """Whoever wants to know what stands in the messages."""

    def leave(self, message: Message) -> None:
        """Hear of a message that was read to its end; those inside it were heard of before."""

    def unknown(self, message: Message, number: int) -> None:
        """Hear of a field the schema does not have."""


def _add(values: list[T], value: T, offset: int) -> None:
    if len(values) >= _MOST_VALUES:
        raise WireError(f"a field has more than {_MOST_VALUES} values", offset)
    values.append(value)


class Walk:
    """A walk over one message of a schema and all messages in it."""

    __slots__ = ("_cursor", "_limits", "_schema", "_visitor")

    def __init__(
        self,
        cursor: Cursor,
        *,
        schema: Mapping[str, Mapping[int, Field]],
        visitor: Visitor,
        limits: Limits,
    ) -> None:
        """Stand at the first byte of the message."""
        self._cursor = cursor
        self._schema = schema
        self._visitor = visitor
        self._limits = limits

    def run(self, kind: str) -> Generator[Request, bytes, None]:
        """Read a message that takes all the cursor has.

        Raises:
            WireError: The bytes are no such message.
            BudgetExceededError: A message has more fields than `limits.entries`.
        """
        cursor = self._cursor
        start = cursor.position
        message: Message | None = Message(
            kind=kind, name="", offset=start, end=start + cursor.left, parent=None
        )
        depth = 1
        while message is not None:
            if cursor.position >= message.end:
                self._visitor.leave(message)
                message, depth = message.parent, depth - 1
                continue
            inner = yield from self._field(message)
            if inner is not None:
                message, depth = inner, depth + 1
            if depth > _DEEPEST:
                raise WireError(f"messages nest more than {_DEEPEST} deep", cursor.position)

    def _field(self, message: Message) -> Generator[Request, bytes, Message | None]:
        """Read one field; a message in it is returned to be read next."""
        start = self._cursor.position
        tag = self._short(message.end)
        if tag < 0:
            tag = yield from self._varint(message.end)
        wire = tag & 7
        found = self._look_up(message, tag >> 3, wire, start)
        if wire == VARINT:
            value = yield from self._varint(message.end)
            if found is not None and found.digest:
                message.scattered = True
            if found is not None and found.keep:
                _add(message.numbers.setdefault(found.name, []), _signed(value), start)
            return None
        length = _FIXED_SIZES.get(wire, -1)
        if length < 0:
            length = self._short(message.end)
        if length < 0:
            length = yield from self._varint(message.end)
        if length > message.end - self._cursor.position:
            raise WireError(
                f"a field of {length} bytes goes beyond the end of {message.kind}", start
            )
        if found is not None and found.digest:
            yield from self._digest(message, found, length)
            return None
        if found is None or (found.kind not in self._schema and not found.keep):
            yield from self._pass(length)
            return None
        return (yield from self._content(message, found, length))

    def _look_up(self, message: Message, number: int, wire: int, start: int) -> Field | None:
        message.fields += 1
        if message.fields > self._limits.entries:
            raise BudgetExceededError(f"a message has more than {self._limits.entries} fields")
        if not number or wire not in (VARINT, DELIMITED, *_FIXED_SIZES):
            raise WireError(f"no field has the number {number} and wire type {wire}", start)
        found = self._schema[message.kind].get(number)
        if found is None:
            self._visitor.unknown(message, number)
        elif wire not in _WIRES.get(found.kind, (DELIMITED,)):
            raise WireError(f"field {found.name} of {message.kind} has wire type {wire}", start)
        return found

    def _content(
        self, message: Message, found: Field, length: int
    ) -> Generator[Request, bytes, Message | None]:
        cursor = self._cursor
        start = cursor.position
        if found.kind in self._schema:
            return Message(
                kind=found.kind,
                name=found.name,
                offset=start,
                end=start + length,
                parent=message,
            )
        if found.kind == "bytes":
            message.spans[found.name] = (start, length)
            yield from self._pass(length)
        elif found.kind in _TEXTS:
            kept = yield from cursor.take(min(length, self._limits.text))
            _add(message.texts.setdefault(found.name, []), decoded(kept), start)
            yield from self._pass(length - len(kept))
        else:
            while cursor.position < start + length:
                value = yield from self._varint(start + length)
                _add(message.numbers.setdefault(found.name, []), _signed(value), start)
        return None

    def _digest(
        self, message: Message, found: Field, length: int
    ) -> Generator[Request, bytes, None]:
        """Digest a field's bytes on the way past them."""
        cursor = self._cursor
        start = cursor.position
        message.hashed = message.hashed or blake3()
        if found.keep:
            message.spans[found.name] = (start, length)
        left = length
        while left:
            if not (yield from cursor.fill(1)):
                raise WireError("the file ends inside a field", start)
            piece = cursor.buffer[cursor.index : cursor.index + left]
            message.hashed.update(piece)
            cursor.index += len(piece)
            left -= len(piece)

    def _pass(self, length: int) -> Generator[Request, bytes, None]:
        start = self._cursor.position
        if not (yield from self._cursor.skip(length)):
            raise WireError("the file ends inside a field", start)

    def _short(self, end: int) -> int:
        """Read a number of one byte, if that is what is at hand; most are. Otherwise -1."""
        cursor = self._cursor
        index = cursor.index
        if index < len(cursor.buffer) and cursor.base + index < end:
            byte = cursor.buffer[index]
            if byte < 0x80:  # noqa: PLR2004 - the continuation bit
                cursor.index = index + 1
                return byte
        return -1

    def _varint(self, end: int) -> Generator[Request, bytes, int]:
        cursor = self._cursor
        if len(cursor.buffer) - cursor.index < _LONGEST_VARINT:
            yield from cursor.fill(min(_LONGEST_VARINT, cursor.left))
        value = 0
        room = min(_LONGEST_VARINT, end - cursor.position)
        for shift, byte in enumerate(cursor.buffer[cursor.index : cursor.index + room]):
            value |= (byte & 0x7F) << 7 * shift
            if byte < 0x80:  # noqa: PLR2004 - the continuation bit
                cursor.index += shift + 1
                return value & _MASK
        raise WireError("a number does not end", cursor.position)


def _signed(value: int) -> int:
    return value - 2 * _SIGN if value >= _SIGN else value
