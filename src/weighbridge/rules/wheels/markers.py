"""Environment markers (PEP 508, PEP 751) asked of a target, never of the host, in three values.

What a marker asks and a target does not state leaves it open, unless the rest of it decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)

from weighbridge.rules.marker_environments import kind, platform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from weighbridge.rules.wheels.systems import System

    Environment = dict[str, str | AbstractSet[str]]
    Answering = tuple[str, str, str, tuple[int, int] | None, int | None]

LONGEST: Final = 20_000
"""Characters of a marker; those of locks have a few hundred."""

_PATCHED: Final = frozenset({"python_full_version", "implementation_version"})
"""What a patch level is part of."""

_KEYS: Final = frozenset(
    {
        "os_name",
        "sys_platform",
        "platform_machine",
        "platform_python_implementation",
        "platform_release",
        "platform_system",
        "platform_version",
        "python_version",
        "python_full_version",
        "implementation_name",
        "implementation_version",
        "extra",
        "extras",
        "dependency_groups",
    }
)
_TOKEN: Final = re.compile(r"""\s*(?:([()])|(and|or)\b|((?:"[^"]*"|'[^']*'|[^"'()\s]+)))""")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORD: Final = re.compile(r"[a-z_]+")
_LAST_PATCH: Final = 99


class Markers:
    """Markers, each asked once of each target, and each comparison in them once."""

    def __init__(self, *, extras: AbstractSet[str], groups: AbstractSet[str]) -> None:
        """Take what else is installed than the default set.

        Args:
            extras: Extras of the project of the lock.
            groups: Dependency groups, the default ones included.
        """
        self._chosen: Environment = {
            "extras": frozenset(extras),
            "dependency_groups": frozenset(groups),
        }
        self._trees: dict[str, _Node | None] = {}
        self._parsed: dict[str, tuple[Marker | None, frozenset[str]]] = {}
        self._answers: dict[tuple[object, ...], bool | None] = {}
        self._environments: dict[tuple[Answering, int], Environment] = {}

    def hold(self, marker: str, system: System) -> bool | None:
        """Tell whether a marker holds on a target; None if what is stated does not decide it."""
        if not marker:
            return True
        if marker not in self._trees:
            self._trees[marker] = _tree(marker)
        tree = self._trees[marker]
        return None if tree is None else self._value(tree, system)

    def _value(self, node: _Node, system: System) -> bool | None:
        if isinstance(node, str):
            return self._compare(node, system)
        word, members = node
        decides = word == "or"
        values = [self._value(member, system) for member in members]
        if decides in values:
            return decides
        return None if None in values else not decides

    def _compare(self, atom: str, system: System) -> bool | None:
        """Ask one comparison, of each patch level it may be that the target does not state."""
        if atom not in self._parsed:
            asked = frozenset(_WORD.findall(_QUOTED.sub("", atom))) & _KEYS
            self._parsed[atom] = _parsed(atom), asked
        marker, asked = self._parsed[atom]
        if marker is None:
            return None
        answers = {
            self._ask(atom, marker, asked, self._environment(system, patch))
            for patch in patches(system, atom if asked & _PATCHED else "")
        }
        return answers.pop() if len(answers) == 1 else None

    def _ask(
        self, atom: str, marker: Marker, asked: frozenset[str], environment: Environment
    ) -> bool | None:
        """Ask one comparison, once of all targets that answer it alike."""
        if not asked <= environment.keys():
            return None
        key = (atom, *(environment[name] for name in sorted(asked)))
        if key not in self._answers:
            try:
                # Whatever is asked is given: nothing of the host's is left for it to see.
                answer = marker.evaluate(environment, context="lock_file")
            except (UndefinedComparison, UndefinedEnvironmentName):
                answer = None
            self._answers[key] = answer
        return self._answers[key]

    def _environment(self, system: System, patch: int) -> Environment:
        key = (answering(system), patch)
        if key not in self._environments:
            self._environments[key] = self._chosen | _environment(system, patch)
        return self._environments[key]


_Node = str | tuple[str, list["_Node"]]


def answering(system: System) -> Answering:
    """Return what of a target decides its answers: targets that agree in it answer alike."""
    return (system.os, system.arch, system.implementation, system.python, system.patch)


def _environment(system: System, patch: int) -> Environment:
    """Say what a target answers to markers: nothing it does not state."""
    found: Environment = {**platform(system.os, system.arch), **kind(system.implementation)}
    if system.python is not None:
        version = f"{system.python[0]}.{system.python[1]}"
        found["python_version"] = version
        found["python_full_version"] = f"{version}.{patch}"
        if system.implementation == "cpython":
            found["implementation_version"] = f"{version}.{patch}"
    return found


def patches(system: System, text: str) -> list[int]:
    """List the patch levels between which a comparison or specifier may tell a difference."""
    if system.patch is not None or not text or system.python is None:
        return [system.patch or 0]
    named = re.findall(rf"\b{system.python[0]}\.{system.python[1]}\.(\d{{1,4}})", text)
    beside = {int(one) + step for one in named for step in (-1, 0, 1)}
    return sorted({0, _LAST_PATCH} | {one for one in beside if one >= 0})


def _parsed(text: str) -> Marker | None:
    try:
        return Marker(text)
    except (InvalidMarker, RecursionError):
        return None


def _tree(text: str) -> _Node | None:
    """Take a marker apart into its comparisons; None if it is not one."""
    marker = _parsed(text) if len(text) <= LONGEST else None
    if marker is None:
        return None
    tokens = list(_tokens(str(marker)))
    try:
        return _alternatives(tokens)
    except (IndexError, RecursionError):
        return None


def _tokens(text: str) -> Iterator[str]:
    """Split the canonical form of a marker: parentheses, `and`, `or`, comparisons."""
    atom: list[str] = []
    for found in _TOKEN.finditer(text):
        parenthesis, word, part = found.groups()
        if part is not None:
            atom.append(part)
            continue
        if atom:
            yield " ".join(atom)
            atom = []
        yield parenthesis or word
    if atom:
        yield " ".join(atom)


def _alternatives(tokens: list[str]) -> _Node:
    found = [_conjunction(tokens)]
    while tokens and tokens[0] == "or":
        del tokens[0]
        found.append(_conjunction(tokens))
    return found[0] if len(found) == 1 else ("or", found)


def _conjunction(tokens: list[str]) -> _Node:
    found = [_term(tokens)]
    while tokens and tokens[0] == "and":
        del tokens[0]
        found.append(_term(tokens))
    return found[0] if len(found) == 1 else ("and", found)


def _term(tokens: list[str]) -> _Node:
    first = tokens.pop(0)
    if first != "(":
        return first
    inner = _alternatives(tokens)
    del tokens[0]
    return inner
