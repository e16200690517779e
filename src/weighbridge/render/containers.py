"""A unit's service that runs the pinned image, by Podman or by Docker.

Podman's container is below the unit, whose limits hold for it. Docker's is below the daemon: there
the limits are options of `docker run`, and the unit only starts it, waits and ends it. Variables
stand on the command line and not in the unit's environment, where they would steer the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.render.configuration import FOLDER
from weighbridge.render.hardening import DOCKER, PODMAN
from weighbridge.render.machine import (
    GPU,
    SECRETS,
    accelerators,
    amounts_of,
    kernel_settings,
    user_limits,
)
from weighbridge.render.naming import labels, release_annotations
from weighbridge.render.unit_file import command
from weighbridge.render.workload import MODELS, image, metrics_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration
    from weighbridge.render.machine import Handed

_PODMAN: Final = (
    ("Type", "notify"),
    ("NotifyAccess", "all"),
    ("Delegate", "yes"),
    ("KillMode", "mixed"),
)
_DOCKER: Final = (("Type", "exec"), ("KillMode", "mixed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a release is on the machine.

    Attributes:
        name: Name of its unit and of its container.
        folder: The folder that what was rendered lies in.
    """

    name: str
    folder: str


def container_service(
    order: Order,
    remarks: Remarks,
    configured: Configuration,
    handed: tuple[Handed, ...],
    place: Place,
) -> Iterator[tuple[str, object]]:
    """Yield the settings of the service."""
    options = order.options
    engine = options["engine"]
    podman = engine == "podman"
    yield from _PODMAN if podman else _DOCKER
    if any(one.variable for one in handed):
        yield "EnvironmentFile", f"{options['secrets']}/environment"
    if podman:
        yield from unit_limits(order, remarks)
    else:
        yield "ExecStartPre", f"-{command(engine, 'rm', '--force', place.name)}"
    if options["model"]:
        yield "ExecStartPre", command(engine, "pull", "--quiet", options["model"])
    run = (
        *(engine, "run", f"--name={place.name}", "--rm", "--pull=missing"),
        *(_podman() if podman else _docker(order)),
        *_held(order),
        *_limits(order, remarks),
        *_reached(order),
        *_told(order, remarks, configured, handed, place),
    )
    yield "ExecStart", command(*run, image(order, remarks), *configured.arguments)
    grace = int(options["graceSeconds"])
    if podman:
        end = ("rm", "--volumes", "--force", "--ignore", f"--time={grace}", place.name)
        yield "ExecStop", command(engine, *end)
        yield "ExecStopPost", f"-{command(engine, *end)}"
    else:
        yield "ExecStop", command(engine, "stop", "-t", str(grace), place.name)
    yield "TimeoutStartSec", f"{options['startSeconds']}s"
    yield "TimeoutStopSec", f"{grace + 10}s"
    yield from PODMAN if podman else DOCKER


def unit_limits(order: Order, remarks: Remarks) -> Iterator[tuple[str, object]]:
    """Yield the limits of a unit, and of all below it (systemd.resource-control(5))."""
    cpu, memory = amounts_of(order, "limits")
    if cpu is not None:
        yield "CPUQuota", f"{cpu // 10}.{cpu % 10}%" if cpu % 10 else f"{cpu // 10}%"
    if memory is not None:
        yield "MemoryMax", memory
    cpu, memory = amounts_of(order, "requests")
    if cpu is not None:
        # What each unit has by default, 100, is the weight of a core.
        yield "CPUWeight", min(10_000, max(1, cpu // 10))
    if memory is not None:
        yield "MemoryMin", memory
    if cpu is not None or memory is not None:
        remarks.notice(
            "systemd keeps back no more than the slice of the unit has itself: processor time is "
            "weighed (CPUWeight), memory is kept (MemoryMin) as far as system.slice has MemoryMin"
        )
    for name, _, hard in user_limits(order, remarks):
        if name == "nproc" and hard >= 0:
            yield "TasksMax", hard


def _podman() -> tuple[str, ...]:
    return ("--replace", "--detach", "--cgroups=split", "--sdnotify=conmon")


def _docker(order: Order) -> Iterator[str]:
    cpu, memory = amounts_of(order, "limits")
    if cpu is not None:
        yield f"--cpus={cpu // 1000}.{cpu % 1000:03}"
    if memory is not None:
        yield f"--memory={memory}b"
    cpu, memory = amounts_of(order, "requests")
    if cpu is not None:
        yield f"--cpu-shares={max(2, cpu * 1024 // 1000)}"
    if memory is not None:
        yield f"--memory-reservation={memory}b"


def _held(order: Order) -> Iterator[str]:
    """Yield what keeps the container from doing more than it has to."""
    options = order.options
    yield "--cap-drop=ALL"
    yield "--security-opt=no-new-privileges"
    yield f"--stop-timeout={options['graceSeconds']}"
    if options["writableRoot"] != "true":
        yield "--read-only"
        if options["engine"] == "podman":
            yield "--read-only-tmpfs=false"
    yield "--tmpfs=/tmp:mode=1777"
    if options["user"]:
        yield f"--user={options['user']}"


def _limits(order: Order, remarks: Remarks) -> Iterator[str]:
    for name, soft, hard in user_limits(order, remarks):
        yield f"--ulimit={name}={soft}:{hard}"
        if name == "nproc" and hard >= 0:
            yield f"--pids-limit={hard}"
    for name, value in kernel_settings(order, remarks).items():
        yield f"--sysctl={name}={value}"
    for at, one in accelerators(order):
        if order.options["engine"] == "podman" and "/" in one.type:
            # By the Container Device Interface: the devices of a kind are numbered.
            yield from (f"--device={one.type}={index}" for index in range(one.count))
        elif one.type == GPU:
            yield f"--gpus={one.count}"
        else:
            remarks.refuse(
                f"{order.options['engine']} knows no accelerators called {one.type}",
                f"{at}/type",
                f"name it as its device plugin does: {GPU}, amd.com/gpu (these by engine=podman)",
                "and choose a machine with that model",
                seen=one.type,
            )


def _reached(order: Order) -> Iterator[str]:
    options = order.options
    yield f"--publish=127.0.0.1:{options['hostPort']}:{options['port']}/tcp"
    measured = metrics_endpoint(order)
    if measured is not None and measured[0] != int(options["port"]):
        yield f"--publish=127.0.0.1:{options['hostMetricsPort']}:{measured[0]}/tcp"


def _told(
    order: Order,
    remarks: Remarks,
    configured: Configuration,
    handed: tuple[Handed, ...],
    place: Place,
) -> Iterator[str]:
    """Yield labels, variables, files."""
    for name, value in {**labels(order), **release_annotations(order)}.items():
        yield f"--label={name}={value}"
    for name, value in configured.variables.items():
        yield f"--env={name}={value}"
    yield f"--volume={place.folder}/configuration:{FOLDER}:ro"
    for one in handed:
        if not one.file:
            # Without a value: it is the engine's own variable, which the unit's file has set.
            yield f"--env={one.secret.variable}"
            notice_variable(order, remarks, one)
            continue
        if ":" in one.file:
            remarks.refuse(
                "engines end the path of a file at a colon",
                f"{one.secret.pointer}/name",
                "keep the secret in a file without one",
                seen=one.file,
            )
        yield f"--env={one.secret.variable}_FILE={SECRETS}/{one.label}"
        yield f"--volume={one.file}:{SECRETS}/{one.label}:ro"
    if order.options["model"]:
        yield f"--mount=type=image,source={order.options['model']},target={MODELS}"


def notice_variable(order: Order, remarks: Remarks, one: Handed) -> None:
    """Say which line a person has to write for a secret that is a variable."""
    remarks.notice(
        f"a unit has nobody's variables: the file {order.options['secrets']}/environment, which "
        f"only root may read, is to hold {one.secret.variable}=…, the secret that {one.variable} "
        "holds elsewhere"
    )
