"""What other unpicklers make of bytes that one takes for something else.

joblib before 1.2 wrote no padding in front of an array. Its unpickler takes the bytes as numbers;
Python's own, which anybody may use on the file, takes them for opcodes.

Python's unpickler in C, loading from a stream that cannot be peeked into (as `torch.load` does),
forgets what is left of a frame when an opcode reaches over its end, and takes the whole argument
from behind it; loading from memory, it forgets nothing.

So such bytes are run as well, on the stack and memo as they stand, until an opcode is refused: that
ends most after a byte or two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.pickle_machine import Machine, PickleFaultError
from weighbridge.formats.pickle_opcodes import OPCODES
from weighbridge.formats.pickle_run import run

if TYPE_CHECKING:
    from weighbridge.formats.pickle_objects import Value
    from weighbridge.model.limits import Limits

AHEAD: Final = 4_096
"""Bytes that are run at most."""

MOST_REST: Final = 64 << 10
"""Bytes from an opcode to the end of its frame that are looked at."""

Outcome = Literal["refused", "loaded", "undecided"]


class Fork(Machine):
    """A machine that goes on where another one stands, and leaves that one as it is."""

    __slots__ = ()

    def __init__(self, machine: Machine, limits: Limits) -> None:
        """Stand where `machine` stands."""
        super().__init__(limits, imports=machine.imports)
        self.stack = list(machine.stack)
        self.memo = machine.memo.fork()
        self._marked = list(machine.marked)

    def pop_mark(self) -> list[Value]:
        """End the newest stretch and take its values; the one below is the other machine's."""
        items = super().pop_mark()
        self.stack = list(self.stack)
        return items


class Buffered:
    """Bytes as the unpickler in C has them from a stream: a frame at hand, and what follows it."""

    def __init__(self, data: bytes) -> None:
        """Have nothing at hand yet."""
        self.data = data
        self.index = 0
        self._end: int | None = None

    @property
    def end(self) -> int:
        """Where what is at hand ends; without a frame nothing is lost anywhere."""
        return len(self.data) if self._end is None else self._end

    def frame(self, length: int) -> None:
        """Begin a frame; if it is longer than what is at hand, the rest of that is forgotten."""
        at_hand = max(0, (self._end or 0) - self.index)
        if length > at_hand:
            self.data = self.data[: self.index] + self.data[self.index + at_hand :]
            self._end = self.index + length

    def cross(self) -> bool:
        """Forget what is left of a frame that an opcode reaches over; false if none does."""
        if self._end is None:
            return False
        first = kept(self.data[self.index :], self._end - self.index)
        if first < 0:
            return False
        self.data = self.data[: self.index + first] + self.data[self._end :]
        self._end = None
        return True


def as_opcodes(
    machine: Machine, data: bytes, offset: int, limits: Limits, *, frame: int = 0
) -> Outcome:
    """Run bytes as opcodes and say how that ends.

    Args:
        machine: Where the unpickler stands.
        data: The bytes, up to `AHEAD`.
        offset: Where they begin in the file.
        limits: Limits of the pickle.
        frame: Length of the frame that begins with them.
    """
    fork = Fork(machine, limits)
    buffered = Buffered(data)
    buffered.frame(frame)
    try:
        while not fork.finished:
            before, end = buffered.index, buffered.end
            buffered.index = run(
                fork,
                buffered.data,
                before,
                min(end, len(buffered.data)),
                base=offset,
                text=limits.text,
            )
            fork.pause = False
            if fork.frame is not None:
                buffered.frame(fork.frame)
                fork.frame = None
            elif buffered.index == before and not buffered.cross():
                return _stuck(buffered)
    except PickleFaultError:
        return "refused"
    except BudgetExceededError:
        return "undecided"
    return "loaded"


def _stuck(buffered: Buffered) -> Outcome:
    rest = buffered.data[buffered.index : buffered.index + 1]
    return "undecided" if not rest or rest[0] in OPCODES else "refused"


def kept(data: bytes, rest: int) -> int:
    """Say how much of an opcode is kept by who forgets what is left of a frame.

    Args:
        data: The bytes from the opcode on, at least to the end of the frame.
        rest: Bytes to the end of the frame.

    Returns:
        The bytes of it that come first; -1 if the opcode does not reach over.
    """
    opcode = OPCODES.get(data[0]) if data else None
    if opcode is None or rest <= 0:
        return rest if data and rest <= 0 else -1
    if opcode.lines:
        parts = _lines(data[:rest], opcode.lines)
    else:
        prefix = 1 + opcode.prefix
        length = int.from_bytes(data[1:prefix], "little") if opcode.prefix else opcode.fixed
        parts = [1, prefix, prefix + length]
    whole = [end for end in parts if end <= rest]
    return whole[-1] if len(whole) < len(parts) else -1


def _lines(data: bytes, count: int) -> list[int]:
    """Return the ends of the opcode and of its lines; what has no end lies behind the data."""
    ends = [1]
    for _ in range(count):
        end = data.find(b"\n", ends[-1])
        ends.append(end + 1 if end >= 0 else len(data) + 1)
    return ends
