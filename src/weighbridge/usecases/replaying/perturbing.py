"""Changing what should make no difference around a build, and naming what does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.rebuilding import UNSEEDED, Factor, arrived
from weighbridge.model.replayed_build import Guilty, TriedFactor, UntriedFactor
from weighbridge.usecases.replaying.bisecting import find_guilty
from weighbridge.usecases.replaying.comparing import first_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.rebuilding import Rebuilt, Trial

    Build = Callable[[Trial], Rebuilt]

_PINS: Final = {
    "PYTHONHASHSEED": Factor.HASH_SEED,
    "OMP_NUM_THREADS": Factor.THREADS,
    "OPENBLAS_CORETYPE": Factor.BLAS_KERNEL,
}
"""Variables that, where the record sets them, are part of how the build is made."""
_BY_CHANCE: Final = "two builds differ though nothing was changed between them"


@dataclass(slots=True)
class Findings:
    """What came of changing things around a build.

    Attributes:
        factors: What was changed.
        untried: What was not, and why.
        guilty: What made a difference.
    """

    factors: list[TriedFactor] = field(default_factory=list)
    untried: list[UntriedFactor] = field(default_factory=list)
    guilty: list[Guilty] = field(default_factory=list)


def perturb(
    plain: Trial,
    first: Rebuilt,
    *,
    build: Build,
    record: BuildRecord,
    same: bool,
    only: Collection[Factor] = (),
) -> Findings:
    """Name what the outputs of a build depend on, and should not.

    A build that came out as recorded has been made twice alike; any other is made once more with
    nothing changed, for what differs then was never determined, or takes the clock.

    Args:
        plain: The build, with nothing changed.
        first: What came of it.
        build: Makes a build.
        record: The record.
        same: Whether it came out as recorded.
        only: Factors to try; all if empty.
    """
    search = _Search(plain, first, build)
    if not same and not search.steady():
        search.found.untried = [
            UntriedFactor(name=one, because=_BY_CHANCE, decided=False)
            for one in Factor
            if not search.is_guilty(one)
        ]
        return search.found
    idle = {**_pinned(record), **_without_blas(record, first)}
    asked = [one for one in Factor if not only or one in only]
    search.found.untried = [idle[one] for one in asked if one in idle]
    search.try_all([one for one in asked if one not in idle and not search.is_guilty(one)])
    return search.found


class _Search:
    """Builds again and again.

    Attributes:
        found: What was found so far.
    """

    def __init__(self, plain: Trial, first: Rebuilt, build: Build) -> None:
        self.found = Findings()
        self._plain = replace(plain, usual=first.canary)
        self._base = first
        self._build = build

    def is_guilty(self, factor: Factor) -> bool:
        return any(one.name == factor for one in self.found.guilty)

    def steady(self) -> bool:
        """Tell whether it comes out alike twice, with the clock standing still if need be."""
        again = self._build(self._plain)
        if (why := self._difference(UNSEEDED, self._base, again)) is None:
            return True
        still = replace(self._plain, frozen=True)
        one = self._build(still)
        if not _stands_still(one):
            self.found.guilty.append(why)
            return False
        other = self._build(still)
        if not one.made or self._difference(UNSEEDED, one, other) is not None:
            self.found.guilty.append(why)
            return False
        self.found.guilty.append(replace(why, name=Factor.CLOCK.value))
        self.found.factors.append(TriedFactor(name=Factor.CLOCK, canary="arrived"))
        self._plain, self._base = still, one
        return True

    def try_all(self, factors: list[Factor]) -> None:
        """Change all factors at once, and where that makes a difference, find which does."""
        seen: dict[Factor, bool] = {}
        told: dict[tuple[Factor, ...], Guilty] = {}
        asking = find_guilty(factors)
        try:
            group = next(asking)
            while True:
                trial = replace(self._plain, perturbed=frozenset(group))
                rebuilt = self._build(trial)
                for factor in group:
                    seen.setdefault(factor, arrived(factor, self._base.canary, rebuilt.canary))
                why = self._difference(group[-1].value, self._base, rebuilt)
                if why is not None:
                    told[group] = why
                group = asking.send(why is not None)
        except StopIteration as end:
            self._tell(seen, told, end.value)

    def _tell(
        self,
        seen: Mapping[Factor, bool],
        told: Mapping[tuple[Factor, ...], Guilty],
        guilty: tuple[Factor, ...],
    ) -> None:
        self.found.factors += [
            TriedFactor(name=factor, canary="arrived" if there else "lost")
            for factor, there in seen.items()
        ]
        for factor in guilty:
            # The last group it was the end of is the one it was found by.
            by = [why for group, why in told.items() if group[-1] is factor]
            self.found.guilty.append(by[-1] if by else Guilty(name=factor.value))

    def _difference(self, name: str, before: Rebuilt, after: Rebuilt) -> Guilty | None:
        """Say how two builds differ, and put it down to a name; None if they do not."""
        if not after.made:
            failed = after.stopped or f"it ended with exit code {after.code}"
            return Guilty(name=name, failed=failed)
        found = first_difference(self._plain.outputs, before, after)
        if found is None:
            return None
        return Guilty(name=name, path=found.path, difference=found.difference)


def _stands_still(rebuilt: Rebuilt) -> bool:
    return '"still"' in rebuilt.canary.get(Factor.CLOCK, "")


def _pinned(record: BuildRecord) -> dict[Factor, UntriedFactor]:
    """List factors the record fixes: a build that sets its threads is made with these threads."""
    known = {one.name: one.value for one in record.environment if one.value}
    return {
        factor: UntriedFactor(
            name=factor, because=f"the record sets {name}={known[name]}", decided=True
        )
        for name, factor in _PINS.items()
        if known.get(name, "random") != "random"
    }


def _without_blas(record: BuildRecord, first: Rebuilt) -> dict[Factor, UntriedFactor]:
    """Leave BLAS out where nothing of it was loaded, and everything that was loaded was seen."""
    factor = Factor.BLAS_KERNEL
    if record.blas or record.partial or factor in first.canary:
        return {}
    because = "no library of linear algebra was loaded"
    return {factor: UntriedFactor(name=factor, because=because, decided=True)}
