"""Searching bytes for the pickles among them, where none should be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_opcodes import OPCODES
from weighbridge.formats.pickle_trial import is_evident

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record

_WINDOW: Final = 64 << 10
_HEAD: Final = 4_096
_MOST: Final = 50_000
_OPCODE: Final = b"[" + b"".join(re.escape(bytes([code])) for code in sorted(OPCODES)) + b"]"
_NAME: Final = rb"[A-Za-z_][\w.]{0,200}"
_LINES: Final = _NAME + rb"\n" + _NAME + rb"\n"
_TEXT: Final = rb"\x8c[\x01-\xc8]" + _NAME + rb"\x94?"
_BEGINNINGS: Final = re.compile(
    rb"\x80[\x02-\x05]"
    + _OPCODE
    + rb"|c"
    + _LINES
    + rb"|\((?:[^\n]{0,200}\n){1,4}?i"
    + _LINES
    + rb"|"
    + _TEXT
    + _TEXT
    + rb"\x93"
)


def next_pickle(cursor: Cursor, record: Record) -> Generator[Request, bytes, bool]:
    """Go to the next bytes that are a pickle, or that would call a named global; false if none."""
    tries = 0
    while cursor.left:
        yield from cursor.fill(min(_WINDOW, cursor.left))
        found = _BEGINNINGS.search(cursor.buffer, cursor.index)
        if found is None:
            at_hand = len(cursor.buffer) - cursor.index
            last = at_hand >= cursor.left
            cursor.index += at_hand if last else max(1, at_hand - _HEAD)
            if last:
                return False
            continue
        cursor.index = found.start()
        yield from cursor.fill(min(_HEAD, cursor.left))
        if is_evident(cursor.buffer[cursor.index : cursor.index + _HEAD]):
            return True
        cursor.index += 1
        tries += 1
        if tries > _MOST:
            record.unread("too many places where a pickle may begin")
            return False
    return False
