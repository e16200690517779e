"""What a plain unpickler would make of bytes that joblib takes for an array.

joblib before 1.2 wrote no padding in front of an array. Its unpickler takes the bytes as numbers;
Python's own, which anybody may use on the file, takes them for opcodes. So they are run as such,
on the stack and memo as they stand, until an opcode is refused: that ends most after a byte or two.
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


def as_opcodes(machine: Machine, data: bytes, offset: int, limits: Limits) -> Outcome:
    """Run bytes as opcodes and say how that ends.

    Args:
        machine: Where the unpickler stands.
        data: The bytes, up to `AHEAD`.
        offset: Where they begin in the file.
        limits: Limits of the pickle.
    """
    fork = Fork(machine, limits)
    index = 0
    try:
        while not fork.finished:
            before = index
            index = run(fork, data, index, len(data), base=offset, text=limits.text)
            if index == before:
                known = index < len(data) and data[index] in OPCODES
                return "undecided" if known or index == len(data) else "refused"
            fork.pause = False
    except PickleFaultError:
        return "refused"
    except BudgetExceededError:
        return "undecided"
    return "loaded"
