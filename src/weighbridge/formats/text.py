"""Text out of hostile bytes: always valid Unicode, never longer than wanted, never lost."""

from __future__ import annotations

_SHOWN = 80


def decoded(raw: bytes) -> str:
    r"""Decode UTF-8; bytes that are none become `\xNN`, so that the result can be written again."""
    return raw.decode("utf-8", "backslashreplace")


def mended(text: str) -> str:
    """Replace lone surrogates, which JSON escapes can smuggle in, by their escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def shown(text: str) -> str:
    """Quote a name for a message: control characters escaped, long ones cut."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    escaped = "".join(c if c.isprintable() else repr(c)[1:-1] for c in short)
    return f"`{escaped}`"
