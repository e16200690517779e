"""Whatever a status holds, nothing is raised, and nothing is delivered that is not shown to be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.delivery import Health, Order, Phase
from weighbridge.model.errors import WeighbridgeError
from weighbridge.rollout.controllers import argo, flagger, kserve, kubernetes

Json = dict[str, Any]
DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
NAMES = st.sampled_from(
    [
        *("phase", "abort", "currentPodHash", "stableRS", "currentStepIndex", "pauseConditions"),
        *("canary", "weights", "weight", "blueGreen", "activeSelector", "conditions", "type"),
        *("reason", "message", "status", "replicas", "updatedReplicas", "availableReplicas"),
        *("readyReplicas", "observedGeneration", "controllerPause", "lastAppliedSpec"),
        *("lastUpdateTime", "canaryWeight", "components", "predictor", "latestReadyRevision"),
        *("latestCreatedRevision", "modelStatus", "transitionStatus", "metricResults", "name"),
        *("measurements", "value", "finishedAt", "currentStepAnalysisRunStatus"),
    ]
)
TEXTS = st.sampled_from(
    [
        *("Healthy", "Progressing", "Paused", "Degraded", "Succeeded", "Initialized", "Failed"),
        *("Promoting", "Finalising", "Waiting", "True", "False", "Available", "Ready", "Promoted"),
        *("PredictorReady", "ProgressDeadlineExceeded", "CanaryPauseStep", "Successful"),
        *("2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "7", "-1", "²", "", "h", "\ud800"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.just(7),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
STATUSES = st.dictionaries(NAMES, VALUES, max_size=10)
SERVES = [{"type": "Available", "status": "True"}]
STABLE: Json = {
    "observedGeneration": "7",
    "phase": "Healthy",
    "currentPodHash": "h",
    "stableRS": "h",
}
COMPLETE: Json = {
    "observedGeneration": 7,
    "replicas": 2,
    "updatedReplicas": 2,
    "availableReplicas": 2,
    "readyReplicas": 2,
    "conditions": SERVES,
}


def near(good: Json) -> st.SearchStrategy[Any]:
    """Make what anybody may have written, and what is good but for some of its fields."""
    few = st.dictionaries(st.sampled_from(sorted(good)), VALUES, max_size=2)
    return VALUES | STATUSES | few.map(lambda found: {**good, **found})


STEPS: list[dict[str, Any]] = [{"setWeight": 10}, {"pause": {"duration": "1s"}}, {"setWeight": 100}]


def an_object(status: object, *, digest: str = DIGEST, inner: str = DIGEST, **more: object) -> Json:
    """Return an object of a release, with a status somebody made up."""
    about = {"annotations": {"weighbridge.dev/release": inner}}
    return {
        "metadata": {
            "name": "m",
            "uid": "u",
            "generation": 7,
            "annotations": {"weighbridge.dev/release": digest},
        },
        "spec": {"template": {"metadata": about}, **more},
        "status": status,
    }


def is_seen(status: object) -> bool:
    seen = status.get("observedGeneration") if isinstance(status, dict) else None
    return not isinstance(seen, bool) and seen in (7, "7")


@given(near(STABLE), st.lists(VALUES, max_size=3))
def test_a_rollout_is_delivered_only_as_the_stable_one(status: Json, runs: list[Any]) -> None:
    rollout = an_object(status, strategy={"canary": {"steps": STEPS}})
    seen = argo.sighted(rollout, runs, DIGEST)
    assert 0 <= seen.weight <= 100
    assert 0 <= seen.step < 3
    if seen.phase is Phase.DELIVERED:
        assert is_seen(status)
        assert status["phase"] == "Healthy"
        assert status["stableRS"] == status["currentPodHash"] != ""
    assert argo.sighted({**rollout, "metadata": status}, runs, DIGEST).phase is Phase.PREPARING
    assert argo.sighted({**rollout, "spec": status}, runs, DIGEST).phase is Phase.PREPARING


@given(near(COMPLETE), st.sampled_from([2, 0, None, "2", True]))
def test_a_deployment_is_delivered_only_when_all_its_replicas_serve(
    status: Json, replicas: object
) -> None:
    seen = kubernetes.sighted(an_object(status, replicas=replicas), DIGEST)
    assert 0 <= seen.weight <= 100
    if seen.phase is Phase.DELIVERED:
        assert is_seen(status)
        assert status["updatedReplicas"] == status["availableReplicas"] == replicas == 2


@given(near({"phase": "Succeeded"}), near(COMPLETE))
def test_flagger_has_delivered_only_what_the_primary_serves(status: Json, other: Json) -> None:
    canary, target = an_object(status), an_object({})
    primary = an_object(other)
    seen = flagger.sighted(canary, target, primary, DIGEST)
    assert 0 <= seen.weight <= 100
    if seen.phase is Phase.DELIVERED:
        assert is_seen(other)
        assert other["readyReplicas"] > 0
        assert status["phase"] in ("Succeeded", "Initialized", "Failed")
    for wrong in (None, other, an_object(other, inner=OTHER)):
        assert flagger.sighted(canary, target, wrong, DIGEST).phase is not Phase.DELIVERED
    assert flagger.sighted(canary, target, primary, DIGEST, "x").phase is not Phase.ROLLED_BACK


@given(VALUES | STATUSES, st.lists(VALUES, max_size=3))
def test_an_inference_service_is_ready_only_when_its_newest_revision_is(
    status: Json, pods: list[Any]
) -> None:
    service = an_object(status)
    if kserve.is_ready(service, DIGEST):
        assert is_seen(status)
    assert isinstance(kserve.health(service, pods, DIGEST), Health)
    assert isinstance(kserve.health(status, pods, DIGEST), Health)
    assert not kserve.is_ready(service, OTHER)


@given(near(STABLE) | near(COMPLETE))
def test_no_status_of_another_release_counts(status: Json) -> None:
    for digest, inner in ((OTHER, DIGEST), (DIGEST, OTHER), ("", ""), (DIGEST[:-1], DIGEST)):
        one = an_object(status, digest=digest, inner=inner)
        assert argo.sighted(one, [], DIGEST).phase is Phase.PREPARING
        assert kubernetes.sighted(one, DIGEST).phase is Phase.PREPARING
        assert flagger.sighted(an_object(status), one, an_object(status), DIGEST).phase is (
            Phase.PREPARING
        )


@given(VALUES | STATUSES, VALUES | STATUSES, st.sampled_from(Order))
def test_orders_raise_nothing_but_what_a_person_can_act_on(
    status: Json, spec: Json, order: Order
) -> None:
    for found in ({"spec": spec, "status": status}, status, None):
        for one in (argo, kubernetes, flagger):
            try:
                made = one.patches(found, order)
            except WeighbridgeError as error:
                assert error.faults[0].help  # noqa: PT017 - any of three may raise it
            else:
                assert all(
                    set(patch.body) == ({"status"} if patch.status else {"spec"}) for patch in made
                )


@pytest.mark.parametrize("found", [None, [], "x", 1, {}, {"status": None}])
def test_what_is_no_object_is_nothing(found: object) -> None:
    assert argo.sighted(found, [found], DIGEST).phase is Phase.PREPARING
    assert flagger.sighted(found, found, found, DIGEST).phase is Phase.PREPARING
    assert kubernetes.sighted(found, DIGEST).phase is Phase.PREPARING
    assert kserve.health(found, [found], DIGEST) == Health()


def test_what_is_being_deleted_is_not_delivered() -> None:
    done = {
        "observedGeneration": 7,
        **dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), 2),
        "conditions": [{"type": "Available", "status": "True"}],
    }
    one = an_object(done, replicas=2)
    assert kubernetes.sighted(one, DIGEST).phase is Phase.DELIVERED
    one["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert kubernetes.sighted(one, DIGEST).phase is Phase.PREPARING
