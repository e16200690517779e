"""Pickle, protocols 0 to 5: every opcode walked, no object made.

What a pickle would import and call is told from the stack and memo (`pickle_machine`). Pickles
that follow one another, as joblib and old torch files have them, are all read; whatever follows
and is no pickle is a hidden payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.pickle_machine import PickleEndError, PickleFaultError
from weighbridge.formats.pickle_opcodes import HIGHEST_PROTOCOL, OPCODES
from weighbridge.formats.pickle_storages import identities, storages
from weighbridge.formats.pickle_walker import AbandonedError, Walker
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.structure import GlobalUse

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.pickle_machine import Value
    from weighbridge.model.limits import Limits

_HEAD: Final = 4_096
_PROTO: Final = 0x80
_ENOUGH_OPCODES: Final = 16
_FEWEST_OPCODES: Final = 3
_TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C
_TORCH_PICKLES: Final = 5


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a pickle by PROTO, or, in protocols 0 and 1, by opcodes that all make sense."""
    return "pickle" if _begins_one(head, size, fewest=_FEWEST_OPCODES) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Walk every opcode of every pickle in the file."""
    record = Record(format="pickle", size=size)
    walker = Walker(Cursor(0, size), record, limits, inner=read)
    try:
        yield from _walk(walker)
    except PickleFaultError as fault:
        record.corrupt(str(fault), record.coverage)
    except BudgetExceededError as error:
        record.unread(str(error))
    except AbandonedError:
        pass  # the record says why
    _conclude(walker)
    return record.structure()


def _walk(walker: Walker) -> Generator[Request, bytes, None]:
    cursor, record = walker.cursor, walker.record
    results: list[Value] = []
    count = 0
    while not results or cursor.left:
        if results and (yield from _ends_here(walker, results)):
            return
        count += 1
        if count > walker.limits.entries:
            raise BudgetExceededError(f"more than {walker.limits.entries} pickles in a row")
        machine = yield from walker.pickle(walker.limits.depth)
        record.coverage = cursor.position
        if len(results) <= _TORCH_PICKLES:
            results.append(machine.stack[-1])


def _ends_here(walker: Walker, results: list[Value]) -> Generator[Request, bytes, bool]:
    """Whether no further pickle follows; what follows instead is noted."""
    cursor, record = walker.cursor, walker.record
    if _is_torch_data(walker, results):
        record.coverage += cursor.left
        return True
    yield from cursor.fill(min(_HEAD, cursor.left))
    head = cursor.buffer[cursor.index : cursor.index + _HEAD]
    if not head:
        return True
    if _begins_one(head, cursor.left, fewest=0):
        return False
    record.problem(
        HIDDEN,
        f"{cursor.left} bytes behind the pickle are no pickle",
        cursor.position,
        "nothing, or another pickle",
    )
    record.unread(f"{cursor.left} bytes behind the pickle are of no known format")
    return True


def _is_torch_data(walker: Walker, results: list[Value]) -> bool:
    """Whether the rest is the storages of torch's format before 1.6, to the byte.

    There magic number, version, system and object are followed by the storages' keys, and then,
    for each storage, its length in 8 bytes and its data (torch/serialization.py, `_legacy_load`).
    """
    if len(results) != _TORCH_PICKLES or results[0] != _TORCH_MAGIC:
        return False
    return walker.cursor.left == sum(8 + storage.size for storage in storages(walker.imports))


def _conclude(walker: Walker) -> None:
    record, imports = walker.record, walker.imports
    record.globals.extend(
        GlobalUse(module=use.module, name=use.name, offset=use.offset, called=use.called)
        for use in imports.globals.values()
    )
    record.tensors.extend(storages(imports))
    record.metadata.extend(("persistent-id", text) for text in identities(imports))
    record.metadata.extend(("extension", str(code)) for code in imports.extensions)


def _begins_one(head: bytes, size: int, *, fewest: int) -> bool:
    """Whether a pickle of at least `fewest` opcodes begins here.

    Without PROTO the head must run to its end, to STOP, or at least to the call of a proper name.
    """
    if len(head) > 1 and head[0] == _PROTO:
        return head[1] <= HIGHEST_PROTOCOL and all(code in OPCODES for code in head[2:3])
    walker = Walker(Cursor(0, len(head)), Record(format="pickle", size=len(head)), DEFAULT_LIMITS)
    trial = read_bytes(head, _try(walker), limits=DEFAULT_LIMITS)
    if any(use.called and _is_name(f"{use.module}.{use.name}") for use in trial.globals):
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
    _conclude(walker)
    return record.structure()


def _is_name(path: str) -> bool:
    return all(part.isidentifier() for part in path.split("."))
