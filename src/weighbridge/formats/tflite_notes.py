"""What a walk over a TFLite model finds worth noting, and what it weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.text import shown
from weighbridge.formats.tflite_schema import DATA_TYPES
from weighbridge.model.structure import CodeUse, FileReference, TensorInfo

if TYPE_CHECKING:
    from weighbridge.formats.flatbuffers import Table
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_VERSION: Final = 3
_CUSTOM: Final = 32
_LARGEST: Final = 1 << 63
_FLEX: Final = "Flex"
_KEPT: Final = {
    "Model",
    "OperatorCode",
    "SubGraph",
    "Tensor",
    "Buffer",
    "Metadata",
    "SignatureDef",
    "ExternalBuffer",
    "ExternalBufferGroup",
}


class Notes:
    """The tables of a model, kept until all of them were visited.

    Attributes:
        facts: What is noted as text.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        """Begin with nothing known."""
        self._record = record
        self._limits = limits
        self._tables: dict[int, Table] = {}
        self._model: Table | None = None
        self._highest_code = (-1, 0)
        self._large: list[tuple[int, int]] = []
        self._facts: dict[tuple[str, str], None] = {}

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is noted as text, each thing once."""
        return list(self._facts)

    def table(self, table: Table) -> None:
        """Keep a table that matters; of an operator only what it points at."""
        if table.kind == "Model":
            self._model = table
        elif table.kind == "Operator":
            code = (table.number("opcode_index"), table.offset)
            self._highest_code = max(self._highest_code, code)
            where = table.number("large_custom_options_offset")
            if where > 1:
                self._large.append((where, table.number("large_custom_options_size")))
        elif table.kind in _KEPT:
            self._tables[table.offset] = table

    def unknown(self, kind: str, what: str) -> None:
        """Note a field or choice this version of the schema does not have."""
        self._fact("unknown-field", f"{kind}.{what}")

    def conclude(self) -> list[tuple[int, int]]:
        """Weigh the tables against each other; return what lies outside the flatbuffer proper."""
        model = self._model
        if model is None:
            return []
        self._about(model)
        buffers = self._all(model, "buffers")
        self._external(model)
        for index, graph in enumerate(self._all(model, "subgraphs")):
            self._graph(graph, buffers, main=index == 0)
        self._signatures(model)
        for entry in self._all(model, "metadata"):
            number = entry.number("buffer")
            if number >= len(buffers):
                name = shown(entry.text("name"))
                self._record.corrupt(f"metadata {name} is in no buffer", entry.offset)
            self._fact("metadata-buffer", entry.text("name"))
        return [*filter(None, map(_outside, buffers)), *self._large]

    def _all(self, table: Table, name: str) -> list[Table]:
        return [self._tables[offset] for offset in table.numbers(name)]

    def _fact(self, key: str, value: str) -> None:
        self._facts[key, value] = None
        if len(self._facts) > self._limits.entries:
            raise BudgetExceededError(f"the model names more than {self._limits.entries} things")

    # The model ----------------------------------------------------------------------------------

    def _about(self, model: Table) -> None:
        record = self._record
        record.version = str(model.number("version"))
        if model.number("version") != _VERSION:
            text = f"the model has the schema version {record.version}"
            record.corrupt(text, model.offset, str(_VERSION))
        if not model.numbers("subgraphs"):
            record.corrupt("the model has no subgraph", model.offset)
        if model.text("description"):
            self._fact("description", model.text("description"))
        codes = self._all(model, "operator_codes")
        for code in codes:
            self._operator(code)
        highest, offset = self._highest_code
        if highest >= len(codes):
            record.corrupt(f"an operator has the code {highest} of {len(codes)}", offset)

    def _operator(self, code: Table) -> None:
        builtin = max(code.number("deprecated_builtin_code"), code.number("builtin_code"))
        name = code.text("custom_code")
        if builtin == _CUSTOM:
            self._fact("custom-operator", name)
            self._record.uses(CodeUse(kind="custom-operator", name=name, detail="TFLite"))
            if name.startswith(_FLEX):
                self._fact("flex-operator", name.removeprefix(_FLEX))

    def _signatures(self, model: Table) -> None:
        graphs = len(model.numbers("subgraphs"))
        for signature in self._all(model, "signature_defs"):
            self._fact("signature", signature.text("signature_key"))
            if signature.number("subgraph_index") >= graphs:
                name = shown(signature.text("signature_key"))
                self._record.corrupt(f"signature {name} is of no subgraph", signature.offset)

    def _external(self, model: Table) -> None:
        """Note the files that hold buffers of this model (LiteRT 2)."""
        groups = self._all(model, "external_buffer_groups")
        sizes = dict.fromkeys(range(len(groups)), 0)
        for buffer in self._all(model, "external_buffers"):
            group = buffer.number("group")
            if group >= len(groups):
                self._record.corrupt("an external buffer is in no file", buffer.offset)
                continue
            end = buffer.number("offset") + buffer.number("length")
            sizes[group] = max(sizes[group], end)
        for index, group_table in enumerate(groups):
            path = group_table.text("name")
            self._fact("external-data", path)
            if not path or escapes(path):
                self._record.problem(
                    OUTSIDE,
                    f"external data lies at {shown(path)}",
                    group_table.offset,
                    "a path below the model's folder",
                )
            else:
                self._record.references.append(FileReference(path=path, size=sizes[index]))

    # Graphs and tensors -------------------------------------------------------------------------

    def _graph(self, graph: Table, buffers: list[Table], *, main: bool) -> None:
        tensors = self._all(graph, "tensors")
        for tensor in tensors:
            self._tensor(tensor, buffers)
        sides = {"inputs": self._record.inputs, "outputs": self._record.outputs}
        for name, side in sides.items():
            for index in graph.numbers(name):
                if not 0 <= index < len(tensors):
                    text = f"the subgraph has tensor {index} among its {name}"
                    self._record.corrupt(text, graph.offset, f"one of {len(tensors)}")
                elif main:
                    side.append(_described(tensors[index]))

    def _tensor(self, table: Table, buffers: list[Table]) -> None:
        tensor = _described(table)
        name = shown(tensor.name)
        number = table.number("buffer")
        if number and number >= len(buffers):
            text = f"tensor {name} is in buffer {number}"
            self._record.corrupt(text, table.offset, f"one of {len(buffers)}")
            return
        if not tensor.dtype:
            text = f"tensor {name} has the unknown type {table.number('type')}"
            self._record.unread(text)
        if not number:
            return
        offset, size = _outside(buffers[number]) or buffers[number].span("data")
        if not size:
            return
        wanted = _bytes(table)
        if wanted not in (None, size) and "sparsity" not in table.values:
            text = f"tensor {name} has {size} bytes of data"
            self._record.corrupt(text, offset, f"{wanted} by its shape and type")
        self._record.tensors.append(
            TensorInfo(
                name=tensor.name,
                dtype=tensor.dtype,
                shape=tuple(table.numbers("shape")),
                offset=offset,
                size=size,
            )
        )


def _described(table: Table) -> TensorInfo:
    """Describe a tensor, with -1 where its signature leaves a dimension open."""
    dtype, _ = DATA_TYPES.get(table.number("type"), ("", 0))
    shape = table.numbers("shape_signature") or table.numbers("shape")
    return TensorInfo(name=table.text("name"), dtype=dtype, shape=tuple(shape))


def _outside(buffer: Table) -> tuple[int, int] | None:
    """Return where a buffer lies that is not in the flatbuffer; 1 is a place not yet known."""
    offset = buffer.number("offset")
    return (offset, buffer.number("size")) if offset > 1 else None


def _bytes(table: Table) -> int | None:
    """Return how many bytes a tensor's data come to; None where the type does not say."""
    _, bits = DATA_TYPES.get(table.number("type"), ("", 0))
    shape = table.numbers("shape")
    if not bits:
        return None
    if 0 in shape:
        return 0
    for dimension in shape:
        bits *= dimension
        if not 0 < bits <= _LARGEST:
            return -1
    return (bits + 7) // 8
