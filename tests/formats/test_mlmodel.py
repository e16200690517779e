from __future__ import annotations

import pytest

from tests.formats.samples import codes, messages, read, sniffed
from weighbridge.model.structure import FileReference

MLMODEL = b"""\
artifact_path: model
flavors:
  python_function:
    env: {conda: conda.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    data: data
    artifacts:
      table: {path: artifacts/table.csv, uri: file:///x}
  sklearn:
    pickled_model: model.pkl
    code: code
mlflow_version: 2.22.0
model_uuid: 1f6e1d4c9ad14b1ab3a1a6f6f6b7f0aa
"""


def test_a_model_says_what_it_loads() -> None:
    found = read(MLMODEL)
    assert sniffed(MLMODEL) == found.format == "mlflow"
    assert (found.status, found.version, found.coverage) == ("complete", "2.22.0", len(MLMODEL))
    assert found.references == tuple(
        FileReference(path=path) for path in ("artifacts/table.csv", "data", "model.pkl")
    )
    assert {
        ("flavor", "sklearn"),
        ("loader_module", "mlflow.sklearn"),
        ("code", "code"),
    } <= set(found.metadata)
    assert {(use.kind, use.name) for use in found.code} == {
        ("python-reference", "mlflow.sklearn"),
        ("python-file", "code"),
    }


@pytest.mark.parametrize("path", ["/etc/passwd", "../m.pkl", "s3://bucket/m.pkl", "a\\\\b"])
def test_a_path_that_leads_out_is_told(path: str) -> None:
    found = read(MLMODEL.replace(b"model_path: model.pkl", f'model_path: "{path}"'.encode()))
    assert codes(found) == ["SEC007"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b"data: data", b"data: data\n    data: other", "data"),
        (b"env: {conda: conda.yaml}", b"env: {conda", ""),
        (b"mlflow_version: 2.22.0", b"mlflow_version: \xff", "UTF-8"),
        (b"mlflow_version: 2.22.0", b"mlflow_version: &a [*a]", ""),
    ],
)
def test_damaged_text_is_corrupt(before: bytes, after: bytes, message: str) -> None:
    found = read(MLMODEL.replace(before, after), "mlflow")
    assert (found.status, set(codes(found))) == ("error", {"INT008"})
    assert message in messages(found)


@pytest.mark.parametrize(
    "data", [b"flavors:\n  a: 1\n", b"mlflow_version: 2\n", b"x: |\n  flavors:\n", b"# flavors:\n"]
)
def test_other_yaml_is_text(data: bytes) -> None:
    assert sniffed(data) == "text"


def test_values_of_other_kinds_say_nothing() -> None:
    data = (
        b"flavors:\n  a: [1]\n  b: {data: 1, artifacts: [2]}\n  c: {artifacts: {x: 3}}\nrun_id: 1\n"
    )
    found = read(data)
    assert (found.status, found.references) == ("complete", ())


def test_budgets_end_incomplete() -> None:
    assert read(MLMODEL, header=10).status == "incomplete"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        (b"# A page\n\nIt shows what MLflow writes\n", "text"),
        (b"# A comment\n\n", "mlflow"),
        (b"%YAML 1.1\n---\n", "mlflow"),
        (b"# Mind the end of the line\rsteps: [one,\nwords alone\n]\n", "mlflow"),
        (b"steps: [one,\nwords alone\n]\n", "mlflow"),
    ],
)
def test_a_page_that_shows_one_is_none(before: bytes, wanted: str) -> None:
    assert sniffed(before + MLMODEL) == wanted
