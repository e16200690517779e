"""Telling protobuf messages by their first bytes: the format has no magic number of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.protobuf import DELIMITED, FIXED32, FIXED64, VARINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.formats.protobuf import Field

_FIXED: Final = {FIXED64: 8, FIXED32: 4}
_WIRES: Final = {
    "int": (VARINT, DELIMITED),
    "float": (FIXED32, DELIMITED),
    "double": (FIXED64, DELIMITED),
}
_LONGEST_VARINT: Final = 10


def agreement(
    head: bytes, size: int, schema: Mapping[str, Mapping[int, Field]], kind: str
) -> tuple[list[tuple[str, str]], int]:
    """List the fields at the beginning of a file, up to the first the schema does not have.

    Texts have to be readable, and messages to end where those around them do or before.

    Returns:
        Message and field of each, in the order they lie in, and where the last ends; nothing if
        one of them does not fit the schema.
    """
    found: list[tuple[str, str]] = []
    stack, index = [(kind, size)], 0
    while index + _LONGEST_VARINT < len(head) or index < len(head) == size:
        kind, end = stack[-1]
        if index == end:
            stack.pop()
            continue
        tag, begin = varint(head, index)
        field = schema[kind].get(tag >> 3)
        if field is None:
            break
        if (tag & 7) not in _WIRES.get(field.kind, (DELIMITED,)):
            return [], 0
        found.append((kind, field.name))
        begin, inner = _content(head, begin, tag & 7)
        if inner > end:
            return [], 0
        index = inner
        if field.kind in schema:
            stack.append((field.kind, inner))
            index = begin
        elif field.kind == "text" and not is_text(head[begin:inner]):
            return [], 0
    return found, index


def _content(head: bytes, index: int, wire: int) -> tuple[int, int]:
    """Say where the content of a field begins and ends."""
    if wire == VARINT:
        _, end = varint(head, index)
        return index, end
    if wire == DELIMITED:
        length, index = varint(head, index)
        return index, index + length
    return index, index + _FIXED[wire]


def is_text(raw: bytes) -> bool:
    """Whether bytes are text; the last character may be cut off by the end of the head."""
    text = raw.decode("utf-8", "ignore")
    cut = len(raw) - len(text.encode("utf-8"))
    return cut < 4 and all(c.isprintable() or c.isspace() for c in text)  # noqa: PLR2004


def varint(head: bytes, index: int) -> tuple[int, int]:
    """Read a number, and say where it ends; one that does not end is as long as may be."""
    value = 0
    for shift, byte in enumerate(head[index : index + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, index + shift + 1
    return value, index + 10
