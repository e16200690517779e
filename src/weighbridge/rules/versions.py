"""Versions, specifiers and markers of Python packages, as PEP 440 and PEP 508 have them.

Nothing here depends on the Python that runs it: a marker is judged for a stated version only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from weighbridge.codec.markers import BASE, can_hold, must_hold
from weighbridge.model.fact import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Pin


def admits(specifier: str, version: str) -> bool | None:
    """Say whether a specifier admits a version (PEP 440), or None if either cannot be read.

    Pre-releases count as any other version: who pins one wants it.
    """
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return None


def same(one: str, other: str) -> bool:
    """Say whether two versions are the same one (PEP 440), such as `1.0` and `1.0.0`."""
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def installed(facts: Facts, name: str) -> str | None:
    """Return the version of a package in the Python environment, or None if it is not known."""
    if isinstance(facts.python, Unavailable):
        return None
    found = facts.python.distributions.get(name)
    return None if found is None else found.version


def requirement_on_python(pin: Pin, facts: Facts) -> str | None:
    """Return which Pythons a pinned package admits, or None if that is not known.

    The lock says so, or the metadata of the same version where it is installed.
    """
    if pin.requires_python is not None:
        return pin.requires_python
    if isinstance(facts.python, Unavailable) or pin.version is None:
        return None
    found = facts.python.distributions.get(pin.name)
    return found.requires_python if found and same(found.version, pin.version) else None


def may_hold(marker: str, python: str) -> bool:
    """Say whether a marker (PEP 508) can hold for a version of Python, on whatever system.

    A marker that cannot be read can hold.
    """
    try:
        release = Version(python).release
    except InvalidVersion:
        return True
    short = ".".join(str(part) for part in release[:2])
    return can_hold(marker, {"python_version": short, "python_full_version": python})


def of_extra(requires: Iterable[str], extra: str) -> set[str]:
    """Name what an extra of a package needs, on whatever system, by its `Requires-Dist`."""
    found: set[str] = set()
    for text in requires:
        try:
            needed = Requirement(text)
        except (InvalidRequirement, RecursionError):
            continue
        marker = str(needed.marker or "")
        asked, unasked = ({**BASE, "extra": name} for name in (extra, ""))
        if must_hold(marker, asked) and not can_hold(marker, unasked):
            found.add(canonicalize_name(needed.name))
    return found
