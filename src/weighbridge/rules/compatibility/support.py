"""What has reached its end of life, or will before the release does.

The day a release is meant to serve until is what counts; without one, today. The last day of a
product's support counts as supported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.compatibility_data import number
from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.rules.compatibility.orchestrators import kubernetes_of, runtime_of
from weighbridge.rules.compatibility.tables.shipped import LIFECYCLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.lifecycle import Cycle, LifecycleData
    from weighbridge.model.lock import Pin
    from weighbridge.model.release.compatibility import Target

_DISTRIBUTIONS: Final = {
    "amazon": "amzn",
    "amazonlinux": "amzn",
    "redhat": "rhel",
    "rockylinux": "rocky",
    "ubi": "rhel",
}
_NAMES: Final = {
    "alpine": "Alpine Linux",
    "amzn": "Amazon Linux",
    "debian": "Debian",
    "kubernetes": "Kubernetes",
    "nvidia-driver": "NVIDIA driver branch",
    "postgresql": "PostgreSQL",
    "python": "Python",
    "rhel": "Red Hat Enterprise Linux",
    "rocky": "Rocky Linux",
    "ubuntu": "Ubuntu",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that is supported only for so long.

    Attributes:
        product: Its name in the lifecycle data.
        version: Its version, as stated.
        strict: Whether a series nobody knows is held against it; packages come out faster than
            tables, and one newer than the newest series that is known has hardly ended.
    """

    product: str
    version: str
    strict: bool = True

    @property
    def name(self) -> str:
        """What people call it."""
        return _NAMES.get(self.product, self.product.removeprefix("pypi/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is known of its end.

    Attributes:
        fit: `yes` if it is supported long enough, `if` if that takes extended support, `no`, or
            `unknown`.
        why: The same in words, one clause.
        series: Its series, in words.
        cycle: The row.
    """

    fit: Fit
    why: str
    series: str
    cycle: Cycle | None = None


def data_of(facts: Facts) -> LifecycleData:
    """Return the calendar that counts: the one owners published, or that of this version."""
    return LIFECYCLES if facts.lifecycles is None else facts.lifecycles


def until(facts: Facts) -> tuple[str, str]:
    """Return the day up to which support is needed, and what that day is, in words.

    Both are empty if nobody told the time and the release states none.
    """
    stated = facts.release.metadata.supported_until if facts.release else None
    today = facts.now[:10]
    if stated and stated != TODO and stated >= today:
        return stated, f"this release's support ends {stated}"
    return today, f"today, {today}" if today else ""


def ending(asked: Asked, facts: Facts) -> Ending | None:
    """Say whether something is supported for as long as the release needs it.

    Returns:
        What is known, or None if nothing is held against it.
    """
    data = data_of(facts)
    parsed = number(asked.version)
    needed, words = until(facts)
    series = f"{asked.name} {asked.version}"
    if parsed is None or not needed:
        why = f"{series} is no version" if parsed is None else "nobody told what day it is"
        return Ending(fit=Fit.UNKNOWN, why=why, series=series)
    cycle = data.find(asked.product, parsed.release)
    if cycle is None:
        return _not_listed(asked, data, parsed.release, series)
    series = f"{asked.name} {cycle.cycle}"
    if cycle.eol and cycle.eol < needed:
        return _ended(cycle, series, needed, words, facts)
    if not cycle.holds(facts.now) or cycle.confidence == "low" or not cycle.eol:
        why = f"the row {cycle.id} was good until {cycle.valid_until}"
        why = why if cycle.eol else f"no end of {series} is set"
        return Ending(fit=Fit.UNKNOWN, why=why, series=series, cycle=cycle)
    why = f"{series} is supported until {cycle.eol}"
    return Ending(fit=Fit.YES, why=why, series=series, cycle=cycle)


def _ended(cycle: Cycle, series: str, needed: str, words: str, facts: Facts) -> Ending:
    today = facts.now[:10]
    gone = bool(today) and cycle.eol < today
    why = f"{series} ended {cycle.eol}" if gone else f"{series} ends {cycle.eol}, before {words}"
    if cycle.extended and cycle.extended >= needed:
        why = f"{why}; {cycle.extended_by} goes on until {cycle.extended}"
        return Ending(fit=Fit.IF, why=why, series=series, cycle=cycle)
    return Ending(fit=Fit.NO, why=why, series=series, cycle=cycle)


def _not_listed(
    asked: Asked, data: LifecycleData, release: tuple[int, ...], series: str
) -> Ending | None:
    oldest = data.oldest(asked.product)
    if oldest and release < oldest.key:
        why = f"{series} is older than {oldest.cycle}, the oldest series there is a row for"
        return Ending(fit=Fit.NO, why=why, series=series, cycle=oldest)
    if not asked.strict:
        return None
    why = f"the lifecycle data does not know {series}"
    return Ending(fit=Fit.UNKNOWN, why=why, series=series)


# What is asked about ----------------------------------------------------------------------------


def python_runtime(version: str) -> Asked:
    """Ask about a Python."""
    return Asked(product="python", version=version.rstrip("t"))


def operating_system(distribution: str, release: str) -> Asked:
    """Ask about a release of a distribution."""
    return Asked(product=_DISTRIBUTIONS.get(distribution, distribution), version=release)


def package(pin: Pin, facts: Facts) -> Asked | None:
    """Ask about an entry of a lock; None if nothing is known of its package."""
    product = data_of(facts).of_package(pin)
    if not product or pin.version is None:
        return None
    return Asked(product=product, version=pin.version, strict=False)


def of_target(target: Target) -> Iterator[tuple[str, Asked]]:
    """Ask about what a target states; with the field it stands in."""
    if target.python and target.python != TODO:
        yield "python", python_runtime(target.python)
    kubernetes = kubernetes_of(target)
    if kubernetes:
        yield "orchestrator/version", Asked(product="kubernetes", version=kubernetes)
    name, version = runtime_of(target.container_runtime or "")
    if name == "containerd" and version:
        yield "containerRuntime", Asked(product=name, version=version)
    driver = target.cuda.driver if target.cuda else None
    if driver and target.os == "linux":
        yield "cuda/driver", Asked(product="nvidia-driver", version=driver, strict=False)


def cells(facts: Facts, target: Target) -> Iterator[Cell]:
    """Say of a target what on it has reached its end of life."""
    for _, asked in of_target(target):
        found = ending(asked, facts)
        if found is not None:
            yield Cell(
                package=asked.product,
                version=asked.version,
                target=target.name,
                fit=found.fit,
                cause=Cause.NONE if found.fit is Fit.YES else Cause.END_OF_LIFE,
                why=found.why,
                row=found.cycle.id if found.cycle else "",
            )
