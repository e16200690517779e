from __future__ import annotations

from typing import Any

import pytest

from tests.rollout.controllers.test_garbage import DIGEST, OTHER, an_object
from weighbridge.model.delivery import Health
from weighbridge.rollout.controllers.kserve import Step, health, returning, step_for


def service(mode: str, **predictor: object) -> dict[str, Any]:
    notes = {"serving.kserve.io/deploymentMode": mode, "weighbridge.dev/release": DIGEST}
    about = {"name": "m", "annotations": notes}
    return {"kind": "InferenceService", "metadata": about, "spec": {"predictor": predictor}}


WHOLE = Step(weight=100, body=service("Knative"))
TENTH = Step(weight=10, body=service("Knative", canaryTrafficPercent=10))
BESIDE = Step(weight=10, body={"spec": {"canary": [{"trafficPercent": 10}]}}, patch=True)


def test_a_step_has_the_weight_that_is_wanted() -> None:
    assert step_for([TENTH, WHOLE], 10, alone=False) == TENTH
    assert step_for([TENTH, WHOLE], 100, alone=False) == WHOLE
    assert step_for([TENTH, WHOLE], 10, alone=True) == WHOLE
    assert step_for([TENTH, WHOLE], 20, alone=False) is None


@pytest.mark.parametrize("steps", [[TENTH, WHOLE], [WHOLE]])
def test_before_its_first_step_it_gets_nothing(steps: list[Step]) -> None:
    step = step_for(steps, 0, alone=False)
    assert step is not None
    assert step.body["spec"]["predictor"]["canaryTrafficPercent"] == 0
    assert "canaryTrafficPercent" not in WHOLE.body["spec"]["predictor"]


def test_in_standard_mode_too() -> None:
    step = step_for([BESIDE, WHOLE], 0, alone=False)
    assert step is not None
    assert step.patch
    assert step.body["spec"]["canary"] == [{"trafficPercent": 0}]


def test_where_nothing_splits_requests_it_is_applied_whole() -> None:
    whole = Step(weight=100, body=service("Standard"))
    assert step_for([whole], 0, alone=False) == whole
    assert returning(whole.body, None, DIGEST) == whole.body


def test_pods_show_how_a_release_runs_that_the_object_is_not_of() -> None:
    other = an_object({}, digest=OTHER)
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    waits = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    broken = {"status": {"containerStatuses": [{"state": waits}]}}
    going = {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, **ready}
    assert health(other, [broken, ready], DIGEST) == Health(ready=True)
    assert health(other, [going], DIGEST) == Health()
    assert "CrashLoopBackOff" in health(other, [broken], DIGEST).gone
    assert health(other, [broken, {}], DIGEST) == Health()
    assert health(None, [{"status": {"phase": "Failed"}}], DIGEST) == Health(gone="a pod failed")
