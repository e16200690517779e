"""Walking one pickle through a window over its bytes: frames, long arguments, arrays between.

Python has two unpicklers, and they differ about frames. The one in C asks only that a frame's
bytes are there, and reads on through its end, or forgets what is left of it (`pickle_fork`); the
one in Python stops at an opcode that reaches over it, and looks for what follows STOP behind the
frame. So the walk goes on wherever either would, and the disagreement is a hidden payload: no
pickler writes such a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.pickle_arrays import ALIGNMENT, RawArray, understand
from weighbridge.formats.pickle_fork import AHEAD, MOST_REST, as_opcodes, kept
from weighbridge.formats.pickle_machine import Machine, PickleEndError, PickleFaultError
from weighbridge.formats.pickle_objects import OTHER, Blob, Imports, Instance
from weighbridge.formats.pickle_opcodes import OPCODES, Opcode
from weighbridge.formats.pickle_plain import work_of
from weighbridge.formats.pickle_run import run
from weighbridge.formats.record import HIDDEN
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.interface import Request
    from weighbridge.formats.pickle_embedded import Embedded
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_PADDING: Final = b"\xff"
_NAME_LINES: Final = 2


class AbandonedError(Exception):
    """The rest of the file cannot be read; why is in the record."""


class Walker:
    """Walks the pickles of one file, one after another.

    Attributes:
        cursor: Where in the file it stands.
        record: What it notes.
        limits: What it may use.
        imports: What all pickles of the file take from elsewhere.
        opcodes: Opcodes run.
        work: What they cost.
        behind: Where the frame ends in which STOP stood, if it goes on behind it; else None.
    """

    __slots__ = (
        "_embedded",
        "_frame_end",
        "behind",
        "cursor",
        "imports",
        "limits",
        "opcodes",
        "record",
        "work",
    )

    def __init__(
        self, cursor: Cursor, record: Record, limits: Limits, *, embedded: Embedded | None = None
    ) -> None:
        """Stand at the first opcode."""
        self._embedded = embedded
        self.behind: int | None = None
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
        self._frame_end = self.behind = None
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
            if self._frame_end is not None:
                yield from self._straddle(machine, self._frame_end)
            yield from self._step(machine)
        if self._frame_end is not None and cursor.position >= self._frame_end:
            if cursor.position > self._frame_end:
                text = (
                    "an opcode reaches over the end of its frame, where Python's unpicklers differ"
                )
                self.record.problem(HIDDEN, text, machine.offset)
                if self._frame_end - machine.offset > MOST_REST:
                    self.record.unread("an opcode reaches too far over the end of its frame")
            self._frame_end = None
        if machine.pause:
            machine.pause = False
            yield from self._attend(machine, depth)

    def _straddle(self, machine: Machine, frame_end: int) -> Generator[Request, bytes, None]:
        """See what an unpickler would do that forgets what is left of a frame."""
        cursor = self.cursor
        rest = frame_end - cursor.position
        if rest > MOST_REST:
            return
        yield from cursor.fill(rest + AHEAD)
        data = cursor.buffer[cursor.index : cursor.index + rest + AHEAD]
        first = kept(data, rest) if rest < len(data) else -1
        if 0 <= first < rest:
            self._elsewhere(machine, data[:first] + data[rest:], frame_end - first)

    def _elsewhere(self, machine: Machine, data: bytes, offset: int, *, frame: int = 0) -> None:
        """Run bytes that another unpickler takes for opcodes here."""
        if as_opcodes(machine, data, offset, self.limits, frame=frame) != "refused":
            self.record.unread("Python's unpicklers take different bytes for opcodes")

    def _step(self, machine: Machine) -> Generator[Request, bytes, None]:
        """Run one opcode that does not stand wholly in the buffer, or has lines for arguments."""
        cursor = self.cursor
        start = machine.offset = cursor.position
        if not (yield from cursor.fill(1)):
            raise PickleEndError("the pickle ends without STOP")
        if machine.opcodes >= machine.check_at:
            machine.check()
        code = cursor.buffer[cursor.index]
        opcode = OPCODES.get(code)
        if opcode is None:
            raise PickleFaultError(f"the byte 0x{code:02x} is no opcode")
        cursor.index += 1
        found = ""
        if opcode.lines:
            argument = yield from self._lines(machine, opcode)
        else:
            length = opcode.fixed
            if opcode.prefix:
                length = int.from_bytes((yield from self._take(opcode.prefix)), "little")
            argument, found = yield from self._argument(length)
        _act(machine, opcode, argument)
        machine.opcodes += 1
        machine.work += work_of(code) or cursor.position - start
        top = machine.stack[-1] if found else None
        if isinstance(top, Blob):
            top.format = found

    def _take(self, length: int) -> Generator[Request, bytes, bytes]:
        taken = yield from self.cursor.take(length)
        if len(taken) < length:
            raise PickleEndError("the pickle ends inside an opcode")
        return taken

    def _argument(self, length: int) -> Generator[Request, bytes, tuple[bytes | None, str]]:
        """Read an argument; of one too long to keep, say what file it is, if it is one."""
        if length <= self.limits.text:
            return (yield from self._take(length)), ""
        found = ""
        if self._embedded is not None:
            found = yield from self._embedded.long(self.cursor, length)
        yield from self._skip(length)
        return None, found

    def _skip(self, length: int) -> Generator[Request, bytes, None]:
        if not (yield from self.cursor.skip(length)):
            raise PickleEndError("the pickle ends inside an opcode")

    def _lines(self, machine: Machine, opcode: Opcode) -> Generator[Request, bytes, bytes | None]:
        lines: list[bytes | None] = []
        while len(lines) < opcode.lines:
            line, ended = yield from self._line()
            if not ended:
                # Python's unpickler in Python takes what there is, less a byte; that in C does not.
                if opcode.lines == _NAME_LINES and line is not None:
                    lines.append(line[:-1])
                    lines.extend([b""] * (_NAME_LINES - len(lines)))
                    _act(machine, opcode, _joined(lines))
                raise PickleEndError("the pickle ends inside an opcode")
            lines.append(line)
        return _joined(lines)

    def _line(self) -> Generator[Request, bytes, tuple[bytes | None, bool]]:
        """Read a line; None if it is too long to keep; and whether it ends with a line break."""
        cursor = self.cursor
        kept = b""
        ended = False
        while not ended and (yield from cursor.fill(1)):
            at = cursor.buffer.find(b"\n", cursor.index)
            ended = at >= 0
            piece = cursor.buffer[cursor.index : at if ended else len(cursor.buffer)]
            cursor.index += len(piece) + ended
            if len(kept) <= self.limits.text:
                kept += piece
        return kept if len(kept) <= self.limits.text else None, ended

    # What follows an opcode ---------------------------------------------------------------------

    def _attend(self, machine: Machine, depth: int) -> Generator[Request, bytes, None]:
        if machine.frame is not None:
            yield from self._begin_frame(machine, machine.frame)
            machine.frame = None
        elif machine.embedded is not None:
            raw, top = machine.embedded, machine.stack[-1]
            machine.embedded = None
            found = ""
            if self._embedded is not None:
                found = yield from self._embedded.value(raw, machine.offset)
            if isinstance(top, Blob):
                top.format = found
        elif machine.array is not None:
            yield from self._array(machine, machine.array, depth)
            machine.array = None
            machine.stack[-1] = OTHER
        elif self._frame_end is not None:
            text = "the frame goes on behind STOP, where Python's unpicklers differ"
            self.record.problem(HIDDEN, text, machine.offset)
            self.behind = self._frame_end

    def _begin_frame(self, machine: Machine, length: int) -> Generator[Request, bytes, None]:
        cursor, end = self.cursor, self._frame_end
        if end is not None:
            if end < cursor.position + length and end - cursor.position <= MOST_REST:
                yield from cursor.fill(end - cursor.position + AHEAD)
                start = cursor.index + end - cursor.position
                data = cursor.buffer[start : start + AHEAD]
                self._elsewhere(machine, data, end, frame=length)
            text = "a frame begins inside another, where Python's unpicklers differ"
            self.record.problem(HIDDEN, text, machine.offset)
        if length > self.cursor.left:
            message = f"a frame of {length} bytes goes beyond the end of the file"
            self.record.corrupt(message, machine.offset, f"at most {self.cursor.left}")
        # The unpickler in C has both at hand then.
        self._frame_end = max(end or 0, cursor.position + length) if length or end else None

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
            yield from self._raw_array(machine, array)
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

    def _unaligned(self, machine: Machine) -> Generator[Request, bytes, None]:
        """See what a plain unpickler would do with an array that no padding protects."""
        cursor = self.cursor
        yield from cursor.fill(min(AHEAD, cursor.left))
        data = cursor.buffer[cursor.index : cursor.index + AHEAD]
        text = "an array without padding could be read as opcodes, too"
        outcome = as_opcodes(machine, data, cursor.position, self.limits)
        if outcome != "refused":
            self.record.problem(HIDDEN, text, cursor.position)
        if outcome == "undecided":
            self.record.unread(text)

    def _raw_array(self, machine: Machine, array: RawArray) -> Generator[Request, bytes, None]:
        if array.aligned:
            start = self.cursor.position
            length = (yield from self._take(1))[0]
            padding = yield from self._take(length)
            if not 1 <= length <= ALIGNMENT or padding.strip(_PADDING):
                self.record.corrupt("an array is not padded as joblib does it", start)
        else:
            yield from self._unaligned(machine)
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


def _act(machine: Machine, opcode: Opcode, argument: bytes | None) -> None:
    try:
        opcode.act(machine, argument)
    except IndexError:
        text = f"{opcode.name} takes more from the stack than there is"
        raise PickleFaultError(text) from None


def _joined(lines: list[bytes | None]) -> bytes | None:
    whole = [line for line in lines if line is not None]
    return b"\n".join(whole) if len(whole) == len(lines) else None
