"""Kubernetes' own kinds: the release as a Deployment and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.configuration import configuration
from weighbridge.render.naming import (
    every_pod,
    labels,
    metadata,
    object_name,
    release_annotations,
    selector,
    short_hash,
)
from weighbridge.render.observability.collector import GRPC_PORT
from weighbridge.render.observability.observed import observed, sends
from weighbridge.render.observability.options import OPTIONS as WATCH_OPTIONS
from weighbridge.render.text import yaml_documents
from weighbridge.render.workload import OPTIONS as POD_OPTIONS
from weighbridge.render.workload import metrics_endpoint, pod_spec, typed_knobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration

VERSIONS: Final = ("1.33", "1.34", "1.35", "1.36", "1.37")
_IMAGE_VOLUMES: Final = (1, 35)
"""The first Kubernetes that mounts images without being told to (feature gate ImageVolume)."""
KNOBS: Final = {
    "minReadySeconds": int,
    "progressDeadlineSeconds": int,
    "revisionHistoryLimit": int,
}
_COUNT: Final = r"[1-9][0-9]{0,4}"
CLUSTER_OPTION: Final = TargetOption(
    name="kubernetesVersion",
    default=VERSIONS[-1],
    pattern="|".join(one.replace(".", r"\.") for one in VERSIONS),
    wanted=f"one of {', '.join(VERSIONS)}",
    description="Version of the Kubernetes it runs on.",
)
SCALE_OPTIONS: Final = (
    TargetOption(
        name="replicas",
        default="2",
        pattern=_COUNT,
        wanted="a number from 1",
        description="Replicas there are at least.",
    ),
    TargetOption(
        name="maxReplicas",
        default="4",
        pattern=_COUNT,
        wanted="a number from 1",
        description="Replicas there are at most, as it is scaled.",
    ),
    TargetOption(
        name="cpuUtilization",
        default="80",
        pattern=r"[1-9][0-9]?|100",
        wanted="percent",
        description="Share of the asked for processor time, in percent, that more replicas are "
        "made at.",
    ),
)


DELIVERY_OPTIONS: Final = (
    TargetOption(
        name="kubeContext",
        pattern=r"[!-~]{1,253}",
        wanted="a name without spaces",
        description="Context of kubectl by which `deliver` reaches the cluster; the current one "
        "if empty.",
    ),
    TargetOption(
        name="kubeconfig",
        pattern=r"[ -~]{1,1024}",
        wanted="a path",
        description="File of kubectl's configuration; the usual one if empty.",
    ),
)
"""By what a cluster is reached; nothing of it is rendered."""
GITOPS_OPTION: Final = TargetOption(
    name="gitops",
    pattern=r"[ -~]{1,1024}",
    wanted="a folder",
    description="Folder `deliver` writes the files to, in place of applying them.",
)


@dataclass(frozen=True, slots=True)
class Pod:
    """A release's pod and the ConfigMap it reads.

    Attributes:
        template: The pod with its labels (PodTemplateSpec).
        config: The ConfigMap.
        configured: What the release is configured with.
    """

    template: dict[str, Any]
    config: dict[str, Any]
    configured: Configuration


def pod(order: Order, remarks: Remarks, *, system: str, container: str = "model") -> Pod:
    """Make a release's pod, the same for every kind that runs pods.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done.
        system: The key of `mapsTo` that names knobs of the target.
        container: Name of the container.
    """
    configured = _sending(order, configuration(order, remarks, system=system))
    config = config_map(order, configured)
    spec = pod_spec(
        order, remarks, configured, config=config["metadata"]["name"], container=container
    )
    about = {"labels": labels(order), "annotations": release_annotations(order)}
    return Pod({"metadata": about, "spec": spec}, config, configured)


def _sending(order: Order, configured: Configuration) -> Configuration:
    """Send telemetry to the collector that is rendered beside the release, if there is one."""
    if not sends(order):
        return configured
    # The operator makes a Service of this name for each collector.
    place = f"http://{object_name(order)}-collector:{GRPC_PORT}"
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": place, **configured.variables}
    return replace(configured, variables=dict(sorted(variables.items())))


def config_map(order: Order, configured: Configuration) -> dict[str, Any]:
    """Return the ConfigMap of a release's files; its name holds a digest of what is in it.

    So a release that is brought back finds its own configuration, not that of the one that failed.
    """
    data = {name: text.decode() for name, text in sorted(configured.files.items())}
    name = f"{object_name(order)}-{short_hash(repr(sorted(data.items())).encode())}"
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(order, name),
        "immutable": True,
        "data": data,
    }


def refuse_image_volume(order: Order, remarks: Remarks, kubernetes: str) -> None:
    """Refuse to mount a packed release where Kubernetes is too old for it."""
    if order.options["model"] and tuple(map(int, kubernetes.split("."))) < _IMAGE_VOLUMES:
        first = ".".join(map(str, _IMAGE_VOLUMES))
        remarks.refuse(
            f"Kubernetes {kubernetes} mounts no images, as the option model asks for",
            "",
            f"deliver to Kubernetes {first} or newer",
            "or leave the option out, with the model inside spec.environment.image",
            "or render for kserve with option storage",
            seen=f"model={order.options['model']}",
            wanted=f"Kubernetes {first}",
        )


def service(order: Order, name: str = "", **more: str) -> dict[str, Any]:
    """Return the Service in front of a release.

    Args:
        order: What is rendered.
        name: Its name, if not that of the release.
        more: Labels its pods have besides.
    """
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(order, name),
        "spec": {"selector": {**selector(order), **more}, "ports": ports},
    }


def autoscaler(order: Order, *, api: str, kind: str) -> dict[str, Any]:
    """Return the HorizontalPodAutoscaler of what has replicas."""
    least = int(order.options["replicas"])
    use = {"type": "Utilization", "averageUtilization": int(order.options["cpuUtilization"])}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(order),
        "spec": {
            "scaleTargetRef": {"apiVersion": api, "kind": kind, "name": object_name(order)},
            "minReplicas": least,
            "maxReplicas": max(least, int(order.options["maxReplicas"])),
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": use}}],
        },
    }


def disruption_budget(order: Order) -> dict[str, Any]:
    """Return the PodDisruptionBudget: drained nodes take one replica at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(order),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": every_pod(order)}},
    }


def network_policy(order: Order, remarks: Remarks) -> dict[str, Any]:
    """Return the NetworkPolicy: requests come in; names and the services it calls go out."""
    ports = {int(order.options["port"])}
    measured = metrics_endpoint(order)
    if measured is not None:
        ports.add(measured[0])
    dns = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    egress: list[dict[str, Any]] = [{"ports": dns}]
    called = sorted({*_called(order, remarks), *([GRPC_PORT] if sends(order) else [])})
    if called:
        egress.append({"ports": [{"port": port, "protocol": "TCP"} for port in called]})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(order),
        "spec": {
            "podSelector": {"matchLabels": every_pod(order)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"ports": [{"port": one, "protocol": "TCP"} for one in sorted(ports)]}],
            "egress": egress,
        },
    }


def _called(order: Order, remarks: Remarks) -> Iterator[int]:
    """Yield the ports of the services a release calls; a policy knows no names of hosts."""
    default = {"http": 80, "https": 443, "grpc": 443, "redis": 6379, "postgresql": 5432}
    for index, one in enumerate(order.release.spec.external_services or ()):
        try:
            place = urlsplit(one.endpoint if "//" in one.endpoint else f"//{one.endpoint}")
            port = place.port or default.get(place.scheme)
        except ValueError:
            port = None
        if port is None:
            remarks.refuse(
                f"the port of {one.name} is not to be seen from its address",
                f"/spec/externalServices/{index}/endpoint",
                "write it down: https://HOST:PORT",
                seen=one.endpoint,
            )
        else:
            yield port


class Kubernetes:
    """Renders Kubernetes' own kinds."""

    kind = "kubernetes"
    versions = VERSIONS
    options = (*POD_OPTIONS, *SCALE_OPTIONS, *DELIVERY_OPTIONS, GITOPS_OPTION, *WATCH_OPTIONS)

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release, an object a file."""
        refuse_image_volume(order, remarks, order.version)
        made = pod(order, remarks, system=self.kind)
        knobs = typed_knobs(made.configured, KNOBS, remarks, target=f"Kubernetes {order.version}")
        yield object_file(made.config)
        yield object_file(_deployment(order, remarks, made, knobs))
        for one in surroundings(order, remarks, api="apps/v1", kind="Deployment"):
            yield object_file(one)
        yield from observed(order, remarks)


def surroundings(
    order: Order, remarks: Remarks, *, api: str, kind: str
) -> Iterator[dict[str, Any]]:
    """Yield what stands around replicas: Service, autoscaler, budget, network policy."""
    yield service(order)
    yield autoscaler(order, api=api, kind=kind)
    yield disruption_budget(order)
    yield network_policy(order, remarks)


def _deployment(order: Order, remarks: Remarks, made: Pod, knobs: dict[str, Any]) -> dict[str, Any]:
    # How many replicas there are, the autoscaler says: a number here would fight it.
    spec: dict[str, Any] = {
        **knobs,
        "selector": {"matchLabels": selector(order)},
        "strategy": _strategy(order, remarks),
        "template": made.template,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(order),
        "spec": spec,
    }


def _strategy(order: Order, remarks: Remarks) -> dict[str, Any]:
    rollout = order.release.spec.rollout
    if rollout is not None and rollout.strategy == "recreate":
        return {"type": "Recreate"}
    if rollout is not None and rollout.strategy in {"canary", "blueGreen"}:
        remarks.notice(
            f"Kubernetes itself has no {rollout.strategy} rollout: replicas are replaced one by "
            "one, and no analysis is made; argo and flagger do as the manifest says"
        )
    rolling = surge(order)
    return {"type": "RollingUpdate", "rollingUpdate": rolling}


def surge(order: Order) -> dict[str, int | str]:
    """Return how many replicas there may be too many and too few as they are replaced.

    Where the manifest does not say: one more, and none less.
    """
    rollout = order.release.spec.rollout
    more = rollout.max_surge if rollout is not None else None
    less = rollout.max_unavailable if rollout is not None else None
    return {
        "maxSurge": 1 if more is None else more,
        "maxUnavailable": 0 if less is None else less,
    }


def object_file(one: dict[str, Any], path: str = "") -> RenderedFile:
    """Write an object to a file of its own, called by its kind if nothing else is said."""
    path = path or f"{one['kind'].lower()}.yaml"
    return RenderedFile(path=path, content=yaml_documents(one))
