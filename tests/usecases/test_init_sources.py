"""`init` on folders of each kind it knows, up to `seal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnx
import pytest
import yaml
from onnx import TensorProto, helper

from tests.usecases.folders import (
    REQUIREMENTS,
    onnx_bytes,
    put,
    write_bento,
    write_hugging_face,
    write_mlflow,
    write_stored_model,
)
from tests.usecases.workshop import WEIGHTS, commit, sha256
from weighbridge.cli.init import KINDS
from weighbridge.usecases.proposing import sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.workshop import Bench

ANSWERS = {
    "dtype": "string",
    "name": "label",
    "contact": "a@example.com",
    "license": "MIT",
    "ref": "registry.example.com/model",
    "digest": "sha256:" + "0" * 64,
    "lock": "requirements.lock",
    "format": "requirements",
}


def document(run: Bench, folder: str = ".") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((run.folder / folder / "release.yaml").read_text())
    return found


def findings(run: Bench, *words: str) -> list[tuple[str, str]]:
    """Return code and pointer of each finding of `check`."""
    listed = run("check", "--offline", "--output-format", "json", *words).json["findings"]
    return [(entry["code"], entry["location"]["pointer"]) for entry in listed]


def bento(folder: Path) -> None:
    write_bento(folder, onnx_bytes())


def stored_model(folder: Path) -> None:
    write_stored_model(folder, onnx_bytes())


def loose_files(folder: Path) -> None:
    put(folder, "model.onnx", onnx_bytes())
    put(folder, "Dockerfile", "FROM python:3.11-slim AS base\nFROM base\n")


@pytest.mark.parametrize(
    ("lay_out", "looks_like", "honest"),
    [
        (write_mlflow, "an MLflow model", {"CFG002", "CMP002", "DEP002", "GOV007"}),
        (write_hugging_face, "a Hugging Face model", {"GOV006"}),
        # The image they speak of is nowhere to be seen.
        (bento, "a bento", {"CMP002", "DEP002", "GOV007", "INT003", "INT011", "SEC008"}),
        (stored_model, "a model of BentoML", {"GOV007"}),
        (loose_files, "", {"GOV007", "INT003", "INT011", "SEC008"}),
    ],
)
def test_each_kind_of_folder_can_be_filled_in_and_sealed(
    lay_out: Callable[[Path], None], looks_like: str, honest: set[str], run: Bench
) -> None:
    lay_out(run.folder)
    commit(run.folder)
    found = run("init")
    put(run.folder, "requirements.lock", "# nothing\n")
    assert found.code == 0
    said = f"  looks like {looks_like}\n" if looks_like else ""
    assert found.out.startswith(f"wrote release.yaml\n{said}  found weights: ")
    # What is to do is what `check` says is to do, and the commands that do it work.
    commands = [line.split() for line in found.err.splitlines() if line.startswith("  weigh")]
    todo = [pointer for code, pointer in findings(run) if code == "CFG009"]
    assert [f"/{words[2].replace('.', '/')}" for words in commands] == todo
    for words in commands:
        answer = ANSWERS.get(words[2].rpartition(".")[2], "anything")
        assert run("set", words[2], answer).code == 0
    commit(run.folder)
    assert {code for code, _ in findings(run)} == honest
    assert run("seal").code == 0


@pytest.mark.parametrize(
    "lay_out", [write_mlflow, write_hugging_face, bento, stored_model, loose_files]
)
def test_what_is_proposed_is_found_again_by_capture(
    lay_out: Callable[[Path], None], run: Bench
) -> None:
    lay_out(run.folder)
    assert run("init").code == 0
    before = (run.folder / "release.yaml").read_bytes()
    commit(run.folder)
    run("capture", "--update")
    after = yaml.safe_load((run.folder / "release.yaml").read_text())
    assert after["spec"]["artifacts"] == yaml.safe_load(before)["spec"]["artifacts"]


def test_an_onnx_model_says_its_interface(run: Bench) -> None:
    loose_files(run.folder)
    found = run("init")
    assert "  found signature: model.onnx\n  found image: Dockerfile\n" in found.out
    assert "not listed" not in found.err  # a file that was read is not forgotten
    spec = document(run)["spec"]
    assert spec["signature"] == {
        "inputs": [{"name": "x", "dtype": "float32", "shape": [-1, 3]}],
        "outputs": [{"name": "y", "dtype": "int64", "shape": [-1, 1]}],
    }
    assert spec["model"] == {
        "name": "project",
        "task": "TODO",
        "format": "onnx",
        "formatVersion": "17",
        "framework": "pytorch",
        "frameworkVersion": "2.4.0",
        "license": "TODO",
    }
    base = {"ref": "python:3.11-slim", "digest": "TODO"}
    assert spec["environment"]["image"] == {"ref": "TODO", "digest": "TODO", "base": base}


@pytest.mark.parametrize("count", [0, 2])
def test_of_several_onnx_models_none_is_the_interface(count: int, run: Bench) -> None:
    put(run.folder, "model.safetensors", WEIGHTS)
    for number in range(count):
        put(run.folder, f"a{number}.onnx", onnx_bytes())
    assert run("init").code == 0
    assert "signature" not in document(run)["spec"]


def test_an_onnx_model_that_is_cut_says_nothing(run: Bench) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    weight = helper.make_tensor("w", TensorProto.FLOAT, [100], [0.5] * 100)
    node = helper.make_node("Identity", ["x"], ["x2"])
    model = helper.make_model(helper.make_graph([node], "g", [value], [], [weight]))
    put(run.folder, "model.onnx", bytes(model.SerializeToString())[:-20])
    assert run("init").code == 0
    assert "signature" not in document(run)["spec"]


def test_weights_listed_as_inputs_are_none(run: Bench) -> None:
    names = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xw"]
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1], [0.5])
    node = helper.make_node("Add", ["x", "w"], ["y"])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT8E5M2, [])
    model = helper.make_model(helper.make_graph([node], "g", names, [y], [weight]))
    onnx.save(model, run.folder / "model.onnx")
    assert run("init").code == 0
    assert document(run)["spec"]["signature"] == {
        "inputs": [{"name": "x", "dtype": "float32", "shape": [1]}],
        "outputs": [{"name": "y", "dtype": "TODO"}],
    }


def test_the_source_has_the_say_before_git_and_project(run: Bench) -> None:
    bento(run.folder)
    put(run.folder, "pyproject.toml", '[project]\nname = "own"\nversion = "9"\nlicense = "mit"\n')
    commit(run.folder)
    assert run("init").code == 0
    found = document(run)
    assert (found["metadata"]["name"], found["metadata"]["version"]) == (
        "summarisation",
        "o5smnagbncigycvj",
    )
    assert found["spec"]["model"]["license"] == "MIT"
    assert found["spec"]["source"] == {"repo": "https://git.example.com/ml/demo"}


def test_the_lock_a_source_names_is_taken_before_the_projects(run: Bench) -> None:
    bento(run.folder)
    put(run.folder, "uv.lock", "# x\n")
    assert run("init").code == 0
    lock = document(run)["spec"]["dependencies"]["runtime"]["lock"]
    assert lock == "env/python/requirements.txt"


def test_a_model_that_lies_elsewhere_is_listed_by_its_address(run: Bench) -> None:
    models = "- {tag: 'org/name:0f3c', registry: huggingface}\n- {tag: 'a:1'}\n"
    put(run.folder, "bento.yaml", f"name: x\nbentoml_version: 1.4.0\nmodels:\n{models}")
    found = run("init")
    assert found.code == 0
    assert "  found weights: hf://org/name@0f3c\n" in found.out
    assert document(run)["spec"]["artifacts"][1:] == [
        {"name": "org-name", "role": "weights", "uri": "hf://org/name@0f3c", "version": "0f3c"},
        {"name": "a", "role": "weights", "uri": "TODO", "version": "1"},
    ]


# --from -----------------------------------------------------------------------------------------


def test_every_kind_can_be_asked_for() -> None:
    assert sorted(KINDS) == sorted(sources.KINDS)


def test_a_kind_can_be_asked_for_where_two_would_do(run: Bench) -> None:
    write_mlflow(run.folder)
    put(run.folder, "README.md", "---\nlicense: mit\nlibrary_name: x\n---\n")
    found = run("init", "--from", "hf", ".")
    assert "  looks like a Hugging Face model\n" in found.out
    assert document(run)["spec"]["model"]["license"] == "MIT"


def test_without_a_folder_the_manifest_goes_beside_the_model(run: Bench) -> None:
    write_mlflow(run.folder / "build/model")
    found = run("init", "--from", "mlflow", "build/model")
    assert found.out.startswith("wrote build/model/release.yaml\n  looks like an MLflow model\n")
    spec = document(run, "build/model")["spec"]
    assert spec["model"]["name"] == "model"
    assert [entry["path"] for entry in spec["artifacts"]] == ["model.pkl", "MLmodel"]


def test_with_a_folder_paths_are_relative_to_it(run: Bench) -> None:
    write_mlflow(run.folder / "build/iris")
    put(run.folder, "build/other/model.safetensors", WEIGHTS)
    put(run.folder, "uv.lock", "# x\n")
    put(run.folder, "Dockerfile", "FROM python:3.11\n")
    assert run("init", ".", "--from", "mlflow", "build/iris").code == 0
    spec = document(run)["spec"]
    assert spec["model"]["name"] == "iris"
    paths = [entry["path"] for entry in spec["artifacts"]]
    assert paths == ["build/iris/model.pkl", "build/iris/MLmodel"]
    assert spec["dependencies"]["runtime"] == {
        "lock": "build/iris/requirements.txt",
        "format": "requirements",
        "digest": sha256(REQUIREMENTS.encode()),
    }
    assert spec["environment"]["image"]["base"]["ref"] == "python:3.11"
    assert run("check", "--select", "INT").code == 0


@pytest.mark.parametrize("place", ["../outside", "link", "."])
def test_a_model_outside_of_the_manifests_folder_is_refused(place: str, run: Bench) -> None:
    write_mlflow(run.folder.parent / "outside")
    (run.folder / "own").mkdir()
    (run.folder / "own/link").symlink_to("../../outside")
    (run.folder / "link").symlink_to("../outside")
    found = run("init", "own", "--from", "mlflow", place)
    assert found.code == 2
    assert f"error[WB100]: {place} does not lie in own, where the manifest would be\n" in (
        found.err.replace(f"{run.folder}/", "").replace(str(run.folder), ".")
    )
    assert "leave DIR out" in found.err
    assert not (run.folder / "own/release.yaml").exists()


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("mlflow", "a file MLmodel"), ("hf", "a config.json"), ("bentoml", "a file bento.yaml")],
)
def test_a_folder_of_another_kind_is_refused(kind: str, wanted: str, run: Bench) -> None:
    put(run.folder, "model.safetensors", WEIGHTS)
    put(run.folder, "MLmodel", "a: &a [*a]\n")
    found = run("init", "--from", kind, ".")
    assert found.code == 2
    assert f"does not look like what `--from {kind}` reads\n" in found.err
    assert f"wanted  {wanted}" in found.err
    assert ("not read: MLmodel" in found.err) is (kind == "mlflow")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--from", "mlflow", "nowhere"), "nowhere is not a folder"),
        ((".", "--from", "mlflow", "nowhere"), "nowhere is not a folder"),
        ((".", "--from", "mlflow", "MLmodel"), "MLmodel is not a folder"),
        (("--from", "conda", "."), "'conda' is not one of"),
        (("--from", "mlflow"), "requires 2 arguments"),
    ],
)
def test_what_cannot_be_read_from_is_a_usage_error(
    words: tuple[str, ...], message: str, run: Bench
) -> None:
    write_mlflow(run.folder)
    found = run("init", *words)
    assert found.code == 2
    assert message in found.err


def test_a_model_mlflow_names_needs_no_format_we_know(run: Bench) -> None:
    model = "flavors:\n  xgboost: {data: model.ubj, xgb_version: 2.1.0, model_format: ubj}\n"
    put(run.folder, "MLmodel", model)
    put(run.folder, "model.ubj", b"{L\0\0")
    assert run("init").code == 0
    assert document(run)["spec"]["artifacts"][0] == {
        "name": "model",
        "role": "weights",
        "path": "model.ubj",
        "size": 4,
        "digest": sha256(b"{L\0\0"),
    }
