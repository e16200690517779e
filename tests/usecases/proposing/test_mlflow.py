from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.folders import put, write_mlflow
from tests.usecases.proposing.places import folder_of, metadata, spec
from weighbridge.usecases.proposing import mlflow_signature
from weighbridge.usecases.proposing.mlflow import recognise

if TYPE_CHECKING:
    from pathlib import Path


def with_signature(**sides: object) -> str:
    quoted = {side: json.dumps(json.dumps(listed)) for side, listed in sides.items()}
    lines = "".join(f"  {side}: {text}\n" for side, text in quoted.items())
    return f"flavors: {{onnx: {{}}}}\nsignature:\n{lines}"


def signature(root: Path, **sides: object) -> dict[str, Any]:
    found = spec(recognise(folder_of(root, {"MLmodel": with_signature(**sides)})))
    return {"parameters": found["parameters"], **found["signature"]}


def test_a_model_directory_says_what_it_is(tmp_path: Path) -> None:
    write_mlflow(tmp_path)
    folder = folder_of(tmp_path, {})
    found = recognise(folder)
    assert found is not None
    assert found.looks_like == "an MLflow model"
    assert spec(found)["model"] == {"framework": "scikit-learn", "frameworkVersion": "1.6.1"}
    assert spec(found)["environment"] == {"runtime": {"version": "3.11.7"}}
    assert metadata(found)["annotations"] == {
        "mlflow.org/run_id": "5c0f3f6d2b7a4e0c8d1e2f3a4b5c6d7e",
        "mlflow.org/model_uuid": "1f6e1d4c9ad14b1ab3a1a6f6f6b7f0aa",
        "mlflow.org/mlflow_version": "2.22.0",
    }
    assert found.roles == {"MLmodel": "schema", "model.pkl": "weights"}
    assert found.found == (
        "signature: MLmodel",
        "parameters: MLmodel",
        "input example: input_example.json; without its answer it is no golden input",
    )
    assert folder.unread == []


def test_columns_and_tensors_become_one_signature(tmp_path: Path) -> None:
    write_mlflow(tmp_path)
    found = spec(recognise(folder_of(tmp_path, {})))
    assert found["signature"] == {
        "inputs": [
            {"name": "sepal length", "dtype": "float64", "shape": [-1]},
            {"name": "count", "dtype": "int64", "shape": [-1]},
            {"name": "shop", "dtype": "string", "shape": [-1]},
            {"name": "history", "dtype": "float32", "shape": [-1, -1]},
            {"name": "extra", "dtype": "TODO"},
        ],
        "outputs": [{"name": "TODO", "dtype": "int64", "shape": [-1]}],
    }
    assert found["parameters"] == {
        "temperature": {"kind": "inference", "type": "number", "value": "0.5", "default": "0.5"},
        "top": {"kind": "inference", "type": "array", "value": [1, 2], "default": [1, 2]},
    }


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("boolean", "bool"),
        ("integer", "int32"),
        ("long", "int64"),
        ("float", "float32"),
        ("double", "float64"),
        ("string", "string"),
        ("binary", "bytes"),
        ("datetime", "datetime"),
        ("sparkml_vector", "TODO"),
        ("any", "TODO"),
        (3, "TODO"),
    ],
)
def test_each_type_of_a_column_is_known(kind: object, dtype: str, tmp_path: Path) -> None:
    found = signature(tmp_path, inputs=[{"type": kind, "name": "x", "required": True}])
    shape = {} if dtype == "TODO" else {"shape": [-1]}
    assert found["inputs"] == [{"name": "x", "dtype": dtype, **shape}]


@pytest.mark.parametrize(
    ("dtype", "shape", "wanted"),
    [
        ("float32", [-1, 28, 28], {"dtype": "float32", "shape": [-1, 28, 28]}),
        ("float64", [], {"dtype": "float64"}),
        ("uint8", None, {"dtype": "uint8"}),
        ("str768", [-1], {"dtype": "string", "shape": [-1]}),
        ("bytes", [-1], {"dtype": "bytes", "shape": [-1]}),
        ("datetime64[ns]", [-1], {"dtype": "datetime", "shape": [-1]}),
        ("object", [-1], {"dtype": "TODO", "shape": [-1]}),
        ("float32", [-2], {"dtype": "float32"}),
        ("float32", [1.5], {"dtype": "float32"}),
        ("float32", [True], {"dtype": "float32"}),
        ("float32", [1] * 33, {"dtype": "float32"}),
        ("float32", "abc", {"dtype": "float32"}),
    ],
)
def test_each_tensor_keeps_type_and_shape(
    dtype: str, shape: object, wanted: dict[str, object], tmp_path: Path
) -> None:
    entry = {"name": "x", "type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}
    assert signature(tmp_path, outputs=[entry])["outputs"] == [{"name": "x", **wanted}]


def test_arrays_in_arrays_add_dimensions_up_to_a_limit(tmp_path: Path) -> None:
    deep: dict[str, object] = {"type": "long"}
    for _ in range(20):
        deep = {"type": "array", "items": deep}
    assert len(signature(tmp_path, inputs=[{"name": "x", **deep}])["inputs"][0]["shape"]) == 21
    for _ in range(10):
        deep = {"type": "array", "items": deep}
    entry = signature(tmp_path, inputs=[{"name": "x", "type": "array", "items": {}}])["inputs"][0]
    assert entry == {"name": "x", "dtype": "TODO"}


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"name": "a", "type": "double", "default": 0.25}, {"type": "number", "default": "0.25"}),
        ({"name": "a", "type": "long", "default": 3}, {"type": "integer", "default": 3}),
        ({"name": "a", "type": "long", "default": 2**60}, {"type": "integer"}),
        (
            {"name": "a", "dtype": "boolean", "default": False},
            {"type": "boolean", "default": False},
        ),
        ({"name": "a", "type": "string", "default": "x"}, {"type": "string", "default": "x"}),
        ({"name": "a", "type": "string", "default": None}, {"type": "string"}),
        ({"name": "a", "type": "string", "default": "a\nb"}, {"type": "string"}),
        (
            {"name": "a", "type": "double", "shape": [-1], "default": [0.5]},
            {"type": "array", "default": ["0.5"]},
        ),
        ({"name": "a", "type": "double", "shape": [-1], "default": [None]}, {"type": "array"}),
        ({"name": "a", "type": "object"}, {"type": "TODO"}),
    ],
)
def test_parameters_keep_type_and_default(
    entry: dict[str, object], wanted: dict[str, object], tmp_path: Path
) -> None:
    runs_with = {"value": wanted["default"]} if "default" in wanted else {}
    assert signature(tmp_path, params=[entry])["parameters"] == {
        "a": {"kind": "inference", **wanted, **runs_with}
    }


@pytest.mark.parametrize("name", ["", "with blank", "größe", None, 7.5])
def test_a_parameter_without_a_name_that_is_a_key_is_left_out(name: object, tmp_path: Path) -> None:
    found = signature(tmp_path, params=[{"name": name, "type": "long"}])["parameters"]
    assert found == ({"7.5": {"kind": "inference", "type": "integer"}} if name == 7.5 else {})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not json", "not sound JSON"),
        ("[" * 100_000, "nested too deep"),
        ('[{"name": "a", "name": "b"}]', "not sound JSON"),
        ("[" + "9" * 5000 + "]", "not sound JSON"),
        ('[{"type": "long", "name": "a"}, {"type": "long", "name": "a"}]', "two inputs"),
    ],
)
def test_a_signature_that_is_not_one_is_told_of(text: str, reason: str, tmp_path: Path) -> None:
    model = f"flavors: {{onnx: {{}}}}\nsignature: {{inputs: {json.dumps(text)}}}\n"
    folder = folder_of(tmp_path, {"MLmodel": model})
    assert spec(recognise(folder))["signature"] == {}
    assert len(folder.unread) == 1
    assert reason in folder.unread[0]


def test_schemas_of_old_releases_are_lists(tmp_path: Path) -> None:
    model = "flavors: {onnx: {}}\nsignature:\n  inputs:\n  - {name: a, type: long}\n  - 3\n"
    found = spec(recognise(folder_of(tmp_path, {"MLmodel": model})))
    assert found["signature"]["inputs"] == [{"name": "a", "dtype": "int64", "shape": [-1]}]


def test_of_many_columns_the_first_are_taken(tmp_path: Path) -> None:
    many = [{"name": f"c{n}", "type": "long"} for n in range(mlflow_signature.MOST_ENTRIES + 5)]
    folder = folder_of(tmp_path, {"MLmodel": with_signature(inputs=many)})
    found = spec(recognise(folder))["signature"]["inputs"]
    assert len(found) == mlflow_signature.MOST_ENTRIES
    assert folder.unread == ["MLmodel (5 more inputs or outputs are left out)"]


@pytest.mark.parametrize(
    ("flavors", "wanted"),
    [
        ("xgboost: {xgb_version: 2.1.0}", ("xgboost", "2.1.0")),
        ("lightgbm: {lgb_version: 4.5.0}", ("lightgbm", "4.5.0")),
        ("pytorch: {pytorch_version: 2.4.0+cu121}", ("torch", "2.4.0+cu121")),
        ("onnx: {onnx_version: 1.16.0}", ("onnx", "1.16.0")),
        ("transformers: {transformers_version: [1]}", ("transformers", "")),
        ("sklearn: null", ("scikit-learn", "")),
        ("python_function: {}", (None, None)),
        ("a: {a_version: 1.0.0}\n  b: {b_version: 2.0.0}", (None, None)),
    ],
)
def test_the_flavour_says_the_framework(
    flavors: str, wanted: tuple[str | None, str | None], tmp_path: Path
) -> None:
    model = spec(recognise(folder_of(tmp_path, {"MLmodel": f"flavors:\n  {flavors}\n"})))["model"]
    assert (model.get("framework"), model.get("frameworkVersion")) == wanted


@pytest.mark.parametrize(
    ("said", "runtime"),
    [
        ("3.11.7", {"version": "3.11.7"}),
        ("3.12.0rc1", {"version": "3.12.0rc1"}),
        ("3.11", {"version": "TODO"}),
        ("[3]", {"version": "TODO"}),
        ("", {}),
    ],
)
def test_a_python_without_patch_level_is_to_do(
    said: str, runtime: dict[str, str], tmp_path: Path
) -> None:
    model = f"flavors: {{python_function: {{python_version: {said}}}}}\n"
    found = spec(recognise(folder_of(tmp_path, {"MLmodel": model})))
    assert found["environment"] == {"runtime": runtime}


def test_what_flavours_name_is_part_of_the_release(tmp_path: Path) -> None:
    model = """\
flavors:
  python_function:
    artifacts:
      booster: {path: artifacts/booster.ubj, uri: file:///booster.ubj}
      gone: {path: artifacts/gone, uri: x}
    code: code
    config: ../outside.json
    data: /etc/passwd
    loader_module: mlflow.pyfunc
    model_code_path: agent.py
    python_model: python_model.pkl
    here: .
  transformers:
    components: [tokenizer]
    model_binary: model
"""
    names = {
        "agent.py": "code",
        "artifacts/booster.ubj": "weights",
        "code/own/__init__.py": "code",
        "components/tokenizer/tokenizer.json": "tokenizer",
        "components/tokenizer/tokenizer.model": "tokenizer",
        "model/config.json": "schema",
        "model/model.bin": "weights",
        "model/notes.txt": "schema",
        "python_model.pkl": "weights",
    }
    ignored = ("code/own/__pycache__/x.pyc", "code/.git/config", "other.bin")
    files: dict[str, str | bytes] = dict.fromkeys((*names, *ignored), "x")
    found = recognise(folder_of(tmp_path, {"MLmodel": model, **files}))
    assert found is not None
    assert found.roles == {**names, "MLmodel": "schema"}


def test_a_folder_of_very_many_files_is_not_listed_file_by_file(tmp_path: Path) -> None:
    for number in range(201):
        put(tmp_path, f"data/{number}", "x")
    model = "flavors: {keras: {data: data}}\n"
    folder = folder_of(tmp_path, {"MLmodel": model})
    found = recognise(folder)
    assert found is not None
    assert found.roles == {"MLmodel": "schema"}
    assert folder.unread == ["data (more than 200 files: list it as one artifact)"]


@pytest.mark.parametrize(
    "model",
    [
        "",
        "[]",
        "flavors:",
        "flavors: []",
        "flavors: {}",
        "a: b",
        "\0",
        "flavors: &a [*a]",
        "{" * 999,
    ],
)
def test_what_is_no_model_directory_is_none(model: str, tmp_path: Path) -> None:
    assert recognise(folder_of(tmp_path, {"MLmodel": model})) is None


def test_a_model_file_that_is_a_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").mkdir()
    assert recognise(folder_of(tmp_path, {})) is None
