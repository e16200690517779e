from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.cluster.conftest import load
from tests.adapters.cluster.controllers import Kubernetes
from weighbridge.adapters.cluster.followed import KubernetesTarget
from weighbridge.model.delivery import Order, Phase, Why
from weighbridge.model.errors import UsageError

if TYPE_CHECKING:
    from tests.adapters.cluster.conftest import Cluster

OLD, NEW = load("kubernetes"), load("kubernetes", "1.5.0")


def test_replicas_are_replaced_one_by_one(cluster: Cluster) -> None:
    target, kubernetes = KubernetesTarget(cluster.kubectl), Kubernetes(cluster)
    target.apply(OLD)
    kubernetes.tick()
    assert target.look(OLD).phase is Phase.DELIVERED
    target.apply(NEW)
    assert target.look(NEW).phase is Phase.PREPARING
    seen = []
    for updated in range(3):
        kubernetes.tick(updated)
        found = target.look(NEW)
        seen.append((found.phase, found.weight))
    assert seen == [(Phase.PREPARING, 0), (Phase.ROLLING_OUT, 50), (Phase.DELIVERED, 100)]
    assert target.look(OLD).phase is Phase.PREPARING


def test_one_that_is_late_has_failed(cluster: Cluster) -> None:
    target, kubernetes = KubernetesTarget(cluster.kubectl), Kubernetes(cluster)
    target.apply(NEW)
    kubernetes.tick(1, late=True)
    seen = target.look(NEW)
    assert seen.phase is Phase.FAILED
    assert seen.cause is not None
    assert seen.cause.why is Why.NOT_READY


def test_it_is_paused_and_goes_on(cluster: Cluster) -> None:
    target, kubernetes = KubernetesTarget(cluster.kubectl), Kubernetes(cluster)
    target.apply(NEW)
    kubernetes.tick(1)
    target.order(NEW, Order.PAUSE)
    kubernetes.tick(2)
    seen = target.look(NEW)
    assert seen.phase is Phase.ROLLING_OUT
    assert seen.paused is not None
    target.order(NEW, Order.RESUME)
    kubernetes.tick(2)
    assert target.look(NEW).phase is Phase.DELIVERED


@pytest.mark.parametrize("order", [Order.ABORT, Order.SKIP])
def test_it_neither_aborts_nor_skips(cluster: Cluster, order: Order) -> None:
    target = KubernetesTarget(cluster.kubectl)
    target.apply(NEW)
    with pytest.raises(UsageError) as raised:
        target.order(NEW, order)
    assert raised.value.faults[0].help
