"""The digest of each tensor, taken from the same pass that reads the file.

BLAKE3 (https://github.com/BLAKE3-team/BLAKE3-specs), since it must not double what the file's own
sha256 costs; it names tensors in a comparison and is never signed by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blake3 import blake3

from weighbridge.formats.interface import Request, Stream

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.record import Record
    from weighbridge.model.structure import TensorInfo


def digest_tensors(record: Record) -> Generator[Request, bytes, None]:
    """Digest every noted tensor whose data lie in the file, in the order they lie in.

    Call it last, and only if nothing is wrong with the layout: what overlaps would be read twice.
    """
    order = sorted(range(len(record.tensors)), key=lambda index: record.tensors[index].offset)
    for index in order:
        record.tensors[index] = yield from digested(record.tensors[index])


def digested(tensor: TensorInfo) -> Generator[Request, bytes, TensorInfo]:
    """Read a tensor's data and return it with their digest; without one if they are not there."""
    if tensor.offset < 0:
        return tensor
    request = Stream(tensor.offset, tensor.size)
    hashed, left = blake3(), tensor.size
    while left and (piece := (yield request)):
        hashed.update(piece)
        left -= len(piece)
    return tensor if left else replace(tensor, digest=f"blake3:{hashed.hexdigest()}")
