from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.render.orders import objects_of, rendered
from tests.render.strict import complaints, schemas, strict
from weighbridge.render.targets import TARGETS

_PLAIN = {"system": {"sysctls": None}}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "properties": {
                "size": {"x-kubernetes-int-or-string": True, "type": "object"},
                "any": {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": True,
                    "properties": {"a": {"type": "integer"}},
                },
                "map": {"type": "object", "additionalProperties": {"type": "string"}},
                "properties": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"b": {"type": "integer"}}},
                },
            },
        },
    },
}
SHAPES: list[tuple[str, str, dict[str, str], dict[str, Any]]] = [
    ("argo", "canary", {}, {}),
    ("argo", "routed", {"trafficRouter": "istio", "route": "web"}, {}),
    ("argo", "ingress", {"trafficRouter": "nginx", "route": "web"}, {}),
    ("argo", "gateway", {"trafficRouter": "gatewayAPI", "route": "web"}, {}),
    ("argo", "switched", {}, {"strategy": "blueGreen", "steps": [{"weight": 0, "hold": "5m"}]}),
    (
        "argo",
        "asked behind",
        {},
        {"strategy": "blueGreen", "steps": [{"weight": 100, "hold": "5m", "analysis": "errors"}]},
    ),
    ("argo", "rolling", {}, {"strategy": "rolling", "steps": None}),
    (
        "flagger",
        "canary",
        {"provider": "istio", "gateway": "web/main", "host": "a.example.com"},
        {},
    ),
    ("flagger", "gateway", {"provider": "gatewayapi:v1", "gateway": "web/main"}, {}),
    ("flagger", "ingress", {"provider": "nginx", "ingress": "web"}, {}),
    ("flagger", "switched", {}, {"strategy": "blueGreen", "steps": [{"weight": 0, "hold": "5m"}]}),
    ("kserve", "canary", {}, {}),
    ("kserve", "rolling", {"deploymentMode": "Standard"}, {"strategy": "rolling", "steps": None}),
    (
        "kserve",
        "recreated",
        {"deploymentMode": "Standard"},
        {"strategy": "recreate", "steps": None},
    ),
    ("kserve", "switched", {}, {"strategy": "blueGreen", "steps": None}),
    ("kserve", "stored", {"storage": f"oci://r.example.com/m@sha256:{'0' * 64}"}, {}),
]
OPEN = ("labels", "annotations", "matchLabels", "limits", "requests", "volumes")
"""Maps with free keys; Argo's own schema leaves volumes open, so Kubernetes' judges them."""
VERSIONS = {one.kind: one.versions for one in TARGETS}
CASES = [
    pytest.param(
        kind,
        version,
        options,
        rollout,
        id=f"{kind} {version} {shape}",
        marks=() if version == VERSIONS[kind][-1] else pytest.mark.slow,
    )
    for kind, shape, options, rollout in SHAPES
    for version in VERSIONS[kind]
]


def objects(
    kind: str, version: str, options: dict[str, str], rollout: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return all objects that are rendered."""
    change = {"spec": {"rollout": rollout, "environment": _PLAIN if kind == "kserve" else {}}}
    done = rendered(kind, version=version, namespace="ml", options=options, change=change)
    return objects_of(done)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"size": 1, "map": {"x": "y"}, "any": {"a": 1, "b": 2}}, ""),
        ({"size": "25%"}, ""),
        ({"sise": 1}, "'sise' was unexpected"),
        ({"any": {"a": "text"}}, "is not of type 'integer'"),
        ({"properties": [{"c": 1}]}, "'c' was unexpected"),
        ({"map": {"x": 1}}, "is not of type 'string'"),
    ],
)
def test_a_strict_schema_names_what_it_does_not_know(spec: dict[str, Any], words: str) -> None:
    document = {"kind": "X", "metadata": {"name": "x"}, "spec": spec}
    schema = strict(
        {**_SCHEMA, "properties": {**_SCHEMA["properties"], "kind": {"type": "string"}}}
    )
    found = list(complaints(document, schema))
    assert bool(found) == bool(words), found
    assert all(words in one for one in found)


def test_a_label_that_is_too_long_is_named() -> None:
    document = {"kind": "X", "metadata": {"name": "x", "labels": {"a": "b" * 64}}}
    assert list(complaints(document, strict(_SCHEMA)))


@pytest.mark.parametrize(("kind", "version", "options", "rollout"), CASES)
def test_every_object_says_what_it_is_and_of_which_release(
    kind: str, version: str, options: dict[str, str], rollout: dict[str, Any]
) -> None:
    found = objects(kind, version, options, rollout)
    names = [(one["kind"], one["metadata"]["name"]) for one in found]
    services = [one for one in names if one[0] == "InferenceService"]  # one a step
    assert len(set(names)) == len(names) - len(services[1:])
    for one in found:
        about = one["metadata"]
        digest = about["annotations"]["weighbridge.dev/release"]
        assert digest.startswith(
            about["labels"]["weighbridge.dev/release"][:7].join(("sha256:", ""))
        )
        assert about["namespace"] == "ml"


@pytest.mark.parametrize(("kind", "version", "options", "rollout"), CASES)
def test_custom_kinds_pass_their_strict_schemas(
    kind: str, version: str, options: dict[str, str], rollout: dict[str, Any]
) -> None:
    known = schemas()
    for one in objects(kind, version, options, rollout):
        schema = known.get((one["apiVersion"], one["kind"].lower()))
        assert schema is None or not list(complaints(one, schema))


def test_the_strict_schemas_catch_a_typo_at_every_depth_of_what_is_rendered() -> None:
    folder = Path(os.environ.get("WEIGHBRIDGE_CASES", "/nonexistent")) / "crds"
    known = schemas()
    assert bool(known) == folder.exists()
    for kind in ("argo", "flagger", "kserve"):
        for one in objects(kind, "", {}, {}):
            schema = known.get((one["apiVersion"], one["kind"].lower()))
            if one["kind"] == "OpenTelemetryCollector":
                continue  # its configuration is open: what its parts take, they say themselves
            text = json.dumps(one.get("spec"))
            for name in typos(one) if schema is not None else ():
                spec = json.loads(text.replace(f'"{name}":', f'"{name}z":', 1))
                assert list(complaints({**one, "spec": spec}, schema or {})), name


def typos(one: dict[str, Any]) -> list[str]:
    """Return names of members that schemas know, at every depth."""
    found: dict[str, None] = {}
    waiting: list[object] = [one["spec"]]
    while waiting:
        match waiting.pop():
            case dict() as members:
                for name, value in members.items():
                    if name not in OPEN:
                        found[name] = None
                        waiting.append(value)
            case list() as items:
                waiting += items
            case _:
                pass
    return list(found)
