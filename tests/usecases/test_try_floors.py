from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.tried import COMMAND, DOUBLING, lay_out_tried, only, records, tried, verdicts_of

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

pytestmark = pytest.mark.usefixtures("sandbox_on_path")


def test_a_floor_is_measured_on_a_data_set_of_the_release(bench: Bench) -> None:
    metrics = """\
  metrics:
    - {name: accuracy, floor: 0.91, confidence: 0.95, dataset: golden/records.jsonl}
    - {name: accuracy, floor: 0.99, confidence: 0.95, dataset: golden/records.jsonl}
    - {name: accuracy, value: 0.5}
    - {name: BLEU, floor: 0.5, dataset: golden/records.jsonl}
    - {name: accuracy, floor: 0.5}
    - {name: accuracy, floor: 0.5, dataset: golden/none.jsonl}
"""
    lay_out_tried(bench.folder, COMMAND, metrics)
    records(bench.folder, *[([0.5], 1)] * 95, *[([1.5], 9)] * 5)
    ran = tried(bench)
    assert verdicts_of(ran.json) == {
        "metric:0:accuracy": "inconclusive",
        "metric:1:accuracy": "fail",
        "metric:3:BLEU": "inconclusive",
        "metric:4:accuracy": "inconclusive",
        "metric:5:accuracy": "inconclusive",
    }
    assert ran.json["tests"][0]["seen"] == "0.95 of 100 records, between 0.900839 and 0.975453"
    records(bench.folder, *[([0.5], 1)] * 990, *[([1.5], 9)] * 10)
    assert verdicts_of(tried(bench).json)["metric:0:accuracy"] == "pass"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no records"),
        ("nonsense", "it is no JSON"),
        ('{"inputs": {}}', "line 1 is no"),
        ('\n{"inputs": {}, "expected": {"a": 1, "b": 2}}', "line 2 is no"),
    ],
)
def test_a_data_set_that_is_none_is_inconclusive(bench: Bench, text: str, message: str) -> None:
    metrics = "  metrics: [{name: accuracy, floor: 0.5, dataset: elsewhere}]\n"
    lay_out_tried(bench.folder, COMMAND, metrics)
    (bench.folder / "data.jsonl").write_text(text)
    code, verdict, said = only(tried(bench, "--dataset=elsewhere=data.jsonl"))
    assert (code, verdict) == (3, "inconclusive")
    assert message in said


def test_a_data_set_elsewhere_is_the_one_the_manifest_pins(bench: Bench) -> None:
    metrics = "  metrics: [{name: accuracy, floor: 0.5, dataset: holdout}]\n"
    pinned = f'  lineage: {{datasets: [{{ref: holdout, digest: "sha256:{"0" * 64}"}}]}}\n'
    lay_out_tried(bench.folder, COMMAND, metrics, more=pinned)
    records(bench.folder, ([0.5], 1))
    (bench.folder / "golden/records.jsonl").rename(bench.folder / "data.jsonl")
    code, verdict, said = only(tried(bench, "--dataset=holdout=data.jsonl"))
    assert (code, verdict) == (3, "inconclusive")
    assert "spec.lineage.datasets says sha256:000" in said
    assert "no such file" in only(tried(bench, "--dataset=holdout=none.jsonl"))[2]
    lay_out_tried(bench.folder, COMMAND, metrics)
    assert tried(bench, "--dataset=holdout=data.jsonl").code == 0
    assert tried(bench, "--dataset=holdout").code == 2


def test_records_without_an_answer_are_wrong_and_a_model_that_is_gone_is_inconclusive(
    bench: Bench,
) -> None:
    metrics = "  metrics: [{name: accuracy, floor: 1, dataset: golden/records.jsonl}]\n"
    silly = DOUBLING.replace('"id": asked["id"]', '"id": 7')
    lay_out_tried(bench.folder, COMMAND, metrics, code=silly)
    records(bench.folder, ([0.5], 1))
    assert only(tried(bench))[:2] == (1, "fail")
    lay_out_tried(bench.folder, COMMAND, metrics, code="exit(1)")
    assert only(tried(bench))[:2] == (3, "inconclusive")
