from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.cluster.conftest import load
from tests.adapters.cluster.controllers import KServe
from weighbridge.adapters.cluster.kserve import KServeTarget
from weighbridge.adapters.metrics.prometheus import PrometheusMeter
from weighbridge.model.delivery import Desired, Health
from weighbridge.model.errors import ClusterError, WeighbridgeError

if TYPE_CHECKING:
    from tests.adapters.cluster.conftest import Cluster

OLD, NEW = load("kserve"), load("kserve", "1.5.0")
NOWHERE = PrometheusMeter(address="http://127.0.0.1:1", seconds=1)


class Silent:
    """Nobody to tell how far it is."""

    def begin(self, label: str, total: int) -> None:
        """Begin."""

    def advance(self, amount: int) -> None:
        """Go on."""

    def end(self) -> None:
        """End."""


def target_of(cluster: Cluster) -> KServeTarget:
    return KServeTarget(cluster.kubectl, NOWHERE)


def both(weight: int) -> Desired:
    return Desired(release=True, previous=True, weight=weight)


def percent(cluster: Cluster) -> object:
    return cluster.get("InferenceService")["spec"]["predictor"].get("canaryTrafficPercent")


def begun(cluster: Cluster) -> tuple[KServeTarget, KServe]:
    target, kserve = target_of(cluster), KServe(cluster)
    target.prepare(OLD, Silent())  # type: ignore[arg-type]
    target.converge(OLD, None, Desired(release=True, previous=False, weight=0))
    assert percent(cluster) is None  # nobody else could get the rest
    assert target.health(OLD.digest) == Health()
    kserve.tick()
    assert target.health(OLD.digest) == Health(ready=True)
    return target, kserve


def test_steps_are_applied_as_they_are_wanted(cluster: Cluster) -> None:
    target, kserve = begun(cluster)
    for weight in (0, 10, 50):
        target.converge(NEW, OLD, both(weight))
        assert percent(cluster) == weight
    assert target.health(NEW.digest) == Health()
    kserve.tick(ready=False)
    assert not target.health(NEW.digest).ready
    kserve.tick()
    assert target.health(NEW.digest).ready
    assert target.health(OLD.digest).ready  # by its pods
    target.converge(NEW, OLD, both(100))
    assert percent(cluster) is None


def test_going_back_gives_the_new_copy_no_requests_before_it_is_ready(cluster: Cluster) -> None:
    target, kserve = begun(cluster)
    target.converge(NEW, OLD, both(50))
    kserve.tick()
    back = Desired(release=False, previous=True, weight=0)
    target.converge(NEW, OLD, back)
    assert percent(cluster) == 0
    kserve.tick(ready=False)
    target.converge(NEW, OLD, back)
    assert percent(cluster) == 0
    kserve.tick()
    target.converge(NEW, OLD, back)
    assert percent(cluster) is None
    target.converge(NEW, OLD, back)
    assert percent(cluster) is None


def test_the_first_one_is_taken_away_again(cluster: Cluster) -> None:
    target, _ = begun(cluster)
    gone = Desired(release=False, previous=False, weight=0)
    target.converge(NEW, None, gone)
    assert cluster.has("InferenceService")  # of another release
    target.converge(OLD, None, gone)
    target.converge(OLD, None, gone)
    assert not cluster.has("InferenceService")


def test_a_weight_without_a_step_is_refused(cluster: Cluster) -> None:
    target, _ = begun(cluster)
    with pytest.raises(ClusterError, match="no step"):
        target.converge(NEW, OLD, both(30))


def test_in_standard_mode_the_release_stands_beside(cluster: Cluster) -> None:
    cluster.newer = True  # the schema is older than spec.canary
    options = {"deploymentMode": "Standard"}
    old, new = (load("kserve", one, options=options) for one in ("1.4.0", "1.5.0"))
    target = target_of(cluster)
    target.converge(old, None, Desired(release=True, previous=False, weight=100))
    for weight in (0, 10, 50):
        target.converge(new, old, both(weight))
        spec = cluster.get("InferenceService")["spec"]
        assert [one["trafficPercent"] for one in spec["canary"]] == [weight]
    target.converge(new, old, Desired(release=False, previous=True, weight=0))
    found = cluster.get("InferenceService")
    assert "canary" not in found["spec"]
    assert found["metadata"]["annotations"]["weighbridge.dev/release"] == old.digest
    target.converge(new, old, both(10))
    target.converge(new, old, both(100))
    found = cluster.get("InferenceService")
    assert "canary" not in found["spec"]
    assert found["metadata"]["annotations"]["weighbridge.dev/release"] == new.digest


def test_a_model_that_cannot_be_loaded_is_gone(cluster: Cluster) -> None:
    target, kserve = begun(cluster)
    kserve.tick(ready=False)
    found = cluster.get("InferenceService")
    failure = {"message": "no such file", "reason": "ModelLoadFailed"}
    found["status"]["modelStatus"] = {
        "transitionStatus": "BlockedByFailedLoad",
        "lastFailureInfo": failure,
        "copies": {"failedCopies": 1},
    }
    cluster.put(found)
    assert "no such file" in target.health(OLD.digest).gone


def test_what_cannot_be_seen_is_neither_ready_nor_gone(cluster: Cluster) -> None:
    target, _ = begun(cluster)
    cluster.fault("get", "Unable to connect to the server: EOF")
    assert target.health(OLD.digest) == Health()
    assert target.firing(OLD.digest) is None
    with pytest.raises(WeighbridgeError):
        target.prepare(OLD, Silent())  # type: ignore[arg-type]
