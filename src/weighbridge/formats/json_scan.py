"""JSON (RFC 8259) read as it comes: nothing is kept but where we stand.

Plain values that follow one another are found by one regular expression and read by the standard
library, so that a vocabulary of 100,000 words costs no more than reading it. Two keys of one name
in one object are a fault: two programs may read two contents from it. `NaN` and `Infinity` are
read as Python writes them, and noted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.text import mended, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.interface import Request
    from weighbridge.formats.visitor import Kind, Value, Visitor
    from weighbridge.model.limits import Limits

_AT_HAND: Final = 8 << 10
_FILLED: Final = 64 << 10
_KEPT: Final = 13 << 20
_DEEPEST: Final = 200
_ESCAPE: Final = 6
_HIGHEST_BLANK: Final = 0x20

_SPACE: Final = rb"[ \t\r\n]*+"
_PLAIN: Final = rb'[^"\\\x00-\x1f]*+'
_INNER: Final = _PLAIN + rb'(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})' + _PLAIN + rb")*+"
_STRING: Final = rb'"' + _INNER + rb'"'
_NUMBER: Final = (
    rb"-?(?:0|[1-9][0-9]{0,999}+)(?:\.[0-9]{1,999}+)?+(?:[eE][+-]?[0-9]{1,9}+)?+(?![0-9.eE])"
)
_WORDS: Final = rb"true|false|null|NaN|-?Infinity"
_VALUE: Final = rb"(?:" + _STRING + rb"|" + _NUMBER + rb"|" + _WORDS + rb")"
_COMMA: Final = _SPACE + rb"," + _SPACE

_BLANK = re.compile(_SPACE)
_WORD = re.compile(rb"[-+.0-9A-Za-z]{1,2100}")
_TEXT = re.compile(_INNER)
_SCALAR = re.compile(rb"(?:" + _NUMBER + rb"|" + _WORDS + rb")")
_PAIR: Final = _STRING + _SPACE + rb":" + _SPACE + _VALUE
_SHORT_KEY: Final = re.compile(rb'"([ !#-\[\]-~]++)"' + _SPACE + rb":")
_RUNS: Final = {
    kind: re.compile(
        rb"(?:" + item + _COMMA + rb")*+(?:" + item + rb"(?=" + _SPACE + end + rb"))?+"
    )
    for kind, item, end in (("array", _VALUE, rb"\]"), ("object", _PAIR, rb"\}"))
}
"""Plain values, each with the comma behind it; and the last one, if the end is in sight."""

_BLANKS: Final = b" \t\r\n"
_OPENERS: Final[dict[bytes, Kind]] = {b"{": "object", b"[": "array"}


class JsonError(Exception):
    """The bytes are no JSON; `offset` says where, `ended` whether they only end too early."""

    def __init__(self, message: str, offset: int, *, ended: bool = False) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset
        self.ended = ended


@dataclass(slots=True, kw_only=True)
class _Frame:
    """An object or array that is open.

    Attributes:
        kind: Which of them.
        start: Offset of its first byte.
        keys: Keys seen so far.
        count: Values seen so far.
        wants: What must come: a value (`value`), a value or the end (`first`), or a comma or the
            end (`comma`).
        doubled: Whether a key was seen twice.
        characters: Of all keys.
    """

    kind: Kind
    start: int
    keys: set[str] = field(default_factory=set)
    count: int = 0
    wants: str = "first"
    doubled: bool = False
    characters: int = 0


class JsonScan:
    """One walk over one value.

    Attributes:
        doubled: Keys that stand twice in one object, each with the object's offset.
        constants: Words no JSON has that were read all the same.
    """

    def __init__(self, cursor: Cursor, visitor: Visitor, limits: Limits) -> None:
        """Begin where the cursor stands."""
        self.doubled: list[tuple[str, int]] = []
        self.constants: dict[str, None] = {}
        self._cursor = cursor
        self._visitor = visitor
        self._limits = limits
        self._frames: list[_Frame] = []
        self._path: list[str | int] = []
        self._keys = 0
        self._characters = 0
        self._json = json.JSONDecoder(parse_constant=self._constant)
        self._pairs = json.JSONDecoder(
            parse_constant=self._constant, object_pairs_hook=lambda pairs: pairs
        )

    @property
    def reached(self) -> int:
        """Offset up to which the walk came for certain, whatever the chunks of the pass."""
        return self._frames[-1].start if self._frames else self._cursor.position

    def run(self) -> Generator[Request, bytes, None]:
        """Walk over one object or array and the blanks before it.

        Raises:
            JsonError: It is no JSON.
            BudgetExceededError: It nests too deeply or has too many keys.
        """
        yield from self.blank()
        self._open()
        while self._frames:
            if not self._stands():
                yield from self.blank()
            frame = self._frames[-1]
            if frame.wants == "comma":
                self._comma(frame)
            elif self._next() == self._closer(frame) and frame.wants == "first":
                self._close()
            elif not self._run_of(frame):
                yield from self._single(frame)

    # Bytes --------------------------------------------------------------------------------------

    def blank(self) -> Generator[Request, bytes, bool]:
        """Pass blanks, with enough at hand for any number or word behind them.

        Returns:
            Whether a line ended among them.
        """
        cursor = self._cursor
        line = False
        while True:
            if len(cursor.buffer) - cursor.index < _AT_HAND and cursor.left:
                yield from cursor.fill(_FILLED)
            found = _BLANK.match(cursor.buffer, cursor.index)
            if not found or not found[0]:
                return line
            line = line or b"\n" in found[0]
            cursor.index = found.end()

    def _stands(self) -> bool:
        """Whether no blank comes next and enough is at hand."""
        cursor = self._cursor
        at = cursor.index
        return at + _AT_HAND <= len(cursor.buffer) and cursor.buffer[at] > _HIGHEST_BLANK

    def _next(self) -> bytes:
        return self._cursor.buffer[self._cursor.index : self._cursor.index + 1]

    def _fault(self, wanted: str) -> JsonError:
        cursor = self._cursor
        byte = self._next()
        if not byte:
            return JsonError(f"it ends where {wanted} should stand", cursor.position, ended=True)
        rest = cursor.buffer[cursor.index : cursor.index + _AT_HAND]
        text = f"{shown(byte.decode('latin-1'))} stands where {wanted} should"
        return JsonError(text, cursor.position, ended=_WORD.fullmatch(rest) is not None)

    # Objects and arrays -------------------------------------------------------------------------

    def _open(self) -> None:
        kind = _OPENERS.get(self._next())
        if kind is None:
            raise self._fault("an object or array")
        if len(self._frames) >= _DEEPEST:
            raise BudgetExceededError(f"the values nest more than {_DEEPEST} deep")
        self._visitor.enter(self._path, kind)
        self._frames.append(_Frame(kind=kind, start=self._cursor.position))
        self._cursor.index += 1

    def _close(self) -> None:
        frame = self._frames.pop()
        self._cursor.index += 1
        self._keys -= len(frame.keys)
        self._characters -= frame.characters
        self._visitor.leave(self._path, frame.kind, frame.count)
        if self._path:
            self._path.pop()
        if self._frames:
            self._frames[-1].wants = "comma"

    @staticmethod
    def _closer(frame: _Frame) -> bytes:
        return b"}" if frame.kind == "object" else b"]"

    def _comma(self, frame: _Frame) -> None:
        byte = self._next()
        if byte == b",":
            self._cursor.index += 1
            frame.wants = "value"
        elif byte == self._closer(frame):
            self._close()
        else:
            raise self._fault(f"`,` or `{self._closer(frame).decode()}`")

    # Values -------------------------------------------------------------------------------------

    def _run_of(self, frame: _Frame, end: int | None = None) -> bool:
        """Pass all plain values at hand."""
        cursor = self._cursor
        upto = len(cursor.buffer) if end is None else end
        found = _RUNS[frame.kind].match(cursor.buffer, cursor.index, upto)
        if found is None or not found[0]:
            return False
        raw = found[0].rstrip(_BLANKS)
        try:
            text = raw.removesuffix(b",").decode("utf-8")
        except UnicodeDecodeError as error:
            # What stands before the damage is read all the same, whatever the chunks of the pass.
            return self._run_of(frame, cursor.index + error.start)
        cursor.index = found.end()
        frame.wants = "value" if raw.endswith(b",") else "comma"
        if frame.kind == "array":
            self._items(frame, self._json.decode(f"[{text}]"))
        else:
            self._told(frame, self._pairs.decode(f"{{{text}}}"))
        return True

    def _single(self, frame: _Frame) -> Generator[Request, bytes, None]:
        """Read one value: what opens, a long text, or the last of its object or array."""
        key = ""
        if frame.kind == "object":
            key = self._short_key() or (yield from self._key())
            if not self._stands():
                yield from self.blank()
            self._check_key(frame, key)
        frame.wants = "comma"
        if self._next() in (b"{", b"["):
            self._path.append(key if frame.kind == "object" else frame.count)
            frame.count += 1
            self._open()
            return
        value = yield from self._scalar()
        if frame.kind == "array":
            self._items(frame, [value])
        else:
            frame.count += 1
            self._visitor.pairs(self._path, [(key, value)])

    def _short_key(self) -> str:
        """Pass a key that is at hand, ASCII and without an escape; empty for any other."""
        found = _SHORT_KEY.match(self._cursor.buffer, self._cursor.index)
        if found is None:
            return ""
        self._cursor.index = found.end()
        return found[1].decode("ascii")

    def _key(self) -> Generator[Request, bytes, str]:
        if self._next() != b'"':
            raise self._fault("a key in quotes")
        key = yield from self._string()
        yield from self.blank()
        if self._next() != b":":
            raise self._fault("`:`")
        self._cursor.index += 1
        return key

    def _scalar(self) -> Generator[Request, bytes, Value]:
        if self._next() == b'"':
            return (yield from self._string())
        found = _SCALAR.match(self._cursor.buffer, self._cursor.index)
        if found is None:
            raise self._fault("a value")
        self._cursor.index = found.end()
        return cast("Value", self._json.decode(found[0].decode("ascii")))

    def _string(self) -> Generator[Request, bytes, str]:
        """Read a text of any length, and keep its beginning."""
        cursor = self._cursor
        start = cursor.position
        cursor.index += 1
        decoder = _Utf8(start + 1)
        kept, length = [], 0
        while True:
            found = _TEXT.match(cursor.buffer, cursor.index)
            piece = found[0] if found else b""
            decoder.check(piece)
            if length < _KEPT:
                kept.append(piece[: _KEPT - length])
                length += len(kept[-1])
            cursor.index += len(piece)
            if self._next() == b'"':
                break
            if len(cursor.buffer) - cursor.index >= _ESCAPE:
                raise self._fault("a character of a text")
            at_hand = len(cursor.buffer) - cursor.index
            yield from cursor.fill(_FILLED)
            if len(cursor.buffer) - cursor.index == at_hand:
                raise JsonError("it ends within a text", cursor.position, ended=True)
        decoder.end(cursor.position)
        cursor.index += 1
        return cast("str", self._json.decode('"' + _whole(b"".join(kept)) + '"'))

    # What is told -------------------------------------------------------------------------------

    def _items(self, frame: _Frame, values: list[Value]) -> None:
        frame.count += len(values)
        self._visitor.items(self._path, values)

    def _told(self, frame: _Frame, pairs: list[tuple[str, Value]]) -> None:
        passed = 0
        try:
            for key, _ in pairs:
                self._check_key(frame, key)
                passed += 1
        finally:
            frame.count += passed
            self._visitor.pairs(self._path, pairs[:passed])

    def _check_key(self, frame: _Frame, key: str) -> None:
        if len(key) > self._limits.text:
            raise BudgetExceededError(f"a key has more than {self._limits.text} characters")
        if key in frame.keys:
            if not frame.doubled and len(self.doubled) < self._limits.entries:
                self.doubled.append((mended(key), frame.start))
            frame.doubled = True
            return
        frame.keys.add(key)
        frame.characters += len(key)
        self._characters += len(key)
        self._keys += 1
        if self._keys > self._limits.entries or self._characters > self._limits.header:
            raise BudgetExceededError(f"more than {self._limits.entries} keys, or too long ones")

    def _constant(self, name: str) -> float:
        self.constants[name] = None
        return float(name.replace("Infinity", "inf").replace("NaN", "nan"))


class _Utf8:
    """Whether pieces, one after the other, are UTF-8."""

    def __init__(self, offset: int) -> None:
        self._rest = b""
        self._offset = offset

    def check(self, piece: bytes) -> None:
        """Check a piece; a character it cuts is checked with the next one."""
        raw = self._rest + piece
        try:
            raw.decode("utf-8")
            self._rest = b""
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                raise JsonError("it is not UTF-8", self._offset + error.start) from error
            self._rest = raw[error.start :]
        self._offset += len(raw) - len(self._rest)

    def end(self, offset: int) -> None:
        """Check that no character is cut at the end."""
        if self._rest:
            raise JsonError("it is not UTF-8", offset - len(self._rest))


def _whole(kept: bytes) -> str:
    """Leave out what the cut left of a character or an escape at the end."""
    text = kept.decode("utf-8", "ignore")
    if len(kept) < _KEPT:
        return text
    return re.sub(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?\Z", r"\1", text)
