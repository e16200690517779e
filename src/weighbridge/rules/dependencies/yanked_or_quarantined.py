"""The index took back a file or a version that a lock pins, or holds its project in quarantine.

## What it checks

Every entry of every lock that comes from an index, against what that index said of projects and
files when it was last asked here: the pages of its JSON API, kept by
`weighbridge advisories update --from DIR`. A version whose files were all yanked, one yanked file
among those the lock admits, a project in quarantine: errors. A project that is archived or
deprecated: a warning. Entries the pages say nothing of are inconclusive. Where no pages were ever
kept, the rule is skipped.

## Why it matters

A yanked version is one its makers wish nobody had: it is broken, or worse. An installer with a lock
takes it all the same. A project in quarantine is suspected of being malicious.

## How to fix

Lock another version; the reason that was given often names it. Look for a successor of an archived
project.

## Example

`numpy==2.2.7`, all of whose files were yanked, fails.

## References

- PEP 592, yanked files: https://peps.python.org/pep-0592/
- PEP 691, the JSON API of indexes: https://peps.python.org/pep-0691/
- PEP 792, statuses of projects: https://peps.python.org/pep-0792/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import NO_INDEX, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.index_status import IndexedProject, IndexedVersion, IndexStatus
from weighbridge.model.location import Location
from weighbridge.model.lock import LockedFile, Pin
from weighbridge.model.wording import plural, some_of
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts, ObservedLock

_OTHER = "lock another version"
_NAMED = 3


def needs(facts: Facts) -> str:
    """Say that nobody kept what the index says, where a lock has an entry it would be about."""
    if facts.index != NO_INDEX or not any(map(_asks, facts.locks.values())):
        return ""
    return f"{NO_INDEX.reason}: `weighbridge advisories update --from DIR`"


def _asks(seen: ObservedLock | Unavailable) -> bool:
    """Whether a lock can be read and has an entry from an index."""
    if isinstance(seen, Unavailable) or isinstance(seen.lock, Unavailable):
        return False
    return any(map(_is_of_index, seen.lock.pins))


def _is_of_index(pin: Pin) -> bool:
    return pin.source == "index" and pin.ecosystem == "pypi" and pin.version is not None


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Hold the entries of a lock against what the index said."""
    path = declared.file.lock
    lock = observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)
    asked = [pin for pin in lock.pins if _is_of_index(pin)]
    if not asked:
        return
    index = observed(facts.index)
    unknown = []
    for pin in asked:
        project = index.projects.get(pin.name)
        release = index.find(pin.name, pin.version or "")
        if project is not None:
            yield from _status(project, pin, path)
        if release is None:
            unknown.append(pin.name)
        else:
            yield from _yanked(release, pin, path)
    if unknown:
        yield Judgement(
            message=f"the index was not asked about {plural(len(unknown), 'entry', 'entries')} "
            f"of {path}: {some_of(unknown, _NAMED)}",
            location=Location(path),
            seen=f"pages of {index.captured}",
            remediation=("keep their pages too: `weighbridge advisories update --from DIR`",),
            verdict=Verdict.INCONCLUSIVE,
        )


def _status(project: IndexedProject, pin: Pin, path: str) -> Iterator[Judgement]:
    if project.status == "active":
        return
    quarantined = project.status == "quarantined"
    verb = "is in quarantine" if quarantined else f"is {project.status}"
    yield Judgement(
        message=f"the project {project.name} {verb} on its index",
        subject=pin.name,
        location=Location(path, pin.line),
        seen=f"{project.status}: {project.reason}" if project.reason else project.status,
        wanted="active",
        remediation=("look for its successor, or for another package",),
        severity=None if quarantined else Severity.WARNING,
    )


def _yanked(release: IndexedVersion, pin: Pin, path: str) -> Iterator[Judgement]:
    admitted = [file.name for file in pin.files]
    hit = [name for name in admitted if name in release.yanked]
    if not hit and not (release.is_yanked and not admitted):
        return
    whole = release.is_yanked or len(hit) == len(admitted)
    reasons = sorted({reason for reason in release.yanked.values() if reason})
    yield Judgement(
        message=f"{pin.name} {pin.version} was yanked"
        if whole
        else f"{some_of(hit, _NAMED)} of {pin.name} {pin.version} was yanked, its other files not",
        subject=pin.name,
        location=Location(path, pin.line),
        seen=f"yanked: {'; '.join(reasons)}" if reasons else "yanked, no reason given",
        wanted="files the index still offers",
        remediation=(_OTHER if whole else f"{_OTHER}, or lock without those files",),
    )


def examples() -> list[Example]:
    """Show versions the index offers, took back, holds in quarantine, and was not asked about."""
    wheel = "numpy-2.2.7-cp311-cp311-manylinux_2_28_x86_64.whl"
    good = IndexedVersion(files=2)
    gone = IndexedVersion(files=1, yanked={wheel: "broken on arm64"})
    pin = Pin(name="numpy", version="2.2.7", hashed=True, files=(LockedFile(name=wheel),))
    cases = [
        ("a version the index offers", "active", {"2.2.7": good}, Verdict.PASS, ""),
        ("a version that was yanked", "active", {"2.2.7": gone}, Verdict.FAIL, "broken on arm64"),
        ("a project in quarantine", "quarantined", {"2.2.7": good}, Verdict.FAIL, "quarantine"),
        ("a project that is archived", "archived", {"2.2.7": good}, Verdict.FAIL, "archived"),
        ("a version nobody asked about", "active", {}, Verdict.INCONCLUSIVE, "not asked"),
    ]
    found = []
    for title, status, versions, verdict, seen in cases:
        project = IndexedProject(name="numpy", status=status, versions=versions)
        index = IndexStatus(
            captured="2026-11-28", digest=sample.DIGEST, projects={"numpy": project}
        )
        facts = replace(sample.release(), locks=sample.lock(pin), index=index)
        found.append(Example(title=title, facts=facts, verdict=verdict, seen=seen))
    return found


RULE = Rule(
    code="DEP008",
    name="yanked-or-quarantined",
    severity=Severity.ERROR,
    each=items.locks,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    needs=needs,
)
