"""GGUF, versions 2 and 3: typed metadata, tensor infos, and the tensors, each aligned.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Both byte orders are read. The reader
runs through the file once; the tensors' bytes are digested and the padding between them looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.gguf_header import Header
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.padding import blank
from weighbridge.formats.record import Record
from weighbridge.formats.tensor_digests import digested
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

MAGIC: Final = b"GGUF"
_FIXED: Final = 8
_NEWEST_PLAUSIBLE_VERSION: Final = 255


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the magic and a small version number, in either byte order."""
    if head[:4] != MAGIC or len(head) < _FIXED:
        return None
    version = min(int.from_bytes(head[4:8], "little"), int.from_bytes(head[4:8], "big"))
    return "gguf" if 0 < version <= _NEWEST_PLAUSIBLE_VERSION else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read the header, then every tensor in the order they lie in."""
    record = Record(format="gguf", size=size)
    header = Header(record, limits)
    try:
        yield from header.read()
        if not record.problems and not record.reasons:
            yield from _data(record, header.end, header.alignment)
    except FaultError as fault:
        record.corrupt(str(fault), fault.offset, fault.wanted)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _data(record: Record, end: int, alignment: int) -> Generator[Request, bytes, None]:
    """Account for every byte behind the tensor infos."""
    order = sorted(
        range(len(record.tensors)),
        key=lambda index: (record.tensors[index].offset, record.tensors[index].size),
    )
    _check_layout(record, end, order, alignment)
    if record.problems:
        return
    for index in order:
        tensor = record.tensors[index]
        yield from _padding(record, end, tensor.offset)
        record.tensors[index] = yield from digested(tensor)
        if not record.tensors[index].digest:
            raise FaultError(f"the file ends inside tensor {shown(tensor.name)}", tensor.offset)
        end = tensor.offset + tensor.size
        record.coverage = end
    yield from _padding(record, end, record.size)


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _check_layout(record: Record, end: int, order: list[int], alignment: int) -> None:
    """Check that each tensor begins where the padding behind the one before it ends."""
    place, before = _aligned(end, alignment), "the header"
    for index in order:
        tensor = record.tensors[index]
        if tensor.offset % alignment:
            text = f"tensor {shown(tensor.name)} is not aligned"
            record.corrupt(text, tensor.offset, f"a multiple of {alignment}")
        if tensor.offset + tensor.size > record.size:
            text = f"tensor {shown(tensor.name)} goes beyond the end of the file"
            record.corrupt(text, tensor.offset, f"at most {record.size - tensor.offset} bytes")
        elif tensor.offset < end:
            text = f"{before} goes {end - tensor.offset} bytes into {shown(tensor.name)}"
            record.corrupt(text, tensor.offset)
        elif tensor.offset > place:
            text = f"{tensor.offset - place} bytes belong to no tensor"
            record.corrupt(text, place, "every byte in a tensor or in the padding")
        end = tensor.offset + tensor.size
        place, before = _aligned(end, alignment), shown(tensor.name)
    if record.size > place:
        text = f"{record.size - place} bytes follow the last tensor"
        record.corrupt(text, place, "nothing behind its padding")
    elif end < record.size < place:
        text = f"the padding behind {before} is cut off"
        record.corrupt(text, end, f"{place - end} bytes, or none")


def _padding(record: Record, start: int, end: int) -> Generator[Request, bytes, None]:
    if start < end and not (yield from blank(start, end - start)):
        raise FaultError(f"{end - start} bytes of padding are not all zero", start, "zeros")
    record.coverage = end
