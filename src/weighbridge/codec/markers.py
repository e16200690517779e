"""Environment markers (PEP 508), judged by what is stated and by nothing else.

The Python that runs this is never asked: a comparison about something that is not stated counts
as whoever asks wants it to. A marker knows no negation, so taking all of those for true tells
whether it can hold, and taking them for false whether it must.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)
from packaging.version import InvalidVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

_VALUE = r"""(?:"[^"]*"|'[^']*'|[A-Za-z_][\w.]*)"""
_COMPARISON = re.compile(rf"({_VALUE})\s*(===|[~=!<>]=|[<>]|not\s+in\b|in\b)\s*({_VALUE})")
_QUOTES = ("'", '"')
_ALWAYS = 'python_version >= "0"'
_NEVER = 'python_version < "0"'
_STATED = {"python_version": "3"}

BASE: Mapping[str, str | frozenset[str]] = {
    "extra": "",
    "extras": frozenset(),
    "dependency_groups": frozenset(),
}
"""What is stated where nobody asks for an extra or a group."""


def can_hold(marker: str, stated: Mapping[str, str | frozenset[str]]) -> bool:
    """Say whether a marker holds if all that is not stated is as it needs it; unread ones can."""
    return _evaluate(marker, stated, unknown=True)


def must_hold(marker: str, stated: Mapping[str, str | frozenset[str]]) -> bool:
    """Say whether a marker holds whatever all is that is not stated; unread ones need not."""
    return _evaluate(marker, stated, unknown=False)


def _evaluate(marker: str, stated: Mapping[str, str | frozenset[str]], *, unknown: bool) -> bool:
    if not marker:
        return True
    reduced = _reduced(marker, frozenset(stated), unknown)
    if reduced is None:
        return unknown
    try:
        return reduced.evaluate({**_STATED, **stated}, context="lock_file")
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return unknown


@lru_cache(maxsize=4096)
def _reduced(marker: str, stated: frozenset[str], unknown: bool) -> Marker | None:  # noqa: FBT001
    """Put what is assumed in the place of comparisons about what is not stated."""
    assumed = _ALWAYS if unknown else _NEVER

    def keep(comparison: re.Match[str]) -> str:
        names = {one for one in comparison.group(1, 3) if not one.startswith(_QUOTES)}
        return comparison.group() if names <= stated else assumed

    try:
        return Marker(_COMPARISON.sub(keep, str(Marker(marker))))
    except (InvalidMarker, RecursionError):
        return None
