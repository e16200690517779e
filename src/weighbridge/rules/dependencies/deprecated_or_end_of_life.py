"""Something the release runs on is no longer supported, or will not be for as long as it serves.

## What it checks

The runtime's Python, the release of the operating system (`spec.environment.os`), packages of the
runtime lock whose makers publish a calendar (numpy, Django), and what each target states: Python,
Kubernetes, containerd, the branch of the NVIDIA driver. The day that counts is
`metadata.supportedUntil`, the last on which the release is meant to serve; without it, today. The
last day of support counts as supported. Where somebody goes on supporting it beyond its makers, a
note says until when. A Python, system or orchestrator the lifecycle data does not know is
inconclusive, and so is a day of its that is older than the data is good for; a package that is
newer than the newest series that is known is left alone.

## Why it matters

What has ended gets no repairs: the next flaw in it stays. A release outlives the day it was made,
and the calendar is known beforehand.

## How to fix

Move to a series that is supported long enough, or shorten what the release promises.

## Example

Python 3.11 ends 2027-10-31: with `supportedUntil: 2028-03-01` that is a warning today.

## References

- Python, status of versions: https://devguide.python.org/versions/
- Debian, releases: https://wiki.debian.org/DebianReleases
- endoflife.date: https://endoflife.date/
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.coverage import Fit
from weighbridge.model.fact import Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample
from weighbridge.rules.compatibility import stack, support
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_RUNTIME: Final = "/spec/environment/runtime/version"
_OS: Final = "/spec/environment/os/release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Something that is supported only for so long.

    Attributes:
        asked: What it is.
        by: Who states it, in words.
    """

    asked: support.Asked
    by: str


def each(facts: Facts) -> Iterator[Item[Served | Unavailable]]:
    """Yield what the release runs on: Python, the system, packages, and what targets state."""
    if facts.release is None:
        return
    environment = facts.release.spec.environment
    if environment.runtime.version != TODO:
        asked = support.python_runtime(environment.runtime.version)
        yield _item(facts, _RUNTIME, asked, "the runtime")
    system = environment.os
    if system and system.release and TODO not in {system.distribution, system.release}:
        asked = support.operating_system(system.distribution, system.release)
        yield _item(facts, _OS, asked, "the operating system")
    yield from _packages(facts)
    for index, target in stack.numbered_targets(facts):
        for field, asked in support.of_target(target):
            at = f"/spec/compatibility/targets/{index}/{field}"
            yield _item(facts, at, asked, f"target {target.name}")


def _packages(facts: Facts) -> Iterator[Item[Served | Unavailable]]:
    lock = stack.runtime_lock(facts)
    path = facts.release.spec.dependencies.runtime.lock if facts.release else ""
    if path == TODO:
        return
    if isinstance(lock, Unavailable):
        at = "/spec/dependencies/runtime/lock"
        yield Item(subject=path, location=items.place(facts, at), value=lock)
        return
    for pin in lock.pins:
        asked = support.package(pin, facts)
        if asked is not None:
            value = Served(asked=asked, by=f"{path}:{pin.line}")
            yield Item(subject=pin.name, location=Location(path, pin.line), value=value)


def _item(facts: Facts, at: str, asked: support.Asked, by: str) -> Item[Served | Unavailable]:
    value = Served(asked=asked, by=by)
    return Item(subject=items.dotted(at), location=items.place(facts, at), value=value)


def judge(served: Served | Unavailable, facts: Facts) -> Iterator[Judgement]:
    """Hold something's end against the day the release is meant to serve until."""
    if isinstance(served, Unavailable):
        yield Judgement(
            message=f"which packages are supported is not known: {served.reason}",
            verdict=Verdict.INCONCLUSIVE,
        )
        return
    found = support.ending(served.asked, facts)
    if found is None or found.fit is Fit.YES:
        return
    needed, words = support.until(facts)
    unknown = found.fit is Fit.UNKNOWN
    yield Judgement(
        message=found.why,
        seen=found.series,
        wanted=f"a series that is supported until {needed}" if needed else "",
        cause=f"{served.by} states it; {words}" if words else "",
        remediation=(
            f"move to a series of {served.asked.name} that is supported longer",
            "or set `metadata.supportedUntil` to the day the release is really needed until",
        ),
        verdict=Verdict.INCONCLUSIVE if unknown else Verdict.FAIL,
        severity=Severity.NOTE if found.fit is Fit.IF else None,
    )


def examples() -> list[Example]:
    """Show what is supported long enough, what ends before, and what nobody knows."""
    until = "/metadata/supportedUntil"
    numpy = Pin(name="numpy", version="1.26.4", hashed=True)
    cases: list[tuple[str, dict[str, sample.Change], Verdict, str]] = [
        ("a Python that outlives the release", {until: "2027-10-31"}, Verdict.PASS, ""),
        ("a Python that ends before", {until: "2028-03-01"}, Verdict.FAIL, "ends 2027-10-31"),
        (
            "a system in extended support",
            {"/spec/environment/os": {"distribution": "debian", "release": "12"}},
            Verdict.FAIL,
            "Debian LTS goes on until 2028-06-30",
        ),
        (
            "a system nobody knows",
            {"/spec/environment/os": {"distribution": "hannahmontana", "release": "1"}},
            Verdict.INCONCLUSIVE,
            "does not know",
        ),
    ]
    shown = [
        Example(
            title=title,
            facts=replace(sample.release(changes), locks=sample.lock(), now=sample.NOW),
            verdict=verdict,
            seen=seen,
        )
        for title, changes, verdict, seen in cases
    ]
    facts = replace(sample.release(), locks=sample.lock(numpy), now=sample.NOW)
    ended = "numpy 1.26 ended 2025-09-16"
    title = "a package that has ended"
    return [*shown, Example(title=title, facts=facts, verdict=Verdict.FAIL, seen=ended)]


RULE = Rule(
    code="DEP007",
    name="deprecated-or-end-of-life",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
