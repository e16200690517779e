"""Looking into the values of a pickle: a pickle or an archive may lie there as bytes or as text.

Nothing runs them but a call of the outer pickle, or of the program that loads it; they are read
so that what they would import is known, too. Numbers and texts that only begin like one are let
be: what is kept says a name, or is a pickle from end to end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.drive import Memory, serve
from weighbridge.formats.interface import BudgetExceededError, Need
from weighbridge.formats.member import Stored, placed
from weighbridge.formats.pickle_values import decoded, is_worth

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.contents import MakeReader, Sniff
    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.drive import Source
    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits
    from weighbridge.model.structure import Structure

_HEAD: Final = 4_096
_INFLATED: Final = "inflated-bytes"
_PACKED: Final = frozenset(
    {"pickle", "gzip", "bzip2", "xz", "lzma", "zlib", "zip", "torch-zip", "npz", "npy", "tar", "7z"}
)


class Embedded:
    """The values of one file's pickles that were looked into."""

    __slots__ = ("_inflated", "_limits", "_make_reader", "_record", "_sniff")

    def __init__(
        self, record: Record, limits: Limits, *, sniff: Sniff, make_reader: MakeReader
    ) -> None:
        """Begin with none."""
        self._record = record
        self._limits = limits
        self._sniff = sniff
        self._make_reader = make_reader
        self._inflated = limits.inflated

    def value(self, raw: bytes, offset: int) -> Generator[Request, bytes, str]:
        """Look into a value; return the format of bytes that were read from end to end."""
        for index, content in enumerate((raw, *decoded(raw))):
            source = Memory(content, limits=self._limits)
            head, tail = content[:_HEAD], content[-_HEAD:]
            found = yield from self._look(source, len(content), (head, tail), offset)
            if found:
                return "" if index else found
        return ""

    def long(self, cursor: Cursor, length: int) -> Generator[Request, bytes, str]:
        """Look into a value that is too long to keep, and stands at the cursor."""
        yield from cursor.fill(min(_HEAD, length))
        head = cursor.buffer[cursor.index : cursor.index + min(_HEAD, length)]
        if not is_worth(head, text=False) or length > cursor.left:
            return ""
        offset, source = cursor.position, Stored(cursor.position, length, limits=self._limits)
        found = ""
        if self._sniff(head, b"", length) in _PACKED or head[:2] == b"PK":
            tail = yield from source.answer(Need(length - _HEAD, _HEAD))
            found = yield from self._look(source, length, (head, tail), offset)
            cursor.resume()
        if not found and any(self._sniff(one, b"", length) in _PACKED for one in decoded(head)):
            yield from self._text(cursor, length)
        return found

    def _text(self, cursor: Cursor, length: int) -> Generator[Request, bytes, None]:
        if length > self._limits.window:
            self._record.unread("a text too long to decode may be a pickle")
            return
        yield from cursor.fill(length)
        raw = cursor.buffer[cursor.index : cursor.index + length]
        yield from self.value(raw, cursor.position)

    def _look(
        self, source: Source, size: int, ends: tuple[bytes, bytes], offset: int
    ) -> Generator[Request, bytes, str]:
        name = self._sniff(*ends, size)
        if name not in _PACKED:
            return ""
        if not self._limits.depth:
            self._record.unread("pickles within pickles are nested too deeply")
            return ""
        if self._inflated <= 0:
            self._record.unread("values inside the pickle unfold to too much")
            return ""
        limits = replace(self._limits, depth=self._limits.depth - 1, inflated=self._inflated)
        found = yield from serve(self._make_reader(name, size, limits=limits), source)
        self._inflated -= sum(int(text) for key, text in found.metadata if key == _INFLATED)
        if tells(found):
            members = self._record.members
            members.append(placed(found, f"(value at {offset})"))
            if len(members) > self._limits.entries:
                raise BudgetExceededError(f"more than {self._limits.entries} pickles in a pickle")
        return found.format if found.status == "complete" else ""


def tells(found: Structure) -> bool:
    """Whether bytes that begin like a file are one: a whole pickle, or what names a global.

    Numbers may happen to be a few opcodes with STOP among them, and go on behind it.
    """
    whole = bool(found.version) or 2 * found.coverage >= found.size
    if found.format == "pickle" and found.status != "error" and whole:
        return True
    return any(
        _is_name(use.module) and _is_name(use.name) for part in found.walk() for use in part.globals
    )


def _is_name(path: str) -> bool:
    return all(part.isidentifier() for part in path.split("."))
