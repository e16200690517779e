"""Versions of which a manifest says the beginning."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version


def starts_with(seen: str, declared: str) -> bool:
    """Tell whether a version is the declared one, or a finer one of it: `22.04.3` of `22.04`."""
    return seen == declared or seen.startswith(f"{declared}.")


def is_version(seen: str, declared: str) -> bool:
    """Tell whether an installed package is of the locked version (PEP 440, `==`)."""
    try:
        return SpecifierSet(f"=={declared}", prereleases=True).contains(Version(seen))
    except (InvalidSpecifier, InvalidVersion):
        return seen == declared


def reaches(seen: str, declared: str) -> bool:
    """Tell whether a version is the declared one or a later one."""
    try:
        return Version(seen) >= Version(declared)
    except InvalidVersion:
        return seen == declared
