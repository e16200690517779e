"""Laws every shipped template keeps: it says what it means, and its parts speak of each other."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import promql_parser
import pytest
import yaml

from weighbridge.codec.templates import read_template

FILES = {
    file.name: file.read_bytes()
    for file in (resources.files("weighbridge.model") / "templates").iterdir()
}
EFFECTS = ("latency", "throughput", "memory", "quality")
SYSTEMS = {
    "bentoml",
    "catboost",
    "env",
    "kserve",
    "kubernetes",
    "lightgbm",
    "onnxruntime",
    "sentence-transformers",
    "tei",
    "tensorflow-serving",
    "triton",
    "vllm",
    "xgboost",
}
EXPECTED = {
    "batch-scoring",
    "gradient-boosting",
    "onnx-audio",
    "onnx-classifier",
    "sentence-embedding",
    "sklearn-tabular",
    "tensorflow-savedmodel",
    "vllm-generation",
}

every_file = pytest.mark.parametrize("name", sorted(FILES))


def whole(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILES[name])
    return found


def release(name: str) -> dict[str, Any]:
    found: dict[str, Any] = whole(name)["spec"]["release"]["spec"]
    return found


def parameters() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{name} {key}", parameter)
        for name in sorted(FILES)
        for key, parameter in release(name)["parameters"].items()
    ]


def metrics_in(expression: object) -> set[str]:
    """Collect the metrics a PromQL expression asks for."""
    found = {expression.name} if isinstance(expression, promql_parser.VectorSelector) else set()
    for part in ("lhs", "rhs", "expr", "vector_selector", "args"):
        inner = getattr(expression, part, None)
        for member in inner if isinstance(inner, list) else [inner]:
            found |= metrics_in(member) if member is not None else set()
    return {name for name in found if name}


def published(name: str) -> set[str]:
    """List the series a template promises, those of histograms included."""
    found = set()
    for metric in release(name)["observability"]["metrics"]["expected"]:
        parts = ("_bucket", "_sum", "_count") if metric["type"] == "histogram" else ("",)
        found |= {metric["name"] + part for part in parts}
    return found


def names(members: list[dict[str, Any]], key: str = "name") -> set[str]:
    return {member[key] for member in members}


def test_the_families_are_those_of_the_design() -> None:
    assert set(FILES) == {f"{family}@1.yaml" for family in EXPECTED}


@every_file
def test_it_is_valid_and_called_what_it_calls_itself(name: str) -> None:
    template, _ = read_template(FILES[name], name)
    assert f"{template.metadata.name}@{template.metadata.version}.yaml" == name
    assert template.metadata.description
    assert template.spec.release["spec"]["model"]["family"] == template.metadata.name


@every_file
def test_written_as_json_it_says_the_same(name: str) -> None:
    template, _ = read_template(FILES[name], name)
    again, document = read_template(json.dumps(whole(name)).encode(), name)
    assert again.metadata == template.metadata
    assert again.spec.hooks == template.spec.hooks
    assert str(again.spec.release) == str(template.spec.release)
    assert not document.todos


@every_file
def test_it_leaves_to_the_manifest_what_it_cannot_know(name: str) -> None:
    assert b"TODO" not in FILES[name]
    spec = release(name)
    assert set(whole(name)["spec"]["release"]["metadata"]) == {"versioning"}
    assert not {"source", "dependencies", "lineage", "compatibility", "build"} & set(spec)
    assert not {"runtime", "image"} & set(spec["environment"])
    assert not any("digest" in artifact for artifact in spec.get("artifacts", ()))


@every_file
def test_every_hook_says_what_belongs_there(name: str) -> None:
    hooks = whole(name)["spec"]["hooks"]
    assert {"spec.processing.pre", "spec.evaluation.golden"} <= names(hooks, "at")
    assert all(len(hook["description"]) > 30 for hook in hooks)


@pytest.mark.parametrize(
    "parameter", [found for _, found in parameters()], ids=[said for said, _ in parameters()]
)
def test_every_parameter_says_all_there_is_to_say(parameter: dict[str, Any]) -> None:
    said = {"kind", "type", "value", "default", "fallback", "description", "adjustWhen", "mapsTo"}
    numeric = parameter["type"] in ("integer", "number")
    if numeric:
        said |= {"minimum", "maximum", "unit", "validations"}
        assert parameter["minimum"] <= parameter["value"] <= parameter["maximum"]
        assert parameter["minimum"] <= parameter["fallback"] <= parameter["maximum"]
        assert parameter["minimum"] <= parameter["default"] <= parameter["maximum"]
    elif parameter["type"] == "string":
        said.add("enum")
        assert {parameter[word] for word in ("value", "default", "fallback")} <= set(
            parameter["enum"]
        )
    assert set(parameter) == said | {"effects"}
    assert tuple(parameter["effects"]) == EFFECTS
    assert set(parameter["mapsTo"]) <= SYSTEMS
    assert parameter["description"].endswith(".")


@every_file
def test_validations_speak_of_parameters_there_are(name: str) -> None:
    known = set(release(name)["parameters"]) | {"value", "in"}
    for parameter in release(name)["parameters"].values():
        for validation in parameter.get("validations", ()):
            assert set(re.findall(r"[a-z_]+", validation)) <= known


@every_file
def test_traffic_rises_to_all_of_it_under_analyses_that_are_there(name: str) -> None:
    rollout = release(name)["rollout"]
    analyses = names(rollout["analysis"])
    if name == "batch-scoring@1.yaml":
        assert (rollout["strategy"], "steps" in rollout) == ("recreate", False)
        assert analyses == set(release(name)["rollback"]["verify"])
        return
    weights = [step["weight"] for step in rollout["steps"]]
    assert weights == sorted(set(weights))
    assert weights[-1] == 100
    assert {step.get("analysis", "") for step in rollout["steps"]} - {""} == analyses


@every_file
def test_nothing_is_promoted_without_data(name: str) -> None:
    for analysis in release(name)["rollout"]["analysis"]:
        assert analysis["onNoData"] == "pause"
        assert analysis["minSamples"] > 0
        assert {"success", "failure", "interval", "count", "failureLimit"} <= set(analysis)


@every_file
def test_what_fails_is_seen_and_undone(name: str) -> None:
    spec = release(name)
    analyses = names(spec["rollout"]["analysis"])
    signals = names(spec["observability"]["alerts"], "alert") | names(
        spec["observability"]["metrics"]["expected"]
    )
    modes = spec["failureModes"]
    assert names(modes, "signal") <= signals | analyses
    assert set(spec["rollback"]["automaticOn"]) <= analyses | names(modes, "id")
    assert set(spec["rollback"]["verify"]) <= analyses
    undone = {mode["id"] for mode in modes if mode["action"] == "rollback"}
    assert undone <= set(spec["rollback"]["automaticOn"])
    alerts = names(spec["observability"]["alerts"], "alert")
    # What an analysis shows already need not be told by its alert.
    assert len(alerts - names(modes, "signal")) <= len(analyses & names(modes, "signal"))


@every_file
def test_every_question_is_promql_about_a_metric_that_is_published(name: str) -> None:
    spec = release(name)
    asked = [
        *(analysis["query"] for analysis in spec["rollout"]["analysis"]),
        *(alert["expr"] for alert in spec["observability"]["alerts"]),
    ]
    used = {metric for text in asked for metric in metrics_in(promql_parser.parse(text))}
    assert used
    assert used <= published(name)


@every_file
def test_analyses_ask_about_the_release_alone(name: str) -> None:
    for analysis in release(name)["rollout"]["analysis"]:
        selectors = analysis["query"].count("{")
        assert len(re.findall(r'release!?="\$release"', analysis["query"])) == selectors
        assert selectors == analysis["query"].count("[")
