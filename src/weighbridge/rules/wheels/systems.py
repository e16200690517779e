"""What a target is to an installer: its system, its processor, its C library, its Python.

Nothing is taken from the machine this runs on. What a target does not state is left open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.model.release.compatibility import Target

Number = tuple[int, int]

MOST: Final = 199
"""Highest minor version of a C library, and of Python, that anybody is taken to mean."""

_NUMBER: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,3}))?(?:\.\d{1,9})*", re.ASCII)
_PYTHON: Final = re.compile(r"3\.(\d{1,3})(?:\.(\d{1,3}))?(t?)", re.ASCII)
_NEWEST_MAC: Final = 99
_LIBC_MAJOR: Final = {"glibc": 2, "musl": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A target, as installers look at it.

    Attributes:
        name: Name of the target.
        os: `linux`, `macos` or `windows`.
        arch: Processor architecture, as Linux calls it.
        libc: `glibc` or `musl`; empty if it is not stated, or there is no choice.
        version: Version of the C library, or of macOS; None if it is not stated.
        implementation: `cpython`, `pypy`; another has no tags that are known.
        python: Version of Python without its patch level; None if it is not stated.
        patch: Its patch level; None if it is not stated.
        threaded: Whether it is the free-threaded build.
        unstated: What it would have to state to be judged in full, a few words each.
    """

    name: str
    os: str
    arch: str
    libc: str = ""
    version: Number | None = None
    implementation: str = "cpython"
    python: Number | None = None
    patch: int | None = None
    threaded: bool = False
    unstated: tuple[str, ...] = ()


def system_of(target: Target, *, runtime: tuple[str, str] = ("", "")) -> System:
    """Read a target.

    Args:
        target: What the manifest says of it.
        runtime: Implementation and version of the release's own Python, for a target that states
            none; empty if there is no release.
    """
    implementation, python = runtime
    if target.python is not None:
        python = target.python
    found = _PYTHON.fullmatch(python)
    known = found is not None and int(found[1]) <= MOST
    version = _version(target)
    return System(
        name=target.name,
        os=target.os,
        arch=target.arch,
        libc=(target.libc or "") if target.os == "linux" else "",
        version=version,
        implementation=target.implementation or implementation or "cpython",
        python=(3, int(found[1])) if found and known else None,
        patch=int(found[2]) if found and known and found[2] else None,
        threaded=bool(found and found[3]),
        unstated=tuple(_unstated(target, python, known=known, version=version)),
    )


def _version(target: Target) -> Number | None:
    """Read the version that decides which files of its system a target can use."""
    stated = target.os_version if target.os == "macos" else target.libc_version
    found = _NUMBER.fullmatch(stated or "")
    if found is None or target.os == "windows":
        return None
    number = (int(found[1]), int(found[2] or 0))
    if target.os == "macos":
        return number if (10, 4) <= number <= (_NEWEST_MAC, MOST) else None
    major = _LIBC_MAJOR.get(target.libc or "")
    return number if number[0] == major and number[1] <= MOST else None


def _unstated(target: Target, python: str, *, known: bool, version: Number | None) -> list[str]:
    missing = []
    if not known:
        missing.append(f"a Python that is known (not {python})" if python else "its Python")
    if target.os == "linux" and target.libc is None:
        missing.append("its libc")
    elif target.os != "windows" and version is None:
        field = "osVersion" if target.os == "macos" else "libcVersion"
        stated = target.os_version if target.os == "macos" else target.libc_version
        missing.append(f"a {field} that is known (not {stated})" if stated else f"its {field}")
    return missing
