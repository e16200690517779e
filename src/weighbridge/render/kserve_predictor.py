"""The predictor of an InferenceService: the release's container, or its model and a runtime.

Knative admits less of a pod than Kubernetes does. What a container can say instead of the pod, the
container says; what neither can is refused, or said where the cluster has to see to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.render.kserve_knobs import Mode
from weighbridge.render.kubernetes import surge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.rendering import Order, Remarks

_UNHEARD: Final = (
    ("graceSeconds", "30", "Knative gives a replica its request timeout to end"),
    ("cpuUtilization", "80", "Knative scales by concurrency or requests"),
)
"""Options Knative does not hear, their defaults, and what it does instead."""
_FLAGGED: Final = {
    "affinity": "kubernetes.podspec-affinity",
    "nodeSelector": "kubernetes.podspec-nodeselector",
    "tolerations": "kubernetes.podspec-tolerations",
}
"""Fields of a pod that Knative admits once its ConfigMap config-features says so."""


def predictor_of(
    order: Order,
    template: Mapping[str, Any],
    scaled: Mapping[str, Any],
    mode: Mode,
    remarks: Remarks,
) -> dict[str, Any]:
    """Return the predictor.

    Args:
        order: What is rendered.
        template: The release's pod (PodTemplateSpec).
        scaled: What is said of replicas, concurrency, batches and time.
        mode: How KServe runs it.
        remarks: Takes what cannot be done.
    """
    about = template["metadata"]
    spec = dict(template["spec"])
    annotations = dict(about["annotations"])
    if mode is Mode.KNATIVE:
        spec = _for_knative(order, spec, remarks)
        annotations["serving.knative.dev/progress-deadline"] = f"{_start(order)}s"
    if order.options["storage"]:
        spec = _served(order, spec, remarks)
    else:
        _refuse_unused(order, remarks)
    found = {"labels": about["labels"], "annotations": annotations, **scaled}
    replaced = _replaced(order, mode, remarks)
    if replaced:
        found["deploymentStrategy"] = replaced
    return {**found, **spec}


def _start(order: Order) -> int:
    return max(1, int(order.options["startSeconds"]))


def _for_knative(order: Order, spec: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """Return a pod as Knative admits it (knative/serving, fieldmask.go)."""
    security = spec.pop("securityContext")
    del spec["automountServiceAccountToken"], spec["terminationGracePeriodSeconds"]
    remarks.notice(
        "Knative lets no pod refuse the token of its service account: refuse it in the account "
        "(automountServiceAccountToken: false)"
    )
    for name, default, instead in _UNHEARD:
        if order.options[name] != default:
            remarks.notice(f"{instead}, whatever option {name} says")
    for name in sorted(set(spec) & set(_FLAGGED)):
        remarks.notice(f"Knative has to admit {name}: {_FLAGGED[name]} in config-features")
    if "sysctls" in security:
        remarks.refuse(
            "Knative sets nothing of the kernel",
            "/spec/environment/system/sysctls",
            "take Standard mode: option deploymentMode=Standard",
            "or set it where nodes are set up",
            seen=", ".join(one["name"] for one in security.pop("sysctls")),
        )
    if order.options["model"]:
        remarks.refuse(
            "Knative mounts no images, as the option model asks for",
            "",
            "take option storage, by which KServe brings the model",
            "or Standard mode: option deploymentMode=Standard",
            seen=f"model={order.options['model']}",
        )
    container = _in_knative(order, spec["containers"][0], remarks)
    container["securityContext"] = {**security, **container["securityContext"]}
    return {**spec, "containers": [container]}


def _in_knative(order: Order, container: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """Return a container with one port, and without a probe of its start: the revision has that."""
    found = {key: value for key, value in container.items() if key != "startupProbe"}
    if len(found["ports"]) > 1:
        other = found["ports"][1]["containerPort"]
        remarks.notice(
            f"Knative lists one port of a container: {other} is read all the same, by its number"
        )
    port = int(order.options["port"])
    found["ports"] = [{"name": "http1", "containerPort": port, "protocol": "TCP"}]
    for probe in ("readinessProbe", "livenessProbe"):
        found[probe] = {**found[probe], "httpGet": {**found[probe]["httpGet"], "port": port}}
    found["livenessProbe"]["initialDelaySeconds"] = _start(order)
    return found


def _served(order: Order, spec: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """Return a pod whose model KServe brings, and whose server a runtime describes."""
    storage = order.options["storage"]
    native = storage.startswith("oci+native://")
    if native and tuple(map(int, order.version.split("."))) < (0, 20):
        remarks.refuse(
            f"KServe {order.version} mounts no images as they are: oci+native:// came with 0.20",
            "",
            f"take {storage.replace('+native', '', 1)}, which a sidecar serves (modelcar)",
            "or render for KServe 0.20: --target-version 0.20",
            "or leave storage out, with the model inside spec.environment.image",
            seen=storage,
            wanted="KServe 0.20",
        )
    switch = "enableOciModelSupport" if native else "enableModelcar"
    remarks.notice(f"KServe has to bring models from images: {switch} in inferenceservice-config")
    kind = order.options["modelFormat"] or order.release.spec.model.format
    if not kind:
        remarks.refuse(
            "KServe finds a serving runtime by the format of the model, and none is named",
            "/spec/model/format",
            "name it: spec.model.format",
            "or option modelFormat",
        )
    container = {key: one for key, one in spec["containers"][0].items() if key != "name"}
    model: dict[str, Any] = {"modelFormat": {"name": kind}, "storageUri": storage}
    if order.options["runtime"]:
        model["runtime"] = order.options["runtime"]
    return {
        **{key: one for key, one in spec.items() if key != "containers"},
        "model": {
            **model,
            **container,
        },
    }


def _refuse_unused(order: Order, remarks: Remarks) -> None:
    for name in ("modelFormat", "runtime"):
        if order.options[name]:
            remarks.refuse(
                f"option {name} says nothing without the option storage",
                "",
                "name the model: option storage",
                f"or leave {name} out",
                seen=f"{name}={order.options[name]}",
            )


def _replaced(order: Order, mode: Mode, remarks: Remarks) -> dict[str, Any]:
    """Return how replicas are replaced where no requests are split; empty if Knative does it."""
    rollout = order.release.spec.rollout
    strategy = rollout.strategy if rollout is not None else "rolling"
    if strategy == "recreate":
        if mode is Mode.KNATIVE:
            remarks.refuse(
                "Knative never stops the old revision before the new one is ready",
                "/spec/rollout/strategy",
                "take Standard mode: option deploymentMode=Standard",
                "or render for kubernetes",
                seen="recreate",
                wanted="canary, blueGreen or rolling",
            )
        return {"type": "Recreate"}
    if mode is Mode.STANDARD:
        return {"type": "RollingUpdate", "rollingUpdate": surge(order)}
    said = rollout is not None and (rollout.max_surge, rollout.max_unavailable) != (None, None)
    if said:
        remarks.notice(
            "Knative keeps all old replicas until the new revision is ready: maxSurge and "
            "maxUnavailable say nothing to it"
        )
    return {}
