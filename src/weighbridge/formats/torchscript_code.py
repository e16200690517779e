"""TorchScript's code: a text like Python, in which only the archive's own code can be defined.

Whatever is not defined there begins with `torch` (the operators of libtorch), `ops` (those of any
library) or `__torch__` (the archive's own code, and classes that libraries register below
`torch.classes`), as torch/csrc/jit/serialization/import_source.cpp resolves it. What is the
archive's own is not noted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_LONGEST: Final = 16 << 20
"""Bytes of one text, which is searched as a whole."""

_TOKEN: Final = re.compile(
    rb'""".*?"""|\'\'\'.*?\'\'\''
    rb'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*'
    rb"|(?<![\w.])(?P<name>(?:torch|ops|__torch__)(?:[ \t]*\.[ \t]*\w+)*)\b",
    re.DOTALL,
)
_BLANK: Final = re.compile(r"\s+")
_OWN: Final = "__torch__."
_REGISTERED: Final = "__torch__.torch.classes."


def read(size: int, *, limits: Limits) -> Reader:
    """Note every operator and registered class the text names, where it stands first."""
    record = Record(format="text", size=size)
    try:
        text = yield from fetch(0, size, replace(limits, header=min(limits.header, _LONGEST)))
        record.coverage = len(text)
        text.decode("utf-8")
        for name, offset in _names(text).items():
            record.uses(
                CodeUse(kind="torchscript-operator", name=name[: limits.text], offset=offset)
            )
    except UnicodeDecodeError as error:
        record.corrupt("the code is no UTF-8", error.start)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _names(text: bytes) -> dict[str, int]:
    found: dict[str, int] = {}
    for token in _TOKEN.finditer(text):
        if token["name"] is not None:
            name = _BLANK.sub("", token["name"].decode())
            if not name.startswith(_OWN) or name.startswith(_REGISTERED):
                found.setdefault(name, token.start())
    return found
