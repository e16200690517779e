"""What can be wrong with a machine: each kind alone, and kinds that can be beside each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.diffing.parity.samples import (
    HOST,
    INSTALLED,
    MACHINE,
    PYTHON,
    distribution,
    on_host,
    with_installed,
)
from weighbridge.model.host import (
    CLibrary,
    Container,
    Memory,
    Variable,
)
from weighbridge.model.image import InstalledPackage, OsRelease
from weighbridge.model.installed import Departure

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.parity import Machine

A100 = HOST.gpus.devices[0]
NUMPY, RUNTIME = INSTALLED.distributions
TARGET = "compatibility/targets/prod"
PACKAGES = "dependencies/runtime/packages"
RESOURCES = "environment/resources"
SYSTEM = "environment/system"


def python(**changes: Any) -> Machine:  # noqa: ANN401 - fields of an environment
    captured = replace(MACHINE.captured, python=replace(PYTHON, **changes))
    return replace(MACHINE, captured=captured)


def setting(name: str, value: str) -> Machine:
    """Set an environment variable whose value the host shows."""
    others = tuple(one for one in HOST.variables if one.name != name)
    machine = on_host(variables=(*others, Variable(name=name, value=value)))
    return replace(machine, variables={**MACHINE.variables, name: value})


def of_gpus(field: str) -> set[str]:
    """Name what is said of GPUs, in requests and in limits."""
    at = "accelerators/nvidia.com~1gpu"
    return {f"{RESOURCES}/{which}/{at}/{field}" for which in ("requests", "limits")}


DRIFTS = {
    "interpreter": (python(version="3.11.9"), {"environment/runtime/version"}),
    "implementation": (
        python(implementation="pypy"),
        {"environment/runtime/implementation", f"{TARGET}/implementation"},
    ),
    "distribution": (
        on_host(os=OsRelease(id="ubuntu", version="12")), {"environment/os/distribution"},
    ),
    "os release": (
        on_host(os=OsRelease(id="debian", version="13")),
        {"environment/os/release", f"{TARGET}/osVersion"},
    ),
    "archive": (on_host(snapshots=("20261201T000000Z",)), {"environment/os/snapshot"}),
    "os package": (
        on_host(packages=(InstalledPackage(manager="dpkg", name="libgomp1", version="13"),)),
        {"environment/os/packages/libgomp1/version"},
    ),
    "os package gone": (on_host(packages=()), {"environment/os/packages/libgomp1/version"}),
    "image": (
        on_host(container=Container(kind="kubernetes", image=f"x@sha256:{'1' * 64}")),
        {"environment/image/digest"},
    ),
    "architecture": (
        on_host(processor=replace(HOST.processor, architecture="aarch64")), {f"{TARGET}/arch"},
    ),
    "processor level": (
        on_host(processor=replace(HOST.processor, level="x86-64-v2")), {f"{TARGET}/cpu"},
    ),
    "system": (on_host(system="darwin"), {f"{TARGET}/os"}),
    "libc": (on_host(libc=CLibrary(kind="glibc", version="2.40")), {f"{TARGET}/libcVersion"}),
    "kind of libc": (on_host(libc=CLibrary(kind="musl", version="2.36")), {f"{TARGET}/libc"}),
    "processors": (
        on_host(memory=replace(HOST.memory, processors="2")), {f"{RESOURCES}/limits/cpu"},
    ),
    "memory": (
        on_host(memory=replace(HOST.memory, limit=1 << 30)), {f"{RESOURCES}/limits/memory"},
    ),
    "no limits": (
        on_host(memory=Memory(total=64 << 30)),
        {f"{RESOURCES}/limits/memory", f"{RESOURCES}/limits/cpu"},
    ),
    "number of GPUs": (
        on_host(gpus=replace(HOST.gpus, devices=(A100, A100))),
        of_gpus("count"),
    ),
    "memory of GPUs": (
        on_host(gpus=replace(HOST.gpus, devices=(replace(A100, memory=40 << 30),))),
        of_gpus("memory"),
    ),
    "kind of GPU": (
        on_host(gpus=replace(HOST.gpus, devices=(replace(A100, compute_capability="9.0"),))),
        {f"{TARGET}/cuda/computeCapability"},
    ),
    "driver": (on_host(gpus=replace(HOST.gpus, driver="560.1")), {f"{TARGET}/cuda/driver"}),
    "CUDA": (on_host(gpus=replace(HOST.gpus, cuda="12.1")), {f"{TARGET}/cuda/toolkit"}),
    "variable": (
        replace(MACHINE, variables={"MAX_BATCH_SIZE": "32"}),
        {f"{SYSTEM}/env/OMP_NUM_THREADS"},
    ),
    "threads": (
        setting("OPENBLAS_NUM_THREADS", "4"), {f"{SYSTEM}/threads"},
    ),
    "locale": (setting("LANG", "tr_TR.UTF-8"), {f"{SYSTEM}/env/LANG"}),
    "time zone": (setting("TZ", "Asia/Tokyo"), {f"{SYSTEM}/env/TZ"}),
    "injected library": (setting("LD_PRELOAD", "/x.so"), {f"{SYSTEM}/env/LD_PRELOAD"}),
    "arguments": (replace(MACHINE, arguments=("python", "serve.py")), {f"{SYSTEM}/args"}),
    "kernel setting": (
        replace(MACHINE, settings={"net.core.somaxconn": "128"}),
        {f"{SYSTEM}/sysctls/net.core.somaxconn/value"},
    ),
    "limit": (
        replace(MACHINE, limits={"nofile": (512, -1)}), {f"{SYSTEM}/ulimits/nofile/soft"},
    ),
    "parameter": (
        replace(MACHINE, variables={**MACHINE.variables, "MAX_BATCH_SIZE": "64"}),
        {"parameters/max_batch_size/value"},
    ),
    "package": (with_installed(distribution("numpy", "2.1.1"), RUNTIME), {f"{PACKAGES}/numpy"}),
    "package gone": (with_installed(RUNTIME), {f"{PACKAGES}/numpy"}),
    "package too many": (
        with_installed(NUMPY, RUNTIME, distribution("six", "1.17.0")), {f"{PACKAGES}/six"},
    ),
    "package twice": (
        with_installed(NUMPY, NUMPY, RUNTIME), {f"{PACKAGES}/numpy"},
    ),
    "package for another system": (
        with_installed(NUMPY, RUNTIME, distribution("colorama", "0.4.6")),
        {f"{PACKAGES}/colorama"},
    ),
    "tampered package": (
        with_installed(replace(NUMPY, standing="tampered", why="1 file changed"), RUNTIME),
        {f"{PACKAGES}/numpy"},
    ),
    "package from sources": (
        with_installed(replace(NUMPY, editable=True), RUNTIME), {f"{PACKAGES}/numpy"},
    ),
    "file of nobody": (
        with_installed(NUMPY, RUNTIME, departures=(Departure(kind="unlisted", path="evil.pth"),)),
        {"dependencies/runtime/files"},
    ),
}  # fmt: skip


def host_with(**changes: Any) -> Callable[[Machine], Machine]:  # noqa: ANN401 - fields of a host
    """Make what changes something of a machine's host."""
    return lambda machine: replace(
        machine,
        captured=replace(machine.captured, host=replace(machine.captured.host, **changes)),
    )


def captured_with(**changes: Any) -> Callable[[Machine], Machine]:  # noqa: ANN401 - its fields
    """Make what changes something of what was captured."""
    return lambda machine: replace(machine, captured=replace(machine.captured, **changes))


INDEPENDENT: dict[str, tuple[Callable[[Machine], Machine], set[str]]] = {
    "interpreter": (
        captured_with(python=replace(PYTHON, version="3.11.9")), {"environment/runtime/version"},
    ),
    "package": (
        captured_with(installed=replace(INSTALLED, distributions=(RUNTIME,))),
        {f"{PACKAGES}/numpy"},
    ),
    "system": (
        host_with(os=OsRelease(id="ubuntu", version="12")), {"environment/os/distribution"},
    ),
    "os package": (host_with(packages=()), {"environment/os/packages/libgomp1/version"}),
    "archive": (host_with(snapshots=("20261201T000000Z",)), {"environment/os/snapshot"}),
    "libc": (host_with(libc=CLibrary(kind="glibc", version="2.40")), {f"{TARGET}/libcVersion"}),
    "processor": (
        host_with(processor=replace(HOST.processor, level="x86-64-v2")), {f"{TARGET}/cpu"},
    ),
    "memory": (
        host_with(memory=replace(HOST.memory, limit=1 << 30)), {f"{RESOURCES}/limits/memory"},
    ),
    "driver": (host_with(gpus=replace(HOST.gpus, driver="560.1")), {f"{TARGET}/cuda/driver"}),
    "variable": (
        host_with(variables=(*HOST.variables, Variable(name="TZ", value="Asia/Tokyo"))),
        {f"{SYSTEM}/env/TZ"},
    ),
    "kernel setting": (
        lambda machine: replace(machine, settings={"net.core.somaxconn": "128"}),
        {f"{SYSTEM}/sysctls/net.core.somaxconn/value"},
    ),
    "limit": (
        lambda machine: replace(machine, limits={"nofile": (512, -1)}),
        {f"{SYSTEM}/ulimits/nofile/soft"},
    ),
    "arguments": (
        lambda machine: replace(machine, arguments=("serve",)), {f"{SYSTEM}/args"},
    ),
}  # fmt: skip
"""Drifts that can be injected beside each other."""
