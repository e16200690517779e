"""KServe: the release as an InferenceService, its steps as files that are applied one by one.

KServe splits requests and judges nothing: what is asked between two steps stands in
`steps/plan.json`, for whoever applies them. What its mode would ignore is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.rendering import TargetOption
from weighbridge.render.argo import PROMETHEUS_OPTION
from weighbridge.render.kserve_knobs import MODES, Mode, scaling
from weighbridge.render.kserve_predictor import predictor_of
from weighbridge.render.kserve_steps import rollout_files
from weighbridge.render.kubernetes import (
    CLUSTER_OPTION,
    DELIVERY_OPTIONS,
    SCALE_OPTIONS,
    disruption_budget,
    network_policy,
    object_file,
    pod,
    refuse_image_volume,
)
from weighbridge.render.naming import metadata
from weighbridge.render.observability.observed import observed
from weighbridge.render.observability.options import OPTIONS as WATCH_OPTIONS
from weighbridge.render.workload import OPTIONS as POD_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks, RenderedFile

API: Final = "serving.kserve.io/v1beta1"
VERSIONS: Final = ("0.15", "0.16", "0.17", "0.18", "0.19", "0.20")
OPTIONS: Final = (
    TargetOption(
        name="deploymentMode",
        default="Knative",
        pattern="|".join(MODES),
        wanted="Knative (once Serverless) or Standard (once RawDeployment)",
        description="How KServe runs it; Standard is without Knative, and has canaries from "
        "KServe 0.20 on.",
    ),
    TargetOption(
        name="storage",
        pattern=r"oci(?:\+native)?://[A-Za-z0-9][A-Za-z0-9._:/-]{0,255}@sha256:[0-9a-f]{64}",
        wanted="an image pinned by digest: oci://registry.example.com/name@sha256:…",
        description="The model, for KServe to bring to /mnt/models; oci+native:// from 0.20 on.",
    ),
    TargetOption(
        name="modelFormat",
        pattern=r"[a-z0-9][a-z0-9-]{0,62}",
        wanted="a format such as onnx",
        description="Format KServe finds a serving runtime by, where storage is given; "
        "spec.model.format if empty.",
    ),
    TargetOption(
        name="runtime",
        pattern=r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?",
        wanted="a name",
        description="The ServingRuntime, where storage is given; chosen by format if empty.",
    ),
)


class KServe:
    """Renders for KServe."""

    kind = "kserve"
    versions = VERSIONS
    options = (
        *POD_OPTIONS,
        *SCALE_OPTIONS,
        CLUSTER_OPTION,
        PROMETHEUS_OPTION,
        *DELIVERY_OPTIONS,
        *OPTIONS,
        *WATCH_OPTIONS,
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release; what is applied first lies on top, what follows under `steps`."""
        mode = MODES[order.options["deploymentMode"]]
        if mode is Mode.STANDARD:
            refuse_image_volume(order, remarks, order.options["kubernetesVersion"])
        made = pod(order, remarks, system=self.kind, container="kserve-container")
        scaled = scaling(order, made.configured, mode, remarks)
        predictor = predictor_of(order, made.template, scaled, mode, remarks)
        yield object_file(made.config)
        yield from rollout_files(order, predictor, mode, remarks, self._service)
        if mode is Mode.STANDARD:
            yield object_file(disruption_budget(order))
            yield object_file(network_policy(order, remarks))
        else:
            remarks.notice(
                "no NetworkPolicy and no PodDisruptionBudget is rendered: in Knative mode requests "
                "come by Knative's own proxies and autoscaler, whose places the release does not "
                "know"
            )
        yield from observed(order, remarks)

    @staticmethod
    def _service(order: Order, predictor: dict[str, Any], **annotations: str) -> dict[str, Any]:
        """Return the InferenceService; which mode it is in, an annotation says."""
        mode = MODES[order.options["deploymentMode"]]
        renamed = VERSIONS.index(order.version) >= VERSIONS.index("0.16")
        own = {"serving.kserve.io/deploymentMode": mode.value if renamed else mode.former}
        if mode is Mode.STANDARD:
            own["serving.kserve.io/autoscalerClass"] = "hpa"
        return {
            "apiVersion": API,
            "kind": "InferenceService",
            "metadata": metadata(order, annotations={**own, **annotations}),
            "spec": {"predictor": predictor},
        }
