"""Telling from its first bytes whether a pickle begins here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.pickle_machine import PickleEndError, PickleFaultError
from weighbridge.formats.pickle_opcodes import HIGHEST_PROTOCOL, OPCODES
from weighbridge.formats.pickle_walker import AbandonedError, Walker
from weighbridge.formats.record import Record
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.structure import Structure

_PROTO: Final = 0x80
_ENOUGH_OPCODES: Final = 16
_FEWEST_OPCODES: Final = 3


def begins(head: bytes, size: int, *, fewest: int = _FEWEST_OPCODES) -> bool:
    """Whether a pickle of at least `fewest` opcodes begins here.

    Without PROTO the head must run to its end, to STOP, or at least to the call of a proper name.
    """
    if len(head) > 1 and head[0] == _PROTO:
        return head[1] <= HIGHEST_PROTOCOL and all(code in OPCODES for code in head[2:3])
    return _is_one(head, size, fewest)


def is_evident(head: bytes) -> bool:
    """Whether what begins here is a pickle even where none should be: no word of PROTO's counts."""
    return _is_one(head, len(head), _FEWEST_OPCODES)


def _is_one(head: bytes, size: int, fewest: int) -> bool:
    walker = Walker(Cursor(0, len(head)), Record(format="pickle", size=len(head)), DEFAULT_LIMITS)
    trial = read_bytes(head, _try(walker), limits=DEFAULT_LIMITS)
    if any(use.called and _is_name(use.path) for use in walker.imports.globals.values()):
        return True
    if trial.status == "complete":
        return walker.opcodes >= fewest or trial.coverage == size
    return trial.status == "incomplete" and walker.opcodes >= _ENOUGH_OPCODES


def _try(walker: Walker) -> Reader:
    record = walker.record
    try:
        yield from walker.pickle(0)
        record.coverage = record.size = walker.cursor.position
    except PickleEndError as end:
        record.unread(str(end))
    except PickleFaultError as fault:
        record.corrupt(str(fault), record.coverage)
    except (AbandonedError, BudgetExceededError):
        record.unread("the head is not enough")
    found: Structure = record.structure()
    return found


def _is_name(path: str) -> bool:
    return all(part.isidentifier() for part in path.split("."))
