"""The elements of an OpenVINO graph, one after the other, and what is worth noting of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.text import mended, shown
from weighbridge.model.structure import CodeUse, FileReference, TensorInfo

if TYPE_CHECKING:
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_DEEPEST: Final = 100
_LONGEST_NUMBER: Final = 20
_LARGEST: Final = 1 << 63
_MOST_DIMENSIONS: Final = 1_024
_NATURAL: Final = re.compile(r"[0-9]{1,19}\Z")
_OWN_SET: Final = re.compile(r"opset[0-9]{1,3}\Z")
_BITS: Final = {
    "boolean": 8,
    "bf16": 16,
    "f16": 16,
    "f32": 32,
    "f64": 64,
    "f4e2m1": 4,
    "f8e4m3": 8,
    "f8e5m2": 8,
    "f8e8m0": 8,
    "i4": 4,
    "i8": 8,
    "i16": 16,
    "i32": 32,
    "i64": 64,
    "nf4": 4,
    "u1": 1,
    "u2": 2,
    "u3": 3,
    "u4": 4,
    "u6": 6,
    "u8": 8,
    "u16": 16,
    "u32": 32,
    "u64": 64,
}


class NetError(Exception):
    """The elements are not those of a graph."""


@dataclass(slots=True)
class _Layer:
    """A layer while it is being read."""

    name: str
    kind: str
    precision: str = ""
    named: str = ""
    dims: list[int] = field(default_factory=list)


class Net:
    """A graph while its elements go by.

    Attributes:
        begun: Whether the root element was seen.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        """Begin before the root element."""
        self._record = record
        self._limits = limits
        self._path: list[str] = []
        self._elements = 0
        self._layers: list[_Layer] = []
        self._ids: dict[int, set[str]] = {}
        self._digits = ""
        self._names: list[str] = []
        self._weights = 0
        self._facts: dict[tuple[str, str], None] = {}
        self.begun = False

    def start(self, name: str, values: dict[str, str]) -> None:
        """Read an element's beginning.

        Raises:
            NetError: It cannot stand here.
            BudgetExceededError: There are more than `limits.entries`, or they nest too deeply.
        """
        self._elements += 1
        if self._elements > self._limits.entries or len(self._path) >= _DEEPEST:
            raise BudgetExceededError(
                f"more than {self._limits.entries} elements, or more than {_DEEPEST} deep"
            )
        if not self._path and name != "net":
            raise NetError("the root element is not `net`")
        self.begun = True
        handler = self._STARTS.get(name)
        if handler is not None:
            handler(self, values)
        elif self._path[-1:] == ["blobs"]:
            self._blob(name, values)
        elif self._path[:2] == ["net", "rt_info"] and "value" in values:
            self._note(f"rt-info:{values.get('name', name)}", values["value"])
        self._path.append(name)

    def end(self, name: str) -> None:
        """Read an element's end."""
        self._path.pop()
        if name == "layer" and self._layers:
            self._end_of_layer(self._layers.pop())
        elif name == "dim" and self._layers:
            dims = self._layers[-1].dims
            if len(dims) < _MOST_DIMENSIONS:
                dims.append(int(self._digits) if _NATURAL.match(self._digits) else -1)

    def text(self, text: str) -> None:
        """Read text between elements; only dimensions stand there."""
        if self._path[-1:] == ["dim"]:
            self._digits = (self._digits + text.strip())[:_LONGEST_NUMBER]

    def conclude(self) -> None:
        """Refer to the file of weights, if any constant lies in it."""
        record = self._record
        record.metadata.extend(self._facts)
        if self._names:
            record.metadata.append(("weights-size", str(self._weights)))
            names = tuple(self._names)
            record.references.append(FileReference(path="*.bin", size=self._weights, tensors=names))

    def _note(self, key: str, value: str) -> None:
        limit = self._limits.text
        self._facts[mended(key)[:limit], mended(value)[:limit]] = None

    # Elements -----------------------------------------------------------------------------------

    def _net(self, values: dict[str, str]) -> None:
        if self._path:
            return
        self._record.version = values.get("version", "")
        if not self._record.version:
            raise NetError("the graph has no version")
        self._note("name", values.get("name", ""))

    def _graph(self, values: dict[str, str]) -> None:
        """Begin the layers of a graph, which may lie in a layer of another."""
        del values
        self._ids[len(self._path)] = set()

    def _layer(self, values: dict[str, str]) -> None:
        identity, kind = values.get("id", ""), values.get("type", "")
        known = self._ids.get(len(self._path) - 1)
        if known is None or not identity or not kind:
            raise NetError("a layer has no identity, no type, or no graph around it")
        if identity in known:
            raise NetError(f"two layers have the identity {shown(identity)}")
        known.add(identity)
        name = mended(values.get("name", ""))[: self._limits.text]
        layer = _Layer(name, kind, named=mended(values.get("output_names", "")))
        self._layers.append(layer)
        operators = values.get("version", "")
        if operators and not _OWN_SET.match(operators):
            self._note("custom-operator", f"{operators}::{kind}")
            use = CodeUse(kind="custom-operator", name=f"{operators}::{kind}", detail="OpenVINO")
            self._record.uses(use)

    def _edge(self, values: dict[str, str]) -> None:
        known = self._ids.get(len(self._path) - 1, set())
        for end in ("from-layer", "to-layer"):
            if values.get(end) not in known:
                raise NetError(f"an edge leads to no layer: {shown(values.get(end, ''))}")

    def _port(self, values: dict[str, str]) -> None:
        if self._layers:
            self._layers[-1].precision = values.get("precision", "")
            self._layers[-1].dims = []

    def _dim(self, values: dict[str, str]) -> None:
        del values
        self._digits = ""

    def _data(self, values: dict[str, str]) -> None:
        """Read what a layer is configured with: of parameters and constants, what they hold."""
        if not self._layers:
            return
        layer, kind = self._layers[-1], values.get("element_type", "")
        shape = _shape(values.get("shape", ""))
        if layer.kind == "Parameter" and len(self._layers) == 1:
            self._record.inputs.append(TensorInfo(name=layer.name, dtype=kind, shape=shape))
        elif layer.kind == "Const":
            size = self._place(layer.name, values)
            wanted = _bytes(kind, shape)
            if wanted not in (None, size):
                raise NetError(
                    f"constant {shown(layer.name)} has {size} bytes, {wanted} by its shape and type"
                )
            if kind not in _BITS and kind != "string":
                self._record.unread(f"constant {shown(layer.name)} has the type {shown(kind)}")
            self._hold(TensorInfo(name=layer.name, dtype=kind, shape=shape, size=size))

    def _blob(self, name: str, values: dict[str, str]) -> None:
        """Read where weights lie as they did up to version 7."""
        layer = self._layers[-1].name if self._layers else ""
        size = self._place(layer, values)
        kind = values.get("precision", "")
        self._hold(TensorInfo(name=f"{layer}/{name}", dtype=kind, shape=(), size=size))

    def _place(self, name: str, values: dict[str, str]) -> int:
        """Note how far a constant reaches into the file of weights; return its size."""
        offset, size = values.get("offset", ""), values.get("size", "")
        if not _NATURAL.match(offset) or not _NATURAL.match(size):
            raise NetError(f"constant {shown(name)} lies nowhere in the file of weights")
        self._weights = max(self._weights, int(offset) + int(size))
        return int(size)

    def _hold(self, tensor: TensorInfo) -> None:
        self._record.tensors.append(tensor)
        self._names.append(tensor.name)

    def _end_of_layer(self, layer: _Layer) -> None:
        if layer.kind == "Result" and not self._layers:
            shape = tuple(layer.dims)
            name = layer.named or layer.name
            self._record.outputs.append(TensorInfo(name=name, dtype=layer.precision, shape=shape))

    _STARTS: Final = {
        "net": _net,
        "layers": _graph,
        "layer": _layer,
        "edge": _edge,
        "port": _port,
        "dim": _dim,
        "data": _data,
    }


def _shape(text: str) -> tuple[int, ...]:
    """Read `1, ?, 2..5`: what is open or a range is -1; an open rank is no shape."""
    parts = [part.strip() for part in text.split(",", _MOST_DIMENSIONS)]
    if parts in ([""], ["..."]):
        return ()
    return tuple(int(part) if _NATURAL.match(part) else -1 for part in parts)


def _bytes(kind: str, shape: tuple[int, ...]) -> int | None:
    """Return how many bytes a constant takes; None where its type does not say."""
    bits = _BITS.get(kind)
    if bits is None:
        return None
    if 0 in shape:
        return 0
    for dimension in shape:
        bits *= dimension
        if not 0 < bits <= _LARGEST:
            return -1
    return (bits + 7) // 8
