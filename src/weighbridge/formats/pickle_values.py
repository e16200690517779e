"""Pickles that lie as values inside a pickle: as bytes, or written in base64 or hexadecimal.

Nothing runs them but a call of the outer pickle or of the program that loads it; they are read so
that what they would import is known, too.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

_PROTOCOLS: Final = range(2, 6)
_RAW: Final = [bytes([0x80, protocol]) for protocol in _PROTOCOLS]
_TEXT_OPENINGS: Final = (b"(", b"c")

BYTES_STARTS: Final = frozenset(_RAW)
"""How bytes begin that may be a pickle of protocol 2 or later."""

TEXT_STARTS: Final = frozenset({b"80", b"gA"})
"""How hexadecimal digits and base64 of such bytes begin."""


def unwrapped(raw: bytes) -> bytes | None:
    """Return the bytes that may be a pickle, decoded if they are encoded; None if they are none."""
    if raw[:2] in BYTES_STARTS or (raw[:1] in _TEXT_OPENINGS and raw.rstrip().endswith(b".")):
        return raw
    try:
        if raw[:2] == b"80":
            decoded = binascii.unhexlify(raw)
        else:
            decoded = base64.b64decode(raw, validate=True)
    except ValueError:
        return None
    return decoded if decoded[:2] in BYTES_STARTS else None
