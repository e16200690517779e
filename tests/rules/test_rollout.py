"""CFG005: what does not fit together in a rollout, its analyses and its rollback."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.asking import ask, messages
from weighbridge.rules import sample

ANALYSIS: dict[str, Any] = {
    "name": "errors",
    "query": "up",
    "success": "value < 0.01",
    "failure": "value > 0.05",
    "interval": "30s",
    "minSamples": 200,
    "onNoData": "pause",
}
CANARY: dict[str, Any] = {
    "strategy": "canary",
    "steps": [{"weight": 10, "hold": "5m", "analysis": "errors"}, {"weight": 100}],
    "analysis": [ANALYSIS],
}
LISTS = "spec.rollback.automaticOn"
MODE: dict[str, Any] = {"id": "wrong", "symptom": "s", "signal": "up", "action": "rollback"}


def said(
    rollout: object = None, rollback: object = None, modes: list[Any] | None = None
) -> list[str]:
    changes: dict[str, Any] = {
        "/spec/rollout": CANARY if rollout is None else rollout,
        "/spec/rollback": {"to": "previous"} if rollback is None else rollback,
        "/spec/failureModes": modes,
    }
    return messages(ask("CFG005", sample.release(changes)))


def canary(**changes: object) -> list[str]:
    return said({**CANARY, **changes})


def analysis(**changes: object) -> list[str]:
    kept = {key: value for key, value in {**ANALYSIS, **changes}.items() if value is not None}
    return canary(analysis=[kept])


@pytest.mark.parametrize(
    "rollout",
    [
        {"strategy": "recreate"},
        {"strategy": "rolling", "maxSurge": 1, "maxUnavailable": 0},
        {"strategy": "rolling", "maxSurge": 0},
        {
            "strategy": "rolling",
            "steps": [{"weight": 100, "hold": "5m", "analysis": "errors"}],
            "analysis": [ANALYSIS],
        },
        {"strategy": "blueGreen", "steps": [{"weight": 100, "analysis": "TODO"}]},
        {"strategy": "TODO", "steps": [{"weight": 50}]},
        {"strategy": "canary", "steps": "TODO"},
        {"strategy": "canary", "steps": [{"weight": "TODO"}, {"weight": "TODO"}]},
        {"strategy": "canary", "steps": [{"weight": 0}, {"weight": 100}]},
        {"strategy": "canary", "steps": [{"weight": 100, "analysis": "x"}], "analysis": "TODO"},
        {**CANARY, "steps": [{"weight": 100, "hold": "TODO", "analysis": "errors"}]},
        {
            **CANARY,
            "steps": [{"weight": 100, "analysis": "errors"}],
            "analysis": [{**ANALYSIS, "count": 3}],
        },
        {
            **CANARY,
            "steps": [{"weight": 100, "hold": "90s", "analysis": "errors"}],
            "analysis": [{**ANALYSIS, "count": 3, "failureLimit": 2}],
        },
    ],
)
def test_rollouts_that_fit_together(rollout: dict[str, Any]) -> None:
    assert said(rollout) == []


@pytest.mark.parametrize(
    ("rollout", "message"),
    [
        ({"strategy": "canary"}, "a canary has no steps, so all requests would move at once"),
        (
            {"strategy": "canary", "steps": [{"weight": 10}, {"weight": 10}, {"weight": 100}]},
            "step 2 of the canary sends 10 % of the requests, no more than step 1",
        ),
        (
            {"strategy": "canary", "steps": [{"weight": 10}, {"weight": 50}]},
            "the last step of the canary sends 50 % of the requests, so it never finishes",
        ),
        (
            {"strategy": "recreate", "steps": [{"weight": 100}]},
            "the strategy recreate has no steps: it stops the old release first",
        ),
        (
            {"strategy": "blueGreen", "steps": [{"weight": 100}]},
            "the strategy blueGreen has at most one step, for its analysis",
        ),
        (
            {"strategy": "rolling", "steps": [{"weight": 50}, {"weight": 100}]},
            "the strategy rolling has at most one step, for its analysis",
        ),
        (
            {"strategy": "rolling", "maxSurge": "0%", "maxUnavailable": 0},
            "a rolling rollout with maxSurge and maxUnavailable at zero never replaces a replica",
        ),
        (
            {"strategy": "canary", "steps": [{"weight": 100, "analysis": "x"}]},
            "a step is judged by the analysis x, which is not declared",
        ),
        (
            {**CANARY, "steps": [{"weight": 100, "analysis": "errors"}]},
            "a step is judged by errors, and nothing says for how long",
        ),
        (
            {**CANARY, "steps": [{"weight": 100, "hold": "20s", "analysis": "errors"}]},
            "the measurements of errors take longer than the step that waits for them",
        ),
    ],
)
def test_rollouts_that_do_not(rollout: dict[str, Any], message: str) -> None:
    assert said(rollout) == [message]


def test_the_time_that_is_needed_is_said_as_people_write_it() -> None:
    steps = [{"weight": 100, "hold": "1m", "analysis": "errors"}]
    rollout = {**CANARY, "steps": steps, "analysis": [{**ANALYSIS, "count": 4}]}
    facts = sample.release({"/spec/rollout": rollout, "/spec/rollback": {"to": "previous"}})

    (finding,) = ask("CFG005", facts)
    assert finding.seen == "4 × 30s = 2m of measuring, 1m of holding"
    assert finding.remediation[0] == "run `weighbridge set spec.rollout.steps.0.hold 2m`"


def test_an_analysis_without_an_interval_fits_any_step() -> None:
    assert analysis(interval=None) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"onNoData": None}, "analysis errors does not say what an empty answer means"),
        (
            {"minSamples": None},
            "analysis errors does not say how many samples a measurement needs",
        ),
        (
            {"success": None, "failure": None},
            "analysis errors says neither when it succeeds nor when it fails",
        ),
        (
            {"count": 2, "failureLimit": 2},
            "analysis errors tolerates 2 failures of 2 measurements, so it never fails",
        ),
        (
            {"success": "vaule < 1"},
            "success of analysis errors speaks of `vaule`, which is not a value here",
        ),
        ({"failure": "value >"}, "failure of analysis errors ends where a value should be"),
    ],
)
def test_analyses_that_leave_something_open(changes: dict[str, Any], message: str) -> None:
    assert analysis(**changes) == [message]


@pytest.mark.parametrize(
    "changes",
    [
        {"onNoData": "TODO"},
        {"minSamples": "TODO"},
        {"success": None, "failure": "TODO"},
        {"success": None},
        {"failure": None},
        {"success": "value < 0.05", "failure": "value >= 0.05"},
        {"success": "value != 3", "failure": "value == 3"},
        {"success": "value > -1 && value < 1", "failure": "value <= -1 || value >= 1"},
        {"success": "1 / value < 0", "failure": "1 / value > 0"},
        {"success": "true", "failure": "false"},
    ],
)
def test_analyses_that_do_not(changes: dict[str, Any]) -> None:
    assert analysis(**changes) == []


@pytest.mark.parametrize(
    ("success", "failure", "example"),
    [
        ("value <= 0.05", "value >= 0.05", "0.05"),
        ("value < 0.1", "value > 0.05", "0.075"),
        ("value > 1", "value > 5", "6"),
        ("value < -1", "value < 1", "-2"),
        ("value >= -1", "value <= -1", "-1"),
        ("true", "true", "0"),
    ],
)
def test_a_value_that_succeeds_and_fails_is_found(success: str, failure: str, example: str) -> None:
    assert analysis(success=success, failure=failure) == [
        f"analysis errors succeeds and fails at once, for example at {example}"
    ]


def test_a_condition_is_pointed_at_where_it_goes_wrong() -> None:
    rollout = {**CANARY, "analysis": [{**ANALYSIS, "success": "value < 1 && valeu > 0"}]}
    facts = sample.release({"/spec/rollout": rollout, "/spec/rollback": {"to": "previous"}})

    (finding,) = ask("CFG005", facts)
    assert facts.document is not None
    begins = facts.document.location("/spec/rollout/analysis/0/success")
    assert (finding.location.line, finding.location.column) == (begins.line, begins.column + 14)
    assert finding.remediation[0] == "did you mean `value`?"


@pytest.mark.parametrize("strategy", ["canary", "blueGreen", "rolling"])
def test_what_goes_out_step_by_step_can_come_back(strategy: str) -> None:
    rollout: dict[str, Any] = {"strategy": strategy}
    if strategy == "canary":
        rollout["steps"] = [{"weight": 100}]
    (finding,) = ask("CFG005", sample.release({"/spec/rollout": rollout}))

    assert finding.message == f"a {strategy} rollout has no spec.rollback"
    assert finding.subject == "spec.rollback"
    assert finding.location.pointer == "/spec/rollout"
    assert finding.remediation == ("run `weighbridge set spec.rollback.to previous`",)
    assert said(rollout, rollback="TODO") == []


def test_a_failure_mode_cannot_ask_for_a_rollback_there_is_not() -> None:
    wanted = "failure mode wrong asks for a rollback, and there is no spec.rollback"

    assert messages(ask("CFG005", sample.release({"/spec/failureModes": [MODE]}))) == [wanted]
    paging = {**MODE, "action": "page"}
    assert messages(ask("CFG005", sample.release({"/spec/failureModes": [paging]}))) == []


@pytest.mark.parametrize(
    ("rollback", "message"),
    [
        (
            {"automaticOn": ["eror", "wrong"]},
            "a rollback is started by eror, which is not declared",
        ),
        (
            {"automaticOn": ["wrong"], "verify": ["wrong"]},
            "a rollback is verified by wrong, which is not declared",
        ),
        (
            {"automaticOn": ["errors"]},
            f"failure mode wrong asks for a rollback, and {LISTS} does not list it",
        ),
        (
            {"automaticOn": ["mute", "wrong"]},
            "a rollback is started by mute, a failure mode that no signal shows",
        ),
    ],
)
def test_rollbacks_that_would_not_start_or_end(rollback: dict[str, Any], message: str) -> None:
    mute = {"id": "mute", "symptom": "s", "action": "page"}

    assert said(rollback={"to": "previous", **rollback}, modes=[MODE, mute]) == [message]


@pytest.mark.parametrize(
    ("rollback", "mode"),
    [
        ({"automaticOn": ["errors", "wrong"], "verify": ["errors"]}, MODE),
        ({"automaticOn": ["errors"]}, {**MODE, "signal": "errors"}),
        ({"automaticOn": "TODO"}, MODE),
        ({"automaticOn": ["wrong"]}, {**MODE, "signal": "TODO"}),
        ({}, {**MODE, "action": "pause"}),
        ({}, {**MODE, "id": "TODO"}),
    ],
)
def test_rollbacks_that_would(rollback: dict[str, Any], mode: dict[str, Any]) -> None:
    assert said(rollback={"to": "previous", **rollback}, modes=[mode]) == []


def test_a_failure_mode_that_is_not_listed_is_a_warning() -> None:
    changes: dict[str, Any] = {"/spec/failureModes": [MODE], "/spec/rollback": {"to": "previous"}}

    (finding,) = ask("CFG005", sample.release(changes))
    assert finding.severity == "warning"
