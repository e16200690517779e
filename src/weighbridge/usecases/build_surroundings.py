"""What a build ran on: interpreter, packages, compilers, linear algebra, machine."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.model.build_record import Folded
from weighbridge.model.fact import Unavailable
from weighbridge.probes.building.blas import blas_in
from weighbridge.probes.building.compilers import compilers_of
from weighbridge.probes.building.interpreter import pythons_among
from weighbridge.probes.building.packages import installed_in
from weighbridge.probes.building.sorting import sort_files
from weighbridge.probes.host import observe_host
from weighbridge.probes.host.variables import recorded_variables
from weighbridge.probes.python.interpreter import observe_interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.build_watch import Watched
    from weighbridge.model.host import Host
    from weighbridge.model.image import InstalledPackage
    from weighbridge.probes.building.packages import Installed
    from weighbridge.probes.building.sorting import Sorted

_LOCALES = ("LC_ALL", "LC_CTYPE", "LANG")


def surroundings(
    watched: Watched, read: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[Sorted, dict[str, Any]]:
    """Look at what a build ran on.

    Args:
        watched: What was seen of it.
        read: Files it read that it had not made itself.
        environ: The environment it ran in.

    Returns:
        The files, sorted, and members of its record by name.
    """
    pythons = pythons_among(watched.programs)
    installed = installed_in(pythons.libraries)
    files = sort_files(read, pythons=pythons, installed=installed, system=Path("/"))
    host = observe_host(environ=environ)
    first = pythons.first
    return files, {
        "interpreter": observe_interpreter(first) if first is not None else None,
        "packages": _packages(installed, files),
        "compilers": compilers_of(sorted(files.native)),
        "blas": blas_in(files.native, environ),
        "folded": tuple(
            Folded(group=group, files=count) for group, count in sorted(files.folded.items())
        ),
        "environment": recorded_variables(environ),
        "locale": next((environ[name] for name in _LOCALES if environ.get(name)), ""),
        "timezone": environ.get("TZ") or _timezone(),
        "usable": _usable(),
        **_machine(host, files),
    }


def _machine(host: Host, files: Sorted) -> dict[str, Any]:
    known = host.os
    return {
        "system": host.kernel,
        "distribution": "" if isinstance(known, Unavailable) else known.name or known.id,
        "libc": host.libc,
        "processor": host.processor,
        "memory": host.memory.total,
        "gpus": host.gpus,
        "system_packages": _system_packages(host, files),
    }


def _packages(installed: tuple[Installed, ...], files: Sorted) -> tuple[Any, ...]:
    found = {(one.package.name, one.package.version): one.package for one in installed}
    return tuple(replace(one, read=files.packages[key]) for key, one in found.items())


def _system_packages(host: Host, files: Sorted) -> tuple[InstalledPackage, ...]:
    if isinstance(host.packages, Unavailable):
        return ()
    return tuple(one for one in host.packages if one.name in files.owners)


def _timezone() -> str:
    """Name the machine's time zone by where its file lies; empty if it is not set."""
    return os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]


def _usable() -> int:
    """Count the processors a process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
