"""Protobuf messages made by hand."""

from __future__ import annotations

import struct

Content = int | float | str | bytes


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    raw = bytearray()
    while value > 0x7F:
        raw.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(raw) + bytes([value])


def one(number: int, value: Content) -> bytes:
    """A field: a number, a float, or anything that has a length."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def message(*fields: tuple[int, Content]) -> bytes:
    return b"".join(one(number, value) for number, value in fields)
