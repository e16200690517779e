"""A lock held against the Python environment beside the release.

The environment is not the release: what differs there was perhaps tested with, and is not what
gets delivered. So it weighs no more than a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from weighbridge.codec.markers import can_hold, must_hold
from weighbridge.model import wording
from weighbridge.model.fact import (
    ACTIVE_ENVIRONMENT,
    OWN_INTERPRETER,
    PythonEnvironment,
    Unavailable,
)
from weighbridge.model.finding import Severity
from weighbridge.model.location import Location
from weighbridge.rules import versions
from weighbridge.rules.interface import Judgement
from weighbridge.rules.marker_environments import of_installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock, Pin

_ONE_BY_ONE: Final = 5
_INSTALLERS: Final = frozenset({"pip", "setuptools", "uv", "wheel"})
_OURSELVES: Final = "weighbridge"


def installed_drift(path: str, lock: Lock, facts: Facts) -> Iterator[Judgement]:
    """Say where the environment beside a release is not what its runtime lock says."""
    names = _named_by_any(facts)
    python = facts.python
    if isinstance(python, Unavailable):
        return
    pins = [pin for pin in lock.pins if pin.ecosystem == "pypi" and pin.source != "include"]
    if not _is_the_release_s(python, names, pins):
        return
    stated = of_installed(python)
    yield from _others(path, pins, python, stated)
    yield from _absent(path, pins, python, stated)
    if names is not None:
        yield from _unlisted(path, python, names, facts)


def _named_by_any(facts: Facts) -> frozenset[str] | None:
    """Name what any lock of the release has; None if one of them cannot be read."""
    found: set[str] = set()
    for file in facts.locks.values():
        if isinstance(file, Unavailable) or isinstance(file.lock, Unavailable):
            return None
        found.update(canonicalize_name(pin.name) for pin in file.lock.pins)
    return frozenset(found)


def _is_the_release_s(
    python: PythonEnvironment, names: frozenset[str] | None, pins: list[Pin]
) -> bool:
    """Tell whether an environment may be the release's, and is not the one weighbridge lives in.

    Of one that is merely active nobody said whose it is: it is if it has most of the lock.
    """
    if python.where != ACTIVE_ENVIRONMENT:
        return python.where != OWN_INTERPRETER
    if _OURSELVES in python.distributions and _OURSELVES not in (names or ()):
        return False
    locked = {pin.name for pin in pins}
    return 2 * len(locked & python.distributions.keys()) >= len(locked)


def _others(
    path: str,
    pins: list[Pin],
    python: PythonEnvironment,
    stated: Mapping[str, str | frozenset[str]],
) -> Iterator[Judgement]:
    """Yield packages that are installed in another version than any entry for here has."""
    locked: dict[str, list[Pin]] = {}
    for pin in pins:
        if pin.version is not None and can_hold(pin.marker, stated):
            locked.setdefault(pin.name, []).append(pin)
    differing = [
        (name, here)
        for name, here in locked.items()
        if name in python.distributions
        and not any(_is(python.distributions[name].version, pin.version or "") for pin in here)
    ]
    for name, here in differing[:_ONE_BY_ONE]:
        seen = python.distributions[name].version
        wanted = " or ".join(sorted({pin.version or "" for pin in here}))
        yield _drift(
            f"{name} {seen} is installed in {python.where}, {path} has {wanted}",
            Location(path, here[0].line),
            subject=name,
            seen=f"{name} {seen}",
            wanted=f"{name} {wanted}",
            path=path,
        )
    rest = [name for name, _ in differing[_ONE_BY_ONE:]]
    if rest:
        others = wording.some_of(rest, _ONE_BY_ONE)
        yield _drift(
            f"{len(rest)} more packages are installed in {python.where} in other versions "
            f"than {path} has: {others}",
            Location(path),
            seen=others,
            wanted="the versions of the lock",
            path=path,
        )


def _is(installed: str, locked: str) -> bool:
    return versions.same(installed, locked) or versions.admits(f"=={locked}", installed) is True


def _absent(
    path: str,
    pins: list[Pin],
    python: PythonEnvironment,
    stated: Mapping[str, str | frozenset[str]],
) -> Iterator[Judgement]:
    """Yield what is locked for this Python on every platform, and is not installed."""
    gone = [
        pin
        for pin in pins
        if not pin.groups
        and pin.version is not None
        and pin.name not in python.distributions
        and must_hold(pin.marker, stated)
    ]
    if gone:
        names = wording.some_of(list(dict.fromkeys(pin.name for pin in gone)), _ONE_BY_ONE)
        yield _drift(
            f"{path} has what is not installed in {python.where}: {names}",
            Location(path, gone[0].line),
            seen=f"{len(gone)} of {len(pins)} entries are not installed",
            wanted="every entry that is for this Python",
            path=path,
        )


def _unlisted(
    path: str, python: PythonEnvironment, names: frozenset[str], facts: Facts
) -> Iterator[Judgement]:
    """Yield what is installed and in no lock of the release."""
    own = canonicalize_name(facts.release.metadata.name) if facts.release else ""
    extra = sorted(python.distributions.keys() - names - _INSTALLERS - {own})
    if extra:
        listed = wording.some_of(extra, _ONE_BY_ONE)
        yield _drift(
            f"{python.where} has what no lock names: {listed}",
            Location(path),
            seen=listed,
            wanted="only what a lock names",
            path=path,
            severity=Severity.NOTE,
        )


def _drift(
    message: str,
    location: Location,
    *,
    path: str,
    seen: str,
    wanted: str,
    subject: str | None = None,
    severity: Severity = Severity.WARNING,
) -> Judgement:
    return Judgement(
        message=message,
        subject=subject,
        location=location,
        seen=seen,
        wanted=wanted,
        cause="the environment was not made from the lock, or changed since",
        remediation=(f"make the environment anew from {path}: `uv pip sync`, or `uv sync`",),
        severity=severity,
    )
