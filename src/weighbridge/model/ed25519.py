"""Ed25519 public keys that must not be relied on (RFC 8032, sections 5.1.3 and 8)."""

from __future__ import annotations

_PRIME = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
# The points of order 1, 2, 4 and 8 have five y between them; x and its sign tell the eight
# points apart. Under such a key, one signature is valid for any message.
_SMALL_ORDER = frozenset({0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8})


def weakness(public_key: bytes) -> str:
    """Say what is wrong with an encoded point of 32 bytes, or return an empty text."""
    y = int.from_bytes(public_key, "little") % 2**255  # the top bit is the sign of x
    if y >= _PRIME:
        return "is not in its canonical encoding"
    return "is a point of small order" if y in _SMALL_ORDER else ""
