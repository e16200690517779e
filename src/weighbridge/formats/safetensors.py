"""Safetensors: an 8 byte length, a JSON header, and the tensors without a gap.

The layout is that of the format's own specification
(https://github.com/huggingface/safetensors#format). The tensors' bytes are only digested: once
the header accounts for all of them there is nothing in them to execute.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.formats.tensor_digests import digest_tensors
from weighbridge.formats.text import mended, shown
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_PREFIX = 8
_LONGEST_HEADER = 100_000_000
_LARGEST_NUMBER = (1 << 63) - 1
_METADATA = "__metadata__"
_KEYS = {"dtype", "shape", "data_offsets"}

BITS = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}
"""Bits of one element, by the format's word for the data type."""


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a plausible header length with an opening brace behind it."""
    length = int.from_bytes(head[:_PREFIX], "little")
    opens = head[_PREFIX : _PREFIX + 1] == b"{"
    return "safetensors" if opens and 2 <= length <= _LONGEST_HEADER else None  # noqa: PLR2004


def read(size: int, *, limits: Limits) -> Reader:
    """Read the header and weigh the layout it declares against the size of the file."""
    record = Record(format="safetensors", size=size)
    try:
        yield from _read(record, limits)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _read(record: Record, limits: Limits) -> Generator[Request, bytes, None]:
    prefix = yield from fetch(0, _PREFIX, limits)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < _PREFIX or _PREFIX + length > record.size:
        record.corrupt(
            f"the header's length of {length} bytes goes beyond the end of the file",
            0,
            f"at most {max(0, record.size - _PREFIX)}",
        )
        return
    text = yield from fetch(_PREFIX, length, limits)
    header = _parse(text, record)
    if header is None:
        return
    record.coverage = _PREFIX + length
    if len(header) > limits.entries:
        raise BudgetExceededError(f"{len(header)} tensors are over the limit of {limits.entries}")
    _note_metadata(header.pop(_METADATA, {}), record)
    for name, entry in header.items():
        _note_tensor(mended(name), entry, record)
    _check_layout(record, start=_PREFIX + length)
    if not record.problems:
        if limits.checksums:
            yield from digest_tensors(record)
        record.coverage = record.size


class _HeaderError(ValueError):
    """The header is not what JSON or the specification allows."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise _HeaderError(f"the key {shown(mended(twice))} stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise _HeaderError(f"{name} is not JSON")


def _parse(text: bytes, record: Record) -> dict[str, object] | None:
    body = text.rstrip(b" ")
    if not body.startswith(b"{") or not body.endswith(b"}"):
        record.corrupt(
            "the header is not one JSON object padded with spaces", _PREFIX, "`{…}` and spaces"
        )
        return None
    try:
        header = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except RecursionError:
        record.corrupt("the header nests too deeply", _PREFIX)
    except UnicodeDecodeError as error:
        record.corrupt("the header is not UTF-8", _PREFIX + error.start)
    except json.JSONDecodeError as error:
        before = len(body.decode("utf-8")[: error.pos].encode("utf-8"))
        record.corrupt(f"the header is not JSON: {error.msg.lower()}", _PREFIX + before)
    except ValueError as error:
        record.corrupt(f"the header cannot be read: {error}", _PREFIX)
    else:
        return header if isinstance(header, dict) else None
    return None


def _note_metadata(metadata: object, record: Record) -> None:
    if not isinstance(metadata, dict):
        record.corrupt(f"`{_METADATA}` is not an object of texts", _PREFIX)
        return
    for key, value in metadata.items():
        if isinstance(value, str):
            record.metadata.append((mended(key), mended(value)))
        else:
            record.corrupt(f"`{_METADATA}` holds a value that is not text", _PREFIX)


def _naturals(value: object, count: int | None = None) -> tuple[int, ...] | None:
    if not isinstance(value, list) or (count is not None and len(value) != count):
        return None
    numbers = [n for n in value if type(n) is int and 0 <= n <= _LARGEST_NUMBER]
    return tuple(numbers) if len(numbers) == len(value) else None


def _note_tensor(name: str, entry: object, record: Record) -> None:
    if not isinstance(entry, dict) or entry.keys() != _KEYS:
        record.corrupt(
            f"the entry of tensor {shown(name)} has other keys than the format's",
            _PREFIX,
            "dtype, shape, data_offsets",
        )
        return
    dtype, shape = entry["dtype"], _naturals(entry["shape"])
    offsets = _naturals(entry["data_offsets"], 2)
    if not isinstance(dtype, str) or shape is None or offsets is None:
        record.corrupt(f"the entry of tensor {shown(name)} holds a value of a wrong kind", _PREFIX)
        return
    begin, end = offsets
    start = record.coverage + begin
    tensor = TensorInfo(
        name=name, dtype=mended(dtype), shape=shape, offset=start, size=max(0, end - begin)
    )
    record.tensors.append(tensor)
    _check_size(tensor, ordered=begin <= end, record=record)


def _check_size(tensor: TensorInfo, *, ordered: bool, record: Record) -> None:
    if not ordered:
        record.corrupt(f"tensor {shown(tensor.name)} ends before it begins", tensor.offset)
    elif tensor.dtype not in BITS:
        record.corrupt(
            f"tensor {shown(tensor.name)} has the unknown data type {shown(tensor.dtype)}",
            tensor.offset,
        )
    elif not _fits(BITS[tensor.dtype], tensor):
        record.corrupt(
            f"tensor {shown(tensor.name)} has {tensor.size} bytes, which its shape and data type"
            " do not come to",
            tensor.offset,
            shown(f"{tensor.dtype} {list(tensor.shape[:8])}"),
        )


def _fits(bits: int, tensor: TensorInfo) -> bool:
    """Multiply only as far as needed: a hostile shape makes a number of millions of digits."""
    if 0 in tensor.shape:
        return tensor.size == 0
    for dimension in tensor.shape:
        bits *= dimension
        if bits > tensor.size * 8:
            return False
    return bits == tensor.size * 8


def _check_layout(record: Record, *, start: int) -> None:
    ordered = sorted(record.tensors, key=lambda tensor: (tensor.offset, tensor.size))
    begin = TensorInfo(name="the header", dtype="", shape=(), offset=0, size=start)
    finish = TensorInfo(name="the end of the file", dtype="", shape=(), offset=record.size)
    for before, after in pairwise([begin, *ordered, finish]):
        end = before.offset + before.size
        if after.offset > end:
            message = f"{after.offset - end} bytes belong to no tensor"
            record.corrupt(message, end, "every byte in exactly one tensor")
        elif after.offset < end:
            overlap = f"{shown(before.name)} goes {end - after.offset} bytes into"
            record.corrupt(f"{overlap} {shown(after.name)}", after.offset)
