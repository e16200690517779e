"""NPY, versions 1 to 3: a header that is a Python literal, and the elements of one array.

An array of objects is a pickle behind the header, and read as one. Arrays that follow one another
in a file, as `numpy.save` into an open file makes them, are all read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats import pickle
from weighbridge.formats.cursor import fetch
from weighbridge.formats.drive import serve
from weighbridge.formats.faults import FaultError
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.literal import LiteralError
from weighbridge.formats.member import Stored, placed
from weighbridge.formats.npy_header import Layout, understand
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.formats.tensor_digests import digested
from weighbridge.formats.text import shown
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

MAGIC: Final = b"\x93NUMPY"
_FIXED: Final = 8
_LENGTHS: Final = {1: 2, 2: 4, 3: 4}
"""Bytes of the header's length, by version."""
_LONGEST: Final = 1 << 20
"""Bytes of a header that is parsed; NumPy itself takes 10,000 unless it is told otherwise."""


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the magic and a version behind it."""
    return "npy" if head[:6] == MAGIC and len(head) >= _FIXED and head[6] else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read the header of every array and weigh it against the bytes behind it."""
    record = Record(format="npy", size=size)
    try:
        while (yield from _array(record, limits)):
            pass
    except FaultError as fault:
        record.corrupt(str(fault), fault.offset, fault.wanted)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _array(record: Record, limits: Limits) -> Generator[Request, bytes, bool]:
    """Read one array; whether another one may follow."""
    begin = record.coverage
    if len(record.tensors) >= limits.entries:
        raise BudgetExceededError(f"more than {limits.entries} arrays in a row")
    fixed = yield from fetch(begin, _FIXED, limits)
    if begin and fixed[:6] != MAGIC:
        _note_rest(record, begin)
        return False
    length = yield from _length(record, begin, fixed, limits)
    if not length:
        return False
    if length > _LONGEST:
        raise BudgetExceededError(f"a header of {length} bytes is over the limit of {_LONGEST}")
    start = begin + _FIXED + _LENGTHS[fixed[6]]
    raw = yield from fetch(start, length, limits)
    layout = _parse(raw, start, "utf-8" if fixed[6] > 2 else "latin-1")  # noqa: PLR2004 - version
    start += length
    record.coverage = start
    if layout.objects:
        yield from _objects(record, layout, start, limits)
        return False
    if layout.size > record.size - start:
        text = f"the array has {record.size - start} bytes, which its shape and data type exceed"
        raise FaultError(text, start, shown(f"{layout.descr} {list(layout.shape[:8])}"))
    tensor = yield from digested(_tensor(record, layout, start, layout.size, limits))
    if not tensor.digest:
        raise FaultError("the file ends inside the array", start)
    record.tensors.append(tensor)
    record.coverage = start + layout.size
    return record.coverage < record.size


def _length(
    record: Record, begin: int, fixed: bytes, limits: Limits
) -> Generator[Request, bytes, int]:
    """Check what comes before the header; 0 if it is of an unknown version."""
    if len(fixed) < _FIXED or fixed[:6] != MAGIC:
        raise FaultError("the array does not begin with magic and version", begin)
    version = f"{fixed[6]}.{fixed[7]}"
    record.version = record.version or version
    if fixed[6] not in _LENGTHS or fixed[7]:
        record.unread(f"version {version} of the format is not known")
        return 0
    width = _LENGTHS[fixed[6]]
    raw = yield from fetch(begin + _FIXED, width, limits)
    length = int.from_bytes(raw, "little")
    left = record.size - begin - _FIXED - width
    if len(raw) < width or not 0 < length <= left:
        text = f"the header's length of {length} bytes goes beyond the end of the file, or is none"
        raise FaultError(text, begin + _FIXED, f"1 to {max(0, left)}")
    return length


def _parse(raw: bytes, start: int, encoding: str) -> Layout:
    if not raw.endswith(b"\n"):
        raise FaultError("the header does not end in spaces and a line feed", start)
    try:
        return understand(raw[:-1].decode(encoding))
    except UnicodeDecodeError as error:
        raise FaultError("the header is not UTF-8", start + error.start) from None
    except LiteralError as error:
        raise FaultError(f"the header cannot be read: {error}", start) from None


def _tensor(record: Record, layout: Layout, offset: int, size: int, limits: Limits) -> TensorInfo:
    name = f"arr_{len(record.tensors)}"  # as NumPy names arrays that were given no name
    if layout.fortran:
        record.metadata.append(("fortran-order", name))
    dtype = layout.descr[: limits.text]
    return TensorInfo(name=name, dtype=dtype, shape=layout.shape, offset=offset, size=size)


def _objects(
    record: Record, layout: Layout, start: int, limits: Limits
) -> Generator[Request, bytes, None]:
    """Read the pickle that an array of objects is; how many objects it makes is not weighed."""
    tensor = _tensor(record, layout, -1, record.size - start, limits)
    record.tensors.append(tensor)
    record.metadata.append(("object-array", tensor.name))
    if not limits.depth:
        raise BudgetExceededError("the pickle of the objects is nested too deeply")
    inner = replace(limits, depth=limits.depth - 1)
    source = Stored(start, tensor.size, limits=inner)
    structure = yield from serve(pickle.read(tensor.size, limits=inner), source)
    record.members.append(placed(structure, tensor.name))
    record.coverage = start + structure.coverage


def _note_rest(record: Record, begin: int) -> None:
    text = f"{record.size - begin} bytes behind the array are no array"
    record.problem(HIDDEN, text, begin, "nothing, or another array")
    record.unread(f"{record.size - begin} bytes behind the array are of no known format")
