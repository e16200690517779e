"""The 24 targets of the figures: eight platforms, three Pythons."""

from __future__ import annotations

from weighbridge.model.release.compatibility import Target
from weighbridge.rules.wheels.systems import System, system_of

_PLATFORMS: tuple[dict[str, str], ...] = (
    {"os": "linux", "arch": "x86_64", "libc": "glibc", "libcVersion": "2.31"},
    {"os": "linux", "arch": "x86_64", "libc": "glibc", "libcVersion": "2.28"},
    {"os": "linux", "arch": "x86_64", "libc": "glibc", "libcVersion": "2.17"},
    {"os": "linux", "arch": "aarch64", "libc": "glibc", "libcVersion": "2.36"},
    {"os": "linux", "arch": "x86_64", "libc": "musl", "libcVersion": "1.2"},
    {"os": "macos", "arch": "aarch64", "osVersion": "14"},
    {"os": "macos", "arch": "x86_64", "osVersion": "13"},
    {"os": "windows", "arch": "x86_64"},
)
T24: tuple[dict[str, str], ...] = tuple(
    {"name": f"{'-'.join(platform.values())}-{python}", "python": python, **platform}
    for platform in _PLATFORMS
    for python in ("3.11.9", "3.12.4", "3.13.1")
)


def system(**values: str) -> System:
    """Make a system: glibc 2.28 on x86_64 with Python 3.11, but for what is said."""
    given = {"name": "edge", "os": "linux", "arch": "x86_64", "python": "3.11", **values}
    if given["os"] == "linux" and "libc" not in values:
        given = {"libc": "glibc", "libcVersion": "2.28", **given}
    return of(given)


def of(values: dict[str, str]) -> System:
    """Make a system of what a manifest says."""
    stated = {key: value for key, value in values.items() if value}
    return system_of(Target.model_validate({"name": "edge", **stated}))
