"""Whether a version is affected by an advisory: the OSV schema's own rule, and nothing cleverer.

Affected is what is listed *or* in a range; a range holds what is behind the last event that was
not undone. What an unreadable version leaves open stays open: `Hit.UNDECIDED`, never a no.

https://ossf.github.io/osv-schema/#evaluation
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from weighbridge.model.advisory import Hit
from weighbridge.rules.advisories import order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from packaging.version import Version

    from weighbridge.model.advisory import Advisory, Affected, VersionRange

ECOSYSTEM = "PyPI"
"""The ecosystem locks are of; its name in package URLs is `pypi`."""

_READERS: dict[str, Callable[[str], Any]] = {"ECOSYSTEM": order.pypi, "SEMVER": order.semver}


def concerning(advisory: Advisory, package: str) -> list[Affected]:
    """List what an advisory says of a Python package."""
    return [
        one for one in advisory.affected if one.package == package and one.ecosystem == ECOSYSTEM
    ]


def hit(advisory: Advisory, package: str, version: str) -> Hit:
    """Say whether a version of a Python package is affected.

    Args:
        advisory: The record.
        package: Normalised name (PEP 503).
        version: The version, as it is.
    """
    entries = concerning(advisory, package)
    if len(entries) == 1:
        return _entry(entries[0], version)
    return worst(_entry(one, version) for one in entries)


def build_hit(advisory: Advisory, package: str, version: str) -> Hit:
    """Say the same of a version that may be a local build: of it, and of what it is a build of."""
    public = order.public(version)
    found = hit(advisory, package, version)
    if not public or found is Hit.YES:
        return found
    return worst((found, hit(advisory, package, public)))


def commit_hit(advisory: Advisory, package: str, commit: str) -> Hit:
    """Say whether a commit is affected: only one that an event names can be told.

    Without the repository nobody knows what lies between two commits.
    """
    return worst(_commit(one, commit) for one in concerning(advisory, package))


def worst(hits: Iterable[Hit]) -> Hit:
    """Return yes if any is, else undecided if any is."""
    found = Hit.NO
    for one in hits:
        if one is Hit.YES:
            return one
        if one is Hit.UNDECIDED:
            found = one
    return found


def _entry(affected: Affected, version: str) -> Hit:
    found, ranges = Hit.NO, 0
    for one in affected.ranges:
        if one.kind != "GIT":
            ranges += 1
            said = _range(one, version)
            if said is Hit.YES:
                return said
            if said is Hit.UNDECIDED:
                found = said
    if not ranges and not affected.versions:
        return Hit.UNDECIDED  # it says that the package is affected, and not in which versions
    if _listed(affected.versions, version):
        return Hit.YES
    if not ranges and order.pypi(version) is None:
        return Hit.UNDECIDED
    return found


def _listed(versions: tuple[str, ...], version: str) -> bool:
    if not versions:
        return False
    read, unread = _read(versions)
    found = order.pypi(version)
    return version in unread if found is None else found in read


@lru_cache(maxsize=1 << 14)
def _read(versions: tuple[str, ...]) -> tuple[frozenset[Version], frozenset[str]]:
    """Read listed versions; those that are none are compared as they are written."""
    pairs = [(text, order.pypi(text)) for text in versions]
    return (
        frozenset(found for _, found in pairs if found is not None),
        frozenset(text for text, found in pairs if found is None),
    )


def _range(one: VersionRange, version: str) -> Hit:
    reader = _READERS.get(one.kind)
    at = None if reader is None else reader(version)
    events = None if reader is None else _events(one)
    if at is None or events is None:
        return Hit.UNDECIDED
    limits, steps = events
    if limits and not any(at < limit for limit in limits):
        return Hit.NO
    affected = False
    for kind, where in steps:
        if kind == "introduced" and (where is None or at >= where):
            affected = True
        elif (kind == "fixed" and at >= where) or (kind == "last_affected" and at > where):
            affected = False
    return Hit.YES if affected else Hit.NO


@lru_cache(maxsize=1 << 14)
def _events(one: VersionRange) -> tuple[list[Any], list[tuple[str, Any]]] | None:
    """Read the limits and the other events of a range, in order; None if one cannot be read.

    `introduced: "0"` comes before everything, and has no version here; the limit `*` is none.
    Events of one version stay in the order of the record.
    """
    reader = _READERS[one.kind]
    limits: list[Any] = []
    steps: list[tuple[str, Any]] = []
    for kind, text in one.events:
        if (kind, text) == ("limit", "*"):
            continue
        start = (kind, text) == ("introduced", "0")
        where = None if start else reader(text)
        if where is None and not start:
            return None
        if kind == "limit":
            limits.append(where)
        else:
            steps.append((kind, where))
    first = [step for step in steps if step[1] is None]
    return limits, first + sorted((step for step in steps if step[1] is not None), key=_place)


def _place(step: tuple[str, Any]) -> Any:  # noqa: ANN401 - whatever the order compares
    return step[1]


def _commit(affected: Affected, commit: str) -> Hit:
    ranges = [one for one in affected.ranges if one.kind == "GIT"]
    if not ranges:
        return Hit.UNDECIDED
    return worst(_commit_in(one, commit) for one in ranges)


def _commit_in(one: VersionRange, commit: str) -> Hit:
    kinds = {kind for kind, text in one.events if text == commit}
    if "fixed" in kinds:
        return Hit.NO
    return Hit.YES if kinds & {"introduced", "last_affected"} else Hit.UNDECIDED
