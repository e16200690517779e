"""Python that is imported: which calls that reach out of it are made while it is imported.

The text is parsed, never compiled. Statements of a module and of its classes run when it is
imported; functions run when they are called, which is followed for the module's own. Only calls of
modules that reach processes, files, other machines or further code are noted; judging them is
another's business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.python_imports import Imported, parsed
from weighbridge.formats.record import Record
from weighbridge.formats.text import mended
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_LONGEST: Final = 1 << 20
"""Bytes of one text, which is parsed as a whole."""

UNPARSED: Final = "?"
"""The name noted for a text that could not be parsed."""


def read(size: int, *, limits: Limits) -> Reader:
    """Note what the text calls when it is imported."""
    record = Record(format="text", size=size)
    try:
        text = yield from fetch(0, size, replace(limits, header=min(limits.header, _LONGEST)))
        record.coverage = len(text)
        for use in calls(text):
            record.uses(use)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def calls(text: bytes) -> Iterator[CodeUse]:
    """List what a module calls when it is imported, each name once, where it stands first."""
    tree = parsed(text)
    if tree is None:
        yield CodeUse(kind="python-call", name=UNPARSED, detail="it cannot be parsed")
        return
    starts = [0]
    for whole in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(whole))
    for (name, detail), (line, column) in Imported(tree).calls().items():
        offset = min(starts[min(line, len(starts)) - 1] + column, len(text))
        yield CodeUse(kind="python-call", name=mended(name), offset=offset, detail=mended(detail))
