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

from weighbridge.formats import pickle
from weighbridge.formats.cursor import fetch
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.model.structure import CodeUse, Structure

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_LONGEST: Final = 16 << 20
"""Bytes of one text, which is searched as a whole."""

_TOKEN: Final = re.compile(
    rb'""".*?"""|\'\'\'.*?\'\'\'|#[^\n]*'
    rb'|"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\\\n]|\\.)*+\''
    rb'|(?P<open>"(?:[^"\\\n]|\\.)*+|\'(?:[^\'\\\n]|\\.)*+)'
    rb"|(?<![\w.])(?P<name>(?:torch|ops|__torch__)(?:[ \t]*\.[ \t]*\w+)*)\b",
    re.DOTALL,
)
_UNTOLD: Final = "?"
"""The name noted for a text that does not end: what follows on its line is not told."""

_TEXT: Final = re.compile(rb"(?=(?:X([\x04-\xff])\0\0\0|\x8c([\x04-\xff])))")
_OPERATOR: Final = re.compile(rb"([a-z_]\w*)::(\w+)")
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


def read_bytecode(size: int, *, limits: Limits) -> Reader:
    """Read the pickle that mobile interpreters run, and note the operators it names as texts."""
    if size > _LONGEST:
        reason = f"bytecode of {size} bytes is over the limit of {_LONGEST}"
        return Structure(format="pickle", status="incomplete", reason=reason, size=size)
    raw = yield from fetch(0, size, limits)
    structure = read_bytes(raw, pickle.read(size, limits=limits), limits=limits)
    record = Record(format="pickle", size=size)
    for name, offset in _operators(raw).items():
        record.uses(CodeUse(kind="torchscript-operator", name=name, offset=offset))
    noted = replace(structure, code=(*structure.code, *record.code))
    if record.reasons and noted.status == "complete":
        return replace(noted, status="incomplete", reason=record.reasons[0])
    return noted


def _operators(raw: bytes) -> dict[str, int]:
    """Find the texts of a pickle that are names of operators: each has its length before it."""
    found: dict[str, int] = {}
    for text in _TEXT.finditer(raw):
        # Places may overlap: what is before a text may look like the beginning of another.
        long = text[1] is not None
        start = text.start() + (5 if long else 2)
        named = _OPERATOR.fullmatch(raw, start, start + (text[1] if long else text[2])[0])
        if named:
            found.setdefault(f"ops.{named[1].decode()}.{named[2].decode()}", start)
    return found


def _names(text: bytes) -> dict[str, int]:
    found: dict[str, int] = {}
    for token in _TOKEN.finditer(text):
        if token["open"] is not None:
            found.setdefault(_UNTOLD, token.start())
        elif token["name"] is not None:
            name = _BLANK.sub("", token["name"].decode())
            if not name.startswith(_OWN) or name.startswith(_REGISTERED):
                found.setdefault(name, token.start())
    return found
