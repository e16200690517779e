"""What of a lock is known to be wrong: each flaw of each entry once, with what fixes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.model.advisory import ATTACK, Bearing, Exposure, Hit, Level
from weighbridge.model.wording import plural
from weighbridge.rules.advisories import order
from weighbridge.rules.advisories.matching import build_hit, commit_hit, concerning, hit, worst
from weighbridge.rules.advisories.merging import merged, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.advisory import Advisory
    from weighbridge.model.lock import Pin

    Told = tuple[Advisory, Hit]
    """A record, and whether an entry is affected by it."""

_COMMIT = re.compile(r"(?:@|[?&]rev=|#)([0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")
_OPEN = "the lock fixes no version of it"
_KNOWN = "advisory is known about the package", "advisories are known about the package"


def exposures(pins: Iterable[Pin], about: Mapping[str, Sequence[Advisory]]) -> Iterator[Exposure]:
    """Hold the entries of a lock against the advisories about them.

    Args:
        pins: The entries. Those of other ecosystems than Python's own are passed over.
        about: The records about each package, by its name.
    """
    for pin in pins:
        if pin.source == "include":
            yield _unread(pin)
        elif pin.ecosystem == "pypi" and about.get(pin.name):
            records = about[pin.name]
            open_ = pin.version is None and pin.source != "git"
            yield from _open_end(pin, records) if open_ else _of(pin, records)


def _unread(pin: Pin) -> Exposure:
    why = "the lock refers to another file, which was not read"
    return Exposure(
        bearing=Bearing.UNDECIDED, package=pin.name, version="", id="", why=why, line=pin.line
    )


def _open_end(pin: Pin, records: Sequence[Advisory]) -> Iterator[Exposure]:
    """Say of an entry without a version, once, what may be meant."""
    standing = [one for one in records if not one.withdrawn]
    if standing:
        names_ = sorted({name for one in standing for name in (one.id, *one.aliases)})
        known = plural(len(merged(standing)), *_KNOWN)
        why = f"{_OPEN}, and {known}"
        yield Exposure(
            bearing=Bearing.UNDECIDED,
            package=pin.name,
            version="",
            id="",
            aliases=tuple(names_),
            why=why,
            line=pin.line,
            hashes=pin.hashes,
        )


def _of(pin: Pin, records: Sequence[Advisory]) -> Iterator[Exposure]:
    told = [(one, _hit(one, pin)) for one in records]
    touched = [(one, found) for one, found in told if found is not Hit.NO]
    standing = [one for one, _ in touched if not one.withdrawn]
    hits = {one.id: found for one, found in touched}
    fixes = tuple(_fixes(pin.name, pin.version or "", records)) if touched else ()
    for group in merged(standing):
        found = worst(hits[one.id] for one in group)
        bearing = Bearing.AFFECTED if found is Hit.YES else Bearing.UNDECIDED
        yield _exposure(pin, group, bearing, fixes)
    for group in merged(one for one, _ in touched if one.withdrawn):
        yield _exposure(pin, group, Bearing.WITHDRAWN, fixes)


def _hit(advisory: Advisory, pin: Pin) -> Hit:
    """Say whether an entry is affected: by its version, that without its local part, its commit."""
    by_version = Hit.NO if pin.version is None else build_hit(advisory, pin.name, pin.version)
    if pin.source != "git" or by_version is Hit.YES:
        return by_version
    commit = _COMMIT.search(pin.reference)
    has_commits = any(
        one.kind == "GIT" for entry in concerning(advisory, pin.name) for one in entry.ranges
    )
    if pin.version is not None and not has_commits:
        return by_version
    return Hit.UNDECIDED if commit is None else commit_hit(advisory, pin.name, commit[1])


def _exposure(
    pin: Pin, group: Sequence[Advisory], bearing: Bearing, fixes: tuple[str, ...]
) -> Exposure:
    first, aliases = names(group)
    level = max((one.level for one in group), key=lambda level: level.rank)
    attack = any(name.startswith(ATTACK) for name in (first, *aliases))
    undecided = bearing is Bearing.UNDECIDED
    return Exposure(
        bearing=bearing,
        package=pin.name,
        version=pin.version or "",
        id=first,
        aliases=aliases,
        level=Level.CRITICAL if attack else level,
        score=max((one.score for one in group if one.score is not None), default=None),
        summary=next((one.summary for one in group if one.summary), ""),
        fixed_in=() if undecided else fixes,
        matched=_matched(group, pin),
        why=_why(pin) if undecided else "",
        line=pin.line,
        hashes=pin.hashes,
    )


def _matched(group: Sequence[Advisory], pin: Pin) -> str:
    """Return the public version of a local one if it is affected."""
    public = order.public(pin.version or "")
    affected = public and any(hit(one, pin.name, public) is Hit.YES for one in group)
    return public if affected else ""


def _why(pin: Pin) -> str:
    if pin.source == "git":
        return "what lies between its commit and those of the record cannot be told"
    if order.pypi(pin.version or "") is None:
        return "its version cannot be compared"
    return "the record names versions that cannot be compared, or none"


def _fixes(package: str, version: str, records: Sequence[Advisory]) -> list[str]:
    """List the versions that fix something, are newer, and that no record speaks against."""
    at = order.pypi(version)
    if at is None:
        return []
    standing = [one for one in records if not one.withdrawn]
    fixed = {
        found: text
        for one in standing
        for entry in concerning(one, package)
        for part in entry.ranges
        if part.kind != "GIT"
        for kind, text in part.events
        if kind == "fixed" and (found := order.pypi(text)) is not None and found > at
    }
    return [
        fixed[found]
        for found in sorted(fixed)
        if all(hit(one, package, fixed[found]) is not Hit.YES for one in standing)
    ]
