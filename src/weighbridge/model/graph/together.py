"""Whether two versions of one package can both apply: their markers, held against environments.

The environments are made up from what the markers ask about, never taken from the host. Two
markers that are both true in one of them can both apply there.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, Any

from packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)
from packaging.specifiers import InvalidSpecifier, SpecifierSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

Environment = dict[str, "str | AbstractSet[str]"]

EVALUATIONS = 60_000
"""How many evaluations of markers one lock may cost; past that, versions count as undecided."""

_MINORS = range(7, 17)
_PLATFORMS = (
    ("linux", "Linux", "posix"),
    ("darwin", "Darwin", "posix"),
    ("win32", "Windows", "nt"),
    ("freebsd14", "FreeBSD", "posix"),
    ("emscripten", "Emscripten", "posix"),
    ("android", "Android", "posix"),
    ("ios", "iOS", "posix"),
)
_IMPLEMENTATIONS = (("cpython", "CPython"), ("pypy", "PyPy"))
_MACHINES = ("x86_64", "aarch64", "arm64", "AMD64", "another")
_VERSION = re.compile(r"""["'](3\.\d{1,3}(?:\.\d{1,3})?)[^"']*["']""")
_TEXT = re.compile(r"""["']([^"']*)["']""")
_CHOICE = re.compile(
    r"""extra\s*={2,3}\s*["']([^"']+)["']|["']([^"']+)["']\s+in\s+(?:extras|dependency_groups)"""
)
_VARIABLE = re.compile(
    r"python_version|python_full_version|implementation_version|sys_platform|platform_system"
    r"|os_name|platform_machine|implementation_name|platform_python_implementation"
    r"|extras?\b|dependency_groups"
)
_UNDECIDED = (UndefinedComparison, UndefinedEnvironmentName, ValueError, RecursionError)


class Budget:
    """Evaluations that are left for one lock."""

    def __init__(self, left: int = EVALUATIONS) -> None:
        """Take how many there are."""
        self.left = left

    def take(self, wanted: int) -> bool:
        """Take some, or say that there are not as many left."""
        if wanted > self.left:
            return False
        self.left -= wanted
        return True


def applying(markers: Sequence[str], requires_python: str, budget: Budget) -> list[int] | None:
    """Say in which environments each of some markers is true: a bit mask each.

    Two of them can both apply if their masks have a bit in common. An empty marker always
    applies, and so does one that cannot be read: nobody says when it does not.

    Returns:
        The masks, or None if the budget does not reach.
    """
    distinct = sorted(set(markers))
    axes = _axes(distinct, requires_python)
    if not budget.take(math.prod(map(len, axes)) * max(1, len(distinct))):
        return None
    environments = [_environment(*one) for one in itertools.product(*axes)]
    every = (1 << len(environments)) - 1
    masks = {marker: _mask(marker, environments) if marker else every for marker in distinct}
    return [masks[marker] for marker in markers]


def _mask(marker: str, environments: Sequence[Environment]) -> int:
    every = (1 << len(environments)) - 1
    try:
        read = Marker(marker)
    except (InvalidMarker, RecursionError):
        return every
    mask = 0
    for place, environment in enumerate(environments):
        try:
            holds = read.evaluate(environment, context="lock_file")
        except _UNDECIDED:
            holds = True
        mask |= holds << place
    return mask


def _axes(markers: Sequence[str], requires_python: str) -> tuple[Sequence[Any], ...]:
    """Say what has to vary for the markers to be told apart; what none asks about does not."""
    text = " ".join(markers)
    asked = set(_VARIABLE.findall(text))
    python = asked & {"python_version", "python_full_version", "implementation_version"}
    platform = asked & {"sys_platform", "platform_system", "os_name"}
    kind = asked & {"implementation_name", "platform_python_implementation"}
    choice = asked & {"extra", "extras", "dependency_groups"}
    return (
        _pythons(text, requires_python) if python else ("3.12.0",),
        _PLATFORMS if platform else _PLATFORMS[:1],
        _machines(text) if "platform_machine" in asked else _MACHINES[:1],
        _IMPLEMENTATIONS if kind else _IMPLEMENTATIONS[:1],
        _choices(text) if choice else ("",),
    )


def _environment(
    version: str, platform: tuple[str, str, str], machine: str, kind: tuple[str, str], choice: str
) -> Environment:
    """Write an environment down; every variable is ours, so that none is the host's."""
    chosen = frozenset({choice} - {""})
    return {
        "implementation_name": kind[0],
        "implementation_version": version,
        "os_name": platform[2],
        "platform_machine": machine,
        "platform_python_implementation": kind[1],
        "platform_release": "",
        "platform_system": platform[1],
        "platform_version": "",
        "python_full_version": version,
        "python_version": version.rpartition(".")[0],
        "sys_platform": platform[0],
        "extra": choice,
        "extras": chosen,
        "dependency_groups": chosen,
    }


def _pythons(text: str, requires_python: str) -> list[str]:
    """List every minor version, and the patch levels around those that are spoken of."""
    found = {(3, minor, 0) for minor in _MINORS}
    for version in _VERSION.findall(text):
        major, minor, *patch = map(int, version.split("."))
        around = (patch[0] - 1, patch[0], patch[0] + 1) if patch else (0,)
        found |= {(major, minor, level) for level in around if level >= 0}
    every = [f"{major}.{minor}.{patch}" for major, minor, patch in sorted(found)]
    try:
        allowed = SpecifierSet(requires_python)
    except InvalidSpecifier:
        return every
    return [version for version in every if version in allowed] or every


def _machines(text: str) -> list[str]:
    """List the usual machines, and whatever else might be meant as one."""
    return sorted({*_MACHINES, *(word for word in _TEXT.findall(text) if not word[:1].isdigit())})


def _choices(text: str) -> list[str]:
    """List what may be chosen, one at a time: nothing, or an extra or group spoken of."""
    return ["", *sorted({one or other for one, other in _CHOICE.findall(text)})]


def overlaps(masks: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """List neighbours that can both apply: each one with the first before it that can."""
    seen: list[tuple[str, int]] = []
    union = 0
    for name, mask in masks.items():
        if mask & union:
            yield next(other for other, theirs in seen if theirs & mask), name
        seen.append((name, mask))
        union |= mask
