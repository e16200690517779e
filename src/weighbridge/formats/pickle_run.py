"""Running opcodes that stand wholly in a buffer: the loop most of the time is spent in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_machine import PickleFaultError
from weighbridge.formats.pickle_opcodes import OPCODES
from weighbridge.formats.pickle_plain import OPENINGS, skip, work_of

if TYPE_CHECKING:
    from weighbridge.formats.pickle_machine import Machine

_NOT_OPCODE = 0
_OPENING = -1
_NONE = OPCODES[ord("N")].act
_ACTS: Final = [OPCODES[code].act if code in OPCODES else _NONE for code in range(256)]
_FIXED: Final = [
    _OPENING
    if code in OPENINGS
    else 1 + OPCODES[code].fixed
    if code in OPCODES and not OPCODES[code].prefix and not OPCODES[code].lines
    else _NOT_OPCODE
    for code in range(256)
]
_PREFIX: Final = [OPCODES[code].prefix if code in OPCODES else 0 for code in range(256)]
_LINES: Final = [OPCODES[code].lines if code in OPCODES else 0 for code in range(256)]
_WORK: Final = [work_of(code) for code in range(256)]


def run(machine: Machine, buffer: bytes, index: int, end: int, *, base: int, text: int) -> int:
    """Run the opcodes that stand wholly in a buffer.

    Args:
        machine: What they act on.
        buffer: Bytes.
        index: First opcode's place in the buffer.
        end: Where to stop, at most the length of the buffer.
        base: Offset of the buffer in the pickle's file.
        text: Bytes of an argument that is kept.

    Returns:
        The place of the first opcode not run: it does not fit, has an argument too long to
        keep, is none, or follows one that paused the machine.

    Raises:
        PickleFaultError: An unpickler would refuse the opcode at `machine.offset`.
        BudgetExceededError: The machine is over its limits.
    """
    opcodes, work = machine.opcodes, 0
    try:
        while index < end and not machine.pause:
            if opcodes >= machine.check_at:
                machine.offset = base + index
                machine.opcodes = opcodes
                machine.work += work
                work = 0
                machine.check()
            code = buffer[index]
            size = _FIXED[code]
            if size == 1:
                argument, after = b"", index + 1
            elif size > 0:
                after = index + size
                argument = buffer[index + 1 : after]
            elif size == _OPENING:
                after = skip(machine, buffer, index, end)
                if after > index:
                    index = after
                    continue
                argument, after = b"", index + 1
            else:
                start, stop, after = _extent(code, buffer, index, end)
                if stop - start > text:
                    break
                argument = buffer[start:stop]
            if after > end:
                break
            machine.offset = base + index
            _ACTS[code](machine, argument)
            work += _WORK[code] or after - index
            opcodes += 1
            index = after
    except IndexError:
        name = OPCODES[buffer[index]].name
        raise PickleFaultError(f"{name} takes more from the stack than there is") from None
    finally:
        machine.opcodes = opcodes
        machine.work += work
    return index


def _extent(code: int, buffer: bytes, index: int, end: int) -> tuple[int, int, int]:
    """Return where an argument of variable length begins and ends, and where the next opcode is.

    The next opcode lies behind `end` if the argument's length is not to be told from the buffer.
    """
    width = _PREFIX[code]
    start = index + 1 + width
    if width:
        if start > end:
            return start, start, end + 1
        stop = start + int.from_bytes(buffer[index + 1 : start], "little")
        return start, stop, stop
    stop = index
    for _ in range(_LINES[code]):
        stop = buffer.find(b"\n", stop + 1, end)
        if stop < 0:
            return start, start, end + 1
    return (start, stop, stop + 1) if _LINES[code] else (start, start, end + 1)
