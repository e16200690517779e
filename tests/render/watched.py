"""A release that is watched in every way, and what promtool says of its rules."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.render.orders import files_of, rendered, write
from tests.tools import run_tool
from weighbridge.render.rendering import SUMS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.rendering import Rendering

EXPECTED: Final[list[dict[str, Any]]] = [
    {"name": "requests_total", "type": "counter"},
    {"name": "requests_errors_total", "type": "counter", "labels": {"stage": "model"}},
    {"name": "request_seconds", "type": "histogram", "unit": "seconds"},
    {"name": "answer_bytes", "type": "summary", "unit": "bytes"},
    {"name": "unknown_ratio", "type": "gauge", "unit": "ratio"},
    {"name": "loaded_at_seconds", "type": "gauge", "unit": "seconds"},
]
ALERTS: Final[list[dict[str, Any]]] = [
    {
        "alert": "UnknownLabels",
        "expr": "unknown_ratio > 0.2",
        "for": "5m",
        "labels": {"severity": "page"},
    },
    {
        "alert": "SlowAnswers",
        "expr": "histogram_quantile(0.99, sum by (le) (rate(request_seconds_bucket[5m]))) > 0.5",
        "for": "10m",
        "annotations": {"summary": "Slow: {{ $value }} s", "runbook_url": "https://r.example/slow"},
    },
    {
        "alert": "Stale",
        "expr": 'time() - loaded_at_seconds{release="$release"} > 3600',
        "keep_firing_for": "10m",
        "annotations": {"summary": "Release $release was loaded long ago."},
    },
    {"alert": "Down", "expr": 'up{job="detector"} == 0 or absent(up{job="detector"})'},
]
ANALYSES: Final[list[dict[str, Any]]] = [
    {
        "name": "errors",
        "query": 'sum(rate(requests_errors_total{release="$release"}[1m]))'
        ' / sum(rate(requests_total{release="$release"}[1m]))',
        "success": "value < 0.01",
        "failure": "value > 0.05 || value < 0",
        "interval": "30s",
        "minSamples": 200,
        "onNoData": "pause",
        "failureLimit": 1,
    }
]
FAILURES: Final[list[dict[str, Any]]] = [
    {
        "id": "wrong-labels",
        "symptom": "unknown label share rises",
        "signal": "unknown_ratio",
        "severity": "high",
        "action": "rollback",
        "runbook": "docs/runbooks/labels.md",
    },
    {"id": "slow", "symptom": "callers wait", "signal": "request_seconds", "action": "pause"},
    {
        "id": "failing-requests",
        "symptom": "callers get errors",
        "signal": "errors",
        "severity": "critical",
        "action": "rollback",
        "runbook": "https://r.example/errors",
    },
    {"id": "gone", "symptom": "nothing answers", "signal": "Down", "action": "page"},
]
OBJECTIVES: Final[list[dict[str, Any]]] = [
    {
        "name": "availability",
        "description": "Requests are answered.",
        "indicator": {
            "ratioMetric": {
                "bad": "requests_errors_total",
                "total": "sum(rate(requests_total[5m]))",
            }
        },
        "timeWindow": {"duration": "30d", "isRolling": True},
        "budgetingMethod": "Occurrences",
        "objectives": [{"displayName": "most of them", "target": "0.999"}],
    },
    {
        "name": "latency",
        "indicator": {
            "thresholdMetric": "histogram_quantile(0.99, sum by (le) "
            "(rate(request_seconds_bucket[5m])))"
        },
        "timeWindow": {"duration": "28d"},
        "objectives": [{"op": "lt", "value": "0.25", "target": "0.95"}],
    },
]
WATCHED: Final[dict[str, Any]] = {
    "spec": {
        "rollout": {"analysis": ANALYSES},
        "failureModes": FAILURES,
        "observability": {
            "metrics": {"endpoint": ":9100/metrics", "expected": EXPECTED},
            "alerts": ALERTS,
            "slos": OBJECTIVES,
        },
    }
}
"""Merge patch that makes a release be watched so."""


NAME = "file-type-detector"
OPTIONS = {
    "scrapeTargets": "127.0.0.1:9100,[::1]:9100",
    "monitorLabels": "release=kube-prometheus-stack,team=ml",
    "otlpEndpoint": "https://otlp.example.com/v1",
    "links.loki": "https://logs.example.com/explore?q={query}",
    "links.runbooks": "https://wiki.example.com/{name}/{version}",
}


def documents(version: str = "", options: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the files of a release that is watched in every way, as they are read."""
    done = rendered("prometheus", change=WATCHED, version=version, options=options)
    files = files_of(done)
    return {path: yaml.safe_load(text) for path, text in files.items() if path != SUMS}


def digest(found: dict[str, Any]) -> str:
    told: str = found["prometheusrule.yaml"]["metadata"]["annotations"]["weighbridge.dev/release"]
    return told


def watching(**observability: object) -> dict[str, Any]:
    """Return a merge patch for a release that is watched by what is given, and nothing else."""
    known = dict.fromkeys(("metrics", "alerts", "slos", "logs", "traces"))
    return {"spec": {"failureModes": None, "observability": {**known, **observability}}}


def alert(expr: str, **more: object) -> dict[str, Any]:
    """Return a merge patch for a release with one alert."""
    return watching(alerts=[{"alert": "Tried", "expr": expr, **more}])


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool; it says what is wrong on either stream."""
    return run_tool("promtool", *arguments)


def judged(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the tests of rules in a folder."""
    return promtool("test", "rules", *sorted((folder / "tests").iterdir()))


def changed(folder: Path, old: str | re.Pattern[str], new: str, place: Path) -> Path:
    """Copy a folder, with the rule file changed where a text stands."""
    shutil.copytree(folder, place)
    (path,) = (place / "rules").iterdir()
    text = path.read_text(encoding="utf-8")
    other = old.sub(new, text) if isinstance(old, re.Pattern) else text.replace(old, new)
    assert other != text, f"{old} is not in {text}"
    path.write_text(other, encoding="utf-8")
    return place


def written(done: Rendering, folder: Path) -> Path:
    """Write a rendering into a folder that is made."""
    folder.mkdir()
    return write(done, folder)


def rules(documents: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rules of a rule file, or of the spec of a PrometheusRule."""
    for group in documents["groups"]:
        yield from group["rules"]
