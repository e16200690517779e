"""JSON files: one value, or one a line; what else they are is told by their content.

A damaged file whose beginning is JSON is JSON and damaged; one whose beginning is none is text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats import (
    bill,
    config_texts,
    huggingface_facts,
    safetensors_index,
    xgboost_model,
)
from weighbridge.formats.cursor import Cursor
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.json_kind import Kinds
from weighbridge.formats.json_scan import JsonError, JsonScan
from weighbridge.formats.record import Record
from weighbridge.formats.text import shown
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.json_kind import MakeKind
    from weighbridge.model.limits import Limits

KINDS: Final[tuple[MakeKind, ...]] = (
    safetensors_index.SafetensorsIndex,
    xgboost_model.XgboostModel,
    bill.BillOfMaterials,
    huggingface_facts.HuggingFaceFacts,
    config_texts.ConfigTexts,
)
"""The kinds; each notes what it heard, and the first that claims the file names its format."""

_MARK: Final = b"\xef\xbb\xbf"
_BEGINS: Final = re.compile(rb"[ \t\r\n]*+(?:\{[ \t\r\n]*+[\"}]|\[[ \t\r\n]*+[-\"\[{\]0-9tfnNI])")
_GUESSES: Final = {b'"weight_map"': "safetensors-index", b'"gradient_booster"': "xgboost-json"}


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise an object or array as far as the head goes.

    The kind is a guess by a word; whoever reads the file knows it.
    """
    if not _BEGINS.match(head.removeprefix(_MARK)):
        return None
    trial = read_bytes(head, _try(len(head)), limits=DEFAULT_LIMITS)
    if trial.format != "json":
        return None
    return next((name for word, name in _GUESSES.items() if word in head), "json")


def read(size: int, *, limits: Limits, kinds: tuple[MakeKind, ...] = KINDS) -> Reader:
    """Read every value and let the kinds listen to the first."""
    record = Record(format="json", size=size)
    reading = _Reading(record, limits, kinds)
    whole = False
    try:
        record.coverage = yield from reading.run()
        whole = True
    except JsonError as error:
        record.coverage = error.offset
        record.corrupt(str(error), error.offset)
    except BudgetExceededError as error:
        record.coverage = reading.reached
        record.unread(str(error))
    reading.conclude(whole=whole)
    return record.structure()


def _try(size: int) -> Reader:
    record = Record(format="json", size=size)
    try:
        record.coverage = yield from _Reading(record, DEFAULT_LIMITS, ()).run()
    except JsonError as error:
        record.format = "json" if error.ended else "text"
    except BudgetExceededError:
        record.format = "text"
    return record.structure()


class _Reading:
    """One file while it is being read."""

    def __init__(self, record: Record, limits: Limits, kinds: tuple[MakeKind, ...]) -> None:
        self._record = record
        self._limits = limits
        self._kinds = Kinds([make(limits) for make in kinds])
        self._cursor = Cursor(0, record.size)
        self._scan: JsonScan | None = None
        self._constants: dict[str, None] = {}
        self._values = 0

    @property
    def reached(self) -> int:
        """Offset up to which the reading came for certain."""
        return self._scan.reached if self._scan else 0

    def run(self) -> Generator[Request, bytes, int]:
        """Read every value.

        Returns:
            How many bytes they are.

        Raises:
            JsonError: The bytes are no JSON.
            BudgetExceededError: They are over a limit.
        """
        cursor = self._cursor
        yield from cursor.fill(len(_MARK))
        if cursor.buffer.startswith(_MARK):
            cursor.index += len(_MARK)
        listener = self._kinds
        while True:
            scan = self._scan = JsonScan(cursor, listener, self._limits)
            try:
                yield from scan.run()
            finally:
                self._note(scan)
            self._values += 1
            ended_line = yield from scan.blank()
            if not cursor.left:
                return cursor.position
            if not ended_line:
                raise JsonError("something follows the value on its line", cursor.position)
            listener = Kinds([])

    def conclude(self, *, whole: bool) -> None:
        """Note what the kinds heard; of values one a line, nothing but that they are that."""
        record = self._record
        record.metadata.extend(("not-json", name) for name in self._constants)
        if self._values > 1:
            record.format = "json-lines"
        else:
            self._kinds.conclude(record, whole=whole)

    def _note(self, scan: JsonScan) -> None:
        self._constants.update(scan.constants)
        for key, offset in scan.doubled:
            self._record.corrupt(f"the key {shown(key)} stands twice in one object", offset)
