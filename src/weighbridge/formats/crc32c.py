"""CRC-32C (Castagnoli), which zlib does not have.

RFC 3720, appendix B.4; masked as LevelDB and TensorFlow store it
(https://github.com/google/leveldb/blob/main/util/crc32c.h). Some MiB a second: for headers only.
"""

from __future__ import annotations

from typing import Final

_POLYNOMIAL: Final = 0x82F63B78
_MASK: Final = 0xFFFFFFFF
_DELTA: Final = 0xA282EAD8


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE: Final = tuple(map(_entry, range(256)))


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of some bytes."""
    crc = _MASK
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ _MASK


def masked(crc: int) -> int:
    """Return a CRC as it is stored beside what it is of."""
    return ((crc >> 15 | crc << 17) + _DELTA) & _MASK
