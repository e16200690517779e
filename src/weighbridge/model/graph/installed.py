"""What installed distributions say they need, for locks that do not record it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.fact import Distribution
    from weighbridge.model.lock import Pin

_EXTRA = re.compile(r"""extra\s*={2,3}\s*["']([^"']+)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One `Requires-Dist`, read.

    Attributes:
        requirement: The requirement.
        name: Normalised name of what is wanted.
        extras: Extras of it, normalised and sorted.
        only_for: Extras of the one who wants it that it is for; empty if it is for all.
    """

    requirement: Requirement
    name: str
    extras: tuple[str, ...]
    only_for: frozenset[str]

    @property
    def marker(self) -> str:
        """The marker as it is written, or empty."""
        return str(self.requirement.marker or "")

    def admits(self, version: str) -> bool:
        """Tell whether a version is one that is wanted; what is no version cannot be judged."""
        try:
            return self.requirement.specifier.contains(Version(version), prereleases=True)
        except InvalidVersion:
            return True


def wishes(installed: Distribution) -> tuple[Wish, ...]:
    """Read what a distribution says it needs; a line that is no requirement says nothing."""
    return tuple(_wishes(installed))


def _wishes(installed: Distribution) -> Iterator[Wish]:
    for line in installed.requires:
        try:
            requirement = Requirement(line)
        except (InvalidRequirement, RecursionError):
            continue
        marker = str(requirement.marker or "")
        yield Wish(
            requirement=requirement,
            name=canonicalize_name(requirement.name),
            extras=tuple(sorted({canonicalize_name(extra) for extra in requirement.extras})),
            only_for=frozenset(canonicalize_name(extra) for extra in _EXTRA.findall(marker)),
        )


def known(pin: Pin, installed: Mapping[str, Distribution]) -> Distribution | None:
    """Find the installed distribution an entry pins: of the same name and the same version."""
    found = installed.get(pin.name)
    if found is None or pin.version is None or pin.ecosystem != "pypi":
        return None
    try:
        same = Version(found.version) == Version(pin.version)
    except InvalidVersion:
        same = found.version == pin.version
    return found if same else None
