"""A lock is not the one the manifest names, or no longer fulfils what it was made from.

## What it checks

The digest of each lock against `spec.dependencies.*.digest`. Beside an authored manifest also:

- the direct requirements the lock was made from, where they are found: each is pinned, in a version
  its specifier admits, with the extras it asks for. A requirement with an environment marker may
  be absent. Extras are told from locks that name any, or by the metadata of what is installed;
- a uv.lock against its `pyproject.toml`: every extra and dependency group, and `requires-python`;
- the environment beside the release (`.venv`, `venv`; the active one if it has most of the lock and
  weighbridge does not live there) against the runtime lock: another version, or an entry for this
  Python that is not installed, is a warning, for the environment is not the release; what no lock
  names is a note.

Markers are judged by the Python of that environment; what they ask of its platform stays open, and
the running host is never asked. The `environment.yml` of a conda lock is not compared.

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

from weighbridge.model.fact import InputRequirement, Unavailable, observed
from weighbridge.model.finding import Edit, Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample
from weighbridge.rules.dependencies.input_drift import input_drift
from weighbridge.rules.dependencies.installed_drift import installed_drift
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts, ObservedLock


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Hold a lock against the manifest's digest and against its inputs."""
    file = observed(facts.locks.get(declared.file.lock, items.NOT_LOOKED_AT))
    if declared.file.digest not in (None, file.digest):
        yield _other_bytes(declared, file, facts)
    if facts.sealed:
        return
    inputs = observed(file.inputs)
    if inputs or file.requires_python:
        yield from input_drift(file, observed(file.lock), inputs, facts)
    if declared.purpose == "runtime" and not isinstance(file.lock, Unavailable):
        yield from installed_drift(file.path, file.lock, facts)


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
