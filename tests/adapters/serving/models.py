"""Small models, made node by node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnx
from onnx import TensorProto, helper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TYPES = {
    "BOOL": TensorProto.BOOL,
    "BYTES": TensorProto.STRING,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "INT8": TensorProto.INT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "UINT8": TensorProto.UINT8,
}
Shape = list[int | str | None]


def saved(path: Path, nodes: Sequence[Any], inputs: list[Any], outputs: list[Any]) -> Path:
    graph = helper.make_graph(nodes, "graph", inputs, outputs)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def value(name: str, datatype: str, shape: Shape) -> Any:  # noqa: ANN401 - a message of ONNX
    return helper.make_tensor_value_info(name, TYPES[datatype], shape)


def logarithm(path: Path) -> Path:
    """Make a model of rows of three: `double`, and `log`, which is NaN or infinite for some."""
    nodes = [
        helper.make_node("Add", ["x", "x"], ["double"]),
        helper.make_node("Log", ["x"], ["log"]),
    ]
    shape: Shape = ["rows", 3]
    outputs = [value("double", "FP32", shape), value("log", "FP32", shape)]
    return saved(path, nodes, [value("x", "FP32", shape)], outputs)


def in_sequence(path: Path, *, also: bool) -> Path:
    """Make a model with an output that is no tensor, and `double` beside it, or not."""
    nodes = [
        helper.make_node("Add", ["x", "x"], ["double"]),
        helper.make_node("SequenceConstruct", ["double"], ["sequence"]),
    ]
    sequence = helper.make_tensor_sequence_value_info("sequence", TYPES["FP32"], [3])
    outputs = [sequence, *([value("double", "FP32", [3])] if also else [])]
    return saved(path, nodes, [value("x", "FP32", [3])], outputs)


def mirror(path: Path) -> Path:
    """Make a model that answers with its inputs, one of each type, called by it."""
    nodes = [helper.make_node("Identity", [one], [f"{one}_"]) for one in TYPES]
    inputs = [value(one, one, [None]) for one in TYPES]
    return saved(path, nodes, inputs, [value(f"{one}_", one, [None]) for one in TYPES])


def picking(path: Path) -> Path:
    """Make a model that raises for an index beyond its four values."""
    nodes = [
        helper.make_node("Constant", [], ["values"], value_floats=[0.5, 1.5, 2.5, 3.5]),
        helper.make_node("Gather", ["values", "index"], ["picked"]),
    ]
    inputs = [value("index", "INT64", ["rows"])]
    return saved(path, nodes, inputs, [value("picked", "FP32", ["rows"])])
