"""Which entries of a lock a target installs: markers judged for the target, never for the host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from packaging.markers import Marker, UndefinedEnvironmentName
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.lock import Lock, Pin
    from weighbridge.model.release.compatibility import Target

_SYSTEMS: Final = {
    "linux": ("posix", "Linux", "linux"),
    "macos": ("posix", "Darwin", "darwin"),
    "windows": ("nt", "Windows", "win32"),
}
_MACHINES: Final = {
    ("macos", "aarch64"): "arm64",
    ("windows", "aarch64"): "ARM64",
    ("windows", "x86_64"): "AMD64",
}


def environment_of(target: Target, python: str) -> dict[str, str]:
    """Make the environment markers are judged in (PEP 508): every name of it is the target's.

    Args:
        target: The target.
        python: Python of the release's runtime, for targets that state none.
    """
    version = (target.python or python).rstrip("t")
    try:
        release = Version(version).release
    except InvalidVersion:
        release = (0, 0)
    short = ".".join(str(part) for part in release[:2])
    full = version if len(release) > 2 else f"{short}.0"  # noqa: PLR2004 - with a patch level
    os_name, system, platform = _SYSTEMS[target.os]
    machine = _MACHINES.get((target.os, target.arch), target.arch)
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": full,
        "python_version": short,
        "sys_platform": platform,
    }


def installed_on(lock: Lock, environment: Mapping[str, str]) -> list[Pin]:
    """List the entries a target installs, as far as markers and dependencies tell.

    An entry on which nothing depends that is installed, though something depends on it, is left
    out; what nothing depends on is installed. Each has the dependencies it has on that target.
    """
    admitted = [
        replace(pin, edges=tuple(edge for edge in pin.edges if holds(edge.marker, environment)))
        for pin in lock.pins
        if holds(pin.marker, environment)
    ]
    if not lock.records_edges:
        return admitted
    depended_on = {edge.name for pin in lock.pins for edge in pin.edges}
    roots = set(lock.roots) | {pin.name for pin in admitted if pin.name not in depended_on}
    reached = _reach(roots, admitted)
    return [pin for pin in admitted if pin.name in reached]


def _reach(roots: set[str], pins: Iterable[Pin]) -> set[str]:
    edges: dict[str, set[str]] = {}
    for pin in pins:
        edges.setdefault(pin.name, set()).update(edge.name for edge in pin.edges)
    reached: set[str] = set()
    waiting = sorted(roots)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(edges.get(name, ()))
    return reached


def holds(marker: str, environment: Mapping[str, str]) -> bool:
    """Whether a marker holds on a target; one that cannot be judged may hold."""
    if not marker:
        return True
    try:
        return Marker(marker).evaluate({**environment, "extra": ""})
    except (ValueError, UndefinedEnvironmentName):
        return True
