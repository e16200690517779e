from __future__ import annotations

import base64
import json
import marshal
from typing import TYPE_CHECKING

import pytest

from weighbridge.formats.keras_config import Config, read_config
from weighbridge.formats.marshal_names import names_in
from weighbridge.formats.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable


def said(config: object, detail: str = "") -> Config:
    found = read_config(json.dumps(config).encode(), limit=200, detail=detail)
    assert found is not None
    return found


def facts(config: object) -> list[tuple[str, str]]:
    return list(said(config).facts)


def code(config: object, detail: str = "") -> list[tuple[str, str, str]]:
    return [(use.kind, use.name, use.detail) for use in said(config, detail).code]


def bytecode(function: Callable[..., object]) -> str:
    return base64.encodebytes(marshal.dumps(function.__code__)).decode()


def test_classes_are_listed_once() -> None:
    dense = {"class_name": "Dense", "module": "keras.layers", "registered_name": None}
    model = {"class_name": "Sequential", "config": {"layers": [dense, dense]}}
    assert facts(model) == [("keras-class", "Sequential"), ("keras-class", "Dense")]
    assert code(model) == [
        ("keras-class", "Sequential", ""),
        ("keras-class", "keras.layers.Dense", ""),
    ]


def test_lambda_layers_of_keras_2_are_named_with_what_their_bytecode_names() -> None:
    evil = bytecode(lambda x: __import__("os").system("id") or x)
    layer = {"class_name": "Lambda", "config": {"name": "evil", "function": [evil, None, None]}}
    assert ("keras-lambda", "evil") in facts(layer)
    (kind, name, detail), _ = code(layer)
    assert (kind, name) == ("keras-lambda", "evil")
    assert detail.startswith("bytecode that names ")
    assert {"__import__", "os", "system"} <= set(detail.split())


def test_lambda_layers_of_keras_3_are_named_after_the_layer() -> None:
    function = {"class_name": "__lambda__", "config": {"code": "4wE="}}
    layer = {"class_name": "Lambda", "config": {"name": "own", "function": function}}
    assert ("keras-lambda", "own", "bytecode") in code(layer)
    assert ("keras-lambda", "?", "bytecode") in code(function)


def test_lambda_layers_of_saved_models_have_tuples() -> None:
    function = {"class_name": "__tuple__", "items": ["4wE=", None, None]}
    layer = {"class_name": "Lambda", "config": {"name": "own", "function": function}}
    assert ("keras-lambda", "own", "bytecode") in code(layer)


@pytest.mark.parametrize("function", [None, [], {}, {"class_name": "Odd"}, [1], {"items": []}])
def test_a_lambda_layer_without_its_code_is_told_all_the_same(function: object) -> None:
    layer = {"class_name": "Lambda", "config": {"name": "own", "function": function}}
    assert ("keras-lambda", "own", "code not found") in code(layer)


def test_what_a_lambda_layer_calls_by_name_is_a_function() -> None:
    layer = {"class_name": "Lambda", "config": {"module": "os", "function": "system"}}
    assert ("keras-class", "os.system", "function") in code(layer)


def test_functions_are_named_in_full() -> None:
    function = {"class_name": "function", "module": "builtins", "config": "my_loss"}
    assert code(function) == [("keras-class", "builtins.my_loss", "function")]


def test_what_tensorflow_calls_by_its_name_is_told() -> None:
    layer = {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}}
    assert ("keras-class", "tensorflow.io.write_file", "called by its name") in code(layer)


def test_modules_that_are_not_keras_are_named() -> None:
    foreign = ["os", "keras_evil.layers", "builtins"]
    own = ["keras", "keras.src.layers", "tensorflow.keras.layers", "tf_keras.layers"]
    found = facts([{"module": module} for module in foreign + own])
    assert found == [("keras-module", module) for module in foreign]
    assert code({"module": "os", "class_name": None}) == [("keras-class", "os.?", "")]


def test_registered_names_other_than_the_class_s_are_named() -> None:
    layer = {"class_name": "Mine", "registered_name": "pkg>Mine"}
    assert facts(layer) == [("keras-class", "Mine"), ("keras-registered-name", "pkg>Mine")]
    assert facts({"class_name": "Mine", "registered_name": "Mine"}) == [("keras-class", "Mine")]
    assert code(layer) == [("keras-class", "Mine", "registered as pkg>Mine")]


def test_a_vocabulary_that_is_a_file_elsewhere_is_a_reference() -> None:
    record = Record(format="keras", size=0)
    for path in ("/etc/passwd", "words.txt", ["a"]):
        layer = {"class_name": "StringLookup", "config": {"vocabulary": path}}
        said(layer).note(record)
    assert [(one.code, one.message) for one in record.problems] == [
        ("SEC007", "a vocabulary is read from `/etc/passwd`")
    ]


def test_code_that_is_known_is_not_noted_again() -> None:
    record = Record(format="keras", size=0)
    found = said([{"class_name": "A"}, {"class_name": "B"}], "again")
    found.note(record, 7, {next(iter(found.code))})
    assert [(use.name, use.offset, use.detail) for use in record.code] == [("B", 7, "again")]


def test_what_is_no_json_says_nothing() -> None:
    assert read_config(b"{", limit=9) is None
    assert read_config(b"\xff", limit=9) is None
    assert read_config(b"[" * 200_000, limit=9) is None
    assert said("text").facts == {}


def test_what_is_kept_is_bounded() -> None:
    found = said([{"class_name": f"{n:09}" * 30} for n in range(2_000)])
    assert (len(found.facts), len(found.code), found.more) == (1_000, 1_000, True)
    assert {len(value) for _, value in found.facts} == {200}
    assert {len(use.name) for use in found.code} == {200}
    record = Record(format="keras", size=0)
    found.note(record)
    assert record.reasons == ["a configuration names more than 1000 classes"]
    assert facts({"class_name": "\ud800"}) == [("keras-class", "\\ud800")]


@pytest.mark.parametrize("kind", [b"z", b"Z", b"\xfa", b"\xda"])
def test_short_names_are_found_in_bytecode(kind: bytes) -> None:
    raw = b"\xe3\0\0" + kind + b"\x06system" + kind + b"\xffcut"
    assert names_in(base64.b64encode(raw).decode()) == ["system"]


@pytest.mark.parametrize("kind", [b"a", b"A", b"t", b"u", b"\xe1", b"\xf5"])
def test_long_names_are_found_in_bytecode(kind: bytes) -> None:
    raw = b"\xe3" + kind + b"\x06\0\0\0system"
    assert names_in(base64.b64encode(raw).decode()) == ["system"]


def test_what_is_no_base64_has_no_names() -> None:
    assert names_in("A") == []
    assert names_in("\u20ac") == []
