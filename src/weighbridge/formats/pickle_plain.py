"""Skipping what only builds lists and dicts of numbers: most bytes of most large pickles.

One compiled pattern steps over a whole run of such opcodes. What is skipped leaves the machine as
running it would have: the same stack, the same count of remembered values, the same work. So it
never matters how much of a run is skipped, and where a chunk ends may decide that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_machine import OPCODE_WORK
from weighbridge.formats.pickle_objects import OTHER

if TYPE_CHECKING:
    from weighbridge.formats.pickle_machine import Machine

_MARK: Final = ord("(")
_PIECE: Final = 1 << 16
"""Bytes skipped at once: what is counted in them stays little."""

_LONG: Final = b"|".join(
    re.escape(bytes([length])) + b".{%d}" % length for length in (5, 6, 7, 8, 4, 3, 2, 1, 0)
)
_NUMBER: Final = rb"(?:K.|M..|[N\x88\x89]|J.{4}|G.{8}|\x8a(?:" + _LONG + rb"))"
"""Opcodes that push a number, or what is as plain as one, which is never remembered."""

# Numbers into a list or set, or by twos into a dict.
_MANY: Final = rb"\((?:%b%b)*+(?:u|%b?+[e\x90])" % (_NUMBER, _NUMBER, _NUMBER)
_FILLED: Final = rb"\]\x94(?:%b|%ba)++" % (_MANY.replace(b"u|", b""), _NUMBER)

_FILLINGS: Final = re.compile(rb"(?:%b|%ba)++" % (_MANY, _NUMBER), re.DOTALL)
_LIST: Final = re.compile(_FILLED, re.DOTALL)
_LISTS: Final = re.compile(rb"(?:%b)++" % _FILLED, re.DOTALL)

OPENINGS: Final = frozenset(b"(]")
"""Opcodes a run that can be skipped begins with."""

_SECOND: Final = frozenset(bytes([code]) for code in b"KMNJG\x88\x89\x8aeu\x90\x94")
"""What may stand behind them then."""

PLAIN: Final = frozenset(b"KMJGN\x88\x89\x8a(]ae\x90u")
"""Opcodes whose work is that of their bytes. What else is in a run is counted."""


def work_of(code: int) -> int:
    """Return the work of an opcode, or 0 if it is as much as it has bytes."""
    return 0 if code in PLAIN else OPCODE_WORK


def skip(machine: Machine, buffer: bytes, index: int, end: int) -> int:
    """Step over a run of plain opcodes.

    Args:
        machine: What they would act on.
        buffer: Bytes.
        index: Place of an opcode that is one of `OPENINGS`.
        end: Where to stop, at most the length of the buffer.

    Returns:
        The place behind the run; `index` if there is none, or none that may be skipped.
    """
    if buffer[index + 1 : index + 2] not in _SECOND:
        return index
    end = min(end, index + _PIECE, index + machine.room)
    if buffer[index] == _MARK:
        if not machine.stack or machine.stack[-1] is not OTHER:
            return index
        found = _FILLINGS.match(buffer, index, end)
        lists = 0
    else:
        if not machine.memo.is_gapless:
            return index
        found = _LISTS.match(buffer, index, end)
        lists = len(_LIST.findall(buffer, index, found.end())) if found else 0
    if found is None:
        return index
    after = found.end()
    machine.push_others(lists)
    # Besides plain opcodes there is one MEMOIZE a list.
    machine.work += after - index + (OPCODE_WORK - 1) * lists
    machine.room -= after - index
    if machine.room < _PIECE:
        machine.check_at = 0
    return after
