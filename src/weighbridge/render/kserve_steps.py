"""The steps of a rollout of KServe: files that are applied one after the other.

In Knative mode each is a whole InferenceService. In Standard mode a canary stands beside the
predictor of the release before, which this release does not know: there each is a merge patch of
the InferenceService that is there, and only the last one is whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from weighbridge.codec.promql import RELEASE
from weighbridge.model.rendering import RenderedFile
from weighbridge.render.analysis import seconds, steps_of
from weighbridge.render.kserve_knobs import Mode
from weighbridge.render.kubernetes import object_file
from weighbridge.render.naming import object_name, release_label
from weighbridge.render.text import json_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.release.rollout import Analysis, Step
    from weighbridge.model.rendering import Order, Remarks

PLAN: Final = "steps/plan.json"
_WHOLE: Final = 100
_CANARIES: Final = (0, 20)
"""The first KServe whose Standard mode has canaries (spec.canary)."""
_SHORT: Final = 10
_AUTOSCALED: Final = ("maxReplicas", "minReplicas", "scaleMetric", "scaleMetricType", "scaleTarget")


class Service(Protocol):
    """Makes an InferenceService of a predictor."""

    def __call__(
        self, order: Order, predictor: dict[str, Any], **annotations: str
    ) -> dict[str, Any]:
        """Make it, with these annotations besides."""


def rollout_files(
    order: Order, predictor: dict[str, Any], mode: Mode, remarks: Remarks, service: Service
) -> Iterator[RenderedFile]:
    """Yield the InferenceService and what follows it.

    Args:
        order: What is rendered.
        predictor: The predictor of the release.
        mode: How KServe runs it.
        remarks: Takes what cannot be done.
        service: Makes an InferenceService of it.
    """
    weights = _weights(order, remarks)
    if len(weights) == 1:
        yield object_file(service(order, predictor))
    elif mode is Mode.STANDARD:
        yield from _beside(order, predictor, weights, remarks, service)
    else:
        yield from _revisions(order, predictor, weights, service)
    rollout = order.release.spec.rollout
    if rollout is not None and (len(weights) > 1 or rollout.analysis):
        yield RenderedFile(path=PLAN, content=json_document(_plan(order, weights, mode)))
        remarks.notice(
            f"KServe judges nothing: whoever applies the steps holds each as long and asks what "
            f"{PLAN} says"
        )


def _weights(order: Order, remarks: Remarks) -> list[int]:
    """Return the shares of requests the release gets, one after the other; the last is all."""
    rollout = order.release.spec.rollout
    steps = list(steps_of(rollout))
    if rollout is None or rollout.strategy not in ("canary", "blueGreen"):
        return [_WHOLE]
    weights = [step.weight for _, step in steps]
    if rollout.strategy == "blueGreen":
        for at, step in steps:
            if step.weight not in (0, _WHOLE):
                remarks.refuse(
                    "a blue-green rollout sends all requests to one release",
                    f"{at}/weight",
                    "take weight 0 for what is asked before the switch, 100 for what is behind",
                    "or take strategy canary",
                    seen=str(step.weight),
                    wanted="0 or 100",
                )
        weights = [0, _WHOLE]
    return weights if weights and weights[-1] == _WHOLE else [*weights, _WHOLE]


def _path(index: int, weight: int, kind: str = "yaml") -> str:
    return f"steps/{index + 1:02}-weight-{weight}.{kind}"


def _revisions(
    order: Order, predictor: dict[str, Any], weights: list[int], service: Service
) -> Iterator[RenderedFile]:
    """Yield whole InferenceServices: the first lies on top, each other one in a step of its own."""
    tagged = {"serving.kserve.io/enable-tag-routing": "true"} if weights[0] == 0 else {}
    for index, weight in enumerate(weights):
        own = predictor if weight == _WHOLE else {"canaryTrafficPercent": weight, **predictor}
        yield object_file(service(order, own, **tagged), _path(index, weight) if index else "")


def _beside(
    order: Order,
    predictor: dict[str, Any],
    weights: list[int],
    remarks: Remarks,
    service: Service,
) -> Iterator[RenderedFile]:
    """Yield patches that set the release beside the one before, and the whole in its place."""
    if tuple(map(int, order.version.split("."))) < _CANARIES:
        remarks.refuse(
            f"in Standard mode KServe {order.version} ignores canaryTrafficPercent, and would send "
            "all requests to the release at once (kserve/kserve#5335)",
            "/spec/rollout/strategy",
            "take Knative mode: option deploymentMode=Knative",
            "or render for KServe 0.20, whose Standard mode has canaries: --target-version 0.20",
            "or render for argo or flagger",
            "or take strategy rolling",
            seen=f"KServe {order.version}, Standard",
            wanted="Knative mode, or KServe 0.20",
        )
    named = {"name": f"r{release_label(order)[:_SHORT]}", **predictor}
    canary = {key: one for key, one in named.items() if key not in _AUTOSCALED}
    for index, weight in enumerate(weights[:-1]):
        patch = _named(order) | {
            "spec": {"canary": [{"trafficPercent": weight, "predictor": canary}]}
        }
        yield object_file(patch, _path(index, weight, "patch.yaml"))
    yield object_file(service(order, named), _path(len(weights) - 1, _WHOLE))
    remarks.notice(
        "in Standard mode the steps are patches of the InferenceService that is there (kubectl "
        "patch --type merge --patch-file), and the last one is applied; without one that is there, "
        "apply the last one alone"
    )
    remarks.notice("KServe splits requests in Standard mode by the Gateway API: enableGatewayApi")


def _named(order: Order) -> dict[str, Any]:
    about = {"name": object_name(order)}
    if order.namespace:
        about["namespace"] = order.namespace
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": about,
    }


def _plan(order: Order, weights: list[int], mode: Mode) -> dict[str, Any]:
    """Return what is done between two steps, in the manifest's words."""
    rollout = order.release.spec.rollout
    known = {one.name: one for one in rollout.analysis or ()} if rollout is not None else {}
    said: dict[int, Step | None] = {step.weight: step for _, step in steps_of(rollout)}
    if len(weights) == 1:  # whatever share it names, all requests move at once
        said = dict.fromkeys((_WHOLE,), *list(said.values())[-1:])
    patched = mode is Mode.STANDARD and len(weights) > 1
    steps = []
    for index, weight in enumerate(weights):
        kind = "patch.yaml" if patched and weight != _WHOLE else "yaml"
        first = index == 0 and not patched
        file = "inferenceservice.yaml" if first else _path(index, weight, kind)
        steps.append({"file": file, "weight": weight, **_step(said.get(weight))})
    asked = {name: _analysis(order, one) for name, one in known.items()}
    return {"release": order.digest, "steps": steps, "analysis": asked}


def _step(step: Step | None) -> Mapping[str, object]:
    if step is None:
        return {}
    hold = seconds(step.hold)
    found: dict[str, object] = {"analysis": step.analysis, "hold": step.hold if hold else None}
    return {key: value for key, value in found.items() if value is not None}


def _analysis(order: Order, analysis: Analysis) -> dict[str, Any]:
    found = analysis.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"name"})
    return {**found, "query": analysis.query.replace(RELEASE, order.digest)}
