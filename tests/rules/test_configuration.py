from __future__ import annotations

from typing import Any

import pytest

from tests.rules.asking import ask, messages
from weighbridge.rules import sample


def parameter(**fields: Any) -> list[str]:  # noqa: ANN401 - parameters hold any value
    return messages(ask("CFG001", sample.release({"/spec/parameters/p": fields})))


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "integer", "value": 1, "minimum": 1, "maximum": 1},
        {"type": "number", "value": "0.30", "enum": ["0.3"]},
        {"type": "number", "value": "1e-20", "minimum": "0"},
        {"type": "string", "value": "z", "minimum": "a", "maximum": "b"},
        {"type": "boolean", "value": True, "enum": [True]},
        {"type": "integer", "value": "TODO", "minimum": 1},
        {"type": "integer", "value": 5, "minimum": "TODO", "maximum": 9},
        {"type": "TODO", "value": 5, "maximum": 1, "enum": [1]},
        {"type": "string", "value": "TODO", "enum": ["a"]},
        {"type": "string", "enum": ["a"]},
        {"type": "array", "value": [1], "enum": [[1], [2]]},
    ],
)
def test_values_within_their_bounds(fields: dict[str, Any]) -> None:
    assert parameter(**fields) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "integer", "default": 0, "minimum": 1}, "default 0 of p is below the minimum 1"),
        (
            {"type": "number", "value": "0.10000000000000000001", "maximum": "0.1"},
            "value 0.10000000000000000001 of p is above the maximum 0.1",
        ),
        (
            {"type": "integer", "minimum": 2, "maximum": 1},
            "minimum 2 of p is above the maximum 1",
        ),
        (
            {"type": "boolean", "fallback": False, "enum": [True]},
            "fallback false of p is not one of the values allowed",
        ),
        (
            {"type": "string", "value": "x", "enum": ["a"]},
            "value x of p is not one of the values allowed",
        ),
    ],
)
def test_values_outside_their_bounds(fields: dict[str, Any], message: str) -> None:
    assert parameter(**fields) == [message]


def test_every_value_is_pointed_at() -> None:
    fields = {"type": "integer", "value": 9, "default": 9, "maximum": 1}

    findings = ask("CFG001", sample.release({"/spec/parameters/a~1b": fields}))
    assert [found.location.pointer for found in findings] == [
        "/spec/parameters/a~1b/value",
        "/spec/parameters/a~1b/default",
    ]


def test_a_description_left_todo_is_no_description() -> None:
    fields = {"type": "integer", "description": "TODO"}
    facts = sample.release({"/spec/parameters/p": fields})

    (finding,) = ask("CFG002", facts)
    assert finding.severity == "warning"
    assert messages(ask("CFG009", facts)) == ["spec.parameters.p.description is still TODO"]


@pytest.mark.parametrize(
    ("at", "command"),
    [
        ("/spec/artifacts/0/digest", "weighbridge capture --update"),
        ("/spec/model/license", "weighbridge set spec.model.license VALUE"),
    ],
)
def test_a_todo_says_which_command_fills_it(at: str, command: str) -> None:
    (finding,) = ask("CFG009", sample.release({at: "TODO"}))

    assert finding.remediation == (f"run `{command}`",)
    assert finding.location.pointer == at
