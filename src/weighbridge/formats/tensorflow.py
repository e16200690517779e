"""TensorFlow: a `SavedModel` or a bare `GraphDef`, walked on the wire, constants skipped.

Variables lie in files of their own below `variables/`; the graph only says that there are some.
Neither message has a magic number: `sniff` claims bytes only if their first fields are theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.protobuf import Walk, WireError
from weighbridge.formats.protobuf_sniff import agreement, varint
from weighbridge.formats.record import Record
from weighbridge.formats.tensorflow_notes import Notes
from weighbridge.formats.tensorflow_schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_SAVED_MODEL: Final = b"\x08\x01\x12"
_GRAPH: Final = b"\n"
_FEWEST_FIELDS: Final = 12
_NODE: Final = re.compile(rb"[A-Za-z0-9.][A-Za-z0-9_./\\>-]*\Z")
_OPERATOR: Final = re.compile(rb"_?[A-Z][A-Za-z0-9_>]*\Z")
_LAMBDA: Final = re.compile(rb'"class_name"\s*:\s*"(?:Lambda|__lambda__)"')
_LONGEST_MATCH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFormat:
    """One of the two formats a TensorFlow graph comes in.

    Attributes:
        name: Its name.
        root: The message the file is.
    """

    name: str
    root: str

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise schema version and operators used, or the first node of a graph."""
        if self.root == "SavedModel":
            claimed = head.startswith(_SAVED_MODEL) and _begins_model(head, size)
        else:
            claimed = head.startswith(_GRAPH) and _begins_graph(head, size)
        return self.name if claimed else None

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Walk the graph and list what it holds, what it refers to, and what reaches out of it."""
        record = Record(format=self.name, size=size)
        cursor = Cursor(0, size)
        notes = Notes(record, limits)
        try:
            yield from Walk(cursor, schema=SCHEMA, visitor=notes, limits=limits).run(self.root)
            record.coverage = cursor.position
            for offset, length in notes.configurations:
                if (yield from _holds_lambda(offset, length)):
                    notes.note("lambda-layer", f"the object at {offset}")
            notes.conclude()
        except WireError as error:
            record.coverage = error.offset
            record.corrupt(str(error), error.offset)
        except BudgetExceededError as error:
            record.coverage = cursor.position
            record.unread(str(error))
        record.metadata.extend(notes.facts)
        return record.structure()


def _begins_model(head: bytes, size: int) -> bool:
    found, _ = agreement(head, size, SCHEMA, "SavedModel")
    return (
        found[1:4]
        == [
            ("SavedModel", "meta_graphs"),
            ("MetaGraph", "meta_info_def"),
            ("MetaInfo", "stripped_op_list"),
        ]
        or ("MetaInfo", "tensorflow_version") in found
    )


def _begins_graph(head: bytes, size: int) -> bool:
    """Whether the first node has a name and an operator as TensorFlow spells them."""
    found, end = agreement(head, size, SCHEMA, "Graph")
    if found[:3] != [("Graph", "node"), ("Node", "name"), ("Node", "op")]:
        return False
    _, node = varint(head, 1)
    name, rest = _text(head, node)
    operator, _ = _text(head, rest)
    named = bool(_NODE.match(name)) and bool(_OPERATOR.match(operator))
    return named and (len(found) >= _FEWEST_FIELDS or end == size)


def _text(head: bytes, at: int) -> tuple[bytes, int]:
    """Return the text of the field that begins here, and where it ends."""
    length, start = varint(head, at + 1)
    return head[start : start + length], start + length


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
