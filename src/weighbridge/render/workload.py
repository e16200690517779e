"""The pod of a release: one container, pinned by digest, that may do no more than it has to.

What Kubernetes' "restricted" Pod Security Standard asks for is what a release gets; an option
gives back what its image cannot do without.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.location import pointer
from weighbridge.model.rendering import TargetOption
from weighbridge.render.configuration import FOLDER, value_text
from weighbridge.render.naming import dns_name, object_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.release.environment import Amounts, System
    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration, Secret

_NUMBER: Final = r"[0-9]{1,6}"
_PATH: Final = r"/[!-~]{0,255}"
_YES: Final = r"true|false"
_PINNED: Final = r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,255}@sha256:[0-9a-f]{64}"
OPTIONS: Final = (
    TargetOption(
        name="port", default="8080", pattern=_NUMBER, wanted="a port", description="Port it serves."
    ),
    TargetOption(
        name="readyPath",
        default="/v2/health/ready",
        pattern=_PATH,
        wanted="a path that begins with /",
        description="Path that answers 200 while it can serve (Open Inference Protocol).",
    ),
    TargetOption(
        name="livePath",
        default="/v2/health/live",
        pattern=_PATH,
        wanted="a path that begins with /",
        description="Path that answers 200 while it lives.",
    ),
    TargetOption(
        name="startSeconds",
        default="300",
        pattern=_NUMBER,
        wanted="seconds",
        description="Seconds it may take to start.",
    ),
    TargetOption(
        name="graceSeconds",
        default="30",
        pattern=_NUMBER,
        wanted="seconds",
        description="Seconds it has to finish requests when it is ended.",
    ),
    TargetOption(
        name="server",
        pattern=r"[a-z0-9-]{1,40}",
        wanted="a name such as vllm",
        description="The server in the image; what parameters map to it by becomes its options.",
    ),
    TargetOption(
        name="model",
        pattern=_PINNED,
        wanted="an image pinned by digest: registry.example.com/name@sha256:…",
        description="The packed release (`weighbridge push`), mounted at /models.",
    ),
    TargetOption(
        name="sidecars",
        pattern=r"sha256:[0-9a-f]{64}(?:[, ]sha256:[0-9a-f]{64}){0,15}",
        wanted="digests of images, with a comma between them",
        description="Images that a cluster adds to its pods; `serve --admission` lets them in.",
    ),
    TargetOption(
        name="serviceAccount",
        pattern=r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
        wanted="a name",
        description="Service account it runs as.",
    ),
    TargetOption(
        name="runAsRoot",
        default="false",
        pattern=_YES,
        wanted="true or false",
        description="Whether its image needs root.",
    ),
    TargetOption(
        name="writableRoot",
        default="false",
        pattern=_YES,
        wanted="true or false",
        description="Whether it writes beside /tmp.",
    ),
)
_ENDPOINT: Final = re.compile(r"(?:[a-z]+://)?(?:[^/:]*):([0-9]{1,5})(/[!-~]*)?")
NAMESPACED: Final = re.compile(r"(?:kernel\.(?:shm|msg|sem)|fs\.mqueue\.|net\.)[a-z0-9_.-]*")
"""Settings of the kernel that every container has its own of."""
_SAFE: Final = frozenset(
    f"net.ipv4.{name}"
    for name in (
        *("ip_local_port_range", "tcp_syncookies", "ping_group_range", "ip_local_reserved_ports"),
        *("ip_unprivileged_port_start", "tcp_keepalive_time", "tcp_fin_timeout"),
        *("tcp_keepalive_intvl", "tcp_keepalive_probes", "tcp_rmem", "tcp_wmem"),
    )
) | {"kernel.shm_rmid_forced"}
MODELS: Final = "/models"


def image(order: Order, remarks: Remarks) -> str:
    """Return the image of a release with its digest; empty, and a refusal, if it has none."""
    found = order.release.spec.environment.image
    if found is None:
        remarks.refuse(
            "the release names no image, and this target runs nothing else",
            "/spec/environment/image",
            "name it: spec.environment.image.{ref, digest}",
            "or render for systemd or sandbox, which can do without",
        )
        return ""
    return f"{found.ref}@{found.digest}"


def metrics_endpoint(order: Order) -> tuple[int, str] | None:
    """Return port and path its metrics are read at; None if it says of none."""
    seen = order.release.spec.observability
    text = seen.metrics.endpoint if seen is not None and seen.metrics is not None else None
    if text is None:
        return None
    if text.startswith("/"):
        return int(order.options["port"]), text
    found = _ENDPOINT.fullmatch(text)
    return (int(found[1]), found[2] or "/metrics") if found else None


def pod_spec(
    order: Order,
    remarks: Remarks,
    configured: Configuration,
    *,
    config: str,
    container: str = "model",
) -> dict[str, Any]:
    """Return the specification of a release's pod.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done.
        configured: The release's configuration.
        config: Name of the ConfigMap with its files.
        container: Name of the container.
    """
    options = order.options
    spec: dict[str, Any] = {"automountServiceAccountToken": False}
    if options["serviceAccount"]:
        spec["serviceAccountName"] = options["serviceAccount"]
    spec["terminationGracePeriodSeconds"] = int(options["graceSeconds"])
    spec["securityContext"] = _pod_security(order, remarks)
    spec["containers"] = [_container(order, remarks, configured, container)]
    spec["volumes"] = [
        {"name": "configuration", "configMap": {"name": config}},
        {"name": "temporary", "emptyDir": {}},
    ]
    if options["model"]:
        pinned = {"reference": options["model"], "pullPolicy": "IfNotPresent"}
        spec["volumes"].append({"name": "model", "image": pinned})
    placement = order.release.spec.environment.placement
    if placement is not None:
        spec |= placement.model_dump(mode="json", by_alias=True, exclude_none=True)
    return spec


def _pod_security(order: Order, remarks: Remarks) -> dict[str, Any]:
    security: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    if order.options["runAsRoot"] != "true":
        security = {"runAsNonRoot": True, **security}
    own = order.release.spec.environment.system
    if own is not None and own.sysctls:
        security["sysctls"] = list(_sysctls(own, remarks))
    return security


def _sysctls(own: System, remarks: Remarks) -> Iterator[dict[str, str]]:
    for index, one in enumerate(own.sysctls or ()):
        name = one.name.replace("/", ".")
        if not NAMESPACED.fullmatch(name):
            remarks.refuse(
                f"{name} is a setting of the whole node, which no pod can change",
                f"/spec/environment/system/sysctls/{index}",
                "set it where nodes are set up, and take it out of the release",
                "or choose nodes that have it by spec.environment.placement.nodeSelector",
                wanted="a setting of a namespace: kernel.shm*, kernel.msg*, fs.mqueue.*, net.*",
            )
        elif name not in _SAFE:
            remarks.notice(
                f"{name} has to be allowed on the nodes (kubelet --allowed-unsafe-sysctls)"
            )
        yield {"name": name, "value": one.value}


def _container(
    order: Order, remarks: Remarks, configured: Configuration, name: str
) -> dict[str, Any]:
    own = order.release.spec.environment.system
    if own is not None and own.ulimits:
        remarks.refuse(
            "Kubernetes sets no limits of processes",
            "/spec/environment/system/ulimits",
            "set them in the entry point of the image (`ulimit`)",
            "or in the container runtime of the nodes",
            "or render for compose or systemd, which set them",
            seen=", ".join(one.name for one in own.ulimits),
        )
    mounts = [
        {"name": "configuration", "mountPath": FOLDER, "readOnly": True},
        {"name": "temporary", "mountPath": "/tmp"},  # noqa: S108 - a path inside the container
    ]
    if order.options["model"]:
        mounts.append({"name": "model", "mountPath": MODELS, "readOnly": True})
    container: dict[str, Any] = {
        "name": name,
        "image": image(order, remarks),
        "imagePullPolicy": "IfNotPresent",
    }
    if configured.arguments:
        container["args"] = [_literal(one) for one in configured.arguments]
    container["ports"] = list(_ports(order))
    container["env"] = [
        *({"name": one, "value": _literal(value)} for one, value in configured.variables.items()),
        *(_secret(order, remarks, secret) for secret in configured.secrets),
    ]
    container["resources"] = resources(order, remarks)
    container |= probes(order)
    container["securityContext"] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": order.options["writableRoot"] != "true",
    }
    container["volumeMounts"] = mounts
    return {key: value for key, value in container.items() if value not in ([], {})}


def _literal(text: str) -> str:
    """Write a text so that Kubernetes, which puts variables in for `$(NAME)`, leaves it alone."""
    return text.replace("$", "$$") if "$(" in text or "$$" in text else text


def _ports(order: Order) -> Iterator[dict[str, Any]]:
    port = int(order.options["port"])
    yield {"name": "http", "containerPort": port, "protocol": "TCP"}
    measured = metrics_endpoint(order)
    if measured is not None and measured[0] != port:
        yield {"name": "metrics", "containerPort": measured[0], "protocol": "TCP"}


def metrics_port(order: Order) -> str:
    """Return the name of the port metrics are read at."""
    measured = metrics_endpoint(order)
    other = measured is not None and measured[0] != int(order.options["port"])
    return "metrics" if other else "http"


def probes(order: Order) -> dict[str, Any]:
    """Return the probes: it is left alone until it has started, then asked."""
    options = order.options
    every = 5
    live = {"httpGet": {"path": options["livePath"], "port": "http"}}
    ready = {"httpGet": {"path": options["readyPath"], "port": "http"}}
    tries = max(1, -(-int(options["startSeconds"]) // every))
    return {
        "startupProbe": {**ready, "periodSeconds": every, "failureThreshold": tries},
        "readinessProbe": {**ready, "periodSeconds": every, "failureThreshold": 2},
        "livenessProbe": {**live, "periodSeconds": 10, "failureThreshold": 3},
    }


def resources(order: Order, remarks: Remarks) -> dict[str, Any]:
    """Return what a replica asks for and may use, in Kubernetes' quantities."""
    found = order.release.spec.environment.resources
    if found is None:
        return {}
    at = "/spec/environment/resources"
    both = {
        "requests": _amounts(found.requests, remarks, f"{at}/requests"),
        "limits": _amounts(found.limits, remarks, f"{at}/limits"),
    }
    return {name: amounts for name, amounts in both.items() if amounts}


def _amounts(amounts: Amounts | None, remarks: Remarks, at: str) -> dict[str, str]:
    if amounts is None:
        return {}
    found = {"cpu": amounts.cpu, "memory": amounts.memory}
    for index, one in enumerate(amounts.accelerators or ()):
        if "/" not in one.type:
            remarks.refuse(
                "that is no resource a cluster knows accelerators by",
                f"{at}/accelerators/{index}/type",
                "name it as its device plugin does: nvidia.com/gpu, amd.com/gpu",
                "and choose the model by spec.environment.placement.nodeSelector",
                seen=one.type,
            )
        found[one.type] = str(one.count)
    return {name: amount for name, amount in found.items() if amount is not None}


def _secret(order: Order, remarks: Remarks, secret: Secret) -> dict[str, Any]:
    """Give a secret by reference: to the entry of a Secret, whoever fills that."""
    name = secret.name if secret.provider == "kubernetes" else secret_name(order, secret)
    if secret.provider in {"env", "file"}:
        remarks.refuse(
            "a cluster has neither variables nor files of its own to take a secret from",
            f"{secret.pointer}/provider",
            "keep it in kubernetes, vault, aws, gcp or azure",
            "or render for compose or systemd",
            seen=secret.provider,
        )
    elif secret.provider != "kubernetes":
        place = "".join((secret.name, f"#{secret.key}" if secret.key else ""))
        which = f", version {secret.version}" if secret.version else ""
        remarks.notice(
            f"the Secret {name} is to hold {secret.provider}'s {place}{which}: an operator such as "
            "External Secrets fills it"
        )
    key = secret.key or "value"
    return {
        "name": secret.variable,
        "valueFrom": {"secretKeyRef": {"name": name, "key": key, "optional": False}},
    }


def secret_name(order: Order, secret: Secret) -> str:
    """Name the Secret an entry of another keeper is brought into: another one a version."""
    return dns_name("-".join((object_name(order), secret.service, f"v{secret.version or 0}")), 63)


def knobs_of(
    configured: Configuration, known: tuple[str, ...], remarks: Remarks, *, target: str
) -> dict[str, Any]:
    """Return the target's own knobs that parameters set; what it does not know is refused.

    Args:
        configured: The release's configuration.
        known: Names of the knobs this version has.
        remarks: Takes what cannot be done.
        target: The target and its version, as people call it.
    """
    found = {}
    for name, (value, parameter) in configured.knobs.items():
        if name in known:
            found[name] = value
            continue
        remarks.refuse(
            f"{target} has no knob {name} that parameter {parameter} could set",
            f"/spec/parameters{pointer(parameter)}/mapsTo",
            f"map it to one of {', '.join(known)}" if known else "leave that out of `mapsTo`",
            "or to `env` or `args`, which the server itself reads",
            seen=name,
        )
    return found


def typed_knobs(
    configured: Configuration, known: Mapping[str, type], remarks: Remarks, *, target: str
) -> dict[str, Any]:
    """Return the target's own knobs that parameters set, each of its type.

    Args:
        configured: The release's configuration.
        known: The knobs this version has: `int` is a number from 0, `bool` a truth, `str` a text.
        remarks: Takes what cannot be done.
        target: The target and its version, as people call it.
    """
    found = knobs_of(configured, tuple(known), remarks, target=target)
    words = {int: "a whole number from 0", bool: "true or false", str: "a text"}
    for name, value in found.items():
        wanted = known[name]
        fits = type(value) is wanted  # a truth is an int to isinstance, and none here
        if not fits or (isinstance(value, int) and value < 0):
            parameter = configured.knobs[name][1]
            remarks.refuse(
                f"parameter {parameter} sets {name} to what that cannot be",
                f"/spec/parameters{pointer(parameter)}/value",
                f"give it {words[wanted]}, and the type of that",
                "or leave the knob out of `mapsTo`",
                seen=value_text(value),
                wanted=words[wanted],
            )
    return found
