from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.cluster.conftest import load
from tests.adapters.cluster.controllers import Argo
from weighbridge.adapters.cluster.followed import ArgoTarget
from weighbridge.model.delivery import Order, Outcome, Phase, Why
from weighbridge.model.errors import UsageError

if TYPE_CHECKING:
    from tests.adapters.cluster.conftest import Cluster

OLD, NEW = load("argo"), load("argo", "1.5.0")


def begun(cluster: Cluster, *verdicts: str) -> tuple[ArgoTarget, Argo]:
    """Deliver a release, then begin with the next."""
    target, argo = ArgoTarget(cluster.kubectl), Argo(cluster, *verdicts)
    assert target.look(OLD).phase is Phase.PREPARING  # there is no object
    target.apply(OLD)
    assert target.look(OLD).phase is Phase.PREPARING  # nobody has seen it
    argo.tick()
    assert target.look(OLD).phase is Phase.DELIVERED
    target.apply(NEW)
    assert target.look(NEW).phase is Phase.PREPARING
    assert target.look(OLD).phase is Phase.PREPARING
    return target, argo


def test_a_good_rollout_goes_step_by_step_to_its_end(cluster: Cluster) -> None:
    target, argo = begun(cluster)
    seen = []
    for _ in range(20):
        argo.tick()
        seen.append(target.look(NEW))
        if seen[-1].phase is Phase.DELIVERED:
            break
    assert seen[-1].phase is Phase.DELIVERED
    assert seen[-1].weight == 100
    assert [one.weight for one in seen] == sorted(one.weight for one in seen)
    assert {(one.step, one.weight) for one in seen} == {(0, 10), (1, 50), (2, 100)}
    assert not any(one.paused or one.cause for one in seen)
    taken = seen[-1].measured
    assert [(one.analysis, one.outcome, one.value) for one in taken] == [
        ("errors", Outcome.SUCCESS, "0.001")
    ] * 2
    assert taken[0].at < taken[1].at


def test_a_bad_one_is_aborted_by_its_analysis(cluster: Cluster) -> None:
    target, argo = begun(cluster, "Failed")
    argo.tick(4)
    assert target.look(NEW).phase is Phase.ROLLING_BACK
    argo.tick()
    seen = target.look(NEW)
    assert seen.phase is Phase.ROLLED_BACK
    assert seen.weight == 0
    assert seen.cause is not None
    assert (seen.cause.why, seen.cause.name) == (Why.ANALYSIS, "errors")
    assert seen.measured[-1].outcome is Outcome.FAILURE


def test_what_is_inconclusive_waits_for_a_person_who_resumes(cluster: Cluster) -> None:
    target, argo = begun(cluster, "Inconclusive")
    argo.tick(4)
    seen = target.look(NEW)
    assert seen.phase is Phase.ROLLING_OUT
    assert seen.paused is not None
    assert (seen.paused.why, seen.paused.name) == (Why.ANALYSIS, "errors")
    assert seen.measured[-1].no_data
    target.order(NEW, Order.RESUME)
    assert target.look(NEW).paused is None
    argo.tick()
    assert target.look(NEW).weight == 50


def test_pausing_and_resuming_leave_a_timed_pause_its_time(cluster: Cluster) -> None:
    target, argo = begun(cluster)
    argo.tick(2)
    target.order(NEW, Order.PAUSE)
    target.order(NEW, Order.PAUSE)
    assert target.look(NEW).phase is Phase.PREPARING  # the controller has not seen it
    argo.tick()
    seen = target.look(NEW)
    assert seen.paused is not None
    assert seen.paused.why is Why.ORDER
    target.order(NEW, Order.RESUME)
    assert cluster.get("Rollout")["status"]["pauseConditions"]
    argo.tick()
    assert target.look(NEW).paused is None


def test_an_order_to_abort_is_carried_out(cluster: Cluster) -> None:
    target, argo = begun(cluster)
    argo.tick(3)
    target.order(NEW, Order.ABORT)
    target.order(NEW, Order.ABORT)
    argo.tick()
    seen = target.look(NEW)
    assert seen.phase is Phase.ROLLED_BACK
    assert seen.cause is not None
    assert seen.cause.why is Why.CONTROLLER
    assert [one["verb"] for one in cluster.calls].count("patch") == 1


def test_skipping_goes_on_by_one_step_of_argos(cluster: Cluster) -> None:
    target, argo = begun(cluster, "Failed")
    argo.tick(3)
    assert cluster.get("Rollout")["status"]["currentStepIndex"] == 2
    target.order(NEW, Order.SKIP)
    argo.tick()
    assert target.look(NEW).weight == 50


def test_what_has_ended_is_not_aborted(cluster: Cluster) -> None:
    target, argo = ArgoTarget(cluster.kubectl), Argo(cluster)
    target.apply(OLD)
    argo.tick()
    with pytest.raises(UsageError, match="nothing left to abort") as raised:
        target.order(OLD, Order.ABORT)
    assert "weighbridge rollback" in raised.value.faults[0].help[0]


def test_an_order_to_another_release_is_refused(cluster: Cluster) -> None:
    target, _ = begun(cluster)
    with pytest.raises(UsageError, match="is not of this release"):
        target.order(OLD, Order.ABORT)


def test_a_status_of_an_older_generation_does_not_count(cluster: Cluster) -> None:
    target, argo = ArgoTarget(cluster.kubectl), Argo(cluster)
    target.apply(OLD)
    argo.tick()
    found = cluster.get("Rollout")
    found["metadata"]["generation"] += 1
    cluster.put(found)
    assert target.look(OLD).phase is Phase.PREPARING


def test_a_release_that_is_brought_back_does_not_inherit_old_measurements(
    cluster: Cluster,
) -> None:
    target, argo = begun(cluster)
    argo.tick(10)
    assert len(target.look(NEW).measured) == 2
    target.apply(OLD)
    argo.tick(10)
    target.apply(NEW)
    argo.tick()
    assert target.look(NEW).measured == ()


def test_a_rollout_that_is_late_waits_for_a_person(cluster: Cluster) -> None:
    target, argo = begun(cluster)
    argo.tick()
    found = cluster.get("Rollout")
    found["status"].update(phase="Degraded", message="ProgressDeadlineExceeded: timed out")
    cluster.put(found)
    seen = target.look(NEW)
    assert seen.phase is Phase.ROLLING_OUT
    assert seen.paused is not None
    assert seen.paused.why is Why.NOT_READY


def test_a_switch_has_all_requests_or_none(cluster: Cluster) -> None:
    steps = {"strategy": "blueGreen", "steps": [{"weight": 0, "hold": "5m", "analysis": "errors"}]}
    old, new = (load("argo", one, rollout=steps) for one in ("1.4.0", "1.5.0"))
    target = ArgoTarget(cluster.kubectl)
    target.apply(old)
    target.apply(new)
    found = cluster.get("Rollout")
    found["status"] = {
        "observedGeneration": str(found["metadata"]["generation"]),
        "phase": "Paused",
        "currentPodHash": "b",
        "stableRS": "a",
        "blueGreen": {"activeSelector": "a"},
        "pauseConditions": [{"reason": "BlueGreenPause", "startTime": "2026-01-01T00:00:00Z"}],
    }
    cluster.put(found)
    seen = target.look(new)
    assert (seen.phase, seen.weight, seen.paused) == (Phase.ROLLING_OUT, 0, None)
    found["status"]["blueGreen"]["activeSelector"] = "b"
    cluster.put(found)
    assert target.look(new).weight == 100
    found["status"]["abort"] = True
    cluster.put(found)
    assert target.look(new).phase is Phase.ROLLING_BACK
    found["status"]["blueGreen"]["activeSelector"] = "a"
    cluster.put(found)
    assert target.look(new).phase is Phase.ROLLED_BACK
    with pytest.raises(UsageError, match="no steps"):
        target.order(new, Order.SKIP)
