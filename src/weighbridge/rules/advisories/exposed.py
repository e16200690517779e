"""The entries of a release's locks about which advisories say something, as items of rules."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.advisory import Advisory, AdvisoryData, AdvisoryFacts, Affected, VersionRange
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.fact import NO_ADVISORIES, Unavailable
from weighbridge.model.location import Location
from weighbridge.rules import items, sample
from weighbridge.rules.advisories.exposure import exposures
from weighbridge.rules.interface import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.advisory import Exposure, Level
    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock

NOW = "2026-06-08T12:00:00Z"
"""The time of the rules' examples."""


def needs(facts: Facts) -> str:
    """Say that no advisories were ever loaded, where a lock has an entry they would be about."""
    pinned = any(lock.pins for lock in _locks(facts) if not isinstance(lock, Unavailable))
    if facts.advisories != NO_ADVISORIES or not pinned:
        return ""
    return f"{NO_ADVISORIES.reason}: `weighbridge advisories update --from DIR`"


def asks(facts: Facts) -> bool:
    """Tell whether a lock may have an entry: an empty one has no flaw, whatever is known."""
    return any(isinstance(lock, Unavailable) or lock.pins for lock in _locks(facts))


def exposed(facts: Facts) -> Iterator[Item[Exposure | Unavailable]]:
    """Yield every flaw of every entry of every lock, placed at the entry.

    Where a lock or the advisories could not be read, there is one item that says so.
    """
    for declared in items.locks(facts):
        lock = _lock(facts, declared.value.file.lock)
        if isinstance(lock, Unavailable):
            yield Item(subject=declared.subject, location=declared.location, value=lock)
        elif isinstance(facts.advisories, Unavailable):
            if lock.pins:
                missing = facts.advisories
                yield Item(subject=declared.subject, location=declared.location, value=missing)
        else:
            for one in exposures(lock.pins, facts.advisories.about):
                yield Item(
                    subject=f"{one.package} {one.id}".rstrip(),
                    location=Location(declared.value.file.lock, one.line),
                    value=one,
                    digest=_digest(one),
                )


def _locks(facts: Facts) -> Iterator[Lock | Unavailable]:
    for declared in items.locks(facts):
        yield _lock(facts, declared.value.file.lock)


def _lock(facts: Facts, path: str) -> Lock | Unavailable:
    file = facts.locks.get(path, items.NOT_LOOKED_AT)
    return file if isinstance(file, Unavailable) else file.lock


def _digest(one: Exposure) -> str:
    """Name the bytes a flaw is in: the version, and the files the lock admits for it."""
    value = {"hashes": sorted(one.hashes), "package": one.package, "version": one.version}
    return f"sha256:{hashlib.sha256(canonical_bytes(value)).hexdigest()}"


def written(one: Exposure) -> str:
    """Write what is affected as a requirement does: `torch==1.13.0`."""
    return f"{one.package}=={one.version}" if one.version else one.package


def example(base: Facts, *, name: str, level: Level, fixed: str, package: str = "torch") -> Facts:
    """Make the facts that one advisory is known, about versions below the one that fixes it."""
    record = Advisory(
        id=name,
        aliases=("CVE-2026-1",),
        summary="a tensor read from elsewhere is written to",
        modified="2026-06-07T00:00:00Z",
        level=level,
        affected=(
            Affected(
                ecosystem="PyPI",
                package=package,
                ranges=(
                    VersionRange(kind="ECOSYSTEM", events=(("introduced", "0"), ("fixed", fixed))),
                ),
            ),
        ),
    )
    known = AdvisoryFacts(data=data(), about={package: (record,)})
    return replace(base, advisories=known, now=NOW)


def data(
    *, newest: str = "2026-06-07T00:00:00Z", fetched: str = "2026-06-08T00:00:00Z", unread: int = 0
) -> AdvisoryData:
    """Make advisory data that is up to date at the time of the examples."""
    return AdvisoryData(
        digest=sample.DIGEST, records=1, newest=newest, fetched=fetched, unread=unread
    )
