"""Path configuration files: lines that begin with `import` are run whenever Python starts.

`site` of the standard library reads every `*.pth` of a folder for packages; all other lines are
paths.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.python_source import calls
from weighbridge.formats.record import Record
from weighbridge.formats.text import decoded
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_LONGEST: Final = 1 << 20
_RUN: Final = (b"import ", b"import\t")
_MARK: Final = b"\xef\xbb\xbf"


def read(size: int, *, limits: Limits) -> Reader:
    """Note each line that is run, and what it calls."""
    record = Record(format="text", size=size)
    try:
        text = yield from fetch(0, size, replace(limits, header=min(limits.header, _LONGEST)))
        record.coverage = len(text)
        offset = 0
        for line in text.splitlines(keepends=True):
            if record.reasons:
                break
            if line.removeprefix(_MARK).startswith(_RUN):
                _note(line, offset, record, limits)
            offset += len(line)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _note(line: bytes, offset: int, record: Record, limits: Limits) -> None:
    said = decoded(line.strip())[: limits.text]
    record.uses(
        CodeUse(kind="start-up-hook", name=said, offset=offset, detail="run when Python starts")
    )
    for use in calls(line.removeprefix(_MARK)):
        record.uses(CodeUse(kind=use.kind, name=use.name, offset=offset, detail=use.detail))
