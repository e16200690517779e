"""Bob Jenkins' lookup3 hash, which HDF5 sums its metadata with.

`hashlittle` of https://burtleburtle.net/bob/c/lookup3.c with an initial value of 0.
"""

from __future__ import annotations

import struct
from typing import Final

_MASK: Final = 0xFFFFFFFF
_START: Final = 0xDEADBEEF
_BLOCK: Final = 12


def lookup3(data: bytes) -> int:
    """Hash bytes to 32 bits."""
    a = b = c = (_START + len(data)) & _MASK
    if not data:
        return c
    whole = (len(data) - 1) // _BLOCK * _BLOCK
    for x, y, z in struct.iter_unpack("<3I", data[:whole]):
        a, b, c = _mix((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
    x, y, z = struct.unpack("<3I", data[whole:].ljust(_BLOCK, b"\0"))
    return _finish((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    a = (a - c) & _MASK ^ (c << 4 & _MASK | c >> 28)
    c = (c + b) & _MASK
    b = (b - a) & _MASK ^ (a << 6 & _MASK | a >> 26)
    a = (a + c) & _MASK
    c = (c - b) & _MASK ^ (b << 8 & _MASK | b >> 24)
    b = (b + a) & _MASK
    a = (a - c) & _MASK ^ (c << 16 & _MASK | c >> 16)
    c = (c + b) & _MASK
    b = (b - a) & _MASK ^ (a << 19 & _MASK | a >> 13)
    a = (a + c) & _MASK
    c = (c - b) & _MASK ^ (b << 4 & _MASK | b >> 28)
    b = (b + a) & _MASK
    return a, b, c


def _finish(a: int, b: int, c: int) -> int:
    c = ((c ^ b) - (b << 14 & _MASK | b >> 18)) & _MASK
    a = ((a ^ c) - (c << 11 & _MASK | c >> 21)) & _MASK
    b = ((b ^ a) - (a << 25 & _MASK | a >> 7)) & _MASK
    c = ((c ^ b) - (b << 16 & _MASK | b >> 16)) & _MASK
    a = ((a ^ c) - (c << 4 & _MASK | c >> 28)) & _MASK
    b = ((b ^ a) - (a << 14 & _MASK | a >> 18)) & _MASK
    return ((c ^ b) - (b << 24 & _MASK | b >> 8)) & _MASK
