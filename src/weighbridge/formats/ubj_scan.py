"""UBJSON (https://ubjson.org, draft 12) read as it comes, in the part of it XGBoost writes.

Every count is weighed against the bytes that are left before anything is done with it.
"""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.text import decoded, mended, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.interface import Request
    from weighbridge.formats.visitor import Kind, Value, Visitor
    from weighbridge.model.limits import Limits

_NUMBERS: Final = {
    b"i": "b",
    b"U": "B",
    b"I": "h",
    b"l": "i",
    b"L": "q",
    b"d": "f",
    b"D": "d",
}
_WHOLE: Final = frozenset({b"i", b"U", b"I", b"l", b"L"})
_WORDS: Final[dict[bytes, Value]] = {b"Z": None, b"T": True, b"F": False}
_OPENERS: Final[dict[bytes, Kind]] = {b"{": "object", b"[": "array"}
_NO_OPERATION: Final = b"N"
_DEEPEST: Final = 200
_PIECE: Final = 64 << 10
_KEPT: Final = 64 << 10


class UbjError(Exception):
    """The bytes are no UBJSON; `offset` says where."""

    def __init__(self, message: str, offset: int) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset


@dataclass(slots=True, kw_only=True)
class _Frame:
    """An object or array that is open.

    Attributes:
        kind: Which of them.
        left: Values that are to come; None if a mark ends it.
        keys: Keys seen so far.
        count: Values seen so far.
    """

    kind: Kind
    left: int | None
    keys: set[str] = field(default_factory=set)
    count: int = 0


class UbjScan:
    """One walk over one object."""

    def __init__(self, cursor: Cursor, visitor: Visitor, limits: Limits) -> None:
        """Begin where the cursor stands."""
        self._cursor = cursor
        self._visitor = visitor
        self._limits = limits
        self._frames: list[_Frame] = []
        self._path: list[str | int] = []
        self._keys = 0

    def run(self) -> Generator[Request, bytes, None]:
        """Walk over one object or array.

        Raises:
            UbjError: It is no UBJSON.
            BudgetExceededError: It nests too deeply or has too many keys.
        """
        yield from self._value((yield from self._mark()), "")
        while self._frames:
            frame = self._frames[-1]
            if frame.left == 0:
                self._close()
                continue
            mark = b""
            if frame.left is None:
                mark = yield from self._mark()
                if mark == (b"}" if frame.kind == "object" else b"]"):
                    self._close()
                    continue
            key = ""
            if frame.kind == "object":
                key = yield from self._key(mark, frame)
                mark = b""
            yield from self._value(mark or (yield from self._mark()), key)

    # Values -------------------------------------------------------------------------------------

    def _value(self, mark: bytes, key: str) -> Generator[Request, bytes, None]:
        if mark in _OPENERS:
            yield from self._open(_OPENERS[mark], key)
            return
        value: Value
        if mark in _NUMBERS:
            value = yield from self._number(mark)
        elif mark in _WORDS:
            value = _WORDS[mark]
        elif mark == b"S":
            value = yield from self._text(_KEPT)
        else:
            raise self._fault(f"{shown(decoded(mark))} is the mark of no value")
        frame = self._frames[-1] if self._frames else None
        if frame is None:
            raise self._fault("the outermost value is no object or array")
        self._count(frame, 1)
        if frame.kind == "object":
            self._visitor.pairs(self._path, [(key, value)])
        else:
            self._visitor.items(self._path, [value])

    def _open(self, kind: Kind, key: str) -> Generator[Request, bytes, None]:
        if len(self._frames) >= _DEEPEST:
            raise BudgetExceededError(f"the values nest more than {_DEEPEST} deep")
        if self._frames:
            outer = self._frames[-1]
            self._path.append(key if outer.kind == "object" else outer.count)
            self._count(outer, 1)
        self._visitor.enter(self._path, kind)
        frame = _Frame(kind=kind, left=None)
        self._frames.append(frame)
        if kind == "array":
            yield from self._head(frame)

    def _head(self, frame: _Frame) -> Generator[Request, bytes, None]:
        """Read what an array says of its values: a type, and how many there are."""
        cursor = self._cursor
        yield from cursor.fill(2)
        said = cursor.buffer[cursor.index : cursor.index + 2]
        typed = said[1:] if said[:1] == b"$" else b""
        if typed:
            cursor.index += 2
            if typed not in _NUMBERS:
                raise self._fault(f"an array of {shown(decoded(typed))} cannot be")
        if not typed and said[:1] != b"#":
            return
        if (yield from cursor.take(1)) != b"#":
            raise self._fault("an array has a type and no length")
        frame.left = yield from self._length()
        width = struct.calcsize(_NUMBERS[typed]) if typed else 1
        if frame.left * width > cursor.left:
            raise self._fault(f"an array of {frame.left} values goes beyond the end")
        if typed:
            yield from self._numbers(frame, typed)

    def _numbers(self, frame: _Frame, mark: bytes) -> Generator[Request, bytes, None]:
        """Pass an array of numbers, a piece at a time."""
        width = struct.calcsize(_NUMBERS[mark])
        while frame.left:
            count = min(frame.left, _PIECE // width)
            raw = yield from self._take(count * width)
            self._count(frame, count)
            self._visitor.items(self._path, struct.unpack(f">{count}{_NUMBERS[mark]}", raw))

    def _close(self) -> None:
        frame = self._frames.pop()
        self._keys -= len(frame.keys)
        self._visitor.leave(self._path, frame.kind, frame.count)
        if self._path:
            self._path.pop()

    @staticmethod
    def _count(frame: _Frame, count: int) -> None:
        frame.count += count
        if frame.left is not None:
            frame.left -= count

    # Bytes --------------------------------------------------------------------------------------

    def _mark(self) -> Generator[Request, bytes, bytes]:
        while (mark := (yield from self._take(1))) == _NO_OPERATION:
            pass
        return mark

    def _take(self, length: int) -> Generator[Request, bytes, bytes]:
        raw = yield from self._cursor.take(length)
        if len(raw) < length:
            raise self._fault("it ends too early")
        return raw

    def _number(self, mark: bytes) -> Generator[Request, bytes, int | float]:
        form = ">" + _NUMBERS[mark]
        raw = yield from self._take(struct.calcsize(form))
        number: int | float = struct.unpack(form, raw)[0]
        return number

    def _length(self, mark: bytes = b"") -> Generator[Request, bytes, int]:
        mark = mark or (yield from self._take(1))
        if mark not in _WHOLE:
            raise self._fault(f"{shown(decoded(mark))} is the mark of no length")
        length = int((yield from self._number(mark)))
        if not 0 <= length <= self._cursor.left:
            raise self._fault(f"a length of {length} goes beyond the end")
        return length

    def _key(self, mark: bytes, frame: _Frame) -> Generator[Request, bytes, str]:
        start = self._cursor.position - 1
        length = yield from self._length(mark)
        if length > self._limits.text:
            raise BudgetExceededError(f"a key has more than {self._limits.text} bytes")
        raw = yield from self._take(length)
        try:
            key = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UbjError("a key is not UTF-8", start) from error
        if key in frame.keys:
            raise UbjError(f"the key {shown(key)} stands twice in one object", start)
        frame.keys.add(key)
        self._keys += 1
        if self._keys > self._limits.entries:
            raise BudgetExceededError(f"more than {self._limits.entries} keys at once")
        return key

    def _text(self, kept: int) -> Generator[Request, bytes, str]:
        """Read a text of any length, and keep its beginning."""
        left = yield from self._length()
        start = self._cursor.position
        decoder = codecs.getincrementaldecoder("utf-8")()
        text = ""
        while left:
            piece = yield from self._take(min(left, _PIECE))
            left -= len(piece)
            try:
                part = decoder.decode(piece, final=not left)
            except UnicodeDecodeError as error:
                raise UbjError("a text is not UTF-8", start) from error
            text += part[: max(0, kept - len(text))]
        return mended(text)

    def _fault(self, message: str) -> UbjError:
        return UbjError(message, self._cursor.position)
