"""How far one version is from another, in words."""

from __future__ import annotations

from itertools import zip_longest

from packaging.version import InvalidVersion, Version

_STEPS = ("major", "minor")
_FIRST_YEAR = 1900
"""What a first component must reach to be taken for a year."""


def step(before: str, after: str) -> str:
    """Say what lies between two versions: `major`, `minor`, `patch`, or that it is a `downgrade`.

    Where the numbers are the same, that it becomes another `pre-release`, or the `release`. Of
    calendar versions only a step back is told: their components are dates, not promises.
    Empty where the versions are of no known form, or differ in nothing these words tell.
    """
    try:
        old, new = Version(before), Version(after)
    except InvalidVersion:
        return ""
    if new < old:
        return "downgrade"
    if old.epoch != new.epoch:
        return "major"
    if new.release[0] >= _FIRST_YEAR:
        return ""
    return _component(old, new) or ("pre-release" if new.is_prerelease and new > old else "")


def _component(old: Version, new: Version) -> str:
    pairs = enumerate(zip_longest(old.release, new.release, fillvalue=0))
    first = next((at for at, (left, right) in pairs if left != right), None)
    if first is None:
        return "" if new.is_prerelease or not old.is_prerelease else "release"
    return _STEPS[first] if first < len(_STEPS) else "patch"
