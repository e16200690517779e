from __future__ import annotations

from typing import Any

import pytest

from tests.rollout.controllers.test_garbage import DIGEST, an_object
from weighbridge.model.delivery import Order, Phase, Why
from weighbridge.rollout.controllers import argo

OLD = {"observedGeneration": "7", "currentPodHash": "b", "stableRS": "a"}
STEPS: list[dict[str, Any]] = [
    {"setWeight": 10},
    {"pause": {}},
    {"setWeight": 50},
    {"pause": {"duration": "1m"}},
]


def rollout(steps: list[dict[str, Any]] | None = None, **status: object) -> dict[str, Any]:
    canary = {"steps": STEPS if steps is None else steps}
    return an_object({**OLD, **status}, strategy={"canary": canary})


@pytest.mark.parametrize(
    ("index", "step", "weight"), [(None, 0, 0), (0, 0, 10), (1, 0, 10), (2, 1, 50), (9, 1, 50)]
)
def test_a_step_of_the_manifest_begins_with_a_weight(
    index: int | None, step: int, weight: int
) -> None:
    seen = argo.sighted(rollout(phase="Progressing", currentStepIndex=index), [], DIGEST)
    assert (seen.step, seen.weight) == (step, weight)


def test_the_routers_weight_counts_where_there_is_one() -> None:
    routed = {"weights": {"canary": {"weight": 7}}}
    seen = argo.sighted(rollout(phase="Progressing", currentStepIndex=0, canary=routed), [], DIGEST)
    assert seen.weight == 7


def test_without_steps_the_share_of_replicas_counts() -> None:
    seen = argo.sighted(rollout([], phase="Progressing", replicas=4, updatedReplicas=1), [], DIGEST)
    assert seen.weight == 25


@pytest.mark.parametrize(
    ("reason", "index", "why"),
    [
        ("CanaryPauseStep", 1, Why.GATE),
        ("CanaryPauseStep", 3, None),
        ("InconclusiveAnalysisRun", 3, Why.ANALYSIS),
        ("SomethingNew", 3, Why.GATE),
        ("", 3, Why.GATE),
    ],
)
def test_only_a_pause_without_an_end_waits_for_a_person(
    reason: str, index: int, why: Why | None
) -> None:
    held = rollout(phase="Paused", currentStepIndex=index, pauseConditions=[{"reason": reason}])
    seen = argo.sighted(held, [], DIGEST)
    assert (seen.paused.why if seen.paused else None) == why
    assert bool(argo.patches(held, Order.RESUME)) == bool(why)


def test_an_aborted_release_goes_while_it_still_has_requests() -> None:
    routed = {"weights": {"canary": {"weight": 10}}}
    seen = argo.sighted(rollout(phase="Degraded", abort=True, canary=routed), [], DIGEST)
    assert (seen.phase, seen.weight) == (Phase.ROLLING_BACK, 10)
    routed["weights"]["canary"]["weight"] = 0
    seen = argo.sighted(rollout(phase="Degraded", abort=True, canary=routed), [], DIGEST)
    assert seen.phase is Phase.ROLLED_BACK
    unknown = rollout(phase="Degraded", abort=True)
    assert argo.sighted(unknown, [], DIGEST).phase is Phase.ROLLING_BACK
    unknown["spec"]["strategy"]["canary"]["trafficRouting"] = {"istio": {}}
    assert argo.sighted(unknown, [], DIGEST).phase is Phase.ROLLING_BACK


def test_the_first_release_has_nothing_to_go_back_to() -> None:
    seen = argo.sighted(rollout(phase="Degraded", abort=True, stableRS=""), [], DIGEST)
    assert seen.phase is Phase.FAILED
    late = rollout(phase="Degraded", abort=True, message="ProgressDeadlineExceeded")
    cause = argo.sighted(late, [], DIGEST).cause
    assert cause is not None
    assert cause.why is Why.NOT_READY


@pytest.mark.parametrize(
    ("value", "phase", "shown", "known"),
    [
        ("[0.25]", "Failed", "0.25", True),
        ("0.25", "Failed", "0.25", True),
        ("[0.25,1]", "Failed", "[0.25,1]", True),
        ("[]", "Inconclusive", "[]", False),
        ("[NaN]", "Inconclusive", "NaN", False),
        ('["x"]', "Inconclusive", '"x"', False),
        ("[true]", "Inconclusive", "true", False),
        ("", "Error", "", False),
        ("[0.25]", "Error", "0.25", False),
        ("[" * 100_000, "Inconclusive", "[" * 500, False),
    ],
)
def test_a_measurement_shows_its_value_and_whether_it_is_one(
    value: str, phase: str, shown: str, *, known: bool
) -> None:
    own = rollout(phase="Progressing")
    measured = {"phase": phase, "value": value, "finishedAt": "2026-01-01T00:00:01Z"}
    run: dict[str, Any] = {
        "metadata": {
            "labels": {"rollouts-pod-template-hash": "b"},
            "ownerReferences": [{"uid": "u"}],
        },
        "status": {"metricResults": [{"name": "errors", "measurements": [measured, {}, None]}]},
    }
    other = {**run, "metadata": {**run["metadata"], "ownerReferences": [{"uid": "x"}]}}
    (one,) = argo.sighted(own, [run, other, None], DIGEST).measured
    assert (one.value, one.no_data) == (shown, not known)
    assert one.text
