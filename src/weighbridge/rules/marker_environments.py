"""What the markers of a lock are judged by: the declared targets, never the running host.

Where no target is declared, the usual platforms stand in with the declared Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from packaging.version import InvalidVersion, Version

from weighbridge.codec.markers import BASE, can_hold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.fact import Facts, PythonEnvironment
    from weighbridge.model.release.compatibility import Target
    from weighbridge.model.release.environment import Runtime

_SYSTEMS: Final = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macos": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
_MACHINES: Final = {
    ("macos", "aarch64"): "arm64",
    ("windows", "x86_64"): "AMD64",
    ("windows", "aarch64"): "ARM64",
    ("windows", "i686"): "x86",
}
_IMPLEMENTATIONS: Final = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}
_USUAL: Final = (
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("macos", "aarch64"),
    ("windows", "x86_64"),
)
_NEWEST_PATCH: Final = 99
"""Stands for the newest patch level of a Python that is declared without one."""
_FEATURE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerEnvironment:
    """What a marker is told.

    Attributes:
        name: What it is, in words: a target, or a platform.
        stated: Variables of PEP 508 by name; what is not among them is not known.
    """

    name: str
    stated: Mapping[str, str | frozenset[str]]

    def can_hold(self, marker: str, *, extra: str = "") -> bool:
        """Say whether a marker can hold here, for whoever asks for one extra at most."""
        return can_hold(marker, {**self.stated, **BASE, "extra": extra})


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerEnvironments:
    """All that a release is meant for.

    Attributes:
        each: One for each target, or for each usual platform.
        declared: Whether they are those of declared targets.
    """

    each: tuple[MarkerEnvironment, ...]
    declared: bool


def environments(facts: Facts) -> MarkerEnvironments:
    """List what a release is meant for."""
    if facts.release is None:
        return MarkerEnvironments(each=(), declared=False)
    spec = facts.release.spec
    runtime = spec.environment.runtime
    targets = (spec.compatibility.targets if spec.compatibility else None) or ()
    if targets:
        return MarkerEnvironments(
            each=tuple(
                MarkerEnvironment(name=target.name, stated=of_target(target, runtime))
                for target in targets
            ),
            declared=True,
        )
    return MarkerEnvironments(
        each=tuple(
            MarkerEnvironment(
                name=f"{os} {arch}",
                stated=platform(os, arch)
                | _of_python(runtime.implementation, str(runtime.version), None),
            )
            for os, arch in _USUAL
        ),
        declared=False,
    )


def of_installed(python: PythonEnvironment) -> dict[str, str | frozenset[str]]:
    """State what is known of an environment that was looked at: its Python, and no platform."""
    return _python(python.implementation, python.version) | dict(BASE)


def of_target(target: Target, runtime: Runtime | None) -> dict[str, str]:
    """State what is known of a target.

    Args:
        target: The target.
        runtime: The release's own Python, for what the target does not say; None without a release.
    """
    implementation = runtime.implementation if runtime else "cpython"
    own = str(runtime.version) if runtime else ""
    python = _of_python(target.implementation or implementation, own, target.python)
    return platform(target.os, target.arch) | python


def platform(os: str, arch: str) -> dict[str, str]:
    """State a platform as Python spells it."""
    return _SYSTEMS.get(os, {}) | {"platform_machine": _MACHINES.get((os, arch), arch)}


def _of_python(implementation: str, own: str, version: str | None) -> dict[str, str]:
    """State the Python of a target; the runtime's patch level is meant where it is the same one."""
    if version is None:
        return _python(implementation, own)
    plain = version.removesuffix("t")
    if plain.count(".") < _FEATURE:
        plain = own if own.startswith(f"{plain}.") else f"{plain}.{_NEWEST_PATCH}"
    return _python(implementation, plain)


def kind(implementation: str) -> dict[str, str]:
    """State an implementation of Python."""
    found = {"implementation_name": implementation}
    if implementation in _IMPLEMENTATIONS:
        found["platform_python_implementation"] = _IMPLEMENTATIONS[implementation]
    return found


def _python(implementation: str, version: str) -> dict[str, str]:
    found = kind(implementation)
    try:
        release = Version(version).release
    except InvalidVersion:
        return found
    short = ".".join(str(part) for part in release[:_FEATURE])
    return found | {"python_version": short, "python_full_version": version}
