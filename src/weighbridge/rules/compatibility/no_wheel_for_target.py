"""A package of the lock has no wheel for a target of the release.

## What it checks

Every package of the runtime lock, on every target of `spec.compatibility.targets`: whether its
markers ask for it there, whether the lock admits a wheel whose tags the target takes, and whether
its `requires-python` admits the target's Python. A target that states no Python has that of
`spec.environment.runtime`. An sdist does not count: it is another program on every machine that
builds it. What comes from git or a path was meant to be built, and is left alone.

## Why it matters

Resolvers lock sets that cannot be installed: they look at names and markers, and no marker speaks
of the C library or of the version of macOS. It shows where nobody looks, on the target.

## How to fix

The finding says what is nearest: an older or newer version of the C library, another Python, or a
target that has the wheel. Take another version of the package, or put a wheel built for the target
on an index of yours; or correct the target. `weighbridge matrix` shows all of it at once.

## Example

`torch 2.7.1` has wheels for glibc 2.28 and later; a target with `libcVersion: "2.17"` fails.

## References

- PEP 425, compatibility tags; PEP 600, manylinux; PEP 656, musllinux
- PEP 751, pylock.toml: https://peps.python.org/pep-0751/
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.coverage import Cell, Fit
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import LockedFile, Pin
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule
from weighbridge.rules.wheels.question import Question, wheel_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock
    from weighbridge.model.release.compatibility import Target

TARGETS = "/spec/compatibility/targets"
_FIELDS = ("os", "osVersion", "arch", "libc", "libcVersion", "python", "implementation")
_NAMED = 4
_SHOWN = 20
"""Up to so many packages have a finding each; what is unknown of more of them is one."""


def each(facts: Facts) -> Iterator[Item[items.DeclaredLock]]:
    """Yield the runtime lock, if there are targets it is judged for."""
    if any(True for _ in _targets(facts)):
        yield from (item for item in items.locks(facts) if item.value.purpose == "runtime")


def _targets(facts: Facts) -> Iterator[Target]:
    """List the targets of which enough is said for any wheel to fit; `TODO` is CFG009's."""
    for item in items.targets(facts):
        at = item.value.pointer
        if not any(items.is_todo(facts, f"{at}/{field}") for field in _FIELDS):
            yield item.value.target


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Say which packages of the lock are not to be had on which targets, and why."""
    path = declared.file.lock
    lock = observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)
    question = Question(targets=tuple(_targets(facts)), path=path, facts=facts)
    cells = wheel_answers(question)
    lines = _lines(lock)
    for fit, verdict in ((Fit.NO, Verdict.FAIL), (Fit.UNKNOWN, Verdict.INCONCLUSIVE)):
        found = [cell for cell in cells if cell.fit is fit]
        packages = [(key, list(group)) for key, group in groupby(found, _package)]
        if fit is Fit.UNKNOWN and len(packages) > _SHOWN:
            yield _together(path, found, len(packages))
            continue
        for (name, version), group in packages:
            line = lines.get((name, version), 1)
            yield replace(_judgement(group), verdict=verdict, location=Location(path, line))


def _lines(lock: Lock) -> dict[tuple[str, str], int]:
    return {(pin.name, pin.version or ""): pin.line for pin in lock.pins}


def _judgement(cells: list[Cell]) -> Judgement:
    """Tell all cells of one package, the first of them in full."""
    first = cells[0]
    name = f"{first.package} {first.version}".rstrip()
    targets = wording.some_of([cell.target for cell in cells], _NAMED)
    kind = "target" if len(cells) == 1 else "targets"
    has_no = "is not to be had on" if first.fit is Fit.NO else "may not be to be had on"
    whys = dict.fromkeys(cell.why for cell in cells)
    nearest = [one for one in dict.fromkeys(cell.nearest for cell in cells) if one]
    return Judgement(
        message=f"{name} {has_no} {kind} {targets}: {first.why}",
        subject=first.package,
        seen=wording.some_of(list(whys), _NAMED),
        wanted="a wheel that each target takes",
        cause=f"nearest: {nearest[0]}" if nearest else "",
        remediation=(
            "take a version of it that has wheels for these targets, or correct the targets",
            "run `weighbridge matrix` to see all packages on all targets",
        ),
    )


def _together(path: str, cells: list[Cell], count: int) -> Judgement:
    names = wording.some_of(list(dict.fromkeys(cell.package for cell in cells)), _NAMED)
    return Judgement(
        message=f"whether {wording.plural(count, 'package')} of {path} are to be had on the "
        f"targets is not known: {names}",
        subject=path,
        location=Location(path),
        seen=cells[0].why,
        wanted="a lock that names its files, and targets that state what wheels depend on",
        remediation=(f"get {cells[0].nearest}",) if cells[0].nearest else (),
        verdict=Verdict.INCONCLUSIVE,
    )


_package = attrgetter("package", "version")


def examples() -> list[Example]:
    """Show a lock that covers its target, some that do not, and some of which nobody knows."""
    old = _pin("numpy-2.1.0-cp311-cp311-manylinux_2_17_x86_64.whl")
    new = _pin("numpy-2.1.0-cp311-cp311-manylinux_2_28_x86_64.whl")
    windows = _pin("numpy-2.1.0-cp311-cp311-win_amd64.whl")
    cases = [
        ("a wheel for the target", old, Verdict.PASS, ""),
        ("a wheel for a newer glibc", new, Verdict.FAIL, "its wheels need glibc 2.28 or newer"),
        ("a wheel for another system", windows, Verdict.FAIL, "its wheels are for Windows"),
        ("an sdist alone", _pin("numpy-2.1.0.tar.gz"), Verdict.FAIL, "only an sdist"),
        (
            "an entry without files",
            Pin(name="numpy", version="2.1.0"),
            Verdict.INCONCLUSIVE,
            "does not name its files",
        ),
    ]
    target = {
        "name": "edge",
        "os": "linux",
        "arch": "x86_64",
        "libc": "glibc",
        "libcVersion": "2.17",
        "python": "3.11",
    }
    release = sample.release({TARGETS: [target]})
    shown = [
        Example(
            title=title,
            facts=replace(release, locks=sample.lock(pin)),
            verdict=verdict,
            seen=seen,
        )
        for title, pin, verdict, seen in cases
    ]
    return [*shown, sample.unread_lock(release)]


def _pin(file: str) -> Pin:
    hashes = (sample.DIGEST,)
    return Pin(
        name="numpy",
        version="2.1.0",
        hashes=hashes,
        hashed=True,
        files=(LockedFile(name=file, hashes=hashes),),
    )


RULE = Rule(
    code="CMP001",
    name="no-wheel-for-target",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
