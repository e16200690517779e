"""Why no wheel of a package fits a target, and what would do: judged by the wheel that is nearest.

Of what stands in the way of a wheel, a system weighs more than a processor, that more than a C
library, that more than a Python, and that more than its version: so `newer glibc` is said only
where nothing else is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from weighbridge.model.coverage import Cause
from weighbridge.rules.wheels import tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.rules.wheels.names import WheelName
    from weighbridge.rules.wheels.systems import System

    Words = tuple[str, ...]
    Place = tuple[str, str, str, tuple[int, int]]
    Lack = tuple[int, int, tuple[int, int], str, tuple[str, str, str]]

SYSTEM: Final = 32
ARCHITECTURE: Final = 16
KIND: Final = 8
PYTHON: Final = 4
VERSION: Final = 1
_FAR: Final = 500
_WHEELS: Final = 400
"""Wheels of an entry that are looked at for a cause; the largest packages have about 100."""

_WORDS: Final = 16
"""Words of each part of a wheel's tags that are looked at for a cause; few have more than three."""

_LINUX: Final = re.compile(
    r"(?:(many|musl)linux_(\d{1,3})_(\d{1,3})|manylinux(1|2010|2014)|linux)_(\w+)", re.ASCII
)
_MAC: Final = re.compile(r"macosx_(\d{1,3})_(\d{1,3})_(\w+)", re.ASCII)
_MAC_TEN: Final = 10
_LEGACY: Final = {"1": (2, 5), "2010": (2, 12), "2014": (2, 17)}
_WINDOWS: Final = {"win_amd64": "x86_64", "win_arm64": "aarch64", "win32": "i686"}
_MACS: Final = {
    "arm64": ("aarch64",),
    "universal2": ("aarch64", "x86_64"),
    "intel": ("x86_64",),
    "universal": ("x86_64",),
    "x86_64": ("x86_64",),
}
_PYTHON: Final = re.compile(r"(?:cp|pp)3(\d{1,3})", re.ASCII)
_OF_THREADED: Final = re.compile(r"cp3\d{1,3}t", re.ASCII)
_NAMES: Final = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Why something is not to be had on a target.

    Attributes:
        cause: The cause.
        why: The same in words, one clause.
        nearest: What would do instead of what the target has, or empty.
    """

    cause: Cause
    why: str
    nearest: str = ""


def explain(wheels: Sequence[WheelName], system: System, *, has_sdist: bool) -> Gap:
    """Say why none of the wheels of an entry fits a target."""
    if not wheels:
        return _without_wheels(has_sdist=has_sdist)
    lack = min(one for wheel in wheels[:_WHEELS] for one in _lacks(wheel, system))
    gap = _gap(lack, system)
    if not has_sdist:
        return gap
    return Gap(cause=gap.cause, why=f"{gap.why}; its sdist has to be built", nearest=gap.nearest)


def _without_wheels(*, has_sdist: bool) -> Gap:
    if has_sdist:
        return Gap(cause=Cause.SDIST_ONLY, why="there is only an sdist, which has to be built")
    return Gap(cause=Cause.NO_FILE, why="the lock names no file of it")


def _lacks(wheel: WheelName, system: System) -> Iterator[Lack]:
    """Compare a wheel with a target, once for each place it is for.

    Yields:
        What it weighs, how far its Python is, the version of the C library or of macOS it asks for
        where the target's is too old, its Python where that is another, and its place.
    """
    python, step = _python(wheel.interpreters[:_WORDS], wheel.abis[:_WORDS], system)
    pythons = PYTHON if python else 0
    for platform in wheel.platforms[:_WORDS]:
        for place in _places(platform):
            weight, newer = _distance(system, place) if place[0] != tags.ANY else (0, False)
            version = place[3] if newer else (0, 0)
            yield (weight + pythons, step, version, python, place[:3])


def _distance(system: System, place: Place) -> tuple[int, bool]:
    """Weigh what separates a target from a place, and tell whether that one is too new."""
    os, arch, libc, version = place
    weight = 0
    if os != system.os:
        weight += SYSTEM
    if arch != system.arch:
        weight += ARCHITECTURE
    if os == system.os and libc and libc != system.libc:
        weight += KIND
    comparable = os == system.os and libc == system.libc and system.version is not None
    newer = comparable and version > (system.version or version)
    return weight + (VERSION if newer else 0), newer


@lru_cache(maxsize=4096)
def _places(platform: str) -> list[Place]:
    """Say what a platform tag is for; one that nobody knows is for another system."""
    mac = _MAC.fullmatch(platform)
    linux = _LINUX.fullmatch(platform)
    if mac:
        version = (int(mac[1]), int(mac[2]))
        return [("macos", arch, "", version) for arch in _MACS.get(mac[3], (mac[3],))]
    if linux:
        kind, major, minor, legacy, arch = linux.groups()
        libc = "" if kind is None and legacy is None else "musl" if kind == "musl" else "glibc"
        version = (int(major), int(minor)) if kind else _LEGACY.get(legacy, (0, 0))
        return [("linux", arch, libc, version)]
    if platform in _WINDOWS:
        return [("windows", _WINDOWS[platform], "", (0, 0))]
    return [(tags.ANY if platform == tags.ANY else "", "", "", (0, 0))]


@lru_cache(maxsize=4096)
def _python(interpreters: Words, abis: Words, system: System) -> tuple[str, int]:
    """Say which Python a wheel is for and how far that is; nothing if it goes with the target's."""
    admitted = tags.pairs(system) | tags.free_pairs(system)
    if any((one, abi) in admitted for one in interpreters for abi in abis):
        return "", 0
    minor = system.python[1] if system.python else 0
    threaded = any(_OF_THREADED.fullmatch(abi) or abi == "abi3t" for abi in abis)
    found = []
    for interpreter in interpreters:
        named = _PYTHON.fullmatch(interpreter)
        if named is None:
            found.append((_FAR, interpreter))
            continue
        far = abs(int(named[1]) - minor) * 2 + (threaded != system.threaded)
        kind = "PyPy" if interpreter.startswith("pp") else "Python"
        other = (kind == "PyPy") != (system.implementation == "pypy")
        found.append((far + _FAR * other, f"{kind} 3.{named[1]}{'t' if threaded else ''}"))
    step, name = min(found)
    return name, step


def _gap(lack: Lack, system: System) -> Gap:
    weight, _, version, python, (os, arch, libc) = lack
    if weight >= SYSTEM:
        where = _NAMES.get(os, "other systems")
        return Gap(cause=Cause.SYSTEM, why=f"its wheels are for {where}, not {_NAMES[system.os]}")
    if weight >= ARCHITECTURE:
        return Gap(cause=Cause.ARCHITECTURE, why=f"its wheels are for {arch}, not {system.arch}")
    nearest = " with ".join(filter(None, [python, _version(version, system)]))
    if weight >= KIND:
        kind = libc or "no stated libc"
        why = f"its wheels are for {kind}, not {system.libc or 'what the target states'}"
        return Gap(cause=Cause.LIBC, why=why, nearest=kind if libc else "")
    if weight >= PYTHON:
        t = "t" if system.threaded else ""
        own = f"{system.python[0]}.{system.python[1]}{t}" if system.python else "?"
        why = f"it has no wheel for Python {own} there"
        return Gap(cause=Cause.PYTHON, why=why, nearest=nearest)
    if not nearest:
        return Gap(cause=Cause.SYSTEM, why="its wheels have tags that no installer takes there")
    cause = Cause.OS_VERSION if system.os == "macos" else Cause.LIBC
    return Gap(cause=cause, why=f"its wheels need {nearest} or newer", nearest=nearest)


def _version(version: tuple[int, int], system: System) -> str:
    if version == (0, 0):
        return ""
    major, minor = version
    if system.os == "macos":
        return f"macOS {major}" if minor == 0 and major > _MAC_TEN else f"macOS {major}.{minor}"
    return f"{system.libc} {major}.{minor}"
