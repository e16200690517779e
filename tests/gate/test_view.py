from __future__ import annotations

from typing import Any

from weighbridge.gate.view import COLLECTIONS, items, release_view

SPEC: dict[str, Any] = {
    "model": {"name": "m"},
    "environment": {
        "image": {
            "ref": "a",
            "digest": "sha256:1",
            "platform": "x",
            "base": {"ref": "b", "base": {"ref": "c", "digest": "sha256:3"}},
        }
    },
    "artifacts": [{"name": "labels", "path": "l.json"}, {"name": "a/b", "path": "m.onnx"}],
    "parameters": {"batch": {"type": "integer", "value": 1}, "a~b": {"type": "string"}},
    "compatibility": {"targets": [{"name": "prod"}]},
    "externalServices": [{"endpoint": "e"}],
    "observability": {"alerts": [{"alert": "Unknown"}]},
}
MANIFEST = {"metadata": {"name": "demo", "version": "1.0.0"}, "spec": SPEC}


def test_a_release_is_its_manifest_and_what_is_known_about_it() -> None:
    found = release_view(MANIFEST, digest="sha256:0", risk="high")
    assert set(found) - set(COLLECTIONS) == {
        "name",
        "version",
        "digest",
        "effectiveRisk",
        "metadata",
        "spec",
    }
    assert (found["name"], found["version"]) == ("demo", "1.0.0")
    assert (found["digest"], found["effectiveRisk"]) == ("sha256:0", "high")
    assert found["metadata"] is MANIFEST["metadata"]
    assert found["spec"] is SPEC
    for name in COLLECTIONS:
        assert found[name] == list(items(SPEC, name))


def test_images_are_the_image_and_what_it_was_built_from() -> None:
    assert list(items(SPEC, "images")) == [
        {"ref": "a", "digest": "sha256:1", "pointer": "/spec/environment/image"},
        {"ref": "b", "pointer": "/spec/environment/image/base"},
        {"ref": "c", "digest": "sha256:3", "pointer": "/spec/environment/image/base/base"},
    ]


def test_members_of_a_list_go_by_their_name_or_their_place() -> None:
    assert [item["pointer"] for item in items(SPEC, "artifacts")] == [
        "/spec/artifacts/labels",
        "/spec/artifacts/a~1b",
    ]
    assert [item["pointer"] for item in items(SPEC, "targets")] == [
        "/spec/compatibility/targets/prod"
    ]
    assert [item["pointer"] for item in items(SPEC, "alerts")] == [
        "/spec/observability/alerts/Unknown"
    ]
    assert [item["pointer"] for item in items(SPEC, "externalServices")] == [
        "/spec/externalServices/0"
    ]


def test_members_of_a_mapping_know_their_key() -> None:
    assert list(items(SPEC, "parameters")) == [
        {"name": "batch", "type": "integer", "value": 1, "pointer": "/spec/parameters/batch"},
        {"name": "a~b", "type": "string", "pointer": "/spec/parameters/a~0b"},
    ]


def test_what_is_not_there_is_empty() -> None:
    for name in COLLECTIONS:
        assert list(items({}, name)) == []
        assert (
            list(items({"environment": {}, "compatibility": {}, "observability": {}}, name)) == []
        )


def test_the_manifest_is_left_as_it_is() -> None:
    release_view(MANIFEST, digest="sha256:0", risk="low")
    assert "pointer" not in SPEC["artifacts"][0]
    assert "name" not in SPEC["parameters"]["batch"]
