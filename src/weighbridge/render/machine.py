"""What the targets of a single machine share: limits, secrets, and where metrics are read.

There is no scheduler here: what a release says of placement, whoever renders it has to stand up
for (option `placed`), or it is refused. Secrets are files of the machine, or variables of whoever
starts the release; none is ever written down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.location import pointer
from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.naming import METRIC_LABEL, dns_name, object_name
from weighbridge.render.text import json_document
from weighbridge.render.workload import NAMESPACED, metrics_endpoint
from weighbridge.render.workload import OPTIONS as POD_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.release.environment import Accelerator, Amounts
    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration, Secret

SECRETS: Final = "/run/secrets"
"""Where secrets that are files lie, in containers."""
GPU: Final = "nvidia.com/gpu"
LIMITS: Final = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc"),
    *("rss", "rtprio", "rttime", "sigpending", "stack"),
)
"""Limits of a process as Docker, Podman and Compose name them (setrlimit(2))."""
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ABSOLUTE: Final = re.compile(r"/[ -~]*")
_SHARED: Final = ("port", "readyPath", "startSeconds", "graceSeconds", "server", "writableRoot")
OPTIONS: Final = (
    *(one for one in POD_OPTIONS if one.name in _SHARED),
    TargetOption(
        name="user",
        pattern=r"[0-9]{1,10}(?::[0-9]{1,10})?",
        wanted="a user's number, and a group's: 1000:1000",
        description="Who it runs as; the user its image names if nothing is said.",
    ),
    TargetOption(
        name="placed",
        default="false",
        pattern="true|false",
        wanted="true or false",
        description="Whether the machine is one that `spec.environment.placement` and the memory "
        "of accelerators ask for: nothing else sees to it.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """How a secret reaches a release on one machine.

    Attributes:
        secret: The secret.
        variable: The variable of whoever starts the release that holds it; empty if it is a file.
        file: The file that holds it; empty if it is a variable.
        label: Its name among the release's secrets: fit for a file.
    """

    secret: Secret
    variable: str
    file: str
    label: str


def port_option(name: str, default: str, description: str) -> TargetOption:
    """Make an option that is a port of the machine."""
    pattern = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
    return TargetOption(
        name=name, default=default, pattern=pattern, wanted="a port", description=description
    )


def hand(secrets: tuple[Secret, ...], folder: str, remarks: Remarks) -> Iterator[Handed]:
    """Say how secrets reach a release.

    Args:
        secrets: The secrets.
        folder: The folder that what others keep is brought into.
        remarks: Takes what cannot be done, and who has to bring what where.
    """
    for secret in secrets:
        label = dns_name(f"{secret.service}-{secret.key or 'secret'}", 63)
        variable, file = "", ""
        if secret.provider == "env":
            variable = secret.name
            if not _VARIABLE.fullmatch(variable):
                _refuse_place(secret, remarks, "is the name of no variable", "name it: API_TOKEN")
        elif secret.provider == "file":
            file = secret.name
            if not _ABSOLUTE.fullmatch(file):
                hint = "name it from the root on: /etc/secrets/token"
                _refuse_place(secret, remarks, "is no whole path", hint)
        else:
            file = f"{folder}/{label}"
            part = f"#{secret.key}" if secret.key else ""
            which = f", version {secret.version}" if secret.version else ""
            remarks.notice(
                f"the file {file} is to hold {secret.provider}'s {secret.name}{part}{which}: an "
                "agent of theirs, or a person, brings it there"
            )
        if file:
            remarks.notice(
                f"the secret of {secret.service} arrives as a file: {secret.variable}_FILE names "
                f"it, and {secret.variable} is not set"
            )
        yield Handed(secret=secret, variable=variable, file=file, label=label)


def _refuse_place(secret: Secret, remarks: Remarks, message: str, *alternatives: str) -> None:
    what = "variable" if secret.provider == "env" else "file"
    remarks.refuse(
        f"the {what} of a secret {message}",
        f"{secret.pointer}/name",
        *alternatives,
        seen=secret.name,
    )


def refuse_nul(configured: Configuration, remarks: Remarks) -> None:
    """Refuse texts that no program can be given: they would end at their first NUL."""
    for name, value in configured.variables.items():
        if "\0" in value:
            at = f"/spec/environment/system/env{pointer(name)}"
            remarks.refuse("no variable can hold a NUL", at, "write it without")
    if any("\0" in one for one in configured.arguments):
        at = "/spec/environment/system/args"
        remarks.refuse("no argument can hold a NUL", at, "write it without")


def refuse_placement(order: Order, remarks: Remarks) -> None:
    """Refuse to leave out where a release may run, unless somebody stands up for it."""
    if order.options["placed"] == "true":
        return
    remedy = "render it with option placed=true, on a machine that is so"
    if order.release.spec.environment.placement is not None:
        remarks.refuse(
            "one machine has no scheduler that would look at the placement",
            "/spec/environment/placement",
            remedy,
            "or render for kubernetes, argo or kserve",
        )
    for at, one in accelerators(order):
        if one.memory is not None:
            remarks.refuse(
                "accelerators are not chosen by their memory on one machine",
                f"{at}/memory",
                remedy,
                "or leave that out of the release",
                seen=f"{one.memory} bytes",
            )


def accelerators(order: Order) -> list[tuple[str, Accelerator]]:
    """List the accelerators a replica has, each with its JSON pointer."""
    found = order.release.spec.environment.resources
    for name in ("limits", "requests"):
        amounts: Amounts | None = getattr(found, name, None)
        if amounts is not None and amounts.accelerators:
            at = f"/spec/environment/resources/{name}/accelerators"
            return [(f"{at}/{index}", one) for index, one in enumerate(amounts.accelerators)]
    return []


def amounts_of(order: Order, which: str) -> tuple[int | None, int | None]:
    """Return millicores and bytes of `requests` or `limits`; None where nothing is said."""
    amounts: Amounts | None = getattr(order.release.spec.environment.resources, which, None)
    if amounts is None:
        return None, None
    cpu = None if amounts.cpu is None else int(amounts.cpu.removesuffix("m"))
    return cpu, None if amounts.memory is None else int(amounts.memory)


def user_limits(order: Order, remarks: Remarks) -> list[tuple[str, int, int]]:
    """List the limits of the process: name, soft and hard limit, -1 for none."""
    own = order.release.spec.environment.system
    found = []
    for index, one in enumerate((own.ulimits if own is not None else None) or ()):
        if one.name not in LIMITS:
            remarks.refuse(
                f"there is no limit of processes called {one.name}",
                f"/spec/environment/system/ulimits/{index}/name",
                f"name one of {', '.join(LIMITS)}",
                seen=one.name,
            )
        found.append((one.name, one.soft, one.soft if one.hard is None else one.hard))
    return found


def kernel_settings(order: Order, remarks: Remarks) -> dict[str, str]:
    """Return the settings of the kernel a container has its own of."""
    own = order.release.spec.environment.system
    found = {}
    for index, one in enumerate((own.sysctls if own is not None else None) or ()):
        name = one.name.replace("/", ".")
        if not NAMESPACED.fullmatch(name):
            remarks.refuse(
                f"{name} is a setting of the whole machine, which no container can change",
                f"/spec/environment/system/sysctls/{index}",
                "set it where the machine is set up (sysctl.d), and take it out of the release",
                wanted="a setting of a namespace: kernel.shm*, kernel.msg*, fs.mqueue.*, net.*",
            )
        found[name] = one.value
    return found


def scrape_file(order: Order, port: str) -> Iterator[RenderedFile]:
    """Yield what Prometheus finds the release's metrics by (`file_sd_configs`), if it has any.

    Args:
        order: What is rendered.
        port: The port of the machine at which they are read.
    """
    measured = metrics_endpoint(order)
    if measured is None:
        return
    meta = order.release.metadata
    labels: dict[str, Any] = {
        "__metrics_path__": measured[1],
        METRIC_LABEL: order.digest,
        "job": object_name(order),
        "version": meta.version,
    }
    found = [{"targets": [f"127.0.0.1:{port}"], "labels": labels}]
    yield RenderedFile(path="prometheus/targets.json", content=json_document(found))


def configuration_files(files: dict[str, bytes], folder: str) -> Iterator[RenderedFile]:
    """Yield the files of a configuration in a folder."""
    for name, content in files.items():
        yield RenderedFile(path=f"{folder}/{name}", content=content)
