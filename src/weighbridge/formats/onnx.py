"""ONNX: a `ModelProto` walked on the wire, weights skipped.

Graphs inside nodes (If, Loop, Scan), training graphs and functions are walked like the main graph.
ONNX has no magic number: `sniff` claims bytes only if their first fields are a model's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.onnx_schema import DATA_TYPES, OWN_DOMAINS, SCHEMA
from weighbridge.formats.onnx_sniff import sniff as sniff  # noqa: PLC0414 - part of the family
from weighbridge.formats.protobuf import Message, Walk, WireError
from weighbridge.formats.record import OUTSIDE, Record
from weighbridge.formats.text import shown
from weighbridge.formats.told_texts import ToldTexts
from weighbridge.model.structure import CodeUse, FileReference, TensorInfo

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_EXTERNAL: Final = 1
_PLACE: Final = frozenset({"location", "offset", "length"})
_NOTHING: Final = f"blake3:{blake3().hexdigest()}"
_LARGEST: Final = (1 << 63) - 1
_DIGITS: Final = 19
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def read(size: int, *, limits: Limits) -> Reader:
    """Walk the model and list what it holds and what it refers to."""
    record = Record(format="onnx", size=size)
    cursor = Cursor(0, size)
    notes = _Notes(record, limits)
    try:
        yield from Walk(cursor, schema=SCHEMA, visitor=notes, limits=limits).run("Model")
        record.coverage = cursor.position
    except WireError as error:
        record.coverage = error.offset
        record.corrupt(str(error), error.offset)
    except BudgetExceededError as error:
        record.coverage = cursor.position
        record.unread(str(error))
    notes.conclude()
    return record.structure()


def escapes(location: str) -> bool:
    """Whether an external data location leads, or may lead, out of the model's own folder."""
    return (
        location.startswith("/")
        or "\\" in location
        or "\0" in location
        or ".." in location.split("/")
        or _SCHEME.match(location) is not None
    )


class _Notes:
    """What a walk over a model finds worth noting."""

    def __init__(self, record: Record, limits: Limits) -> None:
        self._record = record
        self._limits = limits
        self._kept = 0
        self._domains: dict[str, int] = {}
        self._imported: set[str] = set()
        self._foreign: dict[str, int] = {}
        self._functions: set[str] = set()
        self._facts: dict[tuple[str, str], None] = {}
        self._graph = False
        self._initialised: set[str] = set()
        self._needed: dict[str, int] = {}
        self._told = ToldTexts(record)
        self._leaving = {
            "Model": self._model,
            "OperatorSet": self._operator_set,
            "Function": self._function,
            "Graph": self._end_of_graph,
            "Node": self._node,
            "Entry": self._entry,
            "Tensor": self._tensor,
            "Value": self._value,
            "Type": self._type,
            "TensorType": self._tensor_type,
            "Dimension": self._dimension,
        }

    def leave(self, message: Message) -> None:
        """Note what a message says."""
        handler = self._leaving.get(message.kind)
        if handler is not None:
            handler(message)

    def unknown(self, message: Message, number: int) -> None:
        """Note a field this version of the standard does not have."""
        self._fact("unknown-field", f"{message.kind}.{number}")

    def conclude(self) -> None:
        """Write the facts down; up to IR version 3 a weight is an input with a value of its own."""
        record = self._record
        record.metadata.extend(self._facts)
        for operator, offset in self._foreign.items():
            if operator not in self._functions:
                record.uses(CodeUse(kind="onnx-operator", name=operator, offset=offset))
        record.references.extend(
            FileReference(path=path, size=size) for path, size in self._needed.items()
        )
        record.inputs[:] = [info for info in record.inputs if info.name not in self._initialised]

    def _fact(self, key: str, value: str) -> None:
        if (key, value) not in self._facts:
            self._facts[key, value] = None
            self._count()

    def _count(self) -> None:
        self._kept += 1
        if self._kept > self._limits.entries:
            raise BudgetExceededError(f"the model names more than {self._limits.entries} things")

    def _model(self, message: Message) -> None:
        record = self._record
        record.version = str(message.number("ir_version"))
        for name in ("producer_name", "producer_version", "domain"):
            if message.text(name):
                self._fact(name.replace("_", "-"), message.text(name))
        self._told.note_clues("doc_string", message.text("doc_string"))
        if not message.number("ir_version"):
            record.corrupt("the model has no IR version", 0)
        if not self._graph:
            record.corrupt("the model has no graph", message.end)
        if not self._imported:
            record.corrupt("the model imports no operator set", message.end)
        for domain, offset in self._domains.items():
            if self._imported and domain not in self._imported:
                text = f"operators of {shown(domain or 'ai.onnx')} are used and not imported"
                record.corrupt(text, offset)

    def _operator_set(self, message: Message) -> None:
        domain = _canonical(message.text("domain"))
        self._imported.add(domain)
        self._fact("opset", f"{domain or 'ai.onnx'} {message.number('version')}")

    def _function(self, message: Message) -> None:
        domain = _canonical(message.text("domain"))
        self._imported.add(domain)
        self._functions.add(f"{domain}::{message.text('name')}")
        self._fact("function", f"{domain}::{message.text('name')}")

    def _end_of_graph(self, message: Message) -> None:
        self._graph = self._graph or message.name == "graph"

    def _node(self, message: Message) -> None:
        domain = _canonical(message.text("domain"))
        self._domains.setdefault(domain, message.offset)
        if domain not in OWN_DOMAINS:
            self._fact("custom-domain", domain)
            operator = f"{domain}::{message.text('op_type')}"
            self._fact("custom-operator", operator)
            self._foreign.setdefault(operator, message.offset)

    def _entry(self, message: Message) -> None:
        parent = message.parent
        if parent is None:
            return
        if message.name == "external_data" and message.text("key") in _PLACE:
            parent.add_text(message.text("key"), message.text("value"))
        elif message.name == "metadata_props" and parent.kind == "Model":
            key, value = message.text("key"), message.text("value")
            self._fact(f"metadata:{key}", value)
            # Only the beginning of a long text is at hand, and half a template is none.
            self._told.note_clues(key, value)
            if "chat_template" in key:
                self._record.unread("the metadata holds a chat template")

    # Tensors ------------------------------------------------------------------------------------

    def _tensor(self, message: Message) -> None:
        kind, bits = DATA_TYPES.get(message.number("data_type"), ("", 0))
        shape = tuple(message.numbers.get("dims", ()))
        if not kind or any(dimension < 0 for dimension in shape):
            self._record.corrupt(
                f"tensor {shown(message.text('name'))} has no valid data type and shape",
                message.offset,
            )
            return
        external = message.number("data_location") == _EXTERNAL or "location" in message.texts
        if external:
            self._external(message)
            offset, size = -1, 0
        else:
            offset, size = message.spans.get("raw_data", (-1, _bytes(bits, shape)))
            if bits and size != _bytes(bits, shape):
                self._record.corrupt(
                    f"tensor {shown(message.text('name'))} has {size} bytes of data",
                    offset,
                    f"{_bytes(bits, shape)} by its shape and data type",
                )
        if message.name == "initializer" and _stands_in_main_graph(message):
            self._initialised.add(message.text("name"))
        if message.name in {"initializer", "values", "indices"}:
            self._record.tensors.append(
                TensorInfo(
                    name=message.text("name"),
                    dtype=kind,
                    shape=shape,
                    offset=offset,
                    size=size,
                    digest=message.digest or ("" if external or size else _NOTHING),
                )
            )
            self._count()

    def _external(self, message: Message) -> None:
        location = message.text("location")
        self._fact("external-data", location)
        if not location:
            self._record.corrupt("external data has no location", message.offset)
        elif escapes(location):
            self._record.problem(
                OUTSIDE,
                f"external data lies at {shown(location)}",
                message.offset,
                "a path below the model's folder",
            )
        else:
            end = sum(_natural(message.text(key)) for key in ("offset", "length"))
            self._needed[location] = max(end, self._needed.get(location, 0))

    # Inputs and outputs -------------------------------------------------------------------------

    def _value(self, message: Message) -> None:
        if message.name not in {"input", "output"} or not _stands_in_main_graph(message):
            return
        kind = message.text("type") or "?"
        self._fact(message.name, f"{message.text('name')}: {kind}")
        side = self._record.inputs if message.name == "input" else self._record.outputs
        shape = tuple(message.numbers.get("dims", ()))
        side.append(TensorInfo(name=message.text("name"), dtype=message.text("dtype"), shape=shape))
        self._count()

    def _type(self, message: Message) -> None:
        value = message.parent
        if value is not None and message.text("type"):
            value.add_text("type", message.text("type"))
            value.add_text("dtype", message.text("dtype"))
            value.numbers["dims"] = message.numbers.get("dims", [])

    def _tensor_type(self, message: Message) -> None:
        if message.parent is not None:
            kind, _ = DATA_TYPES.get(message.number("elem_type"), ("?", 0))
            shape = ", ".join(message.texts.get("shape", ()))
            message.parent.add_text("type", f"{kind}[{shape}]")
            message.parent.add_text("dtype", kind)
            message.parent.numbers["dims"] = message.numbers.get("dims", [])

    def _dimension(self, message: Message) -> None:
        shape = message.parent
        if shape is not None and shape.parent is not None:
            known = message.text("dim_param") or "?"
            if "dim_value" in message.numbers:
                known = str(message.number("dim_value"))
            shape.parent.add_text("shape", known)
            shape.parent.numbers.setdefault("dims", []).append(message.number("dim_value", -1))


def _stands_in_main_graph(message: Message) -> bool:
    return message.parent is not None and message.parent.name == "graph"


def _canonical(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def _natural(text: str) -> int:
    """Read a number of the external data's place; whatever is none says nothing."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else 0


def _bytes(bits: int, shape: tuple[int, ...]) -> int:
    """Bytes of a tensor's data; a number no file has where the shape is a hostile one."""
    if 0 in shape:
        return 0
    for dimension in shape:
        bits *= dimension
        if bits > _LARGEST:
            return _LARGEST
    return (bits + 7) // 8
