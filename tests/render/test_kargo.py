from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.golden import OPTIONS
from tests.render.orders import files_of, rendered
from tests.render.strict import closed, complaints, schemas

if TYPE_CHECKING:
    from weighbridge.model.rendering import Rendering

VERIFICATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "analysisRunMetadata": {
            "type": "object",
            "properties": {"annotations": {"type": "object"}, "labels": {"type": "object"}},
        },
        "analysisTemplates": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "kind": {"enum": ["AnalysisTemplate", "ClusterAnalysisTemplate"]},
                    "name": {"type": "string"},
                },
            },
        },
        "args": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "value"],
                "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
            },
        },
    },
}
"""`spec.verification` of a Stage (kargo.akuity.io/v1alpha1), written down from its schema:
akuity/kargo, charts/kargo/resources/crds/kargo.akuity.io_stages.yaml."""


def done(**options: str) -> Rendering:
    return rendered("kargo", options={**OPTIONS["kargo"], **options})


def objects(**options: str) -> tuple[dict[str, Any], dict[str, Any]]:
    files = files_of(done(**options))
    template, stage = (
        yaml.safe_load(files[f"{name}.yaml"]) for name in ("analysistemplate", "stage-patch")
    )
    return template, stage


def pod(template: dict[str, Any]) -> dict[str, Any]:
    (metric,) = template["spec"]["metrics"]
    found: dict[str, Any] = metric["provider"]["job"]["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("name", ["registry", "repository", "environment", "image"])
def test_what_nobody_can_guess_is_asked_for(name: str) -> None:
    given = {key: value for key, value in OPTIONS["kargo"].items() if key != name}
    found = rendered("kargo", options=given)
    assert [one.message for one in found.refusals] == [f"option {name} is needed"]
    assert f"--option {name}=" in found.refusals[0].alternatives[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("registry", "http://weighbridge.example.com"),
        ("registry", "https://a b"),
        ("repository", "registry.example.com/ml/demo:1"),
        ("repository", 'registry.example.com/a")}}'),
        ("image", "weighbridge:latest"),
        ("environment", "a b"),
        ("environment", "$(id)"),
        ("stage", "A"),
        ("deadlineSeconds", "0"),
    ],
)
def test_what_could_be_read_as_something_else_is_refused(name: str, value: str) -> None:
    found = done(**{name: value})
    assert [one.message for one in found.refusals] == [f"option {name} cannot be {value}"]


def test_both_pass_their_schemas() -> None:
    template, stage = objects()
    schema = schemas().get(("argoproj.io/v1alpha1", "analysistemplate"))
    assert schema is None or not list(complaints(template, schema))
    patch = {"kind": "Stage", **stage["spec"]["verification"]}
    strict: Any = closed({**VERIFICATION, "properties": {**VERIFICATION["properties"], "kind": {}}})
    assert not list(complaints(patch, strict))
    assert list(complaints({**patch, "argz": []}, strict))
    assert stage["spec"].keys() == {"verification"}


def test_a_stage_calls_the_template_with_what_kargo_promoted() -> None:
    template, stage = objects(stage="prod")
    said = stage["spec"]["verification"]
    assert (stage["metadata"], stage["kind"]) == ({"name": "prod"}, "Stage")
    assert said["analysisTemplates"] == [{"name": template["metadata"]["name"]}]
    assert [one["name"] for one in said["args"]] == [
        one["name"] for one in template["spec"]["args"]
    ]
    repository = OPTIONS["kargo"]["repository"]
    assert said["args"][0]["value"] == (
        f'oci://{repository}@${{{{ imageFrom("{repository}").Digest }}}}'
    )


def test_the_job_is_tried_once_and_may_do_nothing() -> None:
    template, _ = objects(deadlineSeconds="60")
    (metric,) = template["spec"]["metrics"]
    job = metric["provider"]["job"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (0, 60)
    assert {metric[name] for name in ("failureLimit", "inconclusiveLimit")} == {0}
    spec = pod(template)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


def test_what_kargo_fills_in_is_no_part_of_the_program() -> None:
    (container,) = pod(objects()[0])["containers"]
    assert container["command"][:2] == ["/bin/sh", "-ceu"]
    assert not re.search(r"\{\{|args\.", container["command"][2])
    assert {"name": "ARTIFACT", "value": "{{args.artifact}}"} in container["env"]


def test_without_a_secret_to_pull_with_none_is_mounted() -> None:
    given = {key: value for key, value in OPTIONS["kargo"].items() if key != "pullSecret"}
    files = files_of(rendered("kargo", options=given))
    spec = pod(yaml.safe_load(files["analysistemplate.yaml"]))
    assert [one["name"] for one in spec["volumes"]] == ["token", "log-key", "scratch"]


def test_namespaces_are_those_of_the_project() -> None:
    files = files_of(rendered("kargo", namespace="ml", options=OPTIONS["kargo"]))
    for name in ("analysistemplate", "stage-patch"):
        assert yaml.safe_load(files[f"{name}.yaml"])["metadata"]["namespace"] == "ml"
