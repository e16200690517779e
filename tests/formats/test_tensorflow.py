from __future__ import annotations

import pytest

from tests.formats.samples import codes, messages, read, sniffed
from tests.formats.wire import Content, message
from weighbridge.formats.protobuf_sniff import agreement
from weighbridge.formats.tensorflow import SAVED_MODEL
from weighbridge.formats.tensorflow_schema import SCHEMA

FLOAT = 1
OPERATORS = message((1, message((1, "AddV2"))))
ABOUT = message((2, OPERATORS), (4, "serve"), (5, "2.20.0"))


def shape(*dims: int) -> bytes:
    return message(*((2, message((1, size))) for size in dims))


def constant(content: bytes, *dims: int, kind: int = FLOAT) -> bytes:
    return message((8, message((1, kind), (2, shape(*dims)), (4, content))))


def node(name: str, operator: str, **attributes: bytes) -> bytes:
    entries = [(5, message((1, key), (2, value))) for key, value in attributes.items()]
    return message((1, name), (2, operator), (3, "x:0"), *entries)


def call(name: str, function: str) -> bytes:
    return node(name, "StatefulPartitionedCall", f=message((10, message((1, function)))))


def function(name: str, *nodes: bytes, late: bool = False) -> bytes:
    fields: list[tuple[int, Content]] = [(3, inner) for inner in nodes]
    fields.insert(len(fields) if late else 0, (1, message((1, name))))
    return message(*fields)


def graph(*nodes: bytes, functions: tuple[bytes, ...] = ()) -> bytes:
    library = message(*((1, inner) for inner in functions))
    return message(*((1, inner) for inner in nodes), (2, library), (4, message((1, 1882))))


def signature(name: str, side: str = "x") -> bytes:
    info = message((1, f"{side}:0"), (2, FLOAT), (3, shape(-1, 3)))
    entry = message((1, side), (2, info))
    return message((1, name), (2, message((1, entry), (2, entry), (3, "predict"))))


WEIGHT = node("w", "Const", value=constant(bytes(24), 2, 3), dtype=message((6, FLOAT)))
PLAIN = graph(node("v", "VarHandleOp"), WEIGHT, node("a", "Assert"))


def saved_model(
    graph_def: bytes = PLAIN,
    *more: tuple[int, Content],
    about: bytes = ABOUT,
) -> bytes:
    return message((1, 1), (2, message((1, about), (2, graph_def), *more)))


def noted(data: bytes, key: str) -> list[str]:
    found = read(data)
    assert (found.status, found.problems) == ("complete", ())
    return [value for name, value in found.metadata if name == key]


def test_a_saved_model_is_read() -> None:
    objects = message((1, message((4, message((1, "_tf_keras_network"))))))
    data = saved_model(PLAIN, (5, signature("serving_default")), (7, objects))
    found = read(data)
    assert (found.format, found.status, found.problems) == ("tf-saved-model", "complete", ())
    assert found.coverage == found.size == len(data)
    assert found.version == "1"
    (weight,) = found.tensors
    assert (weight.name, weight.dtype, weight.shape, weight.size) == ("w", "DT_FLOAT", (2, 3), 24)
    assert data[weight.offset : weight.offset + 24] == bytes(24)
    for side in (found.inputs, found.outputs):
        assert [(info.name, info.dtype, info.shape) for info in side] == [
            ("x", "DT_FLOAT", (-1, 3))
        ]
    assert [reference.path for reference in found.references] == ["variables/variables.index"]
    assert found.metadata == (
        ("producer-version", "2.20.0"),
        ("tag", "serve"),
        ("producer", "graph version 1882"),
        ("signature", "serving_default"),
        ("user-object", "_tf_keras_network"),
    )


def test_a_bare_graph_is_read_and_needs_no_other_file() -> None:
    data = graph(WEIGHT, node("b", "Add"))
    found = read(data)
    assert (found.format, found.status, found.references) == ("tf-graph", "complete", ())
    assert [tensor.name for tensor in found.tensors] == ["w"]


def test_a_bare_graph_without_versions_may_be_cut_off() -> None:
    found = read(message((1, WEIGHT)), "tf-graph")
    assert (found.status, found.problems) == ("incomplete", ())
    assert "may be cut off" in found.reason


def test_a_model_without_variables_needs_no_checkpoint() -> None:
    found = read(saved_model(graph(WEIGHT)))
    assert (found.status, found.references) == ("complete", ())
    objects = message((1, message((7, message((1, FLOAT))))))
    assert len(read(saved_model(graph(WEIGHT), (7, objects))).references) == 1


def test_constants_in_functions_are_named_after_both() -> None:
    found = read(saved_model(graph(functions=(function("f", WEIGHT),))))
    assert [tensor.name for tensor in found.tensors] == ["f/w"]


def test_the_signature_that_is_served_gives_inputs_and_outputs() -> None:
    names = ["__saved_model_init_op", "zeta", "alpha"]
    several = [(5, signature(name, name)) for name in names]
    assert [info.name for info in read(saved_model(PLAIN, *several)).inputs] == ["alpha"]
    several.append((5, signature("serving_default", "served")))
    assert [info.name for info in read(saved_model(PLAIN, *several)).inputs] == ["served"]


# What reaches out of the graph ------------------------------------------------------------------


def operators(data: bytes) -> list[tuple[str, str]]:
    found = read(data)
    assert (found.status, found.problems) == ("complete", ())
    return [(u.name, u.detail) for u in found.code if u.kind == "tensorflow-operator"]


@pytest.mark.parametrize("operator", ["ReadFile", "WriteFile", "PyFunc", "DebugIdentityV2"])
def test_operators_are_noted_once_wherever_they_stand(operator: str) -> None:
    bad = node("n", operator)
    for data in (saved_model(graph(bad, bad)), saved_model(graph(functions=(function("f", bad),)))):
        assert operators(data) == [(operator, "")]
        (use,) = read(data).code
        assert data[use.offset :].startswith(message((1, "n"), (2, operator)))


def test_functions_of_the_model_are_no_operators() -> None:
    own = graph(node("n", "mine"), functions=(function("mine", node("a", "AddV2"), late=True),))
    assert operators(saved_model(own)) == [("AddV2", "")]


def test_what_a_printing_or_decoding_operator_is_given_is_told() -> None:
    nodes = (
        node("p", "PrintV2", output_stream=message((2, "file:///tmp/x"))),
        node("d", "DecodeProtoV2", descriptor_source=message((2, "d.pb"))),
    )
    assert operators(saved_model(graph(*nodes))) == [
        ("PrintV2", "output_stream=file:///tmp/x"),
        ("DecodeProtoV2", "descriptor_source=d.pb"),
    ]


def test_vocabularies_are_the_model_s_own_if_it_has_assets() -> None:
    table = saved_model(graph(node("t", "InitializeTableFromTextFileV2")))
    assert operators(table) == [("InitializeTableFromTextFileV2", "")]
    asset = (6, message((2, "vocab.txt")))
    table = saved_model(graph(node("t", "InitializeTableFromTextFileV2")), asset)
    assert operators(table) == [("InitializeTableFromTextFileV2", "own assets")]


def checkpoints(data: bytes) -> list[str]:
    return [name for name, detail in operators(data) if name[:4] in "SaveRest" and not detail]


def test_only_the_models_own_saver_may_touch_checkpoints() -> None:
    saver = (3, message((1, "path:0"), (2, "save:0"), (3, "load")))
    writes, reads = node("s", "SaveV2"), node("r", "RestoreV2")
    calls = (call("save", "f"), call("load", "g"))
    for late in (False, True):
        f, g = function("f", writes, late=late), function("g", reads, late=late)
        good = graph(*calls, functions=(f, g))
        assert checkpoints(saved_model(good, saver)) == []
        assert ("SaveV2", "own saver") in operators(saved_model(good, saver))
        assert checkpoints(saved_model(good)) == ["SaveV2", "RestoreV2"]
        swapped = graph(*calls, functions=(function("f", reads), function("g", writes)))
        assert checkpoints(saved_model(swapped, saver)) == ["RestoreV2", "SaveV2"]


def test_the_saver_of_a_first_generation_model_has_a_scope_of_its_own() -> None:
    saver = (3, message((1, "save/Const:0"), (2, "save/control:0"), (3, "save/restore_all")))
    own = graph(node("save/SaveV2", "SaveV2"), node("save/RestoreV2", "RestoreV2"))
    assert checkpoints(saved_model(own, saver)) == []
    for name in ("SaveV2", "other/SaveV2", "save/inner/SaveV2"):
        data = saved_model(graph(node(name, "SaveV2")), saver)
        assert checkpoints(data) == ["SaveV2"]
    top = (3, message((2, "save:0"), (3, "load")))
    assert checkpoints(saved_model(graph(node("s", "SaveV2")), top)) == ["SaveV2"]


def test_operators_of_a_damaged_model_are_noted_all_the_same() -> None:
    found = read(saved_model(graph(node("n", "WriteFile"))) + b"\xff")
    assert found.status == "error"
    assert [use.name for use in found.code] == ["WriteFile"]


def test_a_model_with_more_operators_than_there_are_is_not_read() -> None:
    found = read(saved_model(graph(*(node("n", f"Own{n}") for n in range(10_001)))))
    assert found.reason == "the graph has more than 10000 different operators"


def test_a_model_that_is_a_graph_alone_is_read() -> None:
    data = message((2, message((2, message((1, message((1, "Const"), (2, "Const"))))))))
    assert sniffed(data) == "tf-saved-model"
    assert operators(data) == [("Const", "")]
    other = message((2, message((2, message((1, message((1, "Const"), (2, "const"))))))))
    assert sniffed(other) != "tf-saved-model"


def objects(*texts: str, identifier: str = "_tf_keras_layer") -> bytes:
    return message(
        *((1, message((4, message((1, identifier), (3, text))))) for text in texts),
    )


def test_layers_with_code_in_them_are_noted_once() -> None:
    dense, own = '{"class_name": "Dense"}', '{"class_name": "Lambda"}'
    found = read(saved_model(PLAIN, (7, objects(dense, own, own))))
    assert found.status == "complete"
    assert [(u.kind, u.name, u.detail) for u in found.code if u.kind.startswith("keras")] == [
        ("keras-class", "Dense", "made again from the graph"),
        ("keras-lambda", "?", "code not found"),
        ("keras-class", "Lambda", "made again from the graph"),
    ]


def test_a_configuration_that_cannot_be_read_is_not_judged() -> None:
    assert read(saved_model(PLAIN, (7, objects("{")))).status == "incomplete"
    assert read(saved_model(PLAIN, (7, objects("{", identifier="other")))).status == "complete"
    large = read(saved_model(PLAIN, (7, objects(" " * (8 << 20) + "{}"))))
    assert "over the limit" in large.reason


def test_assets_are_referred_to_below_their_folder() -> None:
    found = read(saved_model(graph(WEIGHT), (6, message((2, "vocab.txt")))))
    assert [reference.path for reference in found.references] == ["assets/vocab.txt"]
    for name in ("../../etc/passwd", "/etc/passwd", ""):
        found = read(saved_model(PLAIN, (6, message((2, name)))))
        assert codes(found) == ["SEC007"]
        assert ("asset", name) in found.metadata


def keras_metadata(
    text: str = '{"class_name": "Dense"}', identifier: str = "_tf_keras_layer"
) -> bytes:
    fields = ((2, 1), (3, "root.layer-0"), (4, identifier), (5, text), (6, b""))
    return message((1, message(*fields)))


def test_what_keras_keeps_beside_the_graph_is_read() -> None:
    found = read(keras_metadata())
    assert (found.format, found.status, found.problems) == ("keras-metadata", "complete", ())
    assert found.metadata == (("user-object", "_tf_keras_layer"),)
    (use,) = found.code
    assert (use.kind, use.name) == ("keras-class", "Dense")
    assert "no object" in messages(read(b"", "keras-metadata"))
    assert sniffed(keras_metadata(identifier="other")) != "keras-metadata"


def fingerprint(*more: tuple[int, Content]) -> bytes:
    return message(*((number, 1 << 63 | number) for number in range(1, 6)), *more)


def test_the_fingerprint_of_a_model_is_read() -> None:
    data = fingerprint((6, message((1, 1))), (7, "12345"))
    found = read(data)
    assert (found.format, found.status, found.problems) == ("tf-fingerprint", "complete", ())
    assert found.metadata == (("uuid", "12345"),)
    assert "no version" in messages(read(fingerprint()))
    assert sniffed(data + b"\x7f") != "tf-fingerprint"
    assert sniffed(message((1, 7))) != "tf-fingerprint"
    assert sniffed(data + message((7, "x" * 300))) != "tf-fingerprint"


# Departures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph_def", "expected"),
    [
        (graph(node("w", "Const", value=constant(bytes(23), 2, 3))), "23 bytes of data"),
        (graph(node("w", "Const", value=constant(bytes(4), 0))), "4 bytes of data"),
        (graph(node("w", "Const", value=constant(bytes(4), -1))), "4 bytes of data"),
        (graph(node("w", "Const", value=constant(b"x", *[1 << 60] * 9))), "1 bytes of data"),
        (graph(node("w", "Const", value=constant(b"x", *[1] * 255))), "more than 254"),
        (b"\n\xff\x01", "beyond the end"),
        (b"\x08\x01", "wire type 0"),
    ],
)
def test_departures_are_corrupt(graph_def: bytes, expected: str) -> None:
    found = read(saved_model(graph_def), "tf-saved-model")
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in messages(found)


def test_a_model_without_a_graph_is_corrupt() -> None:
    assert "no graph" in messages(read(message((1, 1), (2, message((1, ABOUT))))))


def test_data_without_a_fixed_size_are_not_weighed() -> None:
    text = node("w", "Const", value=constant(b"\1\2ab", 2, kind=7))
    assert read(saved_model(graph(text))).status == "complete"
    unknown = read(saved_model(graph(node("w", "Const", value=constant(b"ab", 2, kind=99)))))
    assert (unknown.status, unknown.problems) == ("incomplete", ())


def test_signatures_may_be_empty() -> None:
    empty = (5, message((1, "serving_default"), (2, b"")))
    other = (6, message((1, b""), (2, "a.txt")))
    found = read(saved_model(PLAIN, empty, other))
    assert (found.status, found.inputs, found.outputs) == ("complete", (), ())


def test_a_shape_of_unknown_rank_is_none() -> None:
    info = message((2, FLOAT), (3, message((3, 1))))
    entry = message((1, "x"), (2, info))
    served = message((1, "serving_default"), (2, message((1, entry))))
    (given,) = read(saved_model(PLAIN, (5, served))).inputs
    assert (given.name, given.shape) == ("x", ())


def test_fields_of_tomorrow_are_noted() -> None:
    assert noted(saved_model(PLAIN, (99, 1)), "unknown-field") == ["MetaGraph.99"]


def test_budgets_end_incomplete() -> None:
    named = saved_model(graph(call("a", "f"), functions=(function("f", node("s", "SaveV2")),)))
    repeated = saved_model(graph(*[node(f"s{n}", "SaveV2") for n in range(9)]))
    for data, entries in ((saved_model(), 3), (named, 3), (repeated, 10)):
        found = read(data, entries=entries)
        assert (found.status, found.problems) == ("incomplete", ())


# Telling them from others -----------------------------------------------------------------------


def test_other_bytes_are_not_claimed() -> None:
    head = saved_model()
    assert sniffed(head) == "tf-saved-model"
    assert SAVED_MODEL.sniff(head[:2], head[:2], 2) is None
    assert sniffed(b"\x08\x01\x12\x05hello") != "tf-saved-model"
    assert sniffed(message((1, message((1, "n"), (2, "lower case"), (3, "x"))))) is None
    assert sniffed(message((1, message((1, "-n"), (2, "Add"), (3, "x"))))) is None
    assert sniffed(message((1, message((1, "n"), (2, "Add"), (9, "x"))))) is None
    assert sniffed(message((1, message((2, "Add"), (1, "n"))))) is None


def test_long_heads_are_judged_as_far_as_they_go() -> None:
    operators = message(*((1, message((1, f"Op{n}"))) for n in range(900)))
    about = message((2, operators), (5, "2.20.0"))
    assert sniffed(saved_model(about=about)) == "tf-saved-model"
    nodes = [node(f"long_name_of_a_node_{n}", "Add") for n in range(200)]
    assert sniffed(graph(*nodes)) == "tf-graph"
    long = node("n" * 200, "Add")
    assert sniffed(graph(long, *nodes)) == "tf-graph"


def test_agreement_lists_the_fields_that_fit() -> None:
    data = message((1, message((1, "n"), (2, "Add"))))
    fields = [("Graph", "node"), ("Node", "name"), ("Node", "op")]
    assert agreement(data, len(data), SCHEMA, "Graph") == (fields, len(data))
    more = data + message((9, 1))
    assert agreement(more, len(more), SCHEMA, "Graph") == (fields, len(data))
    for bad in (b"\n\x7f" + data, b"\x0d\0\0\0\0", message((1, message((1, b"\xff\0\1"))))):
        assert agreement(bad + bytes(20), len(bad) + 20, SCHEMA, "Graph") == ([], 0)
    fixed = message((1, message((5, message((2, message((4, 1.5))))))))
    assert ("Value", "f") in agreement(fixed, len(fixed), SCHEMA, "Graph")[0]
