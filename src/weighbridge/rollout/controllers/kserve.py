"""KServe: which InferenceService is applied at a weight, and how one says that it runs.

KServe splits requests and judges nothing. In Knative mode the split is a field of the one object
there is; in Standard mode the release stands beside the predictor of the one before (spec.canary).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.delivery import WHOLE, Health
from weighbridge.rollout.controllers.fields import (
    at,
    condition,
    entries,
    is_of,
    is_seen,
    number,
    sentence,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PERCENT: Final = "canaryTrafficPercent"
_LOST: Final = ("BlockedByFailedLoad", "InvalidSpec")
_ENDED: Final = ("CrashLoopBackOff", "InvalidImageName")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An object of the rendering that is applied at a weight.

    Attributes:
        weight: Share of requests the release gets, in percent.
        body: The InferenceService, or a merge patch of the one that is there.
        patch: Whether it is such a patch.
    """

    weight: int
    body: Mapping[str, Any]
    patch: bool = False


def step_for(steps: Sequence[Step], weight: int, *, alone: bool) -> Step | None:
    """Return what is applied so that a release gets a share of requests.

    Args:
        steps: What it is rendered as; the last one gives it all of them.
        weight: The share.
        alone: Whether no other release could get the rest.

    Returns:
        What is applied; None if no step has that weight and none can be made of another.
    """
    whole = next((one for one in steps if one.weight == WHOLE), None)
    if alone:
        return whole
    exact = next((one for one in steps if one.weight == weight), None)
    if exact is not None:
        return exact
    if weight:
        return None
    # Started before its first step: the same object, with no share of requests.
    partial = next((one for one in steps if one.weight != WHOLE), None)
    if partial is not None:
        return _without_requests(partial)
    if whole is not None and _is_knative(whole.body):
        return Step(weight=0, body=no_requests(whole.body))
    return whole  # replicas are replaced one by one, once they are ready: there is no other way


def _without_requests(step: Step) -> Step:
    if not step.patch:
        return Step(weight=0, body=no_requests(step.body))
    spec = step.body["spec"]
    canary = [{**one, "trafficPercent": 0} for one in spec["canary"]]
    return Step(weight=0, body={**step.body, "spec": {**spec, "canary": canary}}, patch=True)


def beside(previous: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Return the InferenceService of the release before, with the release beside it.

    It is applied whole, and not patched: so the step that puts the release in its place takes away
    what stood beside it at once, as KServe demands of two that have one name.
    """
    return {**previous, "spec": {**previous["spec"], **step.body["spec"]}}


def no_requests(service: Mapping[str, Any]) -> dict[str, Any]:
    """Return an InferenceService whose newest revision gets no requests (Knative mode)."""
    spec = service["spec"]
    predictor = {**spec["predictor"], PERCENT: 0}
    return {**service, "spec": {**spec, "predictor": predictor}}


def _is_knative(service: object) -> bool:
    mode = text(service, "metadata", "annotations", "serving.kserve.io/deploymentMode")
    return mode in ("Knative", "Serverless")


def returning(previous: Mapping[str, Any], there: object, digest: str) -> dict[str, Any]:
    """Return what is applied so that the release before gets all requests again.

    In Knative mode its revision is made anew. Until that is ready it gets a share of nothing, and
    the revision that was rolled out last all: a share of all would go to the newest revision that
    is ready, the one that is taken out.
    """
    if not _is_knative(previous) or is_ready(there, digest):
        return dict(previous)
    settled = is_of(there, digest) and number(there, "spec", "predictor", PERCENT) is None
    return dict(previous) if settled else no_requests(previous)


def is_ready(service: object, digest: str) -> bool:
    """Tell whether an InferenceService is of a release, and its newest revision serves."""
    if not (is_of(service, digest) and is_seen(service)):
        return False
    conditions = [condition(service, kind) for kind in ("Ready", "PredictorReady")]
    part = at(service, "status", "components", "predictor")
    created = text(part, "latestCreatedRevision")
    newest = created == text(part, "latestReadyRevision")
    known = bool(created) or not _is_knative(service)
    return newest and known and all(text(one, "status") == "True" for one in conditions)


def health(service: object, pods: Sequence[object], digest: str) -> Health:
    """Read how a release runs.

    Args:
        service: The InferenceService; None if there is none.
        pods: Pods of the release.
        digest: The release digest.
    """
    if is_of(service, digest):
        if is_ready(service, digest):
            return Health(ready=True)
        lost = text(service, "status", "modelStatus", "transitionStatus")
        if is_seen(service) and lost in _LOST:
            said = text(service, "status", "modelStatus", "lastFailureInfo", "message")
            return Health(gone=sentence(f"KServe says {lost}:", said))
        return Health(gone=_ended(pods))
    # Of the release that is beside it, or was before it, the object says nothing: its pods do.
    going = [one for one in pods if at(one, "metadata", "deletionTimestamp") is None]
    if any(text(condition(one, "Ready"), "status") == "True" for one in going):
        return Health(ready=True)
    return Health(gone=_ended(going))


def _ended(pods: Sequence[object]) -> str:
    """Return how all pods that were started ended; empty if one goes on, or there is none."""
    found = [_trouble(one) for one in pods]
    return found[0] if found and all(found) else ""


def _trouble(pod: object) -> str:
    for one in entries(pod, "status", "containerStatuses"):
        reason = text(one, "state", "waiting", "reason")
        if reason in _ENDED:
            said = text(one, "state", "waiting", "message")
            return sentence(f"a container waits: {reason}:", said)
    return "a pod failed" if text(pod, "status", "phase") == "Failed" else ""
