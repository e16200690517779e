"""A release that says all of what it runs in, its lock, and a machine that is just that."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.codec.samples import full_data
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import list_keys, resolved
from weighbridge.model.fact import PythonEnvironment
from weighbridge.model.host import (
    CapturedEnvironment,
    CLibrary,
    Container,
    Gpu,
    Gpus,
    Host,
    Interpreter,
    Memory,
    Processor,
    Variable,
)
from weighbridge.model.image import InstalledPackage, OsRelease
from weighbridge.model.installed import InstalledDistribution, InstalledFiles
from weighbridge.model.lock import Lock, Pin
from weighbridge.model.parity import Machine
from weighbridge.model.release import ModelRelease

KEYS = list_keys(ModelRelease)
IMAGE = "sha256:" + "0" * 64
STATED = {
    "sys_platform": "linux",
    "platform_machine": "x86_64",
    "python_version": "3.11",
    "python_full_version": "3.11.7",
    "implementation_name": "cpython",
}


def manifest(data: dict[str, Any] | None = None) -> dict[str, Any]:
    """Make a sealed manifest of plain values; of the one with every field if none is given."""
    text = json.dumps(full_data() if data is None else data)
    release, _ = read_release(text.encode(), "release.yaml")
    return resolved(release)


def changed(path: str, value: object) -> dict[str, Any]:
    """Make the manifest with one value changed, at a path such as `environment.os.release`.

    None takes away what stands there.
    """
    data = full_data()
    node: Any = data["spec"]
    *way, last = path.split(".")
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if value is not None:
        node[int(last) if isinstance(node, list) else last] = value
    elif isinstance(node, list):
        del node[int(last)]
    else:
        del node[last]
    return manifest(data)


LOCK = Lock(
    format="requirements",
    pins=(
        Pin(name="numpy", version="2.1.0", hashes=("sha256:aa",), hashed=True),
        Pin(name="onnxruntime", version="1.20.1", hashes=("sha256:bb",), hashed=True),
        Pin(name="colorama", version="0.4.6", marker='sys_platform == "win32"'),
    ),
)


def distribution(name: str, version: str, **more: Any) -> InstalledDistribution:  # noqa: ANN401
    """Make an installed distribution."""
    made = InstalledDistribution(
        name=name, version=version, folder=f"{name}.dist-info", standing="self-consistent"
    )
    return replace(made, **more)


INSTALLED = InstalledFiles(
    where=".venv",
    distributions=(distribution("numpy", "2.1.0"), distribution("onnxruntime", "1.20.1")),
)
HOST = Host(
    system="linux",
    kernel="Linux 6.1.0",
    os=OsRelease(id="debian", version="12"),
    libc=CLibrary(kind="glibc", version="2.36"),
    processor=Processor(architecture="x86_64", level="x86-64-v3", count=8),
    memory=Memory(total=64 << 30, limit=512 << 20, processors="1"),
    gpus=Gpus(
        driver="550.54.14",
        cuda="12.4",
        devices=(Gpu(name="NVIDIA A100-SXM4-80GB", memory=80 << 30, compute_capability="8.0"),),
    ),
    container=Container(kind="kubernetes", image=f"registry.example.com/serving@{IMAGE}"),
    packages=(InstalledPackage(manager="dpkg", name="libgomp1", version="1:12.2.0-14~deb12u1"),),
    snapshots=("20261101T000000Z",),
    variables=(
        Variable(name="HOME"),
        Variable(name="MAX_BATCH_SIZE"),
        Variable(name="OMP_NUM_THREADS", value="1"),
    ),
)
PYTHON = PythonEnvironment(
    where=".venv", implementation="cpython", version="3.11.7", distributions={}
)
MACHINE = Machine(
    captured=CapturedEnvironment(
        python=PYTHON,
        interpreter=Interpreter(
            implementation="cpython", version="3.11.7", free_threaded=False, soabi="cp311"
        ),
        installed=INSTALLED,
        host=HOST,
    ),
    stated=STATED,
    variables={"OMP_NUM_THREADS": "1", "MAX_BATCH_SIZE": "32"},
    settings={"net.core.somaxconn": "1024"},
    limits={"nofile": (1024, -1)},
    arguments=("python", "serve.py", "--log", ""),
)


def on_host(**changes: Any) -> Machine:  # noqa: ANN401 - fields of a host
    """Make the machine with something of its host changed."""
    captured = replace(MACHINE.captured, host=replace(HOST, **changes))
    return replace(MACHINE, captured=captured)


def with_installed(*distributions: InstalledDistribution, **changes: Any) -> Machine:  # noqa: ANN401
    """Make the machine with other packages."""
    installed = replace(INSTALLED, distributions=distributions, **changes)
    return replace(MACHINE, captured=replace(MACHINE.captured, installed=installed))
