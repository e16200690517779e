"""Observe a machine, or what looks like the file system of one."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.host import Host
from weighbridge.probes.host.container import observe_container
from weighbridge.probes.host.gpus import NO_LIBRARY, observe_gpus
from weighbridge.probes.host.memory import observe_memory
from weighbridge.probes.host.processor import observe_processor
from weighbridge.probes.host.system import (
    observe_libc,
    observe_os,
    observe_packages,
    observe_snapshots,
)
from weighbridge.probes.host.variables import observe_variables
from weighbridge.probes.small_files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.probes.host.gpus import Library

OWN = Path("/")
_SHORT = 1 << 10


def observe_host(
    *, environ: Mapping[str, str], root: Path = OWN, library: Library = NO_LIBRARY
) -> Host:
    """Observe a machine.

    Args:
        environ: Environment variables.
        root: Its file system; another than `/` is only read, and asks no kernel.
        library: How the driver of NVIDIA is asked; the installed way if left out.
    """
    own = root == OWN
    packages = observe_packages(root)
    return Host(
        system=platform.system().lower() if own else "linux",
        kernel=_kernel(root, own=own),
        os=observe_os(root),
        libc=observe_libc(root, packages, own=own),
        processor=observe_processor(root, own=own),
        memory=observe_memory(root),
        gpus=observe_gpus(root, library, own=own),
        container=observe_container(root, environ),
        packages=packages,
        snapshots=observe_snapshots(root),
        variables=observe_variables(environ),
    )


def _kernel(root: Path, *, own: bool) -> str:
    said = [
        read_text(root / "proc/sys/kernel" / name, _SHORT).strip()
        for name in ("ostype", "osrelease")
    ]
    if all(said):
        return " ".join(said)
    found = platform.uname()
    return f"{found.system} {found.release}" if own else ""
