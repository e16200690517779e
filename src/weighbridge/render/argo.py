"""Argo Rollouts: the release as a Rollout that asks the manifest's analyses, step by step.

What is neither passed nor failed pauses the Rollout until a person decides. A rollout that stops
the old release first is refused, for Argo has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.rendering import TargetOption
from weighbridge.render.analysis import questions
from weighbridge.render.argo_analyses import analysis_template, judges_of
from weighbridge.render.argo_strategies import ROUTER_OPTIONS, Strategy, strategy_of
from weighbridge.render.kubernetes import (
    CLUSTER_OPTION,
    DELIVERY_OPTIONS,
    GITOPS_OPTION,
    SCALE_OPTIONS,
    autoscaler,
    disruption_budget,
    network_policy,
    object_file,
    pod,
    refuse_image_volume,
    service,
)
from weighbridge.render.naming import metadata, object_name, selector
from weighbridge.render.observability.observed import observed
from weighbridge.render.observability.options import OPTIONS as WATCH_OPTIONS
from weighbridge.render.workload import OPTIONS as POD_OPTIONS
from weighbridge.render.workload import typed_knobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks, RenderedFile
    from weighbridge.render.kubernetes import Pod

API: Final = "argoproj.io/v1alpha1"
VERSIONS: Final = ("1.7", "1.8", "1.9")
PROMETHEUS_OPTION: Final = TargetOption(
    name="prometheusAddress",
    default="http://prometheus-operated.monitoring:9090",
    pattern=r"https?://[A-Za-z0-9._:\[\]-]{1,253}(?:/[!-~]{0,255})?",
    wanted="an address: http://prometheus.example.com:9090",
    description="The Prometheus that is asked.",
)
_KNOBS: Final = {
    "minReadySeconds": int,
    "progressDeadlineAbort": bool,
    "progressDeadlineSeconds": int,
    "revisionHistoryLimit": int,
    "rollbackWindow": int,
}
_STRATEGY_KNOBS: Final = {"abortScaleDownDelaySeconds": int, "scaleDownDelaySeconds": int}
_SINCE_1_9: Final = {"replicaProgressThreshold": int}


class Argo:
    """Renders for Argo Rollouts."""

    kind = "argo"
    versions = VERSIONS
    options = (
        *POD_OPTIONS,
        *SCALE_OPTIONS,
        CLUSTER_OPTION,
        PROMETHEUS_OPTION,
        *DELIVERY_OPTIONS,
        GITOPS_OPTION,
        *ROUTER_OPTIONS,
        *WATCH_OPTIONS,
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release, an object a file."""
        refuse_image_volume(order, remarks, order.options["kubernetesVersion"])
        made = pod(order, remarks, system=self.kind)
        knobs = _knobs(order, made, remarks)
        known = questions(order, remarks)
        judges = judges_of(order, known, remarks)
        strategy = strategy_of(order, judges, remarks)
        yield object_file(made.config)
        yield object_file(_rollout(order, made, strategy, knobs, remarks))
        for judge in judges.all:
            file = f"analysistemplate-{judge.name.removeprefix(object_name(order) + '.')}.yaml"
            yield object_file(analysis_template(order, judge), file)
        for name in strategy.services:
            at = f"service{name.removeprefix(object_name(order))}.yaml"
            yield object_file(service(order, name), at)
        yield object_file(autoscaler(order, api=API, kind="Rollout"))
        yield object_file(disruption_budget(order))
        yield object_file(network_policy(order, remarks))
        yield from observed(order, remarks)


def _knobs(order: Order, made: Pod, remarks: Remarks) -> dict[str, Any]:
    """Return the knobs of this version; one of a newer version is refused by the older's name."""
    known: dict[str, type] = {**_KNOBS, **_STRATEGY_KNOBS}
    newest = order.version == VERSIONS[-1]
    if newest:
        known |= _SINCE_1_9
    found = typed_knobs(made.configured, known, remarks, target=f"Argo Rollouts {order.version}")
    for name in sorted(set(made.configured.knobs) & set(_SINCE_1_9) if not newest else ()):
        remarks.refuse(
            f"Argo Rollouts {order.version} waits for every replica of a step: {name} came with "
            f"{VERSIONS[-1]}",
            "",
            f"render for Argo Rollouts {VERSIONS[-1]}: --target-version {VERSIONS[-1]}",
            f"or leave {name} out of `mapsTo`",
            seen=order.version,
            wanted=VERSIONS[-1],
        )
    return found


def _rollout(
    order: Order, made: Pod, strategy: Strategy, knobs: dict[str, Any], remarks: Remarks
) -> dict[str, Any]:
    """Return the Rollout; how many replicas there are, the autoscaler says."""
    spec: dict[str, Any] = {name: knobs[name] for name in _KNOBS if name in knobs}
    if "rollbackWindow" in spec:
        spec["rollbackWindow"] = {"revisions": spec["rollbackWindow"]}
    own = {name: knobs[name] for name in _STRATEGY_KNOBS if name in knobs}
    if own and not strategy.delays:
        remarks.refuse(
            f"without a traffic router a canary of Argo Rollouts keeps no old replicas: "
            f"{', '.join(own)} would be turned down",
            "",
            "name a router: options trafficRouter and route",
            "or take strategy blueGreen",
            f"or leave {', '.join(own)} out of `mapsTo`",
        )
    if "replicaProgressThreshold" in knobs:
        if strategy.kind != "canary":
            remarks.refuse(
                "only a canary of Argo Rollouts has replicaProgressThreshold",
                "",
                "take strategy canary",
                "or leave it out of `mapsTo`",
            )
        own["replicaProgressThreshold"] = {
            "type": "Percentage",
            "value": knobs["replicaProgressThreshold"],
        }
    return {
        "apiVersion": API,
        "kind": "Rollout",
        "metadata": metadata(order),
        "spec": {
            **spec,
            "selector": {"matchLabels": selector(order)},
            "strategy": {strategy.kind: {**strategy.spec, **own}},
            "template": made.template,
        },
    }
