"""Core ML's file of weights: blob storage, version 2.

coremltools, mlmodel/src/MILBlob/Blob/StorageFormat.hpp
(https://github.com/apple/coremltools): a header, then for each blob an entry and its data, all of
them at multiples of 64 bytes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.coreml_schema import BLOB_TYPES
from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.formats.tensor_digests import digested
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_UNIT: Final = 64
_BYTE: Final = 8
_VERSION: Final = 2
_HEADER: Final = struct.Struct("<2I56x")
_ENTRY: Final = struct.Struct("<2I3Q32x")
_SENTINEL: Final = 0xDEADBEEF


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the version, and behind the header the first entry's sentinel."""
    if len(head) < _UNIT + _ENTRY.size:
        return None
    count, version = _HEADER.unpack_from(head)
    (sentinel, *_) = _ENTRY.unpack_from(head, _UNIT)
    good = count and version == _VERSION and sentinel == _SENTINEL
    return "coreml-weights" if good else None


def read(size: int, *, limits: Limits) -> Reader:
    """Weigh every entry against where it lies, and digest its data."""
    record = Record(format="coreml-weights", size=size)
    try:
        yield from _read(record, limits)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _read(record: Record, limits: Limits) -> Generator[Request, bytes, None]:
    raw = yield from fetch(0, _HEADER.size, limits)
    if len(raw) < _HEADER.size:
        record.corrupt("the file ends inside its header", len(raw))
        return
    count, version = _HEADER.unpack(raw)
    record.version = str(version)
    if version != _VERSION:
        record.corrupt(f"the file of weights has version {version}", 0, str(_VERSION))
        return
    if count > limits.entries:
        raise BudgetExceededError(f"{count} blobs are over the limit of {limits.entries}")
    record.coverage = at = _HEADER.size
    for number in range(count):
        tensor = yield from _entry(record, limits, at, number)
        if tensor is None:
            return
        record.tensors.append((yield from digested(tensor)))
        record.coverage = tensor.offset + tensor.size
        at = record.coverage + -record.coverage % _UNIT
        if not (yield from _padding(record, limits, min(at, record.size))):
            return
    if record.size > at:
        record.corrupt(f"{record.size - at} bytes follow the last blob", at)


def _entry(
    record: Record, limits: Limits, at: int, number: int
) -> Generator[Request, bytes, TensorInfo | None]:
    raw = yield from fetch(at, _ENTRY.size, limits)
    if len(raw) < _ENTRY.size:
        record.corrupt(f"the file ends before the entry of blob {number}", record.size)
        return None
    sentinel, kind, size, offset, spare = _ENTRY.unpack(raw)
    if sentinel != _SENTINEL:
        record.corrupt(f"the entry of blob {number} is none", at, f"{_SENTINEL:#x}")
        return None
    if offset != at + _ENTRY.size or size > record.size - offset:
        text = f"blob {number} has {size} bytes at {offset}"
        record.corrupt(text, at, f"bytes at {at + _ENTRY.size} that end within the file")
        return None
    name, bits = BLOB_TYPES.get(kind, ("", 0))
    if not name:
        record.unread(f"blob {number} has the unknown type {kind}")
    # Some versions leave what they do not use as it was in memory: only parts of bytes have spares.
    left = size * 8 - (spare if bits < _BYTE else 0)
    if name and (left % bits or not 0 <= size * 8 - left < _BYTE):
        record.corrupt(f"blob {number} has {size} bytes, {spare} bits of them to spare", at, name)
    shape = (left // bits,) if name else (size,)
    return TensorInfo(name=f"blob at {at}", dtype=name, shape=shape, offset=offset, size=size)


def _padding(record: Record, limits: Limits, to: int) -> Generator[Request, bytes, bool]:
    """Account for the zeros between a blob and the next entry."""
    at = record.coverage
    raw = (yield from fetch(at, to - at, limits)) if to > at else b""
    if any(raw):
        record.corrupt("the bytes between two blobs are not zero", at)
        return False
    record.coverage += len(raw)
    return True
