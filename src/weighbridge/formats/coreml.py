"""Core ML: a `Model` message, walked on the wire, weights skipped.

An ML program keeps its weights in a file of their own (`coreml_weights`), named with a path that
begins with `@model_path`: the model's folder. Custom layers and models are code of whoever runs
them; the model only names their classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.coreml_notes import Notes
from weighbridge.formats.coreml_schema import SCHEMA
from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.protobuf import Walk, WireError
from weighbridge.formats.protobuf_sniff import agreement
from weighbridge.formats.record import Record

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_FIRST: Final = b"\x08"
_NEWEST_PLAUSIBLE_VERSION: Final = 40
_SECOND: Final = ("Model", "description")
_MARKS: Final = {("Feature", "name"), ("Feature", "type")}


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a small specification version and a description of features behind it."""
    version = head[1] if head.startswith(_FIRST) and len(head) > 1 else 0
    if not 1 <= version <= _NEWEST_PLAUSIBLE_VERSION:
        return None
    found, _ = agreement(head, size, SCHEMA, "Model")
    return "coreml" if found[1:2] == [_SECOND] and _MARKS.issubset(found) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Walk the model and list what it takes, answers, holds and refers to."""
    record = Record(format="coreml", size=size)
    cursor = Cursor(0, size)
    notes = Notes(record, limits)
    try:
        yield from Walk(cursor, schema=SCHEMA, visitor=notes, limits=limits).run("Model")
        record.coverage = cursor.position
        notes.conclude()
    except WireError as error:
        record.coverage = error.offset
        record.corrupt(str(error), error.offset)
    except BudgetExceededError as error:
        record.coverage = cursor.position
        record.unread(str(error))
    record.metadata.extend(notes.facts)
    return record.structure()
