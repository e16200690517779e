"""TensorFlow: a `SavedModel` with its companions, or a bare `GraphDef`, walked on the wire.

Constants are skipped. Variables lie in files of their own below `variables/`; the graph only says
that there are some. Keras 2 keeps what its layers were configured with in `keras_metadata.pb`, code
of lambda layers included, and TensorFlow its own sums in `fingerprint.pb`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.protobuf import Walk, WireError
from weighbridge.formats.record import Record
from weighbridge.formats.tensorflow_notes import Notes
from weighbridge.formats.tensorflow_schema import SCHEMA
from weighbridge.formats.tensorflow_sniff import BEGINS

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_LAMBDA: Final = re.compile(rb'"class_name"\s*:\s*"(?:Lambda|__lambda__)"')
_LONGEST_MATCH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFormat:
    """One of the messages that are files of a TensorFlow model.

    Attributes:
        name: Its name.
        root: The message the file is.
    """

    name: str
    root: str

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise the first fields of the message."""
        return self.name if BEGINS[self.root](head, size) else None

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Walk the message and list what it holds, refers to, and has reach out of it."""
        record = Record(format=self.name, size=size)
        cursor = Cursor(0, size)
        notes = Notes(record, limits)
        try:
            yield from Walk(cursor, schema=SCHEMA, visitor=notes, limits=limits).run(self.root)
            record.coverage = cursor.position
            for offset, length in notes.configurations:
                if (yield from _holds_lambda(offset, length)):
                    notes.note("lambda-layer", f"the object at {offset}")
            notes.conclude(self.root)
        except WireError as error:
            record.coverage = error.offset
            record.corrupt(str(error), error.offset)
        except BudgetExceededError as error:
            record.coverage = cursor.position
            record.unread(str(error))
        record.metadata.extend(notes.facts)
        return record.structure()


def _holds_lambda(offset: int, length: int) -> Generator[Request, bytes, bool]:
    """Whether a configuration names a layer whose code is stored with the model."""
    cursor = Cursor(offset, length)
    kept = b""
    while piece := (yield from cursor.take(min(1 << 16, cursor.left))):
        if _LAMBDA.search(kept + piece):
            return True
        kept = piece[-_LONGEST_MATCH:]
    return False


SAVED_MODEL: Final = GraphFormat(name="tf-saved-model", root="SavedModel")
GRAPH: Final = GraphFormat(name="tf-graph", root="Graph")
KERAS_METADATA: Final = GraphFormat(name="keras-metadata", root="KerasMetadata")
FINGERPRINT: Final = GraphFormat(name="tf-fingerprint", root="Fingerprint")
