"""Records that speak of one flaw, put together: PYSEC, GHSA, CVE and MAL are names of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.advisory import ATTACK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.advisory import Advisory

_FIRST = (ATTACK, "PYSEC-", "GHSA-", "CVE-")
"""By which id a flaw is called, the first of these it has."""


def merged(records: Iterable[Advisory]) -> list[list[Advisory]]:
    """Group records that have an id in common, by union-find over ids and aliases."""
    listed = list(records)
    if len(listed) <= 1:
        return [listed] if listed else []
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while (over := above.setdefault(name, name)) != name:
            above[name] = above[over]
            name = over
        return name

    for one in listed:
        for alias in one.aliases:
            above[root(alias)] = root(one.id)
    groups: dict[str, list[Advisory]] = {}
    for one in listed:
        groups.setdefault(root(one.id), []).append(one)
    return list(groups.values())


def names(records: Iterable[Advisory]) -> tuple[str, tuple[str, ...]]:
    """Return the id a flaw is called by, which is that of a record, and its other ids, sorted."""
    listed = list(records)
    own = sorted(one.id for one in listed)
    every = sorted({*own, *(alias for one in listed for alias in one.aliases)})
    first = next((name for prefix in _FIRST for name in own if name.startswith(prefix)), own[0])
    return first, tuple(name for name in every if name != first)
