"""`init --template`: what the template says is left to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tests.usecases.folders import onnx_bytes, put

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


def proposed(run: Bench, *words: str) -> dict[str, Any]:
    text = run("init", "--dry-run", *words).out
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_it_extends_the_template_and_repeats_nothing_of_it(run: Bench) -> None:
    put(run.folder, "model.onnx", onnx_bytes())
    found = proposed(run, "--template", "onnx-classifier")
    assert found["extends"] == "onnx-classifier@1"
    assert not {"task", "format", "family"} & found["spec"]["model"].keys()
    (artifact,) = found["spec"]["artifacts"]
    assert artifact.keys() == {"name", "path", "size", "digest"}
    assert proposed(run, "--template", "onnx-classifier@1") == found


def test_the_files_are_matched_with_those_of_the_template(run: Bench) -> None:
    put(run.folder, "network.onnx", onnx_bytes())
    (artifact,) = proposed(run, "--template", "onnx-classifier")["spec"]["artifacts"]
    assert (artifact["name"], artifact["path"]) == ("model", "network.onnx")


def test_what_the_template_demands_is_left_to_say(run: Bench) -> None:
    put(run.folder, "model.onnx", b"\x08\x08")  # nothing is known of its inputs
    (run.folder / "weights.pkl").write_bytes(b"\x80\x04K\x01.")
    found = proposed(run, "--template", "sklearn-tabular")
    assert found["spec"]["signature"] == "TODO"


def test_a_version_of_another_scheme_is_left_to_say(run: Bench) -> None:
    put(run.folder, "model.onnx", onnx_bytes())
    found = proposed(run, "--template", "batch-scoring")
    assert found["metadata"]["version"] == "TODO"
    assert "versioning" not in found["metadata"]


def test_what_is_proposed_is_checked_over_the_template(run: Bench) -> None:
    put(run.folder, "model.onnx", onnx_bytes())
    assert run("init", "--template", "onnx-classifier").code == 0
    codes = {entry["code"] for entry in run("check", "--output-format=json").json["findings"]}
    assert codes <= {"CFG009", "GOV001", "GOV007", "REP004"}


def test_no_such_template_names_what_is_near(run: Bench) -> None:
    put(run.folder, "model.onnx", onnx_bytes())
    found = run("init", "--template", "onnx-classifer")
    assert (found.code, found.out) == (2, "")
    assert "onnx-classifier@1" in found.err
    assert not (run.folder / "release.yaml").exists()


def test_of_several_versions_one_is_named(run: Bench) -> None:
    put(run.folder, "model.onnx", onnx_bytes())
    (run.folder / "weighbridge.toml").write_text('templates = ["own"]\n')
    for version in ("1", "2"):
        text = (
            "apiVersion: weighbridge.dev/v1\nkind: ReleaseTemplate\n"
            f'metadata: {{name: house, version: "{version}", title: Ours}}\n'
            "spec: {release: {spec: {model: {task: classification}}}}\n"
        )
        put(run.folder, f"own/house@{version}.yaml", text)
    found = run("init", "--template", "house")
    assert (found.code, found.out) == (2, "")
    assert "house@1, house@2" in found.err
    assert proposed(run, "--template", "house@2")["extends"] == "house@2"
