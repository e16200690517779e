"""Accounting for the bytes of a flatbuffer: what nothing leads to is padding, or it is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.record import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.flatbuffers import Walk
    from weighbridge.formats.interface import Request
    from weighbridge.formats.pages import Pages
    from weighbridge.formats.record import Record

_BLOCK: Final = 16 << 10


def account(
    record: Record, walk: Walk, pages: Pages, *, start: int, end: int
) -> Generator[Request, bytes, None]:
    """Add the bytes from `start` to `end` that were reached, or are zeros between what was.

    Where the walk met parts the schema does not know, bytes that were not reached may be theirs:
    they stay unjudged. Otherwise they are hidden.
    """
    at = start
    for begin, finish in sorted(walk.extents.items()):
        if begin < at:
            record.corrupt(f"two parts overlap by {min(at, finish) - begin} bytes", begin)
            return
        yield from _gap(record, walk, pages, at, begin)
        record.coverage += finish - begin
        at = finish
    yield from _gap(record, walk, pages, at, end)


def zeros(pages: Pages, start: int, end: int) -> Generator[Request, bytes, int]:
    """Count the zero bytes from `start` on, up to `end`."""
    at = start
    while at < end:
        block = yield from pages.at(at, min(_BLOCK, end - at))
        if not block:
            break
        other = block.lstrip(b"\0")
        if other:
            return at + len(block) - len(other) - start
        at += len(block)
    return at - start


def _gap(
    record: Record, walk: Walk, pages: Pages, start: int, end: int
) -> Generator[Request, bytes, None]:
    if start >= end:
        return
    padding = yield from zeros(pages, start, end)
    record.coverage += padding
    left = end - start - padding
    if not left:
        return
    text = f"{left} bytes belong to no part of the flatbuffer"
    if not walk.blind:
        record.problem(HIDDEN, text, start + padding, "zeros between the parts")
    record.unread(text)
