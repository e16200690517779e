from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from blake3 import blake3
from onnx import TensorProto, helper, numpy_helper

from tests.formats.samples import codes, messages, read, sniffed
from weighbridge.formats.cursor import Cursor
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.onnx import escapes
from weighbridge.formats.onnx_schema import DATA_TYPES, SCHEMA
from weighbridge.formats.protobuf import Message, Walk
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader


def model(
    *,
    nodes: list[onnx.NodeProto] | None = None,
    weight: onnx.TensorProto | None = None,
    domains: tuple[str, ...] = ("", "my.ops"),
) -> onnx.ModelProto:
    ones = numpy_helper.from_array(np.ones((2, 3), np.float32), "w")
    graph = helper.make_graph(
        nodes or [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        [weight or ones],
    )
    opsets = [helper.make_opsetid(domain, 1) for domain in domains]
    return helper.make_model(graph, producer_name="test", opset_imports=opsets)


def external(location: str) -> onnx.TensorProto:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 3])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location)
    weight.external_data.add(key="offset", value="0")
    return weight


def test_a_model_is_read() -> None:
    data = model().SerializeToString()
    found = read(data)
    assert (found.format, found.status, found.problems) == ("onnx", "complete", ())
    assert found.coverage == len(data)
    assert found.version == str(model().ir_version)
    (weight,) = found.tensors
    assert (weight.name, weight.dtype, weight.shape, weight.size) == ("w", "FLOAT", (2, 3), 24)
    assert data[weight.offset : weight.offset + 24] == np.ones(6, np.float32).tobytes()
    assert ("producer-name", "test") in found.metadata
    assert ("opset", "ai.onnx 1") in found.metadata
    assert ("input", "x: FLOAT[batch, 2]") in found.metadata
    assert ("output", "y: FLOAT[?, 3]") in found.metadata


def test_inputs_and_outputs_of_the_graph_are_listed_with_type_and_shape() -> None:
    document = model()
    # Up to IR version 3, weights are listed as inputs, too.
    document.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [2, 3]))
    document.graph.input.append(helper.make_tensor_value_info("s", TensorProto.STRING, []))
    document.graph.input.append(helper.make_tensor_value_info("any", TensorProto.INT64, None))
    sequence = helper.make_tensor_sequence_value_info("seq", TensorProto.FLOAT, [1])
    document.graph.input.append(sequence)
    found = read(document.SerializeToString())
    assert [(info.name, info.dtype, info.shape) for info in found.inputs] == [
        ("x", "FLOAT", (-1, 2)),
        ("s", "STRING", ()),
        ("any", "INT64", ()),
        ("seq", "", ()),
    ]
    assert [(info.name, info.dtype, info.shape) for info in found.outputs] == [
        ("y", "FLOAT", (-1, 3))
    ]


def test_inputs_of_inner_graphs_are_not_the_models() -> None:
    value = helper.make_tensor_value_info("inner", TensorProto.FLOAT, [1])
    body = helper.make_graph(
        [helper.make_node("Identity", ["inner"], ["z"])], "b", [value], [value]
    )
    loop = helper.make_node("Loop", ["", "", "x"], ["y"], body=body)
    found = read(model(nodes=[loop]).SerializeToString())
    assert [info.name for info in (*found.inputs, *found.outputs)] == ["x", "y"]


def test_a_real_model_is_read() -> None:
    spec = find_spec("magika")
    assert spec is not None
    assert spec.origin is not None
    (path,) = Path(spec.origin).parent.glob("models/*/model.onnx")
    data = path.read_bytes()
    found = read(data)
    assert (found.format, found.status, found.problems) == ("onnx", "complete", ())
    wanted = {
        (tensor.name, tuple(tensor.dims))
        for tensor in onnx.load_model_from_string(data).graph.initializer
    }
    assert {(tensor.name, tensor.shape) for tensor in found.tensors} == wanted


def digests(found: Structure) -> dict[str, str]:
    return {tensor.name: tensor.digest for tensor in found.tensors}


def blake(data: bytes) -> str:
    return f"blake3:{blake3(data).hexdigest()}"


@pytest.mark.parametrize("raw", [True, False])
def test_weights_are_digested_as_they_pass(raw: bool) -> None:  # noqa: FBT001 - a parameter
    numbers = np.arange(1 << 10, dtype=np.float32)
    weight = helper.make_tensor(
        "w", TensorProto.FLOAT, [1 << 10], numbers.tobytes() if raw else numbers, raw=raw
    )
    data = model(weight=weight).SerializeToString()
    found = read(data, reread=0)
    assert (found.status, digests(found)["w"]) == ("complete", blake(numbers.tobytes()))


def test_a_weight_of_no_element_has_the_digest_of_nothing() -> None:
    weight = helper.make_tensor("w", TensorProto.FLOAT, [0], [])
    assert digests(read(model(weight=weight).SerializeToString()))["w"] == blake(b"")


def test_a_weight_that_lies_elsewhere_has_no_digest() -> None:
    found = read(model(weight=external("w.bin")).SerializeToString())
    assert set(digests(found).values()) == {""}


class Left:
    """Remembers what was read."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def leave(self, message: Message) -> None:
        self.messages.append(message)

    def unknown(self, message: Message, number: int) -> None:
        raise AssertionError((message, number))


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"\x3a\x02\x07\x08", blake(b"\x07\x08")),
        (b"\x3a\x01\x07\x3a\x01\x08", blake(b"\x07\x08")),
        (b"\x38\x07\x38\x08", ""),
        (b"\x3a\x01\x07\x38\x08", ""),
        (b"", ""),
    ],
)
def test_only_numbers_in_a_row_have_a_digest(data: bytes, wanted: str) -> None:
    left = Left()
    walk = Walk(Cursor(0, len(data)), schema=SCHEMA, visitor=left, limits=DEFAULT_LIMITS)

    def reading() -> Reader:
        yield from walk.run("Tensor")
        return Structure(format="onnx", status="complete")

    read_bytes(data, reading(), limits=DEFAULT_LIMITS)
    assert [message.digest for message in left.messages] == [wanted]


def test_initialisers_of_inner_graphs_are_listed() -> None:
    inner = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["z"])],
        "inner",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1])],
        [numpy_helper.from_array(np.ones(1, np.float32), "c")],
    )
    node = helper.make_node("If", ["p"], ["y"], then_branch=inner, else_branch=inner)
    found = read(model(nodes=[node]).SerializeToString())
    assert [tensor.name for tensor in found.tensors] == ["c", "c", "w"]
    assert [value for key, value in found.metadata if key == "output"] == ["y: FLOAT[?, 3]"]


def test_typed_data_and_sparse_tensors_have_their_size() -> None:
    typed = helper.make_tensor("w", TensorProto.INT64, [3], [1, 2, 3])
    document = model(weight=typed)
    values = numpy_helper.from_array(np.ones(1, np.float32), "v")
    indices = numpy_helper.from_array(np.ones(1, np.int64), "i")
    document.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [9]))
    found = read(document.SerializeToString())
    assert [(t.name, t.offset == -1, t.size) for t in found.tensors] == [
        ("w", True, 24),
        ("v", False, 4),
        ("i", False, 8),
    ]


@pytest.mark.parametrize(
    ("location", "outside"),
    [
        ("weights.bin", False),
        ("sub/weights..bin", False),
        ("/etc/passwd", True),
        ("../w", True),
        ("a/../../w", True),
        ("a\\w", True),
        ("C:w", True),
        ("file:///w", True),
        ("https://host/w", True),
        ("w\0", True),
    ],
)
def test_external_data_is_recorded_and_kept_inside(location: str, *, outside: bool) -> None:
    assert escapes(location) is outside
    found = read(model(weight=external(location)).SerializeToString())
    assert ("external-data", location) in found.metadata
    assert codes(found) == (["SEC007"] if outside else [])
    assert [one.path for one in found.references] == ([] if outside else [location])
    assert found.status == "complete"
    assert found.tensors[0].offset == -1


def test_external_data_without_a_location_is_corrupt() -> None:
    weight = TensorProto(name="w", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
    assert "no location" in messages(read(model(weight=weight).SerializeToString()))


def test_custom_operators_and_functions_are_named() -> None:
    document = model(nodes=[helper.make_node("PyOp", ["x"], ["y"], domain="my.ops")])
    document.functions.append(
        helper.make_function("my.ops", "F", [], [], [], [helper.make_opsetid("", 1)])
    )
    document.metadata_props.add(key="author", value="me")
    found = read(document.SerializeToString())
    assert found.status == "complete"
    for fact in (
        ("custom-domain", "my.ops"),
        ("custom-operator", "my.ops::PyOp"),
        ("function", "my.ops::F"),
        ("metadata:author", "me"),
    ):
        assert fact in found.metadata
    assert [(use.kind, use.name) for use in found.code] == [("onnx-operator", "my.ops::PyOp")]


def test_functions_of_the_model_are_no_custom_operators() -> None:
    document = model(nodes=[helper.make_node("F", ["x"], ["y"], domain="my.ops")])
    opset = helper.make_opsetid("", 1)
    document.functions.append(helper.make_function("my.ops", "F", [], [], [], [opset]))
    assert read(document.SerializeToString()).code == ()


def test_what_a_model_must_have() -> None:
    assert "no IR version" in messages(read(b"\x3a\x00", "onnx"))
    assert "no graph" in messages(read(b"\x08\x07", "onnx"))
    assert "no operator set" in messages(read(b"\x08\x07\x3a\x00", "onnx"))
    node = helper.make_node("PyOp", ["x"], ["y"], domain="else.where")
    assert "not imported" in messages(read(model(nodes=[node]).SerializeToString()))


def test_tensors_of_another_size_are_corrupt() -> None:
    weight = TensorProto(name="w", data_type=1, dims=[2], raw_data=b"1234")
    found = read(model(weight=weight).SerializeToString())
    assert found.problems[0].wanted == "8 by its shape and data type"
    for wrong in (TensorProto(name="w", data_type=99), TensorProto(data_type=1, dims=[-1])):
        assert "no valid data type" in messages(read(model(weight=wrong).SerializeToString()))
    huge = TensorProto(name="w", data_type=1, dims=[1 << 62] * 9, raw_data=b"1234")
    assert read(model(weight=huge).SerializeToString()).status == "error"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x00\x00", "number 0"),
        (b"\x0f\x00", "wire type 7"),
        (b"\x0b", "wire type 3"),
        (b"\x0a\x00", "no IR version"),
        (b"\x10\x00", "field producer_name of Model has wire type 0"),
        (b"\x08", "does not end"),
        (b"\x08" + b"\xff" * 11, "does not end"),
        (b"\x12\x05abc", "goes beyond the end"),
        (b"\x3a\x03\x0a\x05a", "goes beyond the end of Graph"),
        (b"\x3a\x80", "does not end"),
    ],
)
def test_what_is_no_message_is_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "onnx")
    assert found.status == "error"
    assert expected in messages(found)


def test_unknown_fields_are_named_and_skipped() -> None:
    good = model().SerializeToString()
    unknown = b"\xf8\x07\x01" + b"\xfd\x07abcd" + b"\xf9\x07abcdefgh" + b"\xfa\x07\x02hi"
    found = read(good + unknown)
    assert ("unknown-field", "Model.127") in found.metadata
    assert found.status == "complete"


def test_numbers_may_be_packed_or_negative() -> None:
    packed = b"\x3a\x0c\x2a\x0a\x0a\x02\x01\x02\x10\x01\x4a\x02"
    assert "goes beyond" in messages(read(b"\x08\x07" + packed, "onnx"))
    weight = TensorProto(name="w", data_type=1, dims=[1, 1], raw_data=b"1234")
    plain = weight.SerializeToString()
    assert plain.startswith(b"\x08\x01\x08\x01")
    assert b"\x0a\x02\x01\x01" not in plain
    entry = b"\x0a\x02\x01\x01" + plain[4:]
    graph = b"\x2a" + bytes([len(entry)]) + entry
    found = read(b"\x08\x07\x3a" + bytes([len(graph)]) + graph + b"\x42\x02\x10\x01", "onnx")
    assert (found.status, found.tensors[0].shape) == ("complete", (1, 1))


def test_limits_are_kept() -> None:
    data = model().SerializeToString()
    assert read(data, entries=2).status == "incomplete"
    assert read(data, entries=5).status == "incomplete"
    deep = b""
    for _ in range(60):
        attribute = b"\x32" + _length(deep) + deep
        node = b"\x2a" + _length(attribute) + attribute
        deep = b"\x0a" + _length(node) + node
    assert "nest more than" in messages(read(b"\x08\x07\x3a" + _length(deep) + deep, "onnx"))
    dims = TensorProto(name="w", data_type=1, dims=[1] * 2_000, raw_data=b"1234")
    assert "more than 1024 values" in messages(read(model(weight=dims).SerializeToString()))


def _length(inner: bytes) -> bytes:
    size, parts = len(inner), b""
    while size >= 0x80:
        parts += bytes([size & 0x7F | 0x80])
        size >>= 7
    return parts + bytes([size])


def test_long_texts_are_cut() -> None:
    document = model()
    document.producer_version = "v" * 10_000
    found = read(document.SerializeToString())
    assert ("producer-version", "v" * 4_096) in found.metadata
    assert found.status == "complete"


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",
        b"\x08\x00\x3a\x00",
        b"\x08\x7f\x3a\x00",
        b"\x08\x01\x12\x04\x01\x02\x03\x04",
        b"\x08\x07\x12\x04\xff\xff\xff\xff\x3a\x00",
        b"\x08\x07\x48\x01",
        b"\x08\x07\x3a\x02\xff\xff",
        b"\x08\x07\x12\xff\xff\xff\x7f",
        b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
    ],
)
def test_other_bytes_are_not_claimed(data: bytes) -> None:
    assert sniffed(data) is None


def test_models_are_claimed() -> None:
    assert sniffed(model().SerializeToString()) == "onnx"
    assert sniffed(model().SerializeToString()[:60]) == "onnx"
    assert sniffed(b"\x08\x07\x3a\x00") == "onnx"
    assert sniffed(b"\x08\x07\x12\x01a") == "onnx"
    document = model()
    document.doc_string = "é" * 9_000
    assert sniffed(document.SerializeToString()) == "onnx"


def test_the_schema_agrees_with_the_library() -> None:
    wire = {"int", "float", "double", "text", "bytes"}
    library: dict[str, Any] = {
        "Model": onnx.ModelProto,
        "Graph": onnx.GraphProto,
        "Node": onnx.NodeProto,
        "Attribute": onnx.AttributeProto,
        "Tensor": onnx.TensorProto,
        "SparseTensor": onnx.SparseTensorProto,
        "Function": onnx.FunctionProto,
        "Training": onnx.TrainingInfoProto,
        "Value": onnx.ValueInfoProto,
        "Type": onnx.TypeProto,
        "Shape": onnx.TensorShapeProto,
        "OperatorSet": onnx.OperatorSetIdProto,
        "Entry": onnx.StringStringEntryProto,
    }
    for kind, message in library.items():
        ours = {number: field.name for number, field in SCHEMA[kind].items()}
        assert ours == {field.number: field.name for field in message.DESCRIPTOR.fields}
    assert all(f.kind in wire | set(SCHEMA) for fields in SCHEMA.values() for f in fields.values())
    known = {number: name for number, (name, _) in DATA_TYPES.items()}
    assert known.items() <= {v: k for k, v in TensorProto.DataType.items()}.items()
