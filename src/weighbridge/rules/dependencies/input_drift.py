"""A lock held against what it was made from: requirements, their extras, and Pythons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from weighbridge.model.fact import Unavailable
from weighbridge.model.finding import Relock, Verdict
from weighbridge.model.location import Location
from weighbridge.rules import versions
from weighbridge.rules.interface import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts, InputRequirement, ObservedLock
    from weighbridge.model.lock import Lock, Pin

_AGAIN: Final = "resolve again: `uv lock`, or `uv pip compile --generate-hashes`"
_PYTHONS: Final = tuple(f"3.{minor}.{patch}" for minor in range(6, 31) for patch in range(26))
"""Enough Pythons to tell two ranges apart."""


def input_drift(
    file: ObservedLock, lock: Lock, inputs: tuple[InputRequirement, ...], facts: Facts
) -> Iterator[Judgement]:
    """Say what of a lock is no longer what was asked for."""
    for wanted in inputs:
        yield from _unfulfilled(wanted, lock, file.path, facts)
    if file.requires_python:
        yield from _other_pythons(file, lock)


def _unfulfilled(
    wanted: InputRequirement, lock: Lock, path: str, facts: Facts
) -> Iterator[Judgement]:
    place = f"{wanted.file} ({wanted.group})" if wanted.group else wanted.file
    found = Judgement(
        message="",
        subject=wanted.requirement,
        location=Location(wanted.file, max(wanted.line, 1)),
        wanted=wanted.requirement,
        cause=f"{wanted.file} was changed after {path} was resolved",
        remediation=(_AGAIN,),
        relock=Relock(lock=path),
    )
    try:
        requirement = Requirement(wanted.requirement)
    except InvalidRequirement:
        message = f"{wanted.requirement} cannot be compared with {path}"
        cause = "it is not a requirement in the form of PEP 508"
        yield replace(found, message=message, cause=cause, verdict=Verdict.INCONCLUSIVE)
        return
    name = canonicalize_name(requirement.name)
    named = [pin for pin in lock.pins if pin.name == name]
    if not named:
        if requirement.marker is None:
            message = f"{name} is required by {place} but not in {path}"
            yield replace(found, message=message, seen=f"no {name}")
        return
    yield from _other_version(requirement, named, path, found)
    yield from _without_extras(requirement, named, lock, replace(found, cause=""), facts)


def _other_version(
    requirement: Requirement, named: list[Pin], path: str, found: Judgement
) -> Iterator[Judgement]:
    # An entry without a version is DEP001's; an address says for itself which version it is.
    name = named[0].name
    pinned = [pin.version for pin in named if pin.version is not None and not requirement.url]
    admitted = [versions.admits(str(requirement.specifier), version) for version in pinned]
    if pinned and not any(admitted):
        seen = ", ".join(f"{name}=={version}" for version in pinned)
        unknown = None in admitted
        verb = "may not fulfil" if unknown else "does not fulfil"
        yield replace(
            found,
            message=f"{seen} in {path} {verb} {requirement} of {_file(found)}",
            seen=seen,
            cause="the version cannot be compared (PEP 440)" if unknown else found.cause,
            verdict=Verdict.INCONCLUSIVE if unknown else Verdict.FAIL,
        )


def _file(found: Judgement) -> str:
    return found.location.file if found.location else ""


def _without_extras(
    requirement: Requirement, named: list[Pin], lock: Lock, found: Judgement, facts: Facts
) -> Iterator[Judgement]:
    """Say which extras that are asked for the lock does not bring.

    A lock that names extras at all names this one, too; of any other lock the metadata of what is
    installed tells what the extra needs.
    """
    have = {canonicalize_name(extra) for pin in named for extra in pin.extras}
    wanted = {canonicalize_name(extra) for extra in requirement.extras} - have
    for extra in sorted(wanted):
        if lock.format == "uv" or any(pin.extras for pin in lock.pins):
            missing = f"no {named[0].name}[{extra}]"
        else:
            needs = _needed_by(extra, named, facts) - {pin.name for pin in lock.pins}
            missing = f"no {', '.join(sorted(needs))}" if needs else ""
        if missing:
            yield replace(
                found,
                message=f"{requirement} of {_file(found)} asks for [{extra}], "
                "which is not in the lock",
                seen=missing,
                cause="the extra was added after the lock was resolved",
            )


def _needed_by(extra: str, named: list[Pin], facts: Facts) -> set[str]:
    """Name what an extra needs on every system, by what is installed in the version locked."""
    if isinstance(facts.python, Unavailable):
        return set()
    known = facts.python.distributions.get(named[0].name)
    if known is None or not any(versions.same(known.version, pin.version or "") for pin in named):
        return set()
    return versions.of_extra(known.requires, extra)


def _other_pythons(file: ObservedLock, lock: Lock) -> Iterator[Judgement]:
    """Say if a project admits Pythons that its lock was not resolved for.

    The lock of a workspace is for the Pythons that all members share.
    """
    if any(pin.source in ("editable", "path") for pin in lock.pins):
        return
    try:
        project, locked = SpecifierSet(file.requires_python), SpecifierSet(lock.requires_python)
    except InvalidSpecifier:
        return
    more = [one for one in _PYTHONS if project.contains(one) and not locked.contains(one)]
    if more:
        yield Judgement(
            message=f"the project admits Python {more[0]}, for which {file.path} was not resolved",
            subject="requires-python",
            location=Location(file.path),
            seen=lock.requires_python,
            wanted=file.requires_python,
            cause="requires-python was changed after the lock was resolved",
            remediation=("resolve again: `uv lock`",),
            relock=Relock(lock=file.path),
        )
