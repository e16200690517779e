from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.cluster.conftest import load
from tests.adapters.cluster.controllers import Flagger
from weighbridge.adapters.cluster.followed import FlaggerTarget
from weighbridge.model.delivery import Order, Phase, Why
from weighbridge.model.errors import UsageError

if TYPE_CHECKING:
    from tests.adapters.cluster.conftest import Cluster

ROUTED = {"provider": "istio", "gateway": "web/main", "host": "a.example.com"}
OLD, NEW = load("flagger", options=ROUTED), load("flagger", "1.5.0", options=ROUTED)


def begun(cluster: Cluster, *failures: int) -> tuple[FlaggerTarget, Flagger]:
    target, flagger = FlaggerTarget(cluster.kubectl), Flagger(cluster, *failures)
    assert target.look(OLD).phase is Phase.PREPARING
    target.apply(OLD)
    assert target.look(OLD).phase is Phase.PREPARING
    flagger.tick()
    assert target.look(OLD).phase is Phase.DELIVERED  # the first is not analysed
    target.apply(NEW)
    assert target.look(NEW).phase is Phase.PREPARING  # the status is still that of the first
    return target, flagger


def test_a_good_rollout_goes_from_weight_to_weight(cluster: Cluster) -> None:
    target, flagger = begun(cluster)
    seen = []
    for _ in range(10):
        flagger.tick()
        seen.append(target.look(NEW))
        if seen[-1].phase is Phase.DELIVERED:
            break
    assert [one.weight for one in seen] == [0, 10, 50, 100, 100, 100, 100]
    assert [one.step for one in seen] == [0, 0, 1, 2, 2, 2, 2]
    assert seen[-1].phase is Phase.DELIVERED


def test_a_failure_is_a_rollback_and_a_second_try_of_the_same_is_none(cluster: Cluster) -> None:
    target, flagger = begun(cluster, 2)
    flagger.tick(4)
    seen = target.look(NEW)
    assert seen.phase is Phase.ROLLED_BACK
    assert seen.cause is not None
    assert (seen.cause.why, seen.cause.name) == (Why.ANALYSIS, "errors")
    target.apply(NEW)
    flagger.tick()
    assert target.look(NEW).phase is Phase.ROLLED_BACK


def test_the_failure_of_one_release_is_not_that_of_the_next(cluster: Cluster) -> None:
    target, flagger = begun(cluster, 1)
    flagger.tick(3)
    assert target.look(NEW).phase is Phase.ROLLED_BACK
    flagger.failures = ()
    third = load("flagger", "1.6.0", options=ROUTED)
    target.apply(third)
    assert target.look(third).phase is Phase.PREPARING
    flagger.tick()
    assert target.look(third).phase is Phase.ROLLING_OUT


def test_the_release_before_a_failure_is_delivered_by_being_the_primary(cluster: Cluster) -> None:
    target, flagger = begun(cluster, 1)
    flagger.tick(3)
    target.apply(OLD)
    flagger.tick()
    assert cluster.get("Canary")["status"]["phase"] == "Failed"
    assert target.look(OLD).phase is Phase.DELIVERED


def test_pausing_suspends_the_canary(cluster: Cluster) -> None:
    target, flagger = begun(cluster)
    flagger.tick(2)
    target.order(NEW, Order.PAUSE)
    target.order(NEW, Order.PAUSE)
    flagger.tick(5)
    seen = target.look(NEW)
    assert seen.paused is not None
    assert (seen.paused.why, seen.weight) == (Why.ORDER, 10)
    target.order(NEW, Order.RESUME)
    flagger.tick()
    assert (target.look(NEW).paused, target.look(NEW).weight) == (None, 50)


def test_a_gate_is_a_person_to_wait_for(cluster: Cluster) -> None:
    target, flagger = begun(cluster)
    flagger.tick(2)
    found = cluster.get("Canary")
    found["status"]["phase"] = "WaitingPromotion"
    cluster.put(found)
    seen = target.look(NEW)
    assert seen.paused is not None
    assert seen.paused.why is Why.GATE


@pytest.mark.parametrize("order", [Order.ABORT, Order.SKIP])
def test_what_flagger_cannot_do_is_refused_with_what_would_do(
    cluster: Cluster, order: Order
) -> None:
    target, _ = begun(cluster)
    with pytest.raises(UsageError) as raised:
        target.order(NEW, order)
    assert any("weighbridge" in one for one in raised.value.faults[0].help)


def test_a_primary_that_does_not_serve_is_not_delivered(cluster: Cluster) -> None:
    target, _ = begun(cluster)
    target.apply(OLD)
    primary = cluster.get("Deployment", "file-type-detector-primary")
    primary["status"]["readyReplicas"] = 0
    cluster.put(primary)
    assert target.look(OLD).phase is Phase.PREPARING
