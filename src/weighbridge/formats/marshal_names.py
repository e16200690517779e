"""Names in marshalled bytecode, found without unmarshalling it.

`marshal` writes a name as a type, a length and its letters (Python/marshal.c): short ASCII strings
with one byte of length, others with four. Every place where that holds is taken for a name; numbers
may look like one, which does no harm, and a name that the code puts together is not found.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_SHORT: Final = re.compile(rb"(?=[zZ\xfa\xda]([\x01-\xff]))")
_LONG: Final = re.compile(rb"(?=[aAtu\xe1\xc1\xf4\xf5]([\x01-\xff][\x00-\x01]\x00\x00))")
_NAME: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_.]*\Z")
_MOST: Final = 100
"""Names that are kept."""


def names_in(code: str) -> list[str]:
    """List the names in bytecode that is written as base64, each once and in order."""
    try:
        raw = base64.b64decode(code.encode("ascii", "ignore"))
    except (binascii.Error, ValueError):
        return []
    places = [
        (found.start(), found.start() + width, int.from_bytes(found[1], "little"))
        for pattern, width in ((_SHORT, 2), (_LONG, 5))
        for found in pattern.finditer(raw)
    ]
    names: dict[str, None] = {}
    for _, start, length in sorted(places):
        text = raw[start : start + length]
        if len(text) == length and len(names) < _MOST and _NAME.match(text):
            names[text.decode()] = None
    return list(names)
