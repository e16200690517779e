"""Docker Compose: the release as one service, by the Compose Specification.

Configuration and secrets are files that Compose binds into the container. Docker Compose copies
what is written inline, and takes no copies into a container whose root is read-only
(docker/compose 12531); nor does it know secrets that others keep (`external`). So neither is
rendered unless it is asked for and would work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.configuration import FOLDER, configuration, value_text
from weighbridge.render.machine import (
    GPU,
    SECRETS,
    accelerators,
    amounts_of,
    configuration_files,
    hand,
    kernel_settings,
    port_option,
    refuse_nul,
    refuse_placement,
    scrape_file,
    user_limits,
)
from weighbridge.render.machine import OPTIONS as MACHINE_OPTIONS
from weighbridge.render.naming import dns_name, labels, object_name, release_annotations, short_hash
from weighbridge.render.text import yaml_documents
from weighbridge.render.workload import MODELS, image, knobs_of, metrics_endpoint, metrics_port
from weighbridge.render.workload import OPTIONS as POD_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration
    from weighbridge.render.machine import Handed

VERSIONS: Final = ("2.20.3", "2.23.3", "2.35.1", "2.40.3", "5.6.1")
KNOBS: Final = ("cpuset", "shm_size")
_INLINE: Final = (2, 23, 1)
"""The first Docker Compose that reads configuration written inline (`configs.*.content`)."""
_IMAGE_VOLUMES: Final = (2, 35, 0)
"""The first that mounts images (volumes of type `image`); its engine is 28 or newer."""
_HEALTH: Final = (
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}, timeout=4); "
    "c.request('GET', {path!r}); raise SystemExit(c.getresponse().status != 200)"
)
_OPTIONS: Final = (
    port_option("hostPort", "8080", "Port of the machine it is reached at, on 127.0.0.1."),
    port_option("hostMetricsPort", "9100", "Port of the machine its metrics are read at."),
    TargetOption(
        name="healthCommand",
        description="Command of a shell in the image that fails while it cannot serve; `none` for "
        "none. If nothing is said, the Python that `spec.environment.runtime` names asks "
        "readyPath.",
    ),
    TargetOption(
        name="configuration",
        default="files",
        pattern="files|inline",
        wanted="files or inline",
        description="Whether its configuration lies in files beside compose.yaml or is written "
        "inside it.",
    ),
    TargetOption(
        name="secrets",
        default="./secrets",
        pattern=r"(?:\./|/)[A-Za-z0-9._/-]{1,255}",
        wanted="a folder: ./secrets, /etc/secrets",
        description="Folder that secrets of vault, aws and others are brought into, a file each.",
    ),
)


class _Interpolated(str):
    """Text in which Compose is to replace variables."""

    __slots__ = ()


class Compose:
    """Renders a Compose file."""

    kind = "compose"
    versions = VERSIONS
    options = (*MACHINE_OPTIONS, *(one for one in POD_OPTIONS if one.name == "model"), *_OPTIONS)

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release: compose.yaml, and the files it binds."""
        _refuse_what_is_too_new(order, remarks)
        refuse_placement(order, remarks)
        _notice_rollout(order, remarks)
        configured = configuration(order, remarks, system=self.kind)
        refuse_nul(configured, remarks)
        handed = tuple(hand(configured.secrets, order.options["secrets"], remarks))
        configs = _configs(order, configured)
        document: dict[str, Any] = {
            "name": _project(order),
            "services": {"model": _service(order, remarks, configured, handed, tuple(configs))},
            "networks": {"release": {"labels": _labels(order)}},
            "configs": configs,
            "secrets": {one.label: {"file": one.file} for one in handed if one.file},
        }
        head = (
            f"{order.release.metadata.name}@{order.release.metadata.version}, {order.digest}",
            f"for Docker Compose {order.version}: docker compose up --detach --wait",
        )
        known = {key: value for key, value in document.items() if value}
        yield RenderedFile(path="compose.yaml", content=yaml_documents(_literal(known), head=head))
        if order.options["configuration"] == "files":
            yield from configuration_files(dict(configured.files), "configuration")
        apart = metrics_port(order) == "metrics"
        yield from scrape_file(order, order.options["hostMetricsPort" if apart else "hostPort"])


def _project(order: Order) -> str:
    """Name the project: the same in every version, so that the next takes the place of this."""
    name = object_name(order)
    return f"{dns_name(order.namespace)}-{name}" if order.namespace else name


def _literal(value: Any) -> Any:  # noqa: ANN401 - any plain value of a document
    """Double each `$`, by which Compose would replace variables."""
    if isinstance(value, _Interpolated):
        return str(value)
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _literal(one) for key, one in value.items()}
    return [_literal(one) for one in value] if isinstance(value, list) else value


def _refuse_what_is_too_new(order: Order, remarks: Remarks) -> None:
    version = tuple(map(int, order.version.split(".")))
    options = order.options
    if options["model"] and version < _IMAGE_VOLUMES:
        remarks.refuse(
            f"Docker Compose {order.version} mounts no images, as the option model asks for",
            "",
            "deliver to Docker Compose 2.35.0 or newer, with Docker Engine 28 or newer",
            "or leave the option out, with the model inside spec.environment.image",
            seen=f"model={options['model']}",
            wanted="Docker Compose 2.35.0",
        )
    if options["configuration"] != "inline":
        return
    if version < _INLINE:
        remarks.refuse(
            f"Docker Compose {order.version} reads no configuration that is written inline",
            "",
            "deliver to Docker Compose 2.23.1 or newer",
            "or keep it in files: configuration=files",
            seen="configuration=inline",
            wanted="Docker Compose 2.23.1",
        )
    if options["writableRoot"] != "true":
        remarks.refuse(
            "Docker Compose copies what is written inline, which a read-only root does not take",
            "",
            "keep it in files: configuration=files",
            "or give the container a root it can write to: writableRoot=true",
            seen="configuration=inline",
        )


def _notice_rollout(order: Order, remarks: Remarks) -> None:
    rollout = order.release.spec.rollout
    if rollout is not None and rollout.strategy != "recreate":
        remarks.notice(
            f"Compose knows no {rollout.strategy} rollout: it stops the container of one release "
            "and starts that of the next, and no analysis is made; systemd, argo, flagger and "
            "kserve do as the manifest says"
        )


def _labels(order: Order) -> dict[str, str]:
    """Return all labels; Docker's hold the whole release digest."""
    return {**labels(order), **release_annotations(order)}


def _configs(order: Order, configured: Configuration) -> dict[str, dict[str, str]]:
    """Return the files of the configuration, called by what is in them.

    So the container is made anew when one of them changes, and only then.
    """
    inline = order.options["configuration"] == "inline"
    found = {}
    for name, content in sorted(configured.files.items()):
        key = f"{name.partition('.')[0]}-{short_hash(content)}"
        file = {"file": f"./configuration/{name}"}
        found[key] = {"content": content.decode()} if inline else file
    return found


def _service(
    order: Order,
    remarks: Remarks,
    configured: Configuration,
    handed: tuple[Handed, ...],
    configs: tuple[str, ...],
) -> dict[str, Any]:
    options = order.options
    names = dict(zip(configs, sorted(configured.files), strict=True))
    limits = user_limits(order, remarks)
    service: dict[str, Any] = {
        "image": image(order, remarks),
        "pull_policy": "missing",
        "command": list(configured.arguments),
        "user": options["user"],
        "labels": {**_labels(order), **_scraping(order)},
        "environment": dict(_environment(configured, handed)),
        "configs": [{"source": key, "target": f"{FOLDER}/{name}"} for key, name in names.items()],
        "secrets": [{"source": one.label, "target": one.label} for one in handed if one.file],
        "ports": list(_ports(order)),
        "networks": ["release"],
        "volumes": _volumes(order),
        "deploy": {"resources": _resources(order, remarks)},
        "cpu_shares": _shares(order, remarks),
        "sysctls": kernel_settings(order, remarks),
        "ulimits": {name: {"soft": soft, "hard": hard} for name, soft, hard in limits},
        "healthcheck": _health(order),
        "read_only": options["writableRoot"] != "true",
        "tmpfs": ["/tmp:mode=1777"],  # noqa: S108 - a path inside the container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "unless-stopped",
        "stop_grace_period": f"{options['graceSeconds']}s",
    }
    for name, value in knobs_of(configured, KNOBS, remarks, target="Compose").items():
        service[name] = value_text(value)
    if not service["deploy"]["resources"]:
        del service["deploy"]
    return {key: value for key, value in service.items() if value not in ([], {}, "", None)}


def _environment(
    configured: Configuration, handed: tuple[Handed, ...]
) -> Iterator[tuple[str, str]]:
    yield from configured.variables.items()
    for one in handed:
        if one.file:
            yield f"{one.secret.variable}_FILE", f"{SECRETS}/{one.label}"
        else:
            told = f"{one.variable}:?is to hold the secret of {one.secret.service}"
            yield one.secret.variable, _Interpolated(f"${{{told}}}")


def _scraping(order: Order) -> dict[str, str]:
    """Return the labels that Prometheus' discovery of Docker is usually told to look at."""
    measured = metrics_endpoint(order)
    if measured is None:
        return {}
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(measured[0]),
        "prometheus.io/path": measured[1],
    }


def _ports(order: Order) -> Iterator[dict[str, Any]]:
    port = int(order.options["port"])
    ports = [(port, order.options["hostPort"])]
    measured = metrics_endpoint(order)
    if measured is not None and measured[0] != port:
        ports.append((measured[0], order.options["hostMetricsPort"]))
    for inside, outside in ports:
        yield {
            "host_ip": "127.0.0.1",
            "target": inside,
            "published": outside,
            "protocol": "tcp",
        }


def _volumes(order: Order) -> list[dict[str, str]]:
    if not order.options["model"]:
        return []
    return [{"type": "image", "source": order.options["model"], "target": MODELS}]


def _resources(order: Order, remarks: Remarks) -> dict[str, Any]:
    cpu, memory = amounts_of(order, "limits")
    limits: dict[str, Any] = {
        "cpus": None if cpu is None else f"{cpu // 1000}.{cpu % 1000:03}",
        "memory": None if memory is None else f"{memory}b",
    }
    _, kept = amounts_of(order, "requests")
    reserved = {
        "memory": None if kept is None else f"{kept}b",
        "devices": list(_devices(order, remarks)),
    }
    both = {
        "limits": {key: one for key, one in limits.items() if one},
        "reservations": {key: one for key, one in reserved.items() if one},
    }
    return {key: one for key, one in both.items() if one}


def _devices(order: Order, remarks: Remarks) -> Iterator[dict[str, Any]]:
    for at, one in accelerators(order):
        if one.type != GPU:
            remarks.refuse(
                f"Compose finds accelerators by their driver, and has none for {one.type}",
                f"{at}/type",
                f"name it {GPU}, and choose a machine with that model",
                "or render for systemd with engine=podman, or for kubernetes",
                seen=one.type,
                wanted=GPU,
            )
        yield {"driver": "nvidia", "count": one.count, "capabilities": ["gpu"]}


def _shares(order: Order, remarks: Remarks) -> int | None:
    """Return the weight of its processor time, as kubelets reckon it: 1024 for a core."""
    cpu, _ = amounts_of(order, "requests")
    if cpu is None:
        return None
    remarks.notice(
        "Compose keeps back no processor time: what is asked for weighs it against others "
        "(cpu_shares) where there is too little"
    )
    return max(2, cpu * 1024 // 1000)


def _health(order: Order) -> dict[str, Any]:
    options = order.options
    if options["healthCommand"] == "none":
        return {"disable": True}
    asked = _HEALTH.format(port=int(options["port"]), path=options["readyPath"])
    test = ["CMD", "python3", "-c", asked]
    return {
        "test": ["CMD-SHELL", options["healthCommand"]] if options["healthCommand"] else test,
        "interval": "5s",
        "timeout": "5s",
        "retries": 2,
        "start_period": f"{options['startSeconds']}s",
    }
