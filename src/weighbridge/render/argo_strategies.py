"""How a Rollout of Argo gets from the old release to the new one: canary or blue-green."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.rendering import TargetOption
from weighbridge.render.analysis import go_duration, seconds, steps_of, whole_seconds
from weighbridge.render.kubernetes import surge
from weighbridge.render.naming import object_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.argo_analyses import Judge, Judges

ROUTER_OPTIONS: Final = (
    TargetOption(
        name="trafficRouter",
        default="none",
        pattern="none|gatewayAPI|istio|nginx",
        wanted="none, gatewayAPI, istio or nginx",
        description="What splits requests; with none, a weight is a share of replicas.",
    ),
    TargetOption(
        name="route",
        pattern=r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?",
        wanted="a name",
        description="The HTTPRoute (gatewayAPI), VirtualService (istio) or Ingress (nginx) that "
        "is there already and leads to the stable Service; for the first two, to the canary "
        "Service as well.",
    ),
)
_PLUGIN: Final = "argoproj-labs/gatewayAPI"
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How the release gets to its users.

    Attributes:
        kind: `canary` or `blueGreen`.
        spec: What the Rollout says of it.
        services: Names of the Services it goes through.
        delays: Whether old replicas can be kept for a while.
    """

    kind: str
    spec: dict[str, Any]
    services: tuple[str, ...]
    delays: bool


def strategy_of(order: Order, judges: Judges, remarks: Remarks) -> Strategy:
    """Return how a release is rolled out; refuse what Argo has not."""
    rollout = order.release.spec.rollout
    strategy = rollout.strategy if rollout is not None else "rolling"
    if strategy == "recreate":
        remarks.refuse(
            "Argo Rollouts never stops the old release before the new one is ready",
            "/spec/rollout/strategy",
            "render for kubernetes, whose Deployment does (type Recreate)",
            "or take strategy blueGreen, where only one of them gets requests",
            seen="recreate",
            wanted="canary, blueGreen or rolling",
        )
    if strategy == "blueGreen":
        return _blue_green(order, judges, remarks)
    return _canary(order, judges, remarks, rolling=strategy != "canary")


def _canary(order: Order, judges: Judges, remarks: Remarks, *, rolling: bool) -> Strategy:
    """Return a canary; one without pauses replaces replicas as a Deployment does."""
    name = object_name(order)
    spec: dict[str, Any] = {"stableService": f"{name}-stable", "canaryService": f"{name}-canary"}
    spec |= surge(order)
    routed = _routing(order, remarks)
    if routed:
        spec["trafficRouting"] = routed
    steps = list(_steps(order, judges))
    if steps:
        spec["steps"] = steps
    if judges.beside:
        spec["analysis"] = _asks(judges.beside)
    if steps and not rolling and not routed:
        remarks.notice(
            "without a traffic router Argo Rollouts reaches a weight by numbers of replicas: "
            f"with {order.options['replicas']} of them the nearest share that is no less; "
            "options trafficRouter and route name one that splits requests"
        )
    return Strategy(
        kind="canary",
        spec=spec,
        services=(name, f"{name}-stable", f"{name}-canary"),
        delays=bool(routed),
    )


def _steps(order: Order, judges: Judges) -> Iterator[dict[str, Any]]:
    for at, step in steps_of(order.release.spec.rollout):
        yield {"setWeight": step.weight}
        judge, when = judges.by_step.get(at, (None, None))
        wait = when.before if when is not None else seconds(step.hold)
        if wait:
            yield {"pause": {"duration": go_duration(wait)}}
        if judge is not None:
            yield {"analysis": _asks((judge,))}


def _asks(judges: Iterable[Judge]) -> dict[str, Any]:
    return {"templates": [{"templateName": one.name} for one in judges]}


def _routing(order: Order, remarks: Remarks) -> dict[str, Any]:
    """Return what splits requests; empty if nothing does."""
    router, route = order.options["trafficRouter"], order.options["route"]
    if (router == "none") != (not route):
        remarks.refuse(
            "a traffic router and its route go together",
            "",
            "give both: trafficRouter=gatewayAPI, route=NAME",
            "or leave both out",
            seen=f"trafficRouter={router}, route={route}",
        )
    if router == "gatewayAPI":
        if not order.namespace:
            remarks.refuse(
                "Argo's plugin for the Gateway API asks for the namespace of the HTTPRoute",
                "",
                "name it: --namespace NAME",
                "or take trafficRouter istio or nginx",
            )
        remarks.notice(
            f"the controller needs the plugin {_PLUGIN}, and the HTTPRoute {route} both Services "
            "as its backends"
        )
        return {"plugins": {_PLUGIN: {"httpRoute": route, "namespace": order.namespace}}}
    if router == "istio":
        return {"istio": {"virtualService": {"name": route}}}
    return {"nginx": {"stableIngress": route}} if router == "nginx" else {}


def _blue_green(order: Order, judges: Judges, remarks: Remarks) -> Strategy:
    """Return a switch: what stands at weight 0 comes before it, what stands at 100 behind it."""
    name = object_name(order)
    if order.options["trafficRouter"] != "none" or order.options["route"]:
        remarks.refuse(
            "a blue-green rollout of Argo switches Services, and has no traffic router",
            "",
            "leave options trafficRouter and route out",
            "or take strategy canary",
        )
    spec: dict[str, Any] = {
        "activeService": name,
        "previewService": f"{name}-preview",
        "autoPromotionEnabled": True,
    }
    before: list[Judge] = []
    behind: list[Judge] = []
    for at, step in steps_of(order.release.spec.rollout):
        if step.weight not in (0, _WHOLE):
            remarks.refuse(
                "a blue-green rollout sends all requests to one release",
                f"{at}/weight",
                "take weight 0 for what is asked before the switch, 100 for what is asked behind",
                "or take strategy canary",
                seen=str(step.weight),
                wanted="0 or 100",
            )
        judge, _ = judges.by_step.get(at, (None, None))
        hold = seconds(step.hold)
        if judge is not None:
            (before if step.weight == 0 else behind).append(judge)
        elif hold:
            waits = "autoPromotionSeconds" if step.weight == 0 else "scaleDownDelaySeconds"
            spec[waits] = whole_seconds(hold)
    behind += judges.beside
    for field, own in (("prePromotionAnalysis", before), ("postPromotionAnalysis", behind)):
        if own:
            spec[field] = _asks(own)
    rollout = order.release.spec.rollout
    if rollout is not None and rollout.max_unavailable is not None:
        spec["maxUnavailable"] = rollout.max_unavailable
    if rollout is not None and rollout.max_surge is not None:
        remarks.notice(
            "maxSurge says nothing of a blue-green rollout: all new replicas are there before "
            "the switch"
        )
    return Strategy(kind="blueGreen", spec=spec, services=(name, f"{name}-preview"), delays=True)
