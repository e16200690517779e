"""Bytes to text: UTF-8 and nothing else, without characters that readers disagree about."""

from __future__ import annotations

import re

from weighbridge.codec import faults
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.location import Location

BYTE_ORDER_MARK = "\ufeff"

# All but the printable characters of YAML 1.2 (section 5.1), and of those the ones that end a line
# in YAML 1.1 only: U+0085, U+2028 and U+2029 end a comment for one reader and not for another.
_REFUSED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
# The same, told from the bytes: what has none of these holds no such character. On a megabyte that
# is a millisecond, where the pattern above takes eighty.
_CONTROLS = frozenset({*range(0x20), 0x7F}) - frozenset(b"\t\n\r")
_ORDINARY = bytes(byte for byte in range(256) if byte not in _CONTROLS)
_C1, _SURROGATES = re.compile(rb"\xc2[\x80-\x9f]"), re.compile(rb"\xed[\xa0-\xbf]")
_OTHERS = tuple(character.encode() for character in "\u2028\u2029\ufffe\uffff")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def decode(data: bytes, file: str) -> str:
    """Decode a document.

    Raises:
        DocumentError: It is not UTF-8, or holds a character that text must not hold.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        seen = f"byte 0x{data[error.start]:02x}"
        message, advice = "the document is not UTF-8", "save the file as UTF-8"
    else:
        character = refused_character(text)
        if not character:
            return text
        before = text[: text.index(character)]
        seen = f"U+{ord(character):04X}"
        message = "the document holds a character that text must not hold"
        advice = "remove it"
    line, column = position(before)
    fault = Fault(faults.ENCODING, message, Location(file, line, column), seen, help=(advice,))
    raise DocumentError.from_faults([fault])


def refused_character(text: str) -> str:
    """Return the first character that text must not hold, or an empty text."""
    if not _may_be_refused(text.encode("utf-8", "surrogatepass")):
        return ""
    match = _REFUSED.search(text)
    return "" if match is None else match.group()


def _may_be_refused(data: bytes) -> bool:
    if data.translate(None, _ORDINARY):
        return True
    if data.isascii():
        return False
    if _C1.search(data) or _SURROGATES.search(data):
        return True
    return any(other in data for other in _OTHERS)


def position(before: str) -> tuple[int, int]:
    """Count line and column, from 1, of what stands behind a stretch of text."""
    *ended, last = _LINE_BREAK.split(before)
    column = len(last.removeprefix(BYTE_ORDER_MARK)) if not ended else len(last)
    return len(ended) + 1, column + 1
