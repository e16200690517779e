"""The entries of a lock contradict each other: nobody can install all of it.

## What it checks

For every declared target (without any: the usual platforms with the declared Python), by the
markers of the lock and never by the running host:

- no package is to be installed there in two versions;
- everything an entry depends on, as far as the lock records it, is in the lock;
- where the same version of a package is installed here, what its metadata requires
  (`Requires-Dist`) admits what the lock has. A requirement that holds on some platforms only is
  judged for declared targets alone; of a sealed release nothing is installed, and this is not
  asked.

Dependencies of pip's packages in locks of conda are not followed: their names differ there.

## Why it matters

A lock that was merged or edited by hand looks whole. The installer finds out on the machine, in the
middle of a deployment, or installs what the packages' authors have ruled out.

## How to fix

Change what the lock was made from so that the whole chain that is named can agree, and resolve
again: `uv lock`, `uv pip compile --generate-hashes`.

## Example

mlflow 2.9 needs protobuf<5, the lock has protobuf 5.1: fails, with the way mlflow came in.

## References

- PEP 508, markers; core metadata, `Requires-Dist`: https://packaging.python.org/specifications/
- PEP 751, `packages.dependencies`: https://peps.python.org/pep-0751/
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from weighbridge.model import wording
from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Edge, Pin
from weighbridge.rules import items, sample, versions
from weighbridge.rules.interface import Example, Judgement, Rule
from weighbridge.rules.lock_paths import Ways, roots_of
from weighbridge.rules.marker_environments import (
    MarkerEnvironment,
    MarkerEnvironments,
    environments,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Distribution, Facts
    from weighbridge.model.lock import Lock

_AGAIN = "resolve again: `uv lock`, or `uv pip compile --generate-hashes`"
_NAMED = 5


class _Named:
    """The entries of a lock as others ask for them; no question takes longer for many entries."""

    def __init__(self, lock: Lock) -> None:
        self.pins: dict[str, list[Pin]] = defaultdict(list)
        self._exact: dict[tuple[str, str | None], Pin] = {}
        self._platforms: set[tuple[str, str]] = set()
        self._versions: dict[str, set[Version | str]] = {}
        for pin in lock.pins:
            self.pins[pin.name].append(pin)
            self._exact.setdefault((pin.name, pin.version), pin)
            self._platforms.add((pin.name, pin.platform))

    def of(self, name: str) -> list[Pin]:
        """List the entries of a name."""
        return self.pins.get(name, [])

    def meant(self, edge: Edge) -> Pin | None:
        """Return the entry an edge means; None if there is none, or nobody can tell which."""
        pins = self.of(edge.name)
        if len(pins) > 1:
            return self._exact.get((edge.name, edge.version)) if edge.version else None
        return pins[0] if pins else None

    def has(self, edge: Edge, platform: str) -> bool:
        """Tell whether there is what an edge asks for."""
        name, version = edge.name, edge.version
        if (name, platform) not in self._platforms:
            return False
        if not version or (name, version) in self._exact:
            return True
        if name not in self._versions:
            self._versions[name] = {_read(pin.version or "") for pin in self.pins[name]}
        return _read(version) in self._versions[name]


def _read(version: str) -> Version | str:
    """Read a version, so that `1.0` and `1.0.0` are one; what is none stands for itself."""
    try:
        return Version(version)
    except InvalidVersion:
        return version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A lock, where it lies, and what it is judged for."""

    path: str
    lock: Lock
    meant: MarkerEnvironments
    named: _Named
    ways: Ways
    _held: dict[str, list[bool]] = field(default_factory=dict)

    def holds(self, marker: str) -> list[bool]:
        """Tell where a marker can hold; each is asked of all places at once, and once."""
        if marker not in self._held:
            self._held[marker] = [place.can_hold(marker) for place in self.meant.each]
        return self._held[marker]


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Say which entries of a lock contradict each other."""
    path = declared.file.lock
    lock = observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)
    case = _Case(
        path=path, lock=lock, meant=environments(facts), named=_Named(lock), ways=Ways(lock)
    )
    yield from _twice(case)
    yield from _not_there(case)
    if not isinstance(facts.python, Unavailable):
        for name, installed in facts.python.distributions.items():
            yield from _ruled_out(name, installed, case)


def _twice(case: _Case) -> Iterator[Judgement]:
    """Yield the packages that are to be installed in two versions at one place."""
    said: set[str] = set()
    for at, meant in enumerate(case.meant.each):
        found = _followed(case, at) if case.lock.format == "uv" else _held(case, at)
        for (name, platform), pins in found.items():
            written = sorted({pin.version or "" for pin in pins})
            if len(written) < 2 or name in said or _all_same(written):  # noqa: PLR2004
                continue
            said.add(name)
            where = platform or meant.name
            both = " and ".join(written[:_NAMED])
            yield Judgement(
                message=f"{name} is to be installed in {len(written)} versions on {where}: {both}",
                subject=name,
                location=Location(case.path, pins[-1].line),
                seen=both,
                wanted=f"one version of {name} wherever its markers hold",
                cause="the lock was merged or edited by hand",
                remediation=(_AGAIN,),
            )


def _all_same(written: list[str]) -> bool:
    return all(versions.same(written[0], other) for other in written[1:])


def _held(case: _Case, at: int) -> dict[tuple[str, str], list[Pin]]:
    """Collect the entries of names with several, by their own markers."""
    found: dict[tuple[str, str], list[Pin]] = defaultdict(list)
    for name, pins in case.named.pins.items():
        for pin in pins if len(pins) > 1 else ():
            if pin.version and not pin.groups and case.holds(pin.marker)[at]:
                found[name, pin.platform].append(pin)
    return found


def _followed(case: _Case, at: int) -> dict[tuple[str, str], list[Pin]]:
    """Collect the entries uv installs: it tells by the markers on the way, not by the entry's.

    A root of several versions tells nobody which one is meant, and groups may contradict.
    """
    found: dict[tuple[str, str], list[Pin]] = defaultdict(list)
    roots = (case.named.of(name) for name in roots_of(case.lock))
    pending = [pins[0] for pins in roots if len(pins) == 1 and not pins[0].groups]
    done: set[tuple[str, str | None]] = set()
    while pending:
        pin = pending.pop()
        if (pin.name, pin.version) in done:
            continue
        done.add((pin.name, pin.version))
        found[pin.name, ""].append(pin)
        for edge in pin.edges:
            other = case.named.meant(edge) if case.holds(edge.marker)[at] else None
            if other is not None and not other.groups:
                pending.append(other)
    return found


def _not_there(case: _Case) -> Iterator[Judgement]:
    """Yield what an entry depends on and the lock does not have."""
    missing: dict[str, list[Pin]] = defaultdict(list)
    for pin in case.lock.pins:
        if case.lock.format == "conda" and pin.ecosystem != "conda":
            continue
        for edge in pin.edges:
            if case.named.has(edge, pin.platform):
                continue
            if any(case.holds(edge.marker)):
                missing[f"{edge.name} {edge.version}".strip()].append(pin)
    for name, pins in missing.items():
        askers = wording.some_of(list(dict.fromkeys(pin.name for pin in pins)), _NAMED)
        yield Judgement(
            message=f"{name} is needed by {askers} but not in {case.path}",
            subject=name,
            location=Location(case.path, pins[0].line),
            seen=f"no {name}",
            wanted=f"an entry for {name}",
            cause=case.ways.told(pins[0].name),
            remediation=(_AGAIN,),
        )


def _ruled_out(name: str, installed: Distribution, case: _Case) -> Iterator[Judgement]:
    """Yield what the metadata of an entry does not admit; entries of one version are one."""
    pins = [
        pin
        for pin in case.named.of(name)
        if pin.version and versions.same(installed.version, pin.version)
    ]
    if not pins:
        return
    places = [one for one in case.meant.each if any(one.can_hold(pin.marker) for pin in pins)]
    extras = tuple(dict.fromkeys(extra for pin in pins for extra in pin.extras))
    pin = replace(pins[0], extras=extras)
    for text in installed.requires:
        try:
            needed = Requirement(text)
        except (InvalidRequirement, RecursionError):
            continue
        others = case.named.of(canonicalize_name(needed.name))
        if others and str(needed.specifier):
            yield from _held_against(pin, needed, others, places, case)


def _held_against(
    pin: Pin, needed: Requirement, others: list[Pin], places: list[MarkerEnvironment], case: _Case
) -> Iterator[Judgement]:
    """Yield the entries a requirement does not admit, one finding for all places."""
    marker = str(needed.marker or "")
    asked = ("", *pin.extras)
    where = [one for one in places if any(one.can_hold(marker, extra=name) for name in asked)]
    if not case.meant.declared and len(where) < len(places):
        return
    for place in where:
        there = [one for one in others if one.version and place.can_hold(one.marker)]
        admitted = [versions.admits(str(needed.specifier), one.version or "") for one in there]
        if not there or any(answer is not False for answer in admitted):
            continue
        wanted = f"{canonicalize_name(needed.name)}{needed.specifier}"
        has = f"{there[0].name} {there[0].version}"
        yield Judgement(
            message=f"{pin.name} {pin.version} needs {wanted}, {case.path} has {has}",
            subject=there[0].name,
            location=Location(case.path, there[0].line),
            seen=has,
            wanted=f"{wanted}, for {pin.name} {pin.version}",
            cause=case.ways.told(pin.name),
            remediation=(
                f"ask for another {pin.name}, or for {wanted}, in what the lock is made from",
                _AGAIN,
            ),
        )
        return


def examples() -> list[Example]:
    """Show a lock that agrees, two versions at once, and something missing."""
    release = sample.release()
    old = Pin(name="numpy", version="1.26.4", marker="python_version < '3.12'", line=3)
    new = replace(old, version="2.1.0", marker="python_version >= '3.12'", line=5)
    mlflow = Pin(name="mlflow", version="2.9.0", edges=(Edge(name="protobuf"),))
    return [
        Example(
            title="two versions for two Pythons",
            facts=replace(release, locks=sample.lock(old, new)),
            verdict=Verdict.PASS,
        ),
        Example(
            title="two versions for one",
            facts=replace(release, locks=sample.lock(old, replace(new, marker=""))),
            verdict=Verdict.FAIL,
            seen="1.26.4 and 2.1.0",
        ),
        Example(
            title="a dependency that is not locked",
            facts=replace(release, locks=sample.lock(mlflow)),
            verdict=Verdict.FAIL,
            seen="no protobuf",
        ),
        sample.unread_lock(release),
    ]


RULE = Rule(
    code="DEP004",
    name="unsatisfiable",
    severity=Severity.ERROR,
    each=items.locks,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
