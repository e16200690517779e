"""Running opcodes that stand wholly in a buffer: the loop most of the time is spent in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_machine import PickleFaultError
from weighbridge.formats.pickle_opcodes import OPCODES

if TYPE_CHECKING:
    from weighbridge.formats.pickle_machine import Machine

_NOT_OPCODE = 0
_NONE = OPCODES[ord("N")].act
_ACTS: Final = [OPCODES[code].act if code in OPCODES else _NONE for code in range(256)]
_FIXED: Final = [
    1 + OPCODES[code].fixed
    if code in OPCODES and not OPCODES[code].prefix and not OPCODES[code].lines
    else _NOT_OPCODE
    for code in range(256)
]
_PREFIX: Final = [OPCODES[code].prefix if code in OPCODES else 0 for code in range(256)]


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
        The place of the first opcode not run: it does not fit, has lines for arguments, is none,
        or follows one that paused the machine.

    Raises:
        PickleFaultError: An unpickler would refuse the opcode at `machine.offset`.
        BudgetExceededError: The machine is over its limits.
    """
    opcodes = machine.opcodes
    try:
        while index < end:
            if opcodes >= machine.check_at:
                machine.opcodes = opcodes
                machine.check()
            code = buffer[index]
            size = _FIXED[code]
            argument: bytes | None = None
            if size == 1:
                after = index + 1
            elif size:
                after = index + size
                if after > end:
                    break
                argument = buffer[index + 1 : after]
            else:
                width = _PREFIX[code]
                start = index + 1 + width
                if not width or start > end:
                    break
                length = int.from_bytes(buffer[index + 1 : start], "little")
                after = start + length
                if after > end:
                    break
                if length <= text:
                    argument = buffer[start:after]
            machine.offset = base + index
            _ACTS[code](machine, argument)
            opcodes += 1
            index = after
            if machine.pause:
                break
    except IndexError:
        message = "an opcode takes more from the stack than there is"
        raise PickleFaultError(message) from None
    finally:
        machine.opcodes = opcodes
    return index
