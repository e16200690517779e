"""What Prometheus itself answers to the queries that are rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.orders import files_of, rendered
from tests.tools import run_tool

if TYPE_CHECKING:
    from pathlib import Path

QUANTILE = 'histogram_quantile(0.5, sum by (le) (rate(duration_bucket{release="$release"}[1m])))'


def query(kind: str, asked: str = "") -> tuple[str, str]:
    """Return a rendered query, and the digest of the release."""
    change: dict[str, Any] = {}
    if asked:
        one = {"name": "errors", "query": asked, "success": "value < 1", "onNoData": "pause"}
        change = {"spec": {"rollout": {"analysis": [one | {"interval": "30s", "minSamples": 200}]}}}
    documents = [
        yaml.safe_load(text)
        for path, text in files_of(rendered(kind, change=change)).items()
        if "template-errors" in path
    ]
    spec = documents[0]["spec"]
    digest = documents[0]["metadata"]["annotations"]["weighbridge.dev/release"]
    if kind == "flagger":
        return spec["query"], digest
    return spec["metrics"][0]["provider"]["prometheus"]["query"], digest


def series(digest: str, step: int) -> list[dict[str, str]]:
    """Return counters that grow by so much in 15 s, a quarter errors; of another release, too."""
    found = []
    for release, errors in ((digest, step / 4), ("sha256:other", step)):
        label = f'release="{release}"'
        found += [
            {"series": f"requests_total{{{label}}}", "values": f"0+{step}x200"},
            {"series": f"requests_errors_total{{{label}}}", "values": f"0+{errors}x200"},
            {"series": f'duration_bucket{{{label},le="0.5"}}', "values": f"0+{step}x200"},
            {"series": f'duration_bucket{{{label},le="+Inf"}}', "values": f"0+{step}x200"},
        ]
    return found


@pytest.mark.parametrize(
    ("kind", "asked", "step", "value"),
    [
        ("argo", "", 100, 0.25),  # 400 a minute
        ("argo", "", 48, None),  # 192 a minute, of the 200 that are demanded
        ("argo", "", 0, None),
        ("argo", QUANTILE, 100, 0.25),
        ("argo", QUANTILE, 48, None),
        ("flagger", "", 100, 0.25),
        ("flagger", "", 48, None),
        ("flagger", "", 0, None),
        ("flagger", QUANTILE, 100, 0.25),
        ("flagger", QUANTILE, 48, None),
    ],
)
def test_prometheus_answers_of_this_release_and_from_enough_samples_only(
    kind: str, asked: str, step: int, value: float | None, tmp_path: Path
) -> None:
    text, digest = query(kind, asked)
    answer = [] if value is None else [{"labels": "{}", "value": value}]
    test = {
        "interval": "15s",
        "input_series": series(digest, step),
        "promql_expr_test": [{"expr": text, "eval_time": "30m", "exp_samples": answer}],
    }
    rules = {"rule_files": [], "evaluation_interval": "15s", "tests": [test]}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(rules))
    done = run_tool("promtool", "test", "rules", tmp_path / "test.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
