"""Untrusted text made safe to look at, in the same characters whichever Python does it.

`visible` asks the running Python which code points are assigned; a page that must come out the
same years later cannot. Here the ranges are fixed: control and format characters, all that
Unicode sets aside for invisible ones (`Default_Ignorable_Code_Point`, version 16), separators,
surrogates, private use and code points that are no characters.
"""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    "["
    "\\x00-\\x1f\\x7f-\\xa0\\xad"
    "\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u115f\\u1160\\u1680"
    "\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164"
    "\\ud800-\\uf8ff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\uffff"
    "\\U000110bd\\U000110cd\\U00013430-\\U0001345f\\U0001bca0-\\U0001bca3"
    "\\U0001d173-\\U0001d17a\\U000e0000-\\U0010ffff"
    "]|[\\U0001fffe-\\U0001ffff\\U0002fffe-\\U0002ffff\\U0003fffe-\\U0003ffff]"
)


def lasting(text: str) -> str:
    r"""Show a text on one line: `a<ESC>[2Jb` becomes `a\x1b[2Jb`."""
    return _INVISIBLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
