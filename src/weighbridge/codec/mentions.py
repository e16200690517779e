"""Digests that bytes mention, wherever and however they do.

Made for who clears away what nothing refers to: it finds too much rather than too little. It
understands no format. What looks like a digest is one, in JSON of any layout, in texts within it,
escaped or in base64 (as the payload of a signature is).
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DEEPEST = 6
"""How often base64 may stand in base64."""

_DIGEST = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{43,}")
_ESCAPED = re.compile(rb"\\(?:u00([2-7][0-9A-Fa-f])|/)")
_SHA256 = 32
_OVERLAP = 65
"""A digest, and what stands before it or behind it."""


def mentioned(data: bytes, *, deepest: int = DEEPEST) -> set[str]:
    """Find every digest some bytes mention."""
    if b"\\" in data:
        data = _ESCAPED.sub(_unescaped, data)
    found = _plain(data)
    for text in _BASE64.findall(data):
        inner = _decoded(text)
        if len(inner) == _SHA256:
            found.add(f"sha256:{inner.hex()}")
        elif deepest and inner:
            found |= mentioned(inner, deepest=deepest - 1)
    return found


def mentioned_in_stream(chunks: Iterable[bytes]) -> set[str]:
    """Find the digests a large document mentions, those in base64 left out."""
    found: set[str] = set()
    rest = b""
    for chunk in chunks:
        window = rest + chunk
        # What touches the end of a window is looked at again with what comes behind it.
        found |= _plain(window[:-1])
        rest = window[-_OVERLAP - 1 :]
    return found | _plain(rest)


def _plain(data: bytes) -> set[str]:
    return {f"sha256:{digits.decode().lower()}" for digits in _DIGEST.findall(data)}


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else b"/"


def _decoded(text: bytes) -> bytes:
    """Read base64 of either alphabet; a character that is over is left out."""
    whole = text.translate(bytes.maketrans(b"-_", b"+/"))
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))
