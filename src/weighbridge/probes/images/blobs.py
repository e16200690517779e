"""Small parts of an image, read whole and held against their digests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from weighbridge.model.errors import TransferError
from weighbridge.model.image import ImageMismatch

if TYPE_CHECKING:
    from weighbridge.model.image import ImageSource
    from weighbridge.model.oci import Descriptor


def read_manifest(
    source: ImageSource, descriptor: Descriptor, part: str, mismatches: list[ImageMismatch]
) -> bytes | None:
    """Read a manifest; None if it is another than its descriptor names, which is noted.

    Raises:
        WeighbridgeError: It is not there, or the place does not answer.
    """
    try:
        data = source.manifest(descriptor)
    except TransferError as error:
        seen = error.faults[0].seen or str(error)
        mismatches.append(ImageMismatch(part=part, seen=seen, wanted=descriptor.digest))
        return None
    return data if _is(data, descriptor, part, mismatches) else None


def read_blob(
    source: ImageSource,
    descriptor: Descriptor,
    part: str,
    mismatches: list[ImageMismatch],
    *,
    limit: int,
) -> bytes | None:
    """Read a blob; None if it is another than its descriptor names, which is noted.

    Raises:
        WeighbridgeError: It is not there, is over the limit, or the place does not answer.
    """
    if descriptor.size > limit:
        raise TransferError(f"it has {descriptor.size} bytes, more than {limit}")
    with source.open(descriptor) as opened:
        parts = []
        left = descriptor.size + 1
        while left and (piece := opened.read(left)):
            parts.append(piece)
            left -= len(piece)
    data = b"".join(parts)
    return data if _is(data, descriptor, part, mismatches) else None


def _is(data: bytes, descriptor: Descriptor, part: str, mismatches: list[ImageMismatch]) -> bool:
    algorithm = descriptor.digest.partition(":")[0]
    seen = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    if seen == descriptor.digest and len(data) == descriptor.size:
        return True
    if seen == descriptor.digest:
        found, wanted = f"{len(data)} bytes", f"{descriptor.size} bytes"
    else:
        found, wanted = seen, descriptor.digest
    mismatches.append(ImageMismatch(part=part, seen=found, wanted=wanted))
    return False
