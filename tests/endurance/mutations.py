"""Damage done to files: at random, among a pickle's opcodes, in an archive's headers."""

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

MOST = 1 << 16
"""Bytes a damaged file has at most, so that damage over damage stays quick to read."""
_HEADERS = {b"PK\x03\x04": 30, b"PK\x01\x02": 46, b"PK\x05\x06": 22, b"PK\x06\x06": 56}


def damaged(data: bytes, source: random.Random) -> bytes:
    """Flip, cut, repeat or shuffle a few things of a file."""
    for _ in range(source.choice((1, 1, 2, 8))):
        kind = source.choice((flipped, cut, grown, repeated, truncated, shuffled, edited))
        data = kind(data, source)[:MOST]
    return data


def _place(data: bytes, source: random.Random) -> int:
    return source.randrange(len(data) + 1)


def flipped(data: bytes, source: random.Random) -> bytes:
    """Flip a bit."""
    changed = bytearray(data or b"\0")
    changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
    return bytes(changed)


def cut(data: bytes, source: random.Random) -> bytes:
    """Take out some bytes."""
    at = _place(data, source)
    return data[:at] + data[at + source.randrange(16) :]


def grown(data: bytes, source: random.Random) -> bytes:
    """Put some bytes of chance in."""
    at = _place(data, source)
    return data[:at] + source.randbytes(source.randrange(9)) + data[at:]


def repeated(data: bytes, source: random.Random) -> bytes:
    """Put some of its own bytes somewhere else, too."""
    at, start = _place(data, source), _place(data, source)
    return data[:at] + data[start : start + source.randrange(64)] + data[at:]


def truncated(data: bytes, source: random.Random) -> bytes:
    """Leave the end out, seldom much of it."""
    return data[: len(data) - source.choice((1, 2, 5, 30, len(data) // 2))]


def shuffled(data: bytes, source: random.Random) -> bytes:
    """Put two of a pickle's opcodes in each other's place; flip a bit of what is none."""
    try:
        starts = [at for _, _, at in pickletools.genops(data) if at is not None]
    except Exception:  # noqa: BLE001 - it raises anything over what is no pickle
        return flipped(data, source)
    if len(starts) < 3:
        return flipped(data, source)
    pieces = [data[at:end] for at, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    first, second = source.randrange(len(pieces)), source.randrange(len(pieces))
    pieces[first], pieces[second] = pieces[second], pieces[first]
    return b"".join(pieces)


def edited(data: bytes, source: random.Random) -> bytes:
    """Change a field of one of an archive's headers; flip a bit of what is none."""
    found = [(data.find(mark), size) for mark, size in _HEADERS.items() if mark in data]
    if not found:
        return flipped(data, source)
    at, size = source.choice(found)
    field, width = at + 4 + 2 * source.randrange(size // 2 - 2), source.choice((2, 4))
    value = source.choice((0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, len(data), at))
    lie = (value % (1 << 8 * width)).to_bytes(width, "little")
    return data[:field] + lie + data[field + width :]
