"""CatBoost: the magic `CBM1`, a flatbuffer with the trees, and behind it the parts it names.

TFullModel::Save in catboost/libs/model/model.cpp (https://github.com/catboost/catboost). Of the
parts, the tables of categorical statistics are flatbuffers, too, and read; what processes texts
and embeddings is not, and stays unread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.catboost_notes import Notes, weigh_trees
from weighbridge.formats.catboost_schema import SCHEMA
from weighbridge.formats.flatbuffers import FlatError, Walk
from weighbridge.formats.flatbuffers_extents import account
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.pages import Pages
from weighbridge.formats.record import Record
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_MAGIC: Final = b"CBM1"
_NARROW: Final = 4
_WIDE: Final = 8
_IS_WIDE: Final = 0xFFFFFFFF
_FIRST: Final = 8
_STATISTICS: Final = "static_provider_v1"


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the magic, and a flatbuffer behind it that lies in the file."""
    length = int.from_bytes(head[_NARROW:_FIRST], "little")
    fits = length == _IS_WIDE or _FIRST < length <= size - _FIRST
    return "catboost" if head.startswith(_MAGIC) and fits else None


def read(size: int, *, limits: Limits) -> Reader:
    """Walk the trees and the tables behind them, and weigh their sizes against each other."""
    record = Record(format="catboost", size=size)
    notes = Notes(record, limits)
    try:
        yield from _Model(record, notes, limits).run()
    except FlatError as error:
        record.corrupt(str(error), error.offset)
    except BudgetExceededError as error:
        record.unread(str(error))
    record.metadata.extend(notes.facts)
    return record.structure()


class _Model:
    """A model while it is being read."""

    def __init__(self, record: Record, notes: Notes, limits: Limits) -> None:
        self._record = record
        self._notes = notes
        self._limits = limits
        self._pages = Pages(record.size, limits=limits)

    def run(self) -> Generator[Request, bytes, None]:
        """Read the core, and every part after it."""
        record = self._record
        if (yield from self._pages.at(0, len(_MAGIC))) != _MAGIC:
            raise FlatError("the file does not begin as a model", 0)
        record.coverage = len(_MAGIC)
        yield from self._flatbuffer("Core")
        core = self._notes.core
        if core is None:
            return
        record.version = core.text("format")
        trees = self._notes.trees
        if trees is None:
            record.corrupt("the model has no trees", core.offset)
        else:
            yield from weigh_trees(trees, record, self._pages)
        self._notes.describe()
        for part in core.texts("parts"):
            if part != _STATISTICS:
                record.unread(f"the model part {shown(part)} is not read")
                return
            yield from self._statistics()
        if record.coverage < record.size and not record.reasons:
            left = record.size - record.coverage
            record.corrupt(f"{left} bytes follow the model", record.coverage)

    def _statistics(self) -> Generator[Request, bytes, None]:
        count = yield from self._number(_NARROW)
        self._notes.note("categorical-statistics", str(count))
        for _ in range(count):
            yield from self._flatbuffer("CtrTable")

    def _flatbuffer(self, kind: str) -> Generator[Request, bytes, None]:
        """Read the flatbuffer whose size stands at the end of what was covered."""
        length = yield from self._number(_NARROW)
        if length == _IS_WIDE:
            length = yield from self._number(_WIDE)
        start = self._record.coverage
        if length > self._record.size - start:
            raise FlatError(f"{length} bytes of a table {kind} are not all there", start)
        walk = Walk(
            self._pages,
            schema=SCHEMA,
            unions={},
            visitor=self._notes,
            limits=self._limits,
            start=start,
            end=start + length,
        )
        yield from walk.run(kind, identifier=False)
        yield from account(self._record, walk, self._pages, start=start, end=start + length)

    def _number(self, width: int) -> Generator[Request, bytes, int]:
        raw = yield from self._pages.at(self._record.coverage, width)
        if len(raw) < width:
            raise FlatError("the file ends inside a size", self._record.coverage)
        self._record.coverage += width
        return int.from_bytes(raw, "little")
