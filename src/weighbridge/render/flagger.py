"""Flagger: the release as a Deployment, and a Canary that moves requests to it step by step.

Flagger knows two answers where the manifest knows three: what does not pass fails a check, and no
data fails one, too. Everything it does otherwise is stricter, and said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.location import pointer
from weighbridge.model.rendering import TargetOption
from weighbridge.render.analysis import questions
from weighbridge.render.argo import PROMETHEUS_OPTION
from weighbridge.render.flagger_analyses import checks_of, interval_of, metric_template, plan_of
from weighbridge.render.kubernetes import (
    CLUSTER_OPTION,
    DELIVERY_OPTIONS,
    GITOPS_OPTION,
    KNOBS,
    SCALE_OPTIONS,
    autoscaler,
    disruption_budget,
    network_policy,
    object_file,
    pod,
    refuse_image_volume,
    surge,
)
from weighbridge.render.naming import metadata, object_name, selector
from weighbridge.render.observability.observed import observed
from weighbridge.render.observability.options import OPTIONS as WATCH_OPTIONS
from weighbridge.render.workload import OPTIONS as POD_OPTIONS
from weighbridge.render.workload import typed_knobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.rendering import Order, Remarks, RenderedFile
    from weighbridge.render.configuration import Configuration

API: Final = "flagger.app/v1beta1"
VERSIONS: Final = ("1.41", "1.42", "1.43")
_NAME: Final = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_PROVIDERS: Final = (
    *("kubernetes", "istio", "linkerd", "contour", "gloo", "kuma", "nginx", "skipper", "traefik"),
    "gatewayapi:v1",
)
_WITH_INGRESS: Final = ("nginx", "skipper")
OPTIONS: Final = (
    TargetOption(
        name="provider",
        pattern="|".join(_PROVIDERS),
        wanted=f"one of {', '.join(_PROVIDERS)}",
        description="What splits requests; the one Flagger was started with if empty.",
    ),
    TargetOption(
        name="ingress",
        pattern=_NAME,
        wanted="a name",
        description="The Ingress that is there already (providers nginx and skipper).",
    ),
    TargetOption(
        name="gateway",
        pattern=rf"{_NAME}/{_NAME}",
        wanted="NAMESPACE/NAME",
        description="The Gateway requests come in by (providers gatewayapi:v1 and istio).",
    ),
    TargetOption(
        name="host",
        pattern=r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?",
        wanted="a host",
        description="Host its requests are for (providers gatewayapi:v1, istio and traefik).",
    ),
)
_DEPLOYED: Final = dict(KNOBS)
_SERVICE_KNOBS: Final = {"timeout": str}
_SINCE_1_42: Final = {"trafficDistribution": str}
_ANALYSIS_KNOBS: Final = {
    "primaryReadyThreshold": int,
    "canaryReadyThreshold": int,
    "stepWeightPromotion": int,
}
_DISTRIBUTIONS: Final = ("PreferClose", "PreferSameZone", "PreferSameNode")
_PERCENT: Final = 100


class Flagger:
    """Renders for Flagger."""

    kind = "flagger"
    versions = VERSIONS
    options = (
        *POD_OPTIONS,
        *SCALE_OPTIONS,
        CLUSTER_OPTION,
        PROMETHEUS_OPTION,
        *DELIVERY_OPTIONS,
        GITOPS_OPTION,
        *OPTIONS,
        *WATCH_OPTIONS,
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release, an object a file; Services are made by Flagger itself."""
        refuse_image_volume(order, remarks, order.options["kubernetesVersion"])
        made = pod(order, remarks, system=self.kind)
        knobs = _knobs(order, made.configured, remarks)
        known = questions(order, remarks)
        length = interval_of(order, known, remarks)
        checks = checks_of(order, length, known, remarks)
        plan = plan_of(order, length, checks, remarks)
        service = _service(order, knobs, remarks)
        yield object_file(made.config)
        yield object_file(_deployment(order, made.template, knobs))
        for check in checks:
            file = f"metrictemplate-{check.name.removeprefix(object_name(order) + '.')}.yaml"
            yield object_file(metric_template(order, check), file)
        analysis = plan | {name: knobs[name] for name in _ANALYSIS_KNOBS if name in knobs}
        yield object_file(_canary(order, service, analysis))
        yield object_file(autoscaler(order, api="apps/v1", kind="Deployment"))
        for one in (disruption_budget(order), network_policy(order, remarks)):
            yield object_file(one)
        yield from observed(order, remarks)


def _knobs(order: Order, configured: Configuration, remarks: Remarks) -> dict[str, Any]:
    known: dict[str, type] = {**_DEPLOYED, **_SERVICE_KNOBS, **_ANALYSIS_KNOBS}
    older = VERSIONS.index(order.version) < VERSIONS.index("1.42")
    if not older:
        known |= _SINCE_1_42
    found = typed_knobs(configured, known, remarks, target=f"Flagger {order.version}")
    if older and "trafficDistribution" in configured.knobs:
        remarks.refuse(
            f"Flagger {order.version} makes Services without trafficDistribution: it came with "
            "1.42",
            "",
            "render for Flagger 1.42 or newer: --target-version 1.42",
            "or leave trafficDistribution out of `mapsTo`",
            seen=order.version,
            wanted="1.42",
        )
    for name in _ANALYSIS_KNOBS:
        if isinstance(found.get(name), int) and found[name] > _PERCENT:
            _refuse_value(configured, name, remarks, "a percentage: 0 to 100")
    if found.get("trafficDistribution", _DISTRIBUTIONS[0]) not in _DISTRIBUTIONS:
        _refuse_value(configured, "trafficDistribution", remarks, ", ".join(_DISTRIBUTIONS))
    return found


def _refuse_value(configured: Configuration, name: str, remarks: Remarks, wanted: str) -> None:
    value, parameter = configured.knobs[name]
    remarks.refuse(
        f"parameter {parameter} sets {name} to what that cannot be",
        f"/spec/parameters{pointer(parameter)}/value",
        f"give it one of {wanted}",
        seen=str(value),
        wanted=wanted,
    )


def _deployment(
    order: Order, template: Mapping[str, Any], knobs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the Deployment Flagger copies; how many replicas there are, it and the scaler say."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(order),
        "spec": {
            **{name: knobs[name] for name in _DEPLOYED if name in knobs},
            "selector": {"matchLabels": selector(order)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": surge(order)},
            "template": template,
        },
    }


def _service(order: Order, knobs: Mapping[str, Any], remarks: Remarks) -> dict[str, Any]:
    """Return what Flagger makes its Services and routes of."""
    options = order.options
    provider = options["provider"]
    spec: dict[str, Any] = {
        "port": 80,
        "portName": "http",
        "targetPort": "http",
        "portDiscovery": True,
    }
    spec |= {name: knobs[name] for name in (*_SERVICE_KNOBS, *_SINCE_1_42) if name in knobs}
    if options["host"]:
        spec["hosts"] = [options["host"]]
    if options["gateway"] and provider == "istio":
        spec["gateways"] = [options["gateway"]]
    elif options["gateway"]:
        namespace, name = options["gateway"].split("/")
        spec["gatewayRefs"] = [{"name": name, "namespace": namespace}]
    demands = (
        ("gateway", ("gatewayapi:v1",), ("gatewayapi:v1", "istio")),
        ("ingress", _WITH_INGRESS, _WITH_INGRESS),
        ("host", (), ("gatewayapi:v1", "istio", "traefik")),
    )
    for option, needing, taking in demands:
        if provider in needing and not options[option]:
            remarks.refuse(
                f"with the provider {provider} Flagger asks for an existing {option}",
                "",
                f"name it: option {option}",
                "or take another provider",
            )
        if options[option] and provider not in taking:
            remarks.refuse(
                f"option {option} says nothing to the provider {provider or 'that is not named'}",
                "",
                f"take one of {', '.join(taking)}: option provider",
                f"or leave {option} out",
                seen=f"{option}={options[option]}",
            )
    if not provider:
        remarks.notice(
            "requests are split by what Flagger was started with (-mesh-provider); where that is "
            "kubernetes, which splits none, name another: option provider"
        )
    return spec


def _canary(order: Order, service: dict[str, Any], analysis: dict[str, Any]) -> dict[str, Any]:
    name = object_name(order)
    spec: dict[str, Any] = {}
    if order.options["provider"]:
        spec["provider"] = order.options["provider"]
    spec["targetRef"] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    spec["autoscalerRef"] = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "name": name,
    }
    if order.options["ingress"]:
        spec["ingressRef"] = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "name": order.options["ingress"],
        }
    return {
        "apiVersion": API,
        "kind": "Canary",
        "metadata": metadata(order),
        "spec": {**spec, "service": service, "analysis": analysis},
    }
