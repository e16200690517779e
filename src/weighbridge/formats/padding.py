"""Bytes that mean nothing and should be nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.interface import Request, Stream

if TYPE_CHECKING:
    from collections.abc import Generator


def blank(offset: int, length: int) -> Generator[Request, bytes, bool]:
    """Read a stretch and say whether it is there and all zeros; nothing of it is kept."""
    request, left = Stream(offset, length), length
    clean = True
    while left and (piece := (yield request)):
        clean = clean and not piece.strip(b"\0")
        left -= len(piece)
    return clean and not left
