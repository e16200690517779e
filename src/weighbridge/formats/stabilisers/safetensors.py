"""Safetensors: the header is JSON, and JSON has no order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from weighbridge.formats import safetensors
from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.stabilisers.reading import answered, pieces

if TYPE_CHECKING:
    from weighbridge.formats.stabilisers.draft import Draft
    from weighbridge.formats.stabilisers.reading import Readable

_PREFIX: Final = 8


def write(source: Readable, draft: Draft) -> None:
    """Write the header's entries by name, and the data as they lie."""
    found = answered(safetensors.read(source.size, limits=draft.limits), source)
    if found.status != "complete":
        raise RefusedError(found.reason)
    length = int.from_bytes(source.read_at(0, _PREFIX), "little")
    raw = source.read_at(_PREFIX, length)
    draft.let_go(raw)
    # It was read above: UTF-8, no name twice, nothing but objects, texts and natural numbers.
    draft.keep(json.dumps(json.loads(raw), sort_keys=True).encode())
    draft.keep_stream(pieces(source, _PREFIX + length, source.size))


STABILISER: Final = Stabiliser(
    name="safetensors",
    version=1,
    formats=("safetensors",),
    lets="the order of tensors and of metadata in the header, its white space and padding",
    because=(
        "tensors are found by name and offset; names, types, shapes, offsets, metadata and every"
        " byte of the data are kept"
    ),
    write=write,
)
