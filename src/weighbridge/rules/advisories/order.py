"""Versions in their order, as the records of an ecosystem mean it.

Raw versions are compared, never specifiers: `<1.13.1` leaves 1.13.1rc1 out by PEP 440, and it is
affected. A version that cannot be read has no place in the order; whoever asks must not guess.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Protocol, Self

from packaging.version import InvalidVersion, Version

_CACHED = 1 << 17
_LONGEST = 256
_SEMVER = re.compile(
    r"v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)


class Ordered(Protocol):
    """Something with a place in an order."""

    def __lt__(self, other: Self, /) -> bool:
        """Tell whether it comes before another."""


@lru_cache(maxsize=_CACHED)
def pypi(text: str) -> Version | None:
    """Read a version of a Python package (PEP 440); None if it is none."""
    try:
        return Version(text) if len(text) <= _LONGEST else None
    except InvalidVersion:
        return None


@lru_cache(maxsize=_CACHED)
def public(text: str) -> str:
    """Return the public version of a local one (`1.13.0` of `1.13.0+cu117`), or nothing."""
    found = pypi(text)
    return found.public if found is not None and found.local is not None else ""


@lru_cache(maxsize=_CACHED)
def semver(text: str) -> tuple[Any, ...] | None:
    """Read a version by Semantic Versioning 2.0 as something to compare; None if it is none."""
    found = _SEMVER.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    numbers = tuple(int(found[index]) for index in (1, 2, 3))
    if found[4] is None:
        return (*numbers, 1, ())
    # Numbers come before words (section 11.4); `(0, n)` and `(1, word)` are never mixed up.
    parts = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in found[4].split(".")
    )
    return (*numbers, 0, parts)
