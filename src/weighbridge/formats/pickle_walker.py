"""Walking one pickle through a window over its bytes: frames, long arguments, arrays between.

A frame that does not end where an opcode does makes loaders disagree about what the pickle is,
which attackers use; it is corrupt even where the C unpickler would go on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from weighbridge.formats.drive import Memory, serve
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.member import Stored, placed
from weighbridge.formats.pickle_arrays import ALIGNMENT, RawArray, understand
from weighbridge.formats.pickle_machine import (
    OTHER,
    Imports,
    Instance,
    Machine,
    PickleEndError,
    PickleFaultError,
)
from weighbridge.formats.pickle_opcodes import OPCODES
from weighbridge.formats.pickle_plain import work_of
from weighbridge.formats.pickle_run import run
from weighbridge.formats.pickle_values import BYTES_STARTS, TEXT_STARTS, unwrapped
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.drive import Source
    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_PADDING: Final = b"\xff"
_START: Final = 2


class AbandonedError(Exception):
    """The rest of the file cannot be read; why is in the record."""


class MakeReader(Protocol):
    """Makes a reader for a pickle that lies as a value inside another."""

    def __call__(self, size: int, *, limits: Limits) -> Reader:
        """Make it."""


class Walker:
    """Walks the pickles of one file, one after another.

    Attributes:
        cursor: Where in the file it stands.
        record: What it notes.
        limits: What it may use.
        imports: What all pickles of the file take from elsewhere.
        opcodes: Opcodes run.
        work: What they cost.
    """

    __slots__ = ("_frame_end", "_inner", "cursor", "imports", "limits", "opcodes", "record", "work")

    def __init__(
        self, cursor: Cursor, record: Record, limits: Limits, *, inner: MakeReader | None = None
    ) -> None:
        """Stand at the first opcode."""
        self._inner = inner
        self.cursor = cursor
        self.record = record
        self.limits = limits
        self.imports = Imports()
        self.opcodes = 0
        self.work = 0
        self._frame_end: int | None = None

    def pickle(self, depth: int) -> Generator[Request, bytes, Machine]:
        """Run one pickle to its STOP, and the pickles it holds at most `depth` levels deep.

        Raises:
            PickleFaultError: An unpickler would refuse it.
            AbandonedError: What follows cannot be told.
            BudgetExceededError: It is over the limits.
        """
        machine = Machine(self.limits, imports=self.imports, opcodes=self.opcodes, work=self.work)
        self._frame_end = None
        try:
            while not machine.finished:
                yield from self._advance(machine, depth)
        finally:
            self.opcodes, self.work = machine.opcodes, machine.work
            self.record.coverage = machine.offset
            if not self.record.version and machine.protocol is not None:
                self.record.version = str(machine.protocol)
        return machine

    def _advance(self, machine: Machine, depth: int) -> Generator[Request, bytes, None]:
        cursor = self.cursor
        end = len(cursor.buffer)
        if self._frame_end is not None:
            end = min(end, self._frame_end - cursor.base)
        before = cursor.index
        cursor.index = run(
            machine, cursor.buffer, before, end, base=cursor.base, text=self.limits.text
        )
        if cursor.index == before:
            yield from self._step(machine)
        if self._frame_end is not None and cursor.position >= self._frame_end:
            if cursor.position > self._frame_end:
                self.record.corrupt("an opcode reaches over the end of its frame", machine.offset)
            self._frame_end = None
        if machine.pause:
            machine.pause = False
            yield from self._attend(machine, depth)

    def _step(self, machine: Machine) -> Generator[Request, bytes, None]:
        """Run one opcode that does not stand wholly in the buffer, or has lines for arguments."""
        cursor = self.cursor
        start = machine.offset = cursor.position
        if not (yield from cursor.fill(1)):
            raise PickleEndError("the pickle ends without STOP")
        code = cursor.buffer[cursor.index]
        opcode = OPCODES.get(code)
        if opcode is None:
            raise PickleFaultError(f"the byte 0x{code:02x} is no opcode")
        cursor.index += 1
        if machine.opcodes >= machine.check_at:
            machine.check()
        if opcode.lines:
            argument = yield from self._lines(opcode.lines)
        else:
            length = opcode.fixed
            if opcode.prefix:
                length = int.from_bytes((yield from self._take(opcode.prefix)), "little")
            argument = yield from self._argument(length)
        try:
            opcode.act(machine, argument)
        except IndexError:
            raise PickleFaultError(
                f"{opcode.name} takes more from the stack than there is"
            ) from None
        machine.opcodes += 1
        machine.work += work_of(code) or cursor.position - start

    def _take(self, length: int) -> Generator[Request, bytes, bytes]:
        taken = yield from self.cursor.take(length)
        if len(taken) < length:
            raise PickleEndError("the pickle ends inside an opcode")
        return taken

    def _argument(self, length: int) -> Generator[Request, bytes, bytes | None]:
        if length <= self.limits.text:
            return (yield from self._take(length))
        yield from self.cursor.fill(_START)
        start = self.cursor.buffer[self.cursor.index : self.cursor.index + _START]
        if start in TEXT_STARTS:
            self.record.unread("a text too long to decode may be a pickle")
        elif start in BYTES_STARTS:
            offset = self.cursor.position
            source = Stored(offset, length, limits=self.limits)
            yield from self._embedded(source, length, offset)
        yield from self._skip(length)
        return None

    def _embedded(self, source: Source, size: int, offset: int) -> Generator[Request, bytes, None]:
        """Read a value that may be a pickle; numbers that only begin like one are let be."""
        if self._inner is None:
            return
        if not self.limits.depth:
            self.record.unread("pickles within pickles are nested too deeply")
            return
        limits = replace(self.limits, depth=self.limits.depth - 1)
        found = yield from serve(self._inner(size, limits=limits), source)
        if found.globals or found.members or found.status != "error":
            self.record.members.append(placed(found, f"(value at {offset})"))
            if len(self.record.members) > self.limits.entries:
                raise BudgetExceededError(f"more than {self.limits.entries} pickles in a pickle")

    def _skip(self, length: int) -> Generator[Request, bytes, None]:
        if not (yield from self.cursor.skip(length)):
            raise PickleEndError("the pickle ends inside an opcode")

    def _lines(self, count: int) -> Generator[Request, bytes, bytes | None]:
        lines = []
        for _ in range(count):
            lines.append((yield from self._line()))  # noqa: PERF401 - none may yield
        whole = [line for line in lines if line is not None]
        return b"\n".join(whole) if len(whole) == count else None

    def _line(self) -> Generator[Request, bytes, bytes | None]:
        cursor = self.cursor
        kept = b""
        ended = False
        while not ended:
            if not (yield from cursor.fill(1)):
                raise PickleEndError("the pickle ends inside an opcode")
            at = cursor.buffer.find(b"\n", cursor.index)
            ended = at >= 0
            piece = cursor.buffer[cursor.index : at if ended else len(cursor.buffer)]
            cursor.index += len(piece) + ended
            if len(kept) <= self.limits.text:
                kept += piece
        return kept if len(kept) <= self.limits.text else None

    # What follows an opcode ---------------------------------------------------------------------

    def _attend(self, machine: Machine, depth: int) -> Generator[Request, bytes, None]:
        if machine.frame is not None:
            self._begin_frame(machine, machine.frame)
            machine.frame = None
        elif machine.embedded is not None:
            raw = unwrapped(machine.embedded)
            machine.embedded = None
            if raw is not None:
                source = Memory(raw, limits=self.limits)
                yield from self._embedded(source, len(raw), machine.offset)
        elif machine.array is not None:
            yield from self._array(machine, machine.array, depth)
            machine.array = None
            machine.stack[-1] = OTHER
        elif self._frame_end is not None:
            self.record.corrupt("the frame goes on behind STOP", machine.offset)

    def _begin_frame(self, machine: Machine, length: int) -> None:
        if self._frame_end is not None:
            self.record.corrupt("a frame begins inside another", machine.offset)
        if length > self.cursor.left:
            message = f"a frame of {length} bytes goes beyond the end of the file"
            self.record.corrupt(message, machine.offset, f"at most {self.cursor.left}")
        self._frame_end = self.cursor.position + length if length else None

    def _array(
        self, machine: Machine, wrapper: Instance, depth: int
    ) -> Generator[Request, bytes, None]:
        array = understand(wrapper)
        if array is None:
            self._abandon("an array follows whose length cannot be told from its wrapper")
        if self._frame_end is not None:
            self.record.corrupt("an array begins inside a frame", self.cursor.position)
            raise AbandonedError
        if isinstance(array, RawArray):
            yield from self._raw_array(array)
            return
        if not depth:
            self._abandon("pickles within pickles are nested too deeply")
        self.opcodes, self.work = machine.opcodes, machine.work
        yield from self.pickle(depth - 1)
        machine.opcodes, machine.work = self.opcodes, self.work
        machine.check_at = machine.opcodes

    def _abandon(self, reason: str) -> NoReturn:
        self.record.unread(reason)
        raise AbandonedError

    def _raw_array(self, array: RawArray) -> Generator[Request, bytes, None]:
        if array.aligned:
            start = self.cursor.position
            length = (yield from self._take(1))[0]
            padding = yield from self._take(length)
            if not 1 <= length <= ALIGNMENT or padding.strip(_PADDING):
                self.record.corrupt("an array is not padded as joblib does it", start)
        else:
            self.record.unread("an array without padding could be read as opcodes, too")
        tensor = TensorInfo(
            name="",
            dtype=array.dtype,
            shape=array.shape,
            offset=self.cursor.position,
            size=array.size,
        )
        if len(self.record.tensors) >= self.limits.entries:
            raise BudgetExceededError(f"more than {self.limits.entries} arrays")
        self.record.tensors.append(tensor)
        yield from self._skip(array.size)
