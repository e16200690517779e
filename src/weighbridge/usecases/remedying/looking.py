"""What speaks against a new lock: targets it loses, advisories it brings."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from weighbridge.model.advisory import Bearing
from weighbridge.model.coverage import Fit
from weighbridge.model.errors import UnavailableError
from weighbridge.model.fact import Facts, ObservedLock
from weighbridge.model.resolution import Flaw
from weighbridge.rules.advisories.exposure import exposures
from weighbridge.rules.wheels.question import Question, wheel_answers
from weighbridge.usecases.remedying.naming import with_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from weighbridge.model.coverage import Cell
    from weighbridge.model.lock import Lock
    from weighbridge.model.ports import AdvisorySource
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.resolution import Look
    from weighbridge.usecases.remedying.means import Made, Means
    from weighbridge.usecases.remedying.pending import Pending

_NEW: Final = "the new lock"


class Objections:
    """What speaks against new locks, and not already against the old one, which is asked once."""

    def __init__(self, made: Made, before: Pending, means: Means) -> None:
        """Begin with the old lock.

        Args:
            made: The lock.
            before: The files with the old one.
            means: Who says what speaks against a lock.
        """
        self._made = made
        self._before = before
        self._means = means

    def against(self, after: Pending, package: str = "") -> tuple[str, ...]:
        """List what speaks against a new lock.

        Args:
            after: The files with it.
            package: The package that was upgraded: it may have no flaw any more that an advisory
                speaks of, whatever else did. Empty if it was none.
        """
        found = [
            flaw
            for flaw in self._advised(after)
            if flaw not in self._known or (flaw.package == package and flaw.certain)
        ]
        found += [flaw for flaw in self._lacking(after) if flaw not in self._lacked]
        return tuple(dict.fromkeys(map(_told, found)))

    @cached_property
    def _known(self) -> frozenset[Flaw]:
        return frozenset(self._advised(self._before))

    @cached_property
    def _lacked(self) -> frozenset[Flaw]:
        return frozenset(self._lacking(self._before))

    def _advised(self, files: Pending) -> list[Flaw]:
        if self._means.affected is None:
            return []
        return [*self._means.affected(files.lock(self._made.lock, self._made.format))]

    def _lacking(self, files: Pending) -> list[Flaw]:
        if not self._means.looks:
            return []
        lock = with_files(self._made, files, self._means)
        return [flaw for look in self._means.looks for flaw in look(lock)]


def _told(flaw: Flaw) -> str:
    return ": ".join(filter(None, (flaw.package, flaw.what, flaw.why)))


def on_targets(release: ModelRelease, names: Collection[str] = ()) -> tuple[Look, ...]:
    """Say on which of its targets a release lacks a wheel for something its lock has.

    Args:
        release: The release.
        names: The targets that count; none for all it declares.

    Returns:
        What looks at locks; nothing if it declares no target.
    """
    section = release.spec.compatibility
    targets = tuple(
        target
        for target in (section.targets if section else None) or ()
        if not names or target.name in names
    )

    def look(lock: Lock) -> Iterator[Flaw]:
        seen = ObservedLock(path=_NEW, digest="", lock=lock)
        facts = Facts(release=release, locks={_NEW: seen})
        question = Question(targets=targets, path=_NEW, facts=facts)
        return uncovered(wheel_answers(question))

    return (look,) if targets else ()


def advised(source: AdvisorySource) -> Look | None:
    """Say by which advisories of this place the entries of a lock are affected, or may be.

    Args:
        source: Who knows advisories.

    Returns:
        What looks at locks; None if no advisories were loaded, or they cannot be read.
    """
    try:
        if source.data() is None:
            return None
    except UnavailableError:
        return None

    def look(lock: Lock) -> Iterator[Flaw]:
        about = source.about(sorted({pin.name for pin in lock.pins}))
        for one in exposures(lock.pins, about):
            if one.bearing is Bearing.AFFECTED:
                yield Flaw(package=one.package, what=one.id)
            elif one.bearing is Bearing.UNDECIDED:
                what = f"{one.id or 'an advisory'} may be about it"
                yield Flaw(package=one.package, what=what, why=one.why, certain=False)

    return look


def uncovered(cells: Iterable[Cell]) -> Iterator[Flaw]:
    """Name the targets that do not get what they need, or of which nobody knows."""
    for cell in cells:
        if cell.fit in (Fit.NO, Fit.UNKNOWN):
            how = "not" if cell.fit is Fit.NO else "not known to be"
            yield Flaw(package=cell.package, what=f"{how} for {cell.target}", why=cell.why)
