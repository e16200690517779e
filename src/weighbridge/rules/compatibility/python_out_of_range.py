"""The runtime's Python, or that of a target, is one that a pinned package does not go with.

## What it checks

`spec.environment.runtime.version` against the `requires-python` of the runtime lock, and of each
package in it: as the lock records it, or as the installed distribution of the same version does.
Packages whose marker leaves them out on that Python are not asked about. A lock's own
`requires-python`, or the `--python-version` in the header uv and pip-compile write, vouches for
packages nothing else is known of. What is not known anywhere is inconclusive.

Frameworks (torch, tensorflow, numpy …) are also held against the Pythons their makers publish files
for, by the compatibility data: on the runtime, and on the Python of each of
`spec.compatibility.targets`.

## Why it matters

An installer refuses such a package, or quietly takes an older one. Either shows on the day of the
deployment, in the image build, and not on the machine where the model was trained.

## How to fix

Raise or lower the runtime's version, or resolve the lock for it:
`uv pip compile --python-version 3.11`. A `pylock.toml` records the requirement of every package,
so that nothing needs to be installed for this check.

## Example

`runtime: {implementation: cpython, version: "3.9.18"}` with `numpy==2.1.0`, which needs Python
3.10 or newer, fails.

## References

- PEP 345, `Requires-Python`; PEP 440, version specifiers
- `weighbridge advisories status compatibility`: the rows, each with its source
- PEP 751, `requires-python`: https://peps.python.org/pep-0751/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.authoring.todo import TODO
from weighbridge.model.coverage import Fit
from weighbridge.model.fact import Distribution, PythonEnvironment, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample, versions
from weighbridge.rules.compatibility import frameworks, stack, told
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock
    from weighbridge.model.release.compatibility import Target

RUNTIME = "/spec/environment/runtime/version"
_NAMED = 3


def each(facts: Facts) -> Iterator[Item[tuple[str, str] | Target]]:
    """Yield the runtime lock and the runtime's version, unless that is left `TODO` (CFG009).

    And each target that states a Python of its own.
    """
    version = facts.release.spec.environment.runtime.version if facts.release else TODO
    for item in items.locks(facts):
        if item.value.purpose == "runtime" and version != TODO:
            where = items.place(facts, RUNTIME)
            yield Item(subject=item.subject, location=where, value=(version, item.subject))
        if item.value.purpose == "runtime":
            for one in stack.each_target(facts):
                if one.value.python:
                    yield Item(subject=one.subject, location=one.location, value=one.value)


def judge(asked: tuple[str, str] | Target, facts: Facts) -> Iterator[Judgement]:
    """Hold the runtime's version against what lock and packages admit."""
    if not isinstance(asked, tuple):
        observed(stack.runtime_lock(facts))
        python = stack.python_of(facts, asked)
        pins = stack.pins_on(facts, asked) if python else []
        cells = list(frameworks.cells(facts, asked.name, python, pins))
        yield from told.judgements(cells, "state another Python of the target, or lock for it")
        return
    yield from _of_runtime(*asked, facts)


def _of_runtime(python: str, path: str, facts: Facts) -> Iterator[Judgement]:
    lock = observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)
    yield from _held_against(python, path, lock.requires_python)
    unknown = []
    for pin in lock.pins:
        if pin.source == "include" or not versions.may_hold(pin.marker, python):
            continue
        requirement = versions.requirement_on_python(pin, facts)
        if requirement is None:
            # A resolver that noted which Pythons it resolved for took no package they lack.
            unknown.extend([] if lock.requires_python else [pin.name])
        else:
            for found in _held_against(python, pin.name, requirement):
                cause = f"{path}:{pin.line} pins {pin.name} {pin.version or ''}".rstrip()
                yield replace(found, cause=cause)
    yield from _frameworks(python, lock, facts)
    if unknown:
        count = wording.plural(len(unknown), "package")
        yield Judgement(
            message=f"which Pythons {count} of {path} admit is not known: "
            f"{wording.some_of(unknown, _NAMED)}",
            subject=path,
            location=Location(path),
            seen="no `requires-python` in the lock, and not installed in that version",
            remediation=(
                "write the lock with `uv pip compile --python-version`, whose header records it",
                "or run where the packages are installed",
            ),
            verdict=Verdict.INCONCLUSIVE,
        )


def _frameworks(python: str, lock: Lock, facts: Facts) -> Iterator[Judgement]:
    """Hold frameworks against the tables, where their own requirement does not say it already."""
    pins = [
        pin
        for pin in lock.pins
        if versions.may_hold(pin.marker, python)
        and versions.admits(versions.requirement_on_python(pin, facts) or "", python)
    ]
    cells = frameworks.cells(facts, "the runtime", python, pins)
    # What is not known is said once, of all packages together.
    against = [cell for cell in cells if cell.fit is Fit.NO]
    yield from told.judgements(against, "change `spec.environment.runtime.version`")


def _held_against(python: str, subject: str, requirement: str) -> Iterator[Judgement]:
    admitted = versions.admits(requirement, python)
    if not admitted:
        unreadable = admitted is None
        verb = "may not admit" if unreadable else "does not admit"
        yield Judgement(
            message=f"{subject} {verb} Python {python}",
            subject=subject,
            seen=f"Python {python}",
            wanted=f"Python {requirement}",
            remediation=(
                "change `spec.environment.runtime.version`",
                f"or resolve the lock for it: `uv pip compile --python-version {python}`",
            ),
            verdict=Verdict.INCONCLUSIVE if unreadable else Verdict.FAIL,
        )


def examples() -> list[Example]:
    """Show packages that admit the runtime, that do not, and that are not known to."""
    release = sample.release()
    numpy = Distribution(name="numpy", version="2.5.0", requires_python=">=3.12")
    here = PythonEnvironment(
        where=".venv",
        implementation="cpython",
        version="3.12.1",
        distributions={"numpy": numpy},
    )
    recorded = Pin(name="numpy", version="2.1.0", requires_python=">=3.10", hashed=True)
    return [
        Example(
            title="a lock that records what it admits",
            facts=replace(release, locks=sample.lock(recorded, requires_python=">=3.10")),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a lock for newer Pythons",
            facts=replace(release, locks=sample.lock(requires_python=">=3.12")),
            verdict=Verdict.FAIL,
            seen="does not admit Python 3.11.7",
        ),
        Example(
            title="an installed package for newer Pythons",
            facts=replace(
                release,
                locks=sample.lock(Pin(name="numpy", version="2.5.0", hashed=True)),
                python=here,
            ),
            verdict=Verdict.FAIL,
            seen=">=3.12",
        ),
        Example(
            title="a framework that is not built for that Python",
            facts=replace(
                release,
                locks=sample.lock(Pin(name="torch", version="2.14.1", requires_python=">=3.10")),
                release=sample.release({RUNTIME: "3.16.0"}).release,
                now=sample.NOW,
            ),
            verdict=Verdict.FAIL,
            seen="torch 2.14.1 is not built for Python 3.16.0",
        ),
        Example(
            title="a package that nothing is known of",
            facts=replace(
                release, locks=sample.lock(Pin(name="numpy", version="2.5.0", hashed=True))
            ),
            verdict=Verdict.INCONCLUSIVE,
            seen="1 package of requirements.lock",
        ),
    ]


RULE = Rule(
    code="CMP002",
    name="python-out-of-range",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
