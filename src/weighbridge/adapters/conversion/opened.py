"""A torch file, opened: its state dict, and where in the file each storage lies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from weighbridge.formats.interface import BudgetExceededError, Need
from weighbridge.formats.record import Record
from weighbridge.formats.torch_state import LONGEST_PICKLE, legacy_state, zipped_state
from weighbridge.formats.torch_values import NotLosslessError
from weighbridge.formats.zip_directory import ENCRYPTED, STORED, read_directory
from weighbridge.formats.zip_member import LOCAL_SIGNATURE, locate
from weighbridge.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.torch_state import StateDict
    from weighbridge.formats.zip_directory import Entry

T = TypeVar("T")

_PICKLE: Final = "data.pkl"
_COUNT: Final = 8
_LIMITS: Final = Limits(header=LONGEST_PICKLE, entries=200_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A torch file.

    Attributes:
        descriptor: The open file.
        state: Its state dict.
        starts: Offset of each storage's bytes, by key.
        swapped: Whether its numbers have their highest byte first.
    """

    descriptor: int
    state: StateDict
    starts: dict[str, int]
    swapped: bool


def open_state(descriptor: int) -> Opened:
    """Read the papers of a torch file; its numbers stay where they are.

    Raises:
        NotLosslessError: It is no file of torch's with nothing but a state dict.
    """
    if os.pread(descriptor, 4, 0) == LOCAL_SIGNATURE:
        return _zipped(descriptor)
    state = legacy_state(os.pread(descriptor, LONGEST_PICKLE, 0))
    starts, offset = {}, state.end
    for storage in state.storages:
        starts[storage.key] = offset + _COUNT
        offset += _COUNT + storage.size
    if offset != os.fstat(descriptor).st_size:
        raise NotLosslessError("its storages are of another size than its pickle says")
    return Opened(descriptor=descriptor, state=state, starts=starts, swapped=False)


def _zipped(descriptor: int) -> Opened:
    record = Record(format="torch-zip", size=os.fstat(descriptor).st_size)
    members = _members(descriptor, record)
    named = [name for name in members if name.split("/")[-1] == _PICKLE]
    if len(named) != 1:
        raise NotLosslessError("its archive has no one pickle")
    prefix = named[0].removesuffix(_PICKLE)
    if any(name.startswith(f"{prefix}code/") for name in members):
        raise NotLosslessError("it is a TorchScript module, which is a program")

    def content(name: str) -> bytes:
        data, size = members[name]
        return os.pread(descriptor, size, data)

    if members[named[0]][1] > LONGEST_PICKLE:
        raise NotLosslessError(f"its pickle is longer than {LONGEST_PICKLE} bytes")
    state = zipped_state(content(named[0]))
    order = content(f"{prefix}byteorder") if f"{prefix}byteorder" in members else b"little"
    if order not in {b"little", b"big"}:
        raise NotLosslessError("its byte order is neither little nor big")
    starts = {}
    for storage in state.storages:
        data, size = members.get(f"{prefix}data/{storage.key}", (0, -1))
        if size != storage.size:
            raise NotLosslessError(f"its storage {storage.key} is not of the size its pickle says")
        starts[storage.key] = data
    return Opened(descriptor=descriptor, state=state, starts=starts, swapped=order == b"big")


def _members(descriptor: int, record: Record) -> dict[str, tuple[int, int]]:
    """List where the members of an archive lie; one two readers could read two ways is refused."""
    try:
        directory = _driven(descriptor, read_directory(record, _LIMITS))
        if directory is None or directory.end != record.size:
            raise NotLosslessError("its directory does not end with the file")
        found = {}
        for entry in directory.entries:
            extent = _driven(descriptor, locate(entry, record, _LIMITS))
            _refuse_packed(entry)
            if extent is None or entry.name in found:
                raise NotLosslessError(f"its member {entry.name} is not to be found")
            found[entry.name] = (extent.data, entry.size)
    except BudgetExceededError as error:
        raise NotLosslessError(str(error)) from None
    if record.problems:
        raise NotLosslessError(record.problems[0].message)
    return found


def _refuse_packed(entry: Entry) -> None:
    if entry.method != STORED or entry.size != entry.packed or entry.flags & ENCRYPTED:
        raise NotLosslessError(f"its member {entry.name} is packed, which torch never does")


def _driven(descriptor: int, reader: Generator[Request, bytes, T]) -> T:
    """Answer a reader from the file."""
    try:
        request = next(reader)
        while True:
            wanted = (request.offset, request.length) if isinstance(request, Need) else (0, 0)
            request = reader.send(os.pread(descriptor, wanted[1], wanted[0]))
    except StopIteration as done:
        value: T = done.value
        return value
