from __future__ import annotations

from typing import Any, get_args

import pytest

from tests.usecases.workshop import manifest_text
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import resolved
from weighbridge.codec.schemas import release_schema, schema_of
from weighbridge.gate import speech as gate_speech
from weighbridge.gate.case import Evidence
from weighbridge.gate.shapes import ANY, ListOf, MapOf, Record, Shape
from weighbridge.gate.speech import EVIDENCE, FINDING, evidence_values, variables
from weighbridge.gate.view import COLLECTIONS, release_view
from weighbridge.model.environment import Environment
from weighbridge.model.policy.fields import Collection

ALL = {"release", "environment", "evidence", "findings", "data", "now"}


def speech(for_each: str | None = None, *data: str) -> dict[str, Shape]:
    return variables(
        for_each,
        known=gate_speech.speech(
            release_schema=release_schema(), environment_schema=schema_of(Environment)
        ),
        data=data,
    )


def record(shape: Shape) -> Record:
    assert isinstance(shape, Record)
    return shape


def test_an_item_is_there_only_where_the_engine_goes_through_a_collection() -> None:
    assert set(speech()) == ALL
    for collection in get_args(Collection):
        assert set(speech(collection)) == ALL | {"item"}


def test_the_collections_are_those_a_policy_can_name() -> None:
    of_release = {f"release.{name}" for name in COLLECTIONS}
    assert of_release | {"evidence", "findings"} == set(get_args(Collection))


def test_data_is_what_the_policy_has() -> None:
    assert record(speech(None, "tasks", "limits")["data"]).fields == {"tasks": ANY, "limits": ANY}
    assert record(speech()["data"]).fields == {}


def test_the_release_is_closed_down_to_its_sections() -> None:
    release = record(speech()["release"])
    assert "task" in record(record(release.fields["spec"]).fields["model"]).fields
    assert "spec" not in record(release.fields["metadata"]).fields


@pytest.mark.parametrize("collection", ["images", "artifacts", "parameters"])
def test_an_item_is_a_member_of_its_collection_in_the_release(collection: str) -> None:
    found = speech(f"release.{collection}")
    item = record(found["item"])
    assert record(found["release"]).fields[collection] == ListOf(item)
    assert "pointer" in item.fields


def test_items_of_a_mapping_have_a_name() -> None:
    assert {"name", "type", "value"} <= set(record(speech("release.parameters")["item"]).fields)


def misfits(value: Any, shape: Shape, at: str = "") -> list[str]:  # noqa: ANN401 - plain values
    """List the keys of a value its shape does not know."""
    if isinstance(shape, Record):
        unknown = [f"{at}.{key}" for key in value if key not in shape.fields]
        known = [(key, shape.fields[key]) for key in value if key in shape.fields]
        return unknown + [
            bad for key, of in known for bad in misfits(value[key], of, f"{at}.{key}")
        ]
    if isinstance(shape, ListOf):
        return [bad for member in value for bad in misfits(member, shape.member, f"{at}[]")]
    if isinstance(shape, MapOf):
        return [bad for member in value.values() for bad in misfits(member, shape.member, at)]
    return []


def test_what_a_release_holds_can_be_spoken_of() -> None:
    release, _ = read_release(manifest_text().encode(), "release.yaml")
    view = release_view(resolved(release), digest="sha256:0", risk="low")
    assert misfits(view, speech()["release"]) == []


def test_evidence_is_seen_with_who_said_it_and_where_it_stands() -> None:
    one = Evidence(
        entry=7,
        at="2026-01-01T00:00:00Z",
        predicate_type="https://example.com/review/v1",
        predicate={"a": 1},
        statement="sha256:2",
        release="sha256:1",
        subjects=("sha256:1",),
        person="max",
        roles=("checker", "sre"),
        key="sha256:3",
    )
    first, second = evidence_values([one, one])
    assert first == {
        "type": "https://example.com/review/v1",
        "at": "2026-01-01T00:00:00Z",
        "person": "max",
        "roles": ["checker", "sre"],
        "release": "sha256:1",
        "statement": "sha256:2",
        "subjects": ["sha256:1"],
        "predicate": {"a": 1},
        "pointer": "/evidence/0",
    }
    assert second["pointer"] == "/evidence/1"
    assert set(first) == set(EVIDENCE.fields)


def test_of_a_finding_expressions_know_what_the_gate_hands_over() -> None:
    assert set(FINDING.fields) == {"code", "severity", "verdict", "subject", "pointer"}
