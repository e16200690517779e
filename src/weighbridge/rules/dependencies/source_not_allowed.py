"""A package comes from a place that it may not come from.

## What it checks

Where `spec.dependencies.sources` names places, that each entry of a lock comes from one of them,
and from the right one: a source with `allow` gives only what fits a pattern there, and what fits
the pattern of one source must not come from another (dependency confusion). `*` stands for any
text; names are compared in the form of PEP 503. A source of the kinds `url` and `directory` stands
for all that lies below it.

Whatever is declared: addresses that are not encrypted, addresses that carry a credential, indexes
that are asked beside others so that any of them may answer for any name, and wheels tagged
`linux_x86_64` and the like from the public index, which takes none but for 32-bit ARM.

## Why it matters

Whoever publishes your internal package's name on a public index, with a higher version, is
installed instead of it. That has worked against the largest companies there are.

## How to fix

Name the sources with their patterns, and resolve against one index for each package:
`tool.uv.index` with `explicit = true`, or one index that proxies the others. Take credentials out
of the lock and give them to the installer by its environment or a netrc file; those that stood
there are no secret any more: change them. Locks made by `uv pip compile --emit-index-annotation`
say where each entry was found.

## Example

The source `internal` allows `acme-*`; `acme-features` is locked from the public index: fails.

## References

- Dependency confusion, Birsan 2021: https://medium.com/@alex.birsan/dependency-confusion-4a5d60fec610
- uv, package indexes: https://docs.astral.sh/uv/concepts/indexes/
- PEP 708, extending the repository API to mitigate dependency confusion attacks
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample
from weighbridge.rules.dependencies.source_dangers import dangers
from weighbridge.rules.interface import Example, Judgement, Rule
from weighbridge.rules.package_sources import PackagePlace, allows, is_from, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock
    from weighbridge.model.release.dependencies import PackageSource

_ONE_BY_ONE = 5


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Say which entries of a lock come from the wrong place."""
    path = declared.file.lock
    lock = observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)
    sources = facts.release.spec.dependencies.sources if facts.release else None
    yield from dangers(path, lock, has_sources=bool(sources))
    if sources:
        yield from _misplaced(path, lock, sources)


def _misplaced(path: str, lock: Lock, sources: list[PackageSource]) -> Iterator[Judgement]:
    """Yield the entries that are not where the manifest has them; the first few one by one."""
    untold = [
        pin for pin in lock.pins if pin.source != "include" and not place_of(pin, lock).address
    ]
    found = [
        one
        for pin in lock.pins
        if (one := _judged(pin, place_of(pin, lock), sources, path)) is not None
    ]
    yield from found[:_ONE_BY_ONE]
    rest = [one.subject or "" for one in found[_ONE_BY_ONE:]]
    if rest:
        names = wording.some_of(rest, _ONE_BY_ONE)
        yield replace(
            found[_ONE_BY_ONE],
            message=f"{len(rest)} more packages come from where they may not: {names}",
            subject=path,
            seen=names,
            cause="",
        )
    if untold:
        names = wording.some_of([pin.name for pin in untold], _ONE_BY_ONE)
        yield Judgement(
            message=f"{path} does not say where {names} come from",
            verdict=Verdict.INCONCLUSIVE,
            remediation=("resolve with `uv pip compile --emit-index-annotation`, or lock with uv",),
        )


def _judged(
    pin: Pin, place: PackagePlace, sources: list[PackageSource], path: str
) -> Judgement | None:
    """Judge one entry whose place is known."""
    if not place.address or pin.source == "include":
        return None
    here = [source for source in sources if is_from(place, source)]
    claimed = [source for source in sources if source not in here and allows(source, pin.name)]
    if any(allows(source, pin.name) for source in here):
        return None
    if here and not claimed and any(source.allow is None for source in here):
        return None
    found = Judgement(
        message=f"{pin.name} comes from {place.address}, which no source names",
        subject=pin.name,
        location=Location(path, pin.line),
        seen=place.address,
        wanted="one of " + ", ".join(source.name for source in sources),
        remediation=(
            "resolve against the source it belongs to",
            "or name the place in spec.dependencies.sources, with what may come from it",
        ),
    )
    if claimed:
        owner = claimed[0]
        return replace(
            found,
            message=f"{pin.name} belongs to the source {owner.name} and comes from {place.address}",
            wanted=f"{owner.name}: {owner.ref}",
            cause="dependency confusion: another place answered for its name",
        )
    if here:
        listed = ", ".join(here[0].allow or ())
        return replace(
            found,
            message=f"{pin.name} comes from {here[0].name}, which may not give it",
            wanted=f"what {here[0].name} allows: {listed}",
        )
    return found


def examples() -> list[Example]:
    """Show a package from its source, one that another place answered for, and a bad index."""
    internal = {
        "name": "internal",
        "kind": "index",
        "ref": "https://packages.example.com/simple",
        "allow": ["acme-*"],
    }
    public = {"name": "public", "kind": "index", "ref": "https://pypi.org/simple"}
    release = sample.release({"/spec/dependencies/sources": [internal, public]})
    own = Pin(name="acme-features", version="1.0", index="https://packages.example.com/simple/")
    return [
        Example(
            title="a package from its own source",
            facts=replace(release, locks=sample.lock(own)),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a package another index answered for",
            facts=replace(
                release, locks=sample.lock(replace(own, index="https://pypi.org/simple"))
            ),
            verdict=Verdict.FAIL,
            seen="dependency confusion",
        ),
        Example(
            title="an index that is not encrypted",
            facts=replace(
                sample.release(), locks=sample.lock(indexes=("http://packages.example.com/simple",))
            ),
            verdict=Verdict.FAIL,
            seen="http://packages.example.com",
        ),
        Example(
            title="a lock that does not say where",
            facts=replace(release, locks=sample.lock(replace(own, index=""))),
            verdict=Verdict.INCONCLUSIVE,
            seen="does not say where",
        ),
        sample.unread_lock(release),
    ]


RULE = Rule(
    code="DEP009",
    name="source-not-allowed",
    severity=Severity.ERROR,
    each=items.locks,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
