r"""Surrogate pairs: JSON escapes 😀 as `\ud83d\ude00`, and YAML has no such escape.

The parser is shown each pair as two characters of the private use area, escaped in as many
letters, so that no place moves; what it reads is turned back. That is only done in a text that
has no such neighbours of its own: any other text is shown as it is.
"""

from __future__ import annotations

import re

# Both begin with a letter that is looked for fast: they are held against every document.
_PAIR = re.compile(r"\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})")
_SHIFT = 0xE000 - 0xD800
_HIDDEN = re.compile("([\ue000-\ue3ff])([\ue400-\ue7ff])")
_HIDDEN_ESCAPE = re.compile(r"\\u[eE][0-3][0-9a-fA-F]{2}\\u[eE][4-7][0-9a-fA-F]{2}")
_TAKEN_ESCAPE = re.compile(r"\\[uU](?:0000)?[eE][0-7]")
_TAKEN = re.compile("[\ue000-\ue7ff]")


def hide_pairs(text: str) -> str:
    """Write each escaped pair so that a YAML parser takes it, in as many letters."""
    if not _PAIR.search(text) or _is_taken(text):
        return text
    return _PAIR.sub(_hide, text)


def _is_taken(text: str) -> bool:
    if _TAKEN_ESCAPE.search(text):
        return True
    return not text.isascii() and _TAKEN.search(text) is not None


def _hide(match: re.Match[str]) -> str:
    start = match.start()
    before = start
    while before and match.string[before - 1] == "\\":
        before -= 1
    if (start - before) % 2:  # the backslash is escaped itself: this is text
        return match.group()
    high, low = int(match["high"], 16) + _SHIFT, int(match["low"], 16) + _SHIFT
    return rf"\u{high:04x}\u{low:04x}"


def show_pairs(text: str) -> str:
    """Turn what was read back into the characters the pairs stood for."""
    return _HIDDEN.sub(_show, text)


def _show(match: re.Match[str]) -> str:
    high, low = (ord(half) - _SHIFT for half in match.groups())
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def is_hidden(text: str) -> bool:
    """Tell whether a pair was hidden where it was no escape but text."""
    return _HIDDEN_ESCAPE.search(text) is not None
