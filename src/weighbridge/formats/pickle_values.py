"""What may lie as a value inside a pickle: another pickle, or a compressed file or archive of one.

It lies there as bytes, or written in base64 or hexadecimal. Here is only told what is worth a look;
the look itself is `pickle_embedded`.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from typing import Final

_PROTOCOLS: Final = range(2, 6)
_RAW: Final = (
    *(bytes([0x80, protocol]) for protocol in _PROTOCOLS),
    b"PK",
    b"\x1f\x8b",
    b"BZ",
    b"\xfd7",
    b"]\0",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
)
_OLD: Final = [bytes(two) for two in itertools.product(b"(c", range(256))]
"""How most pickles of protocols 0 and 1 begin that name a global."""

_ENCODED: Final = {base64.b64encode(start + b"\0")[:2] for start in (*_RAW, *_OLD)} | {
    form
    for start in (*(raw[:1] for raw in _RAW), b"(", b"c")
    for form in (start.hex().encode(), start.hex().upper().encode())
}
_STARTS: Final = frozenset((*_RAW, *_ENCODED))
_NAMED: Final = re.compile(rb"[ci][A-Za-z_][\w.]*\r?\n[A-Za-z_][\w.]*\r?\n")
_STACK_GLOBAL: Final = b"\x93"
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/\-_\s]+={0,2}\s*")
_HEXADECIMAL: Final = re.compile(rb"[0-9a-fA-F\s]+")
_FEWEST: Final = 12


def is_worth(raw: bytes, *, text: bool) -> bool:
    """Whether a value, or the beginning of a long one, should be looked into."""
    if raw[:2] in _STARTS:
        return raw[:2] in _RAW or (
            len(raw) >= _FEWEST and (names_global(raw) or _BASE64.fullmatch(raw) is not None)
        )
    return (b"\n" in raw and names_global(raw)) or (not text and _STACK_GLOBAL in raw)


def names_global(raw: bytes) -> bool:
    """Whether bytes hold two lines that name a global, as protocols 0 to 3 write it."""
    return _NAMED.search(raw) is not None


def decoded(raw: bytes) -> list[bytes]:
    """Return the bytes that a text stands for, in each encoding it may be in.

    A text that is cut, or goes on behind what is no such encoding, is decoded as far as it goes.
    """
    found = []
    if _HEXADECIMAL.fullmatch(raw):
        digits = b"".join(raw.split())
        found.append(binascii.unhexlify(digits[: len(digits) & ~1]))
    if _BASE64.fullmatch(raw):
        letters = b"".join(raw.split()).rstrip(b"=").translate(_STANDARD)
        found.append(base64.b64decode(letters[: len(letters) & ~3] + _rest(letters)))
    return [one for one in found if is_worth(one, text=False)]


_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


def _rest(letters: bytes) -> bytes:
    rest = letters[len(letters) & ~3 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
