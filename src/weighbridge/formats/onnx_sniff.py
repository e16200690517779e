"""Telling an ONNX model from its first bytes, although the format has no magic number."""

from __future__ import annotations

from typing import Final

from weighbridge.formats.onnx_schema import SCHEMA
from weighbridge.formats.protobuf import DELIMITED, VARINT
from weighbridge.formats.protobuf_sniff import is_text, varint

_FIRST: Final = b"\x08"
_NEWEST_PLAUSIBLE_VERSION: Final = 100
_FEWEST_FIELDS: Final = 3
_GRAPH: Final = 7


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a small IR version and the model's own fields behind it, up to the graph."""
    return "onnx" if head[:1] == _FIRST and _looks_like_a_model(head, size) else None


def _looks_like_a_model(head: bytes, size: int) -> bool:
    index = fields = 0
    while index < len(head):
        number, wire = head[index] >> 3, head[index] & 7
        value, after = varint(head, index + 1)
        known = SCHEMA["Model"].get(number)
        if known is None or wire != (VARINT if known.kind == "int" else DELIMITED):
            return False
        if not fields and not 1 <= value <= _NEWEST_PLAUSIBLE_VERSION:
            return False
        fields += 1
        if number == _GRAPH:
            return _begins_graph(head[after : after + value])
        if wire == DELIMITED:
            if known.kind == "text" and not is_text(head[after : after + value]):
                return False
            after += value
        index = after
    return (fields >= _FEWEST_FIELDS and index <= size) or index == size


def _begins_graph(inner: bytes) -> bool:
    if not inner:
        return True
    known = SCHEMA["Graph"].get(inner[0] >> 3)
    return known is not None and inner[0] & 7 == DELIMITED
