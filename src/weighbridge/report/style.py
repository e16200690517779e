"""The few terminal styles reports use (ECMA-48 select graphic rendition)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Style = Literal[
    "good", "error", "warning", "note", "inconclusive", "waived", "baselined", "gutter", "strong"
]

RESET = "\x1b[0m"
STYLES: Mapping[Style, str] = {
    "good": "\x1b[1;32m",
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "inconclusive": "\x1b[1;35m",
    "waived": "\x1b[2m",
    "baselined": "\x1b[2m",
    "gutter": "\x1b[1;34m",
    "strong": "\x1b[1m",
}


def paint(text: str, style: Style, *, styled: bool) -> str:
    """Wrap a text in a style, or leave it alone where no terminal looks on."""
    return f"{STYLES[style]}{text}{RESET}" if styled else text
