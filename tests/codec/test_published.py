from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.codec.samples import EXAMPLE, MINIMAL, document_data, full_data
from weighbridge.codec.kinds import KINDS
from weighbridge.codec.published import published_schema

OVERLAY = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
extends: onnx-classifier@1
metadata: {name: a, risk: null}
spec:
  model: {name: a}
  artifacts: [{name: labels, $remove: true}, {name: model, digest: TODO}]
"""
TEMPLATE = """\
apiVersion: weighbridge.dev/v1
kind: ReleaseTemplate
metadata: {name: a, version: "1", title: A template}
spec:
  hooks: [{name: golden, at: spec.evaluation.golden, description: Known inputs.}]
  release: {spec: {model: {format: onnx}, artifacts: [{name: model}]}}
"""


def accepts(kind: str, text: str) -> bool:
    return Draft202012Validator(published_schema(kind)).is_valid(document_data(text))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_schema_with_an_identity(kind: str) -> None:
    schema = published_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://weighbridge.dev/v1/{KINDS[kind].schema_file}"
    assert schema == published_schema(kind)


def test_whole_manifests_are_held_to_the_whole() -> None:
    assert accepts("ModelRelease", EXAMPLE)
    assert accepts("ModelRelease", json.dumps(full_data()))
    assert not accepts("ModelRelease", MINIMAL.replace("source: {}", ""))


def test_manifests_over_a_template_may_leave_out_and_take_out() -> None:
    assert accepts("ModelRelease", OVERLAY)
    assert not accepts("ModelRelease", OVERLAY.replace("extends: onnx-classifier@1\n", ""))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: a, risk", "nmae: a, risk"),
        ("risk: null", "risk: extreme"),
        ("$remove: true", "$remove: false"),
        ("{name: model, digest", "{name: model, disgest"),
        ("onnx-classifier@1", "onnx-classifier"),
    ],
)
def test_manifests_over_a_template_are_as_closed(old: str, new: str) -> None:
    assert not accepts("ModelRelease", OVERLAY.replace(old, new))


def test_templates_give_part_of_a_manifest() -> None:
    assert accepts("ReleaseTemplate", TEMPLATE)
    assert not accepts("ReleaseTemplate", TEMPLATE.replace("format: onnx", "fromat: onnx"))
    assert not accepts("ReleaseTemplate", TEMPLATE.replace("{spec: {model", "{sepc: {model"))
    assert not accepts("ReleaseTemplate", TEMPLATE.replace("title: A template", "titel: x"))


def test_every_reference_leads_somewhere() -> None:
    for kind in KINDS:
        schema = published_schema(kind)
        for reference in _references(schema):
            assert reference.removeprefix("#/$defs/") in schema["$defs"], reference


def _references(node: Any) -> list[str]:  # noqa: ANN401 - a tree
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for member in node.values() for found in _references(member)]
    if isinstance(node, list):
        return [found for member in node for found in _references(member)]
    return []
