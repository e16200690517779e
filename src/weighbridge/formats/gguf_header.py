"""The header of a GGUF file: counts, metadata and tensor infos, read in one forward run.

Of the metadata only what identifies the model is kept; a vocabulary of a million words costs no
memory.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.faults import FaultError
from weighbridge.formats.gguf_types import ARRAY, BOOL, SCALARS, STRING, TENSORS, UINT32
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.listening import Ears
from weighbridge.formats.template_parse import LONGEST
from weighbridge.formats.text import decoded, shown
from weighbridge.formats.told_texts import CHAT_TEMPLATE, ToldTexts
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

DEFAULT_ALIGNMENT: Final = 32
VERSIONS: Final = frozenset({2, 3})
_ALIGNMENT: Final = "general.alignment"
_KEPT: Final = ("general.", "split.", "adapter.", "imatrix.", "tokenizer.")
_LONGEST_KEY: Final = 65_535
_LONGEST_NAME: Final = 64
_MOST_DIMENSIONS: Final = 4
_LARGEST: Final = (1 << 63) - 1
_LONGEST_TEMPLATE: Final = 4 * LONGEST + 4
"""Bytes that are certainly more characters than are judged."""
_PIECE: Final = 64 << 10

Value = int | float | str | None


class Header:
    """The header while it is being read.

    Attributes:
        alignment: What tensors are aligned to.
        end: Offset behind the header.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        """Stand at the first byte."""
        self.alignment = DEFAULT_ALIGNMENT
        self.end = 0
        self._record = record
        self._limits = limits
        self._cursor = Cursor(0, record.size)
        self._order = "<"
        self._arrays = 0
        self._told = ToldTexts(record)

    def read(self) -> Generator[Request, bytes, None]:
        """Read the header and note what it says; offsets of tensors are those in the file.

        Raises:
            FaultError: What follows cannot be told.
            BudgetExceededError: The header is over a limit.
        """
        tensors, pairs = yield from self._counts()
        if self._record.reasons:
            return
        for count, what in ((tensors, "tensors"), (pairs, "metadata pairs")):
            if count > self._limits.entries:
                raise BudgetExceededError(
                    f"{count} {what} are over the limit of {self._limits.entries}"
                )
        yield from self._metadata(pairs)
        yield from self._tensors(tensors)
        self.end = self._cursor.position

    def _counts(self) -> Generator[Request, bytes, tuple[int, int]]:
        head = yield from self._take(8)
        little, big = (struct.unpack(order + "I", head[4:])[0] for order in "<>")
        if big < little:
            self._order = ">"
            self._record.metadata.append(("byte-order", "big"))
        version = min(little, big)
        self._record.version = str(version)
        if version not in VERSIONS:
            self._record.unread(f"version {version} of the format is not known")
            return 0, 0
        return (yield from self._number("Q")), (yield from self._number("Q"))

    # Metadata -----------------------------------------------------------------------------------

    def _metadata(self, pairs: int) -> Generator[Request, bytes, None]:
        seen: set[str] = set()
        for _ in range(pairs):
            start = self._cursor.position
            key = yield from self._key()
            if key in seen:
                self._record.corrupt(f"the key {shown(key)} stands twice", start)
            seen.add(key)
            kind = yield from self._number("I")
            value = yield from self._value(kind, key)
            if key == _ALIGNMENT:
                self._align(kind, value, start)
            if isinstance(value, str):
                self._told.note(key, value, start)
                value = self._shortened(key, value)
            if value is not None and key.startswith(_KEPT):
                self._record.metadata.append((key, str(value)))
            self._record.coverage = self._cursor.position
            self._check_budget()

    def _key(self) -> Generator[Request, bytes, str]:
        start = self._cursor.position
        length = yield from self._number("Q")
        if not 0 < length <= _LONGEST_KEY:
            raise FaultError(f"a key of {length} bytes", start, f"1 to {_LONGEST_KEY}")
        raw = yield from self._take(length)
        key = decoded(raw)
        if not (key.isascii() and key.isprintable()):
            self._record.corrupt(f"the key {shown(key)} is not plain ASCII", start)
        return key

    def _align(self, kind: int, value: Value, start: int) -> None:
        if kind != UINT32 or not isinstance(value, int) or value.bit_count() != 1:
            seen = shown(f"{value} of type {kind}")
            raise FaultError(f"the alignment is {seen}", start, "a power of two of type 4")
        self.alignment = value

    def _value(self, kind: int, key: str) -> Generator[Request, bytes, Value]:
        """Read a value; None for an array, whose elements are checked and not kept."""
        start = self._cursor.position
        if kind == STRING:
            return (yield from self._text(key))
        if kind == ARRAY:
            yield from self._array(key, self._limits.depth)
            return None
        if kind not in SCALARS:
            raise FaultError(f"{shown(key)} is of the unknown type {kind}", start, "0 to 12")
        number = yield from self._number(SCALARS[kind])
        if kind == BOOL:
            self._check_truth(bytes([number]).strip(b"\0\1"), key, start)
        return number

    def _text(self, key: str) -> Generator[Request, bytes, str]:
        """Read a text; of a chat template all there is, and one byte more than is judged."""
        length = yield from self._length()
        most = _LONGEST_TEMPLATE if CHAT_TEMPLATE in key else self._limits.text
        kept, ears = b"", Ears(place=key)
        while ears.position < length:
            piece = yield from self._take(min(length - ears.position, _PIECE))
            yield from ears.hear(ears.position, piece)
            kept += piece[: most - len(kept)]
        self._record.secrets.extend((yield from ears.secrets()))
        if length > self._limits.text and key.startswith(_KEPT):
            self._record.metadata.append((f"{key}:bytes", str(length)))
        return decoded(kept)

    def _shortened(self, key: str, value: str) -> str:
        """Return of a template what is kept of any text."""
        if CHAT_TEMPLATE not in key:
            return value
        return decoded(value.encode("utf-8")[: self._limits.text])

    def _array(self, key: str, depth: int) -> Generator[Request, bytes, None]:
        start = self._cursor.position
        self._arrays += 1
        if self._arrays > self._limits.entries or not depth:
            raise BudgetExceededError(f"the arrays of {shown(key)} are too many, or too deep")
        kind = yield from self._number("I")
        count = yield from self._number("Q")
        if kind == STRING:
            yield from self._strings(count)
        elif kind == ARRAY:
            for _ in range(count):
                yield from self._array(key, depth - 1)
        elif kind in SCALARS:
            yield from self._scalars(kind, count, key)
        else:
            raise FaultError(f"{shown(key)} has elements of the unknown type {kind}", start)

    def _strings(self, count: int) -> Generator[Request, bytes, None]:
        """Pass over strings: those wholly at hand in one loop, one that is not by itself."""
        cursor = self._cursor
        unpack = struct.Struct(self._order + "Q").unpack_from
        while count:
            buffer, index, end = cursor.buffer, cursor.index, len(cursor.buffer)
            while count and index + 8 <= end:
                after = index + 8 + unpack(buffer, index)[0]
                if after > end:
                    break
                index = after
                count -= 1
            cursor.index = index
            if count:
                length = yield from self._length()
                yield from self._skip(length)
                count -= 1
            self._check_budget()

    def _scalars(self, kind: int, count: int, key: str) -> Generator[Request, bytes, None]:
        start = self._cursor.position
        left = count * struct.calcsize("=" + SCALARS[kind])
        if kind != BOOL or left > self._cursor.left:
            yield from self._skip(left)
            return
        while left:
            piece = yield from self._take(min(left, self._limits.window))
            self._check_truth(piece.translate(None, b"\0\1"), key, start)
            left -= len(piece)

    def _check_truth(self, others: bytes, key: str, start: int) -> None:
        if others:
            self._record.corrupt(f"a truth value of {shown(key)} is neither", start, "0 or 1")

    # Tensor infos -------------------------------------------------------------------------------

    def _tensors(self, count: int) -> Generator[Request, bytes, None]:
        seen: set[str] = set()
        long = 0
        for _ in range(count):
            start = self._cursor.position
            tensor = yield from self._tensor()
            if tensor.name in seen:
                self._record.corrupt(f"the tensor {shown(tensor.name)} stands twice", start)
            seen.add(tensor.name)
            long += len(tensor.name) > _LONGEST_NAME
            self._record.tensors.append(tensor)
            self._record.coverage = self._cursor.position
            self._check_budget()
        if long:
            # The standard has 64 bytes; some programs are built with more, and write more.
            self._record.metadata.append(("long-tensor-names", str(long)))
        self._place()

    def _tensor(self) -> Generator[Request, bytes, TensorInfo]:
        start = self._cursor.position
        length = yield from self._length()
        if length > self._limits.text:
            raise FaultError(f"a tensor's name of {length} bytes", start, "at most 64")
        name = decoded((yield from self._take(length)))
        rank = yield from self._number("I")
        if rank > _MOST_DIMENSIONS:
            text = f"tensor {shown(name)} has {rank} dimensions"
            raise FaultError(text, start, f"at most {_MOST_DIMENSIONS}")
        raw = yield from self._take(8 * rank)
        shape = struct.unpack(f"{self._order}{rank}Q", raw)
        number = yield from self._number("I")
        offset = yield from self._number("Q")
        kind, size = self._weigh(name, shape, number, start)
        # The first dimension is the innermost; everybody else writes it last.
        return TensorInfo(name=name, dtype=kind, shape=shape[::-1], offset=offset, size=size)

    def _weigh(self, name: str, shape: tuple[int, ...], number: int, start: int) -> tuple[str, int]:
        """Name a tensor's data type and count its bytes."""
        if number not in TENSORS:
            self._record.unread("a tensor is of a data type that is not known")
            return str(number), 0
        kind, block, size = TENSORS[number]
        row = shape[0] if shape else 1
        if row % block:
            text = f"tensor {shown(name)} of type {kind} has rows of {row}"
            self._record.corrupt(text, start, f"a multiple of {block}")
        size *= row // block
        for dimension in shape[1:]:
            size *= dimension
        if size > _LARGEST:
            raise FaultError(f"tensor {shown(name)} has more bytes than can be", start)
        return kind, size

    def _place(self) -> None:
        """Turn offsets in the data into offsets in the file."""
        start = -(-self._cursor.position // self.alignment) * self.alignment
        self._record.tensors[:] = [
            replace(tensor, offset=start + tensor.offset) for tensor in self._record.tensors
        ]

    # Bytes --------------------------------------------------------------------------------------

    def _take(self, length: int) -> Generator[Request, bytes, bytes]:
        start = self._cursor.position
        raw = yield from self._cursor.take(length)
        if len(raw) < length:
            raise FaultError("the file ends inside the header", start)
        return raw

    def _skip(self, length: int) -> Generator[Request, bytes, None]:
        start = self._cursor.position
        if not (yield from self._cursor.skip(length)):
            raise FaultError(f"{length} bytes go beyond the end of the file", start)

    def _number(self, kind: str) -> Generator[Request, bytes, int]:
        raw = yield from self._take(struct.calcsize("=" + kind))
        number: int = struct.unpack(self._order + kind, raw)[0]
        return number

    def _length(self) -> Generator[Request, bytes, int]:
        start = self._cursor.position
        length = yield from self._number("Q")
        if length > self._cursor.left:
            raise FaultError(f"a text of {length} bytes goes beyond the end of the file", start)
        return length

    def _check_budget(self) -> None:
        if self._cursor.position > self._limits.header:
            raise BudgetExceededError(f"the header is over the limit of {self._limits.header}")
