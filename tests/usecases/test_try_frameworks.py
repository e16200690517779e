"""Releases of models that frameworks trained: scanned, and tried in a Python with the framework."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.tools import training_python
from tests.trained import Trained, train
from tests.usecases.tried import only, tried, verdicts_of
from tests.usecases.workshop import commit, manifest_text

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sandbox_on_path")]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(tmp_path_factory.mktemp("trained"))


def lay_out_trained(bench: Bench, trained: Trained, name: str, expected: object) -> None:
    """Have the release in a folder consist of a model and what it is to answer."""
    (bench.folder / "weights/model.safetensors").unlink()
    (bench.folder / "weights" / name).write_bytes((trained.folder / name).read_bytes())
    (bench.folder / "golden").mkdir()
    (bench.folder / "golden/rows.json").write_text(json.dumps({"X": trained.asked}))
    lines = manifest_text().replace("model.safetensors", name).splitlines(keepends=True)
    left_out = ("      size:", "      digest:", "      format:")
    text = "".join(line for line in lines if not line.startswith(left_out))
    (bench.folder / "release.yaml").write_text(f"""\
{text}    - {{name: golden, role: dataset, path: golden}}
  signature: {{inputs: [{{name: X, dtype: float32, shape: [-1, 4]}}]}}
  evaluation:
    golden:
    - input: golden/rows.json
      expected: {json.dumps(expected)}
      tolerance: {{absolute: 0.00001}}
""")
    commit(bench.folder)


@pytest.mark.parametrize(
    ("name", "runner"),
    [
        ("pipeline.joblib", "scikit-learn"),
        ("clusters.joblib", "scikit-learn"),
        ("model.ubj", "xgboost"),
        ("model.txt", "lightgbm"),
        ("model.onnx", "onnxruntime"),
    ],
)
def test_a_release_answers_as_its_framework_did_when_it_was_trained(
    bench: Bench, trained: Trained, name: str, runner: str
) -> None:
    lay_out_trained(bench, trained, name, as_texts(trained.answers[name]))
    ran = tried(bench, f"--python={training_python()}")
    assert (ran.code, verdicts_of(ran.json)) == (0, {"golden:0": "pass"}), ran.out
    assert (ran.json["runner"]["name"], ran.json["runner"]["where"]) == (runner, "the sandbox")


def test_a_release_that_answers_otherwise_fails(bench: Bench, trained: Trained) -> None:
    wrong = dict(trained.answers["pipeline.joblib"])
    wrong["label"] = [1 - one for one in wrong["label"]]
    lay_out_trained(bench, trained, "pipeline.joblib", as_texts(wrong))
    code, verdict, said = only(tried(bench, f"--python={training_python()}"))
    assert (code, verdict) == (1, "fail")
    assert "label[0]" in said


def test_a_pipeline_that_would_call_the_system_is_loaded_by_nothing(
    bench: Bench, trained: Trained
) -> None:
    lay_out_trained(bench, trained, "harmful.joblib", {"label": [0]})
    code, verdict, said = only(tried(bench, f"--python={training_python()}"))
    assert (code, verdict) == (3, "inconclusive")
    assert "the threat scan did not pass weights/harmful.joblib, and nothing loads it" in said


def test_of_what_frameworks_write_only_the_harmful_is_suspected(
    bench: Bench, trained: Trained
) -> None:
    paths = [str(trained.folder / name) for name in (*trained.answers, "harmful.joblib")]
    files = bench("scan", "--output-format", "json", *paths).json["files"]
    suspected = [file["path"] for file in files if file["verdict"] != "clean"]
    assert len(files) == len(paths) > 10
    assert suspected == paths[-1:]


def as_texts(values: object) -> object:
    """Write decimals as texts, as manifests do."""
    if isinstance(values, dict):
        return {name: as_texts(one) for name, one in values.items()}
    if isinstance(values, list):
        return [as_texts(one) for one in values]
    return f"{values:.9f}" if isinstance(values, float) else values
