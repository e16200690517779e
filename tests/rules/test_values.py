"""CFG001 and CFG003: values that are there, and within the bounds the manifest gives itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.finding import Edit, Verdict
from weighbridge.rules import sample

P = "/spec/parameters/p"


def said(code: str, changes: dict[str, Any]) -> list[str]:
    return messages(ask(code, sample.release(changes)))


@pytest.mark.parametrize(
    ("changes", "edits"),
    [
        ({"type": "integer", "default": 8}, (8,)),
        ({"type": "number", "default": "0.50"}, ("0.5",)),
        ({"type": "boolean", "default": False}, (False,)),
        ({"type": "string", "default": "a b"}, ("a b",)),
        ({"type": "array", "default": [1]}, ()),
        ({"type": "integer", "minimum": 1}, ()),
        ({"type": "integer", "fallback": 1}, ()),
        ({"type": "integer", "default": "TODO"}, ()),
    ],
)
def test_a_parameter_says_its_value(changes: dict[str, Any], edits: tuple[Any, ...]) -> None:
    (finding,) = ask("CFG003", sample.release({P: changes}))

    assert finding.severity == "warning"
    assert finding.location.pointer == P
    assert finding.edits == tuple(
        Edit(file="release.yaml", pointer=f"{P}/value", value=value) for value in edits
    )
    sealed = ask("CFG003", sample.release({P: changes}, sealed=True))
    assert [found.edits for found in sealed] == [()]


@pytest.mark.parametrize("value", [0, "TODO"])
def test_a_value_that_is_there_or_to_come_is_not_asked_for(value: object) -> None:
    assert said("CFG003", {P: {"type": "integer", "value": value, "default": 8}}) == []


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        (
            {"type": "integer", "value": 12, "validations": ["value % 8 == 0"]},
            "value 12 of p does not meet its validation 'value % 8 == 0'",
        ),
        (
            {"type": "integer", "value": 8, "fallback": 1, "validations": ["p >= 8"]},
            "fallback 1 of p does not meet its validation 'p >= 8'",
        ),
        (
            {"type": "number", "value": "0.3", "validations": ["value < 0.3"]},
            "value 0.3 of p does not meet its validation 'value < 0.3'",
        ),
        (
            {"type": "boolean", "value": True, "validations": ["!value"]},
            "value true of p does not meet its validation '!value'",
        ),
        (
            {"type": "integer", "value": 9, "validations": ["value <= limit"]},
            "value 9 of p does not meet its validation 'value <= limit'",
        ),
        (
            {"type": "integer", "value": 9, "validations": ["value <= limt"]},
            "validation 'value <= limt' of p speaks of `limt`, which is not a value here",
        ),
        (
            {"type": "string", "value": "a", "default": "b", "validations": ["value < 1"]},
            "value of p cannot be tested: 'value < 1' compares a text with a number",
        ),
        (
            {"type": "integer", "value": 1, "validations": ["value < open"]},
            "validation 'value < open' of p cannot be told: open has no value",
        ),
        (
            {"type": "integer", "value": 1, "validations": ["value < typeless"]},
            "validation 'value < typeless' of p cannot be told: typeless has no value",
        ),
    ],
)
def test_validations_that_are_not_met(parameter: dict[str, Any], message: str) -> None:
    assert said("CFG001", {**OTHERS, P: parameter}) == [message]


OTHERS: dict[str, Any] = {
    "/spec/parameters/limit": {"type": "integer", "default": 8},
    "/spec/parameters/open": {"type": "integer"},
    "/spec/parameters/typeless": {"type": "TODO", "value": 1},
    "/spec/parameters/max-x.y": {"type": "integer", "value": 1},
}


@pytest.mark.parametrize(
    "parameter",
    [
        {"type": "integer", "value": 8, "default": 1, "validations": ["value <= limit"]},
        {"type": "string", "value": "a", "validations": ["value in ['a', 'b']"]},
        {"type": "integer", "validations": ["value < 1"]},
        {"type": "TODO", "value": 5, "validations": ["value < 1"]},
        {"type": "integer", "value": "TODO", "validations": ["value < 1", "TODO"]},
    ],
)
def test_validations_that_are(parameter: dict[str, Any]) -> None:
    assert said("CFG001", {**OTHERS, P: parameter}) == []


def test_a_validation_about_an_open_parameter_is_inconclusive() -> None:
    parameter = {"type": "integer", "value": 1, "validations": ["value < open"]}

    findings = ask("CFG001", sample.release({**OTHERS, P: parameter}))
    assert verdict(findings) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"requests": {"cpu": "0.5"}, "limits": {"cpu": "500m"}}, []),
        ({"requests": {"memory": "1Gi"}}, []),
        ({"limits": {"memory": "1Gi"}}, []),
        ({"requests": {"memory": "1Gi"}, "limits": {"cpu": "1"}}, []),
        ({"requests": {"memory": "TODO"}, "limits": {"memory": 1}}, []),
        (
            {"requests": {"cpu": "0.501"}, "limits": {"cpu": "500m"}},
            ["request 0.501 of cpu is above the limit 500m"],
        ),
        (
            {"requests": {"memory": "1Gi"}, "limits": {"memory": "1000000000"}},
            ["request 1Gi of memory is above the limit 1000000000"],
        ),
        (
            {
                "requests": {
                    "accelerators": [{"type": "b", "count": 1}, {"type": "a", "count": 2}]
                },
                "limits": {"accelerators": [{"type": "a", "count": 1}]},
            },
            ["request 2 of accelerator a is above the limit 1"],
        ),
        (
            {
                "requests": {"accelerators": [{"type": "a", "count": "TODO"}]},
                "limits": {"accelerators": [{"type": "a", "count": 1}]},
            },
            [],
        ),
    ],
)
def test_requests_and_limits(changes: dict[str, Any], found: list[str]) -> None:
    assert said("CFG001", {"/spec/environment/resources": changes}) == found


@pytest.mark.parametrize(
    ("soft", "hard", "found"),
    [
        (1024, 1024, []),
        (1024, -1, []),
        (-1, -1, []),
        (-1, None, []),
        ("TODO", 1, []),
        (2, 1, ["soft limit 2 of ulimit nofile is above the hard limit 1"]),
        (-1, 1, ["soft limit -1 (none) of ulimit nofile is above the hard limit 1"]),
    ],
)
def test_soft_and_hard_limits(soft: object, hard: object, found: list[str]) -> None:
    limit = {"name": "nofile", "soft": soft, **({} if hard is None else {"hard": hard})}

    assert said("CFG001", {"/spec/environment/system/ulimits": [limit]}) == found


def test_the_commands_mend_either_of_the_two() -> None:
    changes = {"requests": {"memory": "1Gi"}, "limits": {"memory": "512Mi"}}

    (finding,) = ask("CFG001", sample.release({"/spec/environment/resources": changes}))
    at = "spec.environment.resources"
    assert finding.remediation == (
        f"run `weighbridge set {at}.requests.memory 512Mi`",
        f"or raise the limit: run `weighbridge set {at}.limits.memory 1Gi`",
    )
