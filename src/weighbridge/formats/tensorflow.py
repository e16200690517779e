"""TensorFlow: a `SavedModel` with its companions, or a bare `GraphDef`, walked on the wire.

Constants are skipped. Variables lie in files of their own below `variables/`; the graph only says
that there are some. Keras 2 keeps what its layers were configured with in `keras_metadata.pb`, code
of lambda layers included, and TensorFlow its own sums in `fingerprint.pb`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor, fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.keras_config import read_config
from weighbridge.formats.protobuf import Walk, WireError
from weighbridge.formats.record import Record
from weighbridge.formats.tensorflow_notes import Notes
from weighbridge.formats.tensorflow_schema import SCHEMA
from weighbridge.formats.tensorflow_sniff import BEGINS

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits
    from weighbridge.model.structure import CodeUse

_LONGEST: Final = 8 << 20
"""Bytes of a configuration, which is parsed as a whole."""


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
            yield from _configurations(notes, record, limits)
            notes.conclude(self.root)
        except WireError as error:
            record.coverage = error.offset
            record.corrupt(str(error), error.offset)
        except BudgetExceededError as error:
            record.coverage = cursor.position
            record.unread(str(error))
        notes.note_operators()
        record.metadata.extend(notes.facts)
        return record.structure()


def _configurations(
    notes: Notes, record: Record, limits: Limits
) -> Generator[Request, bytes, None]:
    """Note what the objects of the model were configured with, where that is Keras's.

    Classes Keras does not know are made again from the graph, without code of theirs.
    """
    known: dict[CodeUse, None] = {}
    for offset, length, is_keras in notes.configurations:
        if length > _LONGEST:
            record.unread(f"a configuration of {length} bytes is over the limit of {_LONGEST}")
            continue
        text = yield from fetch(offset, length, limits)
        found = read_config(text, limit=limits.text, detail="made again from the graph")
        if found is not None:
            found.note(record, offset, known.keys())
            known |= found.code
        elif is_keras:
            record.unread(f"the configuration at {offset} is no JSON")


SAVED_MODEL: Final = GraphFormat(name="tf-saved-model", root="SavedModel")
GRAPH: Final = GraphFormat(name="tf-graph", root="Graph")
KERAS_METADATA: Final = GraphFormat(name="keras-metadata", root="KerasMetadata")
FINGERPRINT: Final = GraphFormat(name="tf-fingerprint", root="Fingerprint")
