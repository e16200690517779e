"""The headers of rpm's database: what is installed.

A header is a number of entries, a number of bytes, the entries (tag, type, offset, count, 4 bytes
each) and the data, all big-endian (rpm.org, "RPM Package Header format").
"""

from __future__ import annotations

import struct
from typing import Final

from weighbridge.formats.text import decoded
from weighbridge.model.image import InstalledPackage

_INTRO: Final = struct.Struct(">II")
_ENTRY: Final = struct.Struct(">IIII")
_NAME, _VERSION, _RELEASE, _EPOCH, _ARCHITECTURE = 1000, 1001, 1002, 1003, 1022
_WANTED: Final = frozenset({_NAME, _VERSION, _RELEASE, _EPOCH, _ARCHITECTURE})
_INT32: Final = 4
_STRING: Final = 6
_MOST: Final = 1 << 16
_LONGEST: Final = 1_024
_KEYS: Final = "gpg-pubkey"
"""Keys are kept among the packages, and are none."""


class RpmHeaderError(ValueError):
    """Bytes are no header."""


def installed(blob: bytes) -> InstalledPackage | None:
    """Read which package a header describes; None if it describes a key.

    Raises:
        RpmHeaderError: It is none.
    """
    if len(blob) < _INTRO.size:
        raise RpmHeaderError("a header of rpm is cut off")
    count, length = _INTRO.unpack_from(blob)
    start = _INTRO.size + count * _ENTRY.size
    if count > _MOST or start + length != len(blob):
        raise RpmHeaderError("a header of rpm has another length than it says")
    found: dict[int, str] = {}
    for tag, kind, offset, _ in _ENTRY.iter_unpack(blob[_INTRO.size : start]):
        if tag in _WANTED:
            found.setdefault(tag, _value(blob, kind, start + offset))
    if not found.get(_NAME) or not found.get(_VERSION):
        raise RpmHeaderError("a header of rpm has neither name nor version")
    if found[_NAME] == _KEYS:
        return None
    epoch = f"{found[_EPOCH]}:" if found.get(_EPOCH, "0") != "0" else ""
    release = f"-{found[_RELEASE]}" if found.get(_RELEASE) else ""
    return InstalledPackage(
        manager="rpm",
        name=found[_NAME],
        version=f"{epoch}{found[_VERSION]}{release}",
        architecture=found.get(_ARCHITECTURE, ""),
    )


def _value(blob: bytes, kind: int, at: int) -> str:
    if kind == _INT32 and at + 4 <= len(blob):
        return str(int.from_bytes(blob[at : at + 4], "big"))
    end = blob.find(b"\0", at, at + _LONGEST)
    if kind != _STRING or at >= len(blob) or end < 0:
        raise RpmHeaderError("a header of rpm names a value that is not there")
    return decoded(blob[at:end])
