"""Text: UTF-8 without control characters, and what it may be beyond that (`text_content`).

UTF-16 and other encodings are not text here: they would need a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import stringzilla

from weighbridge.formats.interface import Stream
from weighbridge.formats.record import Record
from weighbridge.formats.text_content import TextContent

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_ALLOWED: Final = b"\t\n\f\r"
_CONTROLS: Final = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in _ALLOWED)
_LONGEST: Final = 4
_CONTINUATION: Final = re.compile(rb"[\x80-\xbf]{0,3}")
_CUT: Final = "unexpected end of data"


def sniff(head: bytes, tail: bytes, size: int) -> str | None:
    """Recognise text at both ends; a character may be cut where the ends begin and end."""
    within = _CONTINUATION.match(tail)
    behind = tail[within.end() :] if within and len(tail) < size else tail
    beginning = _first_other(head, cut=len(head) < size) is None
    return "text" if beginning and _first_other(behind, cut=False) is None else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read to the end; what holds anything but text is of no known format."""
    record = Record(format="text", size=size)
    content = TextContent(record, limits)
    other = yield from _other(size, content)
    if other is None:
        record.coverage = size
        content.conclude()
    elif other >= size:
        record.corrupt("the text ends too early", size)
    else:
        record.format = "unknown"
        record.unread(f"the format is not known: it is text up to byte {other}")
    return record.structure()


def _other(size: int, content: TextContent) -> Generator[Request, bytes, int | None]:
    """Find the first byte that is no text; the size if the last character is cut, or a byte."""
    stream, offset, rest = Stream(0, size), 0, b""
    while offset < size and (piece := (yield stream)):
        at = offset - len(rest)
        raw = rest + piece
        found = _first_other(raw, cut=True)
        if found is not None:
            return at + found
        content.hear(piece)
        offset += len(piece)
        rest = raw[_whole(raw) :]
    return size if rest or offset < size else None


def _first_other(raw: bytes, *, cut: bool) -> int | None:
    """Find the first byte that is no text; one cut off at the end is forgiven if it may be."""
    ends = len(raw)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if not cut or error.reason != _CUT:
            ends = error.start
    found = stringzilla.find_first_of(raw, _CONTROLS)
    if found >= 0:
        ends = min(ends, found)
    return ends if ends < len(raw) else None


def _whole(raw: bytes) -> int:
    """Count the bytes of `raw` up to a character that is cut off at its end."""
    for back in range(1, min(_LONGEST, len(raw) + 1)):
        byte = raw[-back]
        if byte >= 0xC0:  # noqa: PLR2004 - the first byte of a longer character
            return len(raw) - back if back < _length(byte) else len(raw)
        if byte < 0x80:  # noqa: PLR2004 - ASCII
            break
    return len(raw)


def _length(first: int) -> int:
    return 2 if first < 0xE0 else 3 if first < 0xF0 else 4  # noqa: PLR2004 - RFC 3629, 3
