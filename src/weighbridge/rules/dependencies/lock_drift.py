"""A lock is not the one the manifest names, or no longer fulfils what it was made from.

## What it checks

The digest of each lock against `spec.dependencies.*.digest`. Beside an authored manifest also the
direct requirements the lock was made from, where they are found: each is pinned, in a version its
specifier admits. A requirement with an environment marker may be absent.

## Why it matters

Somebody changed `requirements.in` and forgot to resolve, or resolved and forgot the manifest. In
either case the papers describe an environment that nobody builds.

## How to fix

Resolve again (`uv lock`, `uv pip compile`), then bring the manifest up to date: `weighbridge check
--fix`, which does both where uv is installed, or `weighbridge capture --update`. A sealed release
is never changed: restore its lock.

## Example

`requirements.in` says `numpy>=2`, `requirements.lock` says `numpy==1.26.4`: fails.

## References

- PEP 508, dependency specification; PEP 440, version matching
- uv, locking and syncing: https://docs.astral.sh/uv/concepts/projects/sync/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from weighbridge.model.fact import InputRequirement, observed
from weighbridge.model.finding import Edit, Relock, Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample, versions
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts, ObservedLock


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Hold a lock against the manifest's digest and against its inputs."""
    file = observed(facts.locks.get(declared.file.lock, items.NOT_LOOKED_AT))
    if declared.file.digest not in (None, file.digest):
        yield _other_bytes(declared, file, facts)
    inputs = () if facts.sealed else observed(file.inputs)
    if inputs:
        pins = observed(file.lock).pins
        for wanted in inputs:
            yield from _unfulfilled(wanted, pins, file.path)


def _other_bytes(declared: items.DeclaredLock, file: ObservedLock, facts: Facts) -> Judgement:
    at = declared.pointer + "/digest"
    name = facts.document.file.rpartition("/")[2] if facts.document else ""
    update = ("run `weighbridge capture --update` if the change is wanted",)
    return Judgement(
        message=f"digest of {file.path} differs from the manifest",
        location=items.place(facts, at),
        seen=file.digest,
        wanted=declared.file.digest or "",
        cause="the lock was written again after the manifest",
        remediation=("restore the lock that was sealed",) if facts.sealed else update,
        edits=() if facts.sealed else (Edit(file=name, pointer=at, value=file.digest),),
    )


def _unfulfilled(wanted: InputRequirement, pins: tuple[Pin, ...], lock: str) -> Iterator[Judgement]:
    found = Judgement(
        message="",
        subject=wanted.requirement,
        location=Location(wanted.file, max(wanted.line, 1)),
        wanted=wanted.requirement,
        cause=f"{wanted.file} was changed after {lock} was resolved",
        remediation=("resolve again: `uv lock`, or `uv pip compile --generate-hashes`",),
        relock=Relock(lock=lock),
    )
    try:
        requirement = Requirement(wanted.requirement)
    except InvalidRequirement:
        message = f"{wanted.requirement} cannot be compared with {lock}"
        cause = "it is not a requirement in the form of PEP 508"
        yield replace(found, message=message, cause=cause, verdict=Verdict.INCONCLUSIVE)
        return
    name = canonicalize_name(requirement.name)
    named = [pin for pin in pins if pin.name == name]
    if not named:
        if requirement.marker is None:
            message = f"{name} is required by {wanted.file} but not in {lock}"
            yield replace(found, message=message, seen=f"no {name}")
        return
    # An entry without a version is DEP001's; an address says for itself which version it is.
    pinned = [pin.version for pin in named if pin.version is not None and not requirement.url]
    admitted = [versions.admits(str(requirement.specifier), version) for version in pinned]
    if pinned and not any(admitted):
        seen = ", ".join(f"{name}=={version}" for version in pinned)
        unknown = None in admitted
        verb = "may not fulfil" if unknown else "does not fulfil"
        yield replace(
            found,
            message=f"{seen} in {lock} {verb} {requirement} of {wanted.file}",
            seen=seen,
            cause="the version cannot be compared (PEP 440)" if unknown else found.cause,
            verdict=Verdict.INCONCLUSIVE if unknown else Verdict.FAIL,
        )


def examples() -> list[Example]:
    """Show a lock in step, one written again, one behind its inputs, and one not read."""
    release = sample.release()
    old = Pin(name="numpy", version="1.26.4", hashed=True)
    numpy = InputRequirement(file="requirements.in", line=3, requirement="numpy>=2")
    return [
        Example(
            title="a lock in step",
            facts=replace(release, locks=sample.lock(old)),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a lock that was written again",
            facts=replace(release, locks=sample.lock(old, digest=sample.OTHER_DIGEST)),
            verdict=Verdict.FAIL,
            seen=sample.OTHER_DIGEST,
        ),
        Example(
            title="an input that was raised since",
            facts=replace(release, locks=sample.lock(old, inputs=[numpy])),
            verdict=Verdict.FAIL,
            seen="does not fulfil numpy>=2",
        ),
        sample.unread_lock(release),
    ]


RULE = Rule(
    code="DEP003",
    name="lock-drift",
    severity=Severity.ERROR,
    each=items.locks,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    fixable=True,
)
