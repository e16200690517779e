"""Small files made by hand, and the means to read them in every way."""

from __future__ import annotations

import itertools
import json
import struct
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.formats.drive import Memory, read_bytes, serve
from weighbridge.formats.interface import Reader, Request, Stream
from weighbridge.formats.registry import reader, sniff
from weighbridge.model.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from weighbridge.model.structure import Structure

EDGE = 4_096


def sniffed(data: bytes) -> str | None:
    return sniff(data[:EDGE], data[-EDGE:], len(data))


def read(data: bytes, name: str | None = None, /, **budgets: int) -> Structure:
    limits = replace(DEFAULT_LIMITS, **budgets)  # type: ignore[arg-type] # numbers, all of them
    found = name or sniffed(data)
    assert found is not None, "no format recognised"
    return read_bytes(data, reader(found, len(data), limits=limits), limits=limits)


class Chopped(Memory):
    """Bytes in memory, streamed in chunks of given sizes."""

    def __init__(self, data: bytes, sizes: Iterable[int], *, limits: Limits) -> None:
        super().__init__(data, limits=limits)
        self._whole = data
        self._sizes = itertools.cycle(sizes)
        self._at: tuple[Stream | None, int] = (None, 0)

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        if not isinstance(request, Stream):
            return (yield from super().answer(request))
        stream, done = self._at
        if stream is not request:
            done = 0
        size = min(next(self._sizes), request.length - done)
        chunk = self._whole[request.offset + done : request.offset + done + size]
        self._at = (request, done + len(chunk))
        return chunk


def read_chopped(data: bytes, name: str, sizes: Iterable[int], **budgets: int) -> Structure:
    limits = replace(DEFAULT_LIMITS, **budgets)  # type: ignore[arg-type] # numbers, all of them
    source = Chopped(data, sizes, limits=limits)
    return finished(serve(reader(name, len(data), limits=limits), source))


def finished(served: Reader) -> Structure:
    """Run a served reader whose source answers everything itself."""
    try:
        request = next(served)
    except StopIteration as done:
        structure: Structure = done.value
        return structure
    raise AssertionError(request)


def codes(structure: Structure) -> list[str]:
    return [problem.code for part in structure.walk() for problem in part.problems]


def messages(structure: Structure) -> str:
    return "\n".join(problem.message for part in structure.walk() for problem in part.problems)


def names(structure: Structure) -> list[str]:
    return [f"{use.module}.{use.name}" for part in structure.walk() for use in part.globals]


# Safetensors ------------------------------------------------------------------------------------


def safetensors(header: dict[str, Any] | bytes, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def two_tensors() -> dict[str, Any]:
    return {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b": {"dtype": "I8", "shape": [4], "data_offsets": [24, 28]},
    }


# Zip archives -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Member:
    """A zip member, every field of both its headers open to lies."""

    name: bytes
    data: bytes = b""
    method: int = 0
    flags: int = 0
    crc: int | None = None
    size: int | None = None
    extra: bytes = b""
    attributes: int = 0
    descriptor: bytes | None = None
    local_name: bytes | None = None
    local_crc: int | None = None
    gap: bytes = b""
    packed: bytes | None = None
    offset: int | None = None


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zip_bytes(
    *members: Member, before: bytes = b"", after: bytes = b"", comment: bytes = b"", wide: int = 0
) -> bytes:
    body, directory = bytearray(before), bytearray()
    for member in members:
        packed = member.packed
        if packed is None:
            packed = deflated(member.data) if member.method else member.data
        crc = zlib.crc32(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.size is None else member.size
        offset = len(body) if member.offset is None else member.offset
        local_name = member.local_name or member.name
        sizes = (crc if member.local_crc is None else member.local_crc, len(packed), size)
        if member.descriptor is not None:
            sizes = (0, 0, 0)
        body += struct.pack("<4s5H", b"PK\3\4", 20, member.flags, member.method, 0, 0)
        body += struct.pack("<3L2H", *sizes, len(local_name), len(member.extra))
        body += local_name + member.extra + packed + (member.descriptor or b"") + member.gap
        directory += struct.pack("<4s6H", b"PK\1\2", 20, 20, member.flags, member.method, 0, 0)
        directory += struct.pack("<3L", crc, len(packed), size)
        directory += struct.pack("<5H2L", len(member.name), 0, 0, 0, 0, member.attributes, offset)
        directory += member.name
    start = len(body)
    ends = b""
    if wide:
        ends = struct.pack("<4sQ2H2L", b"PK\6\6", 44, 45, 45, 0, 0)
        ends += struct.pack("<4Q", len(members), len(members), len(directory), start)
        ends += struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1)
    counts = (0xFFFF, 0xFFFF, len(directory), 0xFFFFFFFF) if wide > 1 else ()
    end = struct.pack(
        "<4s4H2LH",
        b"PK\5\6",
        0,
        0,
        *(counts or (len(members), len(members), len(directory), start)),
        len(comment),
    )
    return bytes(body + directory + ends) + end + comment + after


# Pickles ----------------------------------------------------------------------------------------

SYSTEM = b"\x80\x02cposix\nsystem\nX\x02\0\0\0id\x85R."
"""What an attacker sends: `posix.system("id")`."""

TORCH_DATA = (
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
    b"X\x01\0\0\x000X\x03\0\0\0cpuK\x04tQK\0K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR."
)
"""`data.pkl` of a torch archive with one tensor of four floats."""


def torch_zip(*more: Member, data: bytes = TORCH_DATA, storage: bytes = bytes(16)) -> bytes:
    return zip_bytes(
        Member(name=b"m/data.pkl", data=data),
        Member(name=b"m/version", data=b"3\n"),
        Member(name=b"m/data/0", data=storage, extra=b"FB\x04\0ZZZZ"),
        *more,
    )


def wrapper(
    *, dtype: bytes = b"f8", shape: bytes = b"K\x02\x85", alignment: bytes = b"K\x10"
) -> bytes:
    """Opcodes of a `NumpyArrayWrapper`, up to and with its BUILD."""
    flexible = int(dtype[1:]) * (4 if dtype[:1] == b"U" else 1) if dtype[:1] in b"SUV" else -1
    aligned = b"X\x1b\0\0\0numpy_array_alignment_bytes" + alignment if alignment else b""
    return (
        b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\0\0\0shape"
        + shape
        + b"X\x05\0\0\0dtypecnumpy\ndtype\nX"
        + struct.pack("<L", len(dtype))
        + dtype
        + b"\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ"
        + struct.pack("<i", flexible)
        + b"J\xff\xff\xff\xffK\0tb"
        + aligned
        + b"ub"
    )


def joblib_array(data: bytes = bytes(16), **parts: bytes) -> bytes:
    """A joblib file that holds one array."""
    head = wrapper(**parts)
    padding = 16 - (len(head) + 1) % 16
    return head + bytes([padding]) + b"\xff" * padding + data + b"."
