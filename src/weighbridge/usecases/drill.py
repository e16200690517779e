"""`drill`: plant known attacks and faults in a scratch twin of what is promoted, and see.

The real registry is only read. Every fault is planted in a copy of its own, before the same code
that guards the real one; beside it the same act without the fault must pass.
"""

from __future__ import annotations

import difflib
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.drill import NOT_APPLICABLE, Drill, Fate, Planted
from weighbridge.model.errors import UsageError
from weighbridge.usecases.drilling.controls import CONTROLS, PROMOTION
from weighbridge.usecases.drilling.faults import FAULTS
from weighbridge.usecases.drilling.founding import found, without
from weighbridge.usecases.drilling.interface import Trial
from weighbridge.usecases.drilling.judging import attempted
from weighbridge.usecases.drilling.origin import origin_of
from weighbridge.usecases.drilling.stages import Stages
from weighbridge.usecases.drilling.switched_off import switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.model.ports import Registry
    from weighbridge.usecases.drilling.interface import Fault
    from weighbridge.usecases.drilling.origin import Origin
    from weighbridge.usecases.drilling.script import Tools

PREFIX = "weighbridge-drill-"
"""How the folder begins that twins lie in; it is removed however a drill ends."""


def _nobody(what: str, done: int, total: int) -> None:
    del what, done, total


def drill(
    environment: str,
    *,
    registry: Registry,
    tools: Tools,
    watch: Callable[[str, int, int], None] = _nobody,
    name: str | None = None,
    off: Sequence[str] = (),
    only: Sequence[str] = (),
) -> Drill:
    """Plant every fault, one at a time, and say what caught it.

    Args:
        environment: The environment.
        registry: The registry; it is only read.
        tools: What reports are made with.
        watch: Is told what is planted next, how much was, and how much there is.
        name: Name of the release; None for the only one that is there.
        off: Rules and conditions to be switched off.
        only: Faults to be planted; all if empty.

    Raises:
        NotFoundError: There is no such environment, or nothing in it.
        UsageError: Several releases are there and none is named, or there is no such fault,
            rule or condition.
    """
    faults = chosen(only)
    real = origin_of(environment, registry=registry, name=name)
    origin, less, papers = without(real, off, tools=tools)
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        scene = found(origin, root / "founded", blobs=registry.blobs, tools=less, papers=papers)
        tried = _Tried(Stages(scene, root), origin, watch)
        planted = tuple(tried.plant(faults))
    policy = real.place.bundle.policy.metadata
    return Drill(
        environment=environment,
        environment_digest=real.place.digest,
        release=real.release,
        title=real.title,
        policy=f"{policy.name}@{policy.version}",
        policy_digest=real.place.policy,
        switches=tuple(switches(origin.place.bundle)),
        mode=str(real.place.record["spec"].get("enforcement", "enforce")),
        at=tools.clock(),
        without=tuple(off),
        controls=tuple(sorted(tried.failed.items())),
        planted=planted,
    )


def chosen(only: Sequence[str]) -> tuple[Fault, ...]:
    """Return the faults of some names; all if none is given.

    Raises:
        UsageError: There is no such fault.
    """
    known = {fault.name: fault for fault in FAULTS}
    for name in only:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            help_ = [f"did you mean `{close[0]}`?"] if close else []
            raise UsageError(f"no fault is called {name}", wanted=", ".join(known), help=help_)
    return tuple(fault for fault in FAULTS if not only or fault.name in only)


class _Tried:
    """Plants faults, each beside its control.

    Attributes:
        failed: Why controls failed, by their name.
    """

    def __init__(
        self, stages: Stages, origin: Origin, watch: Callable[[str, int, int], None]
    ) -> None:
        self._stages = stages
        self._origin = origin
        self._watch = watch
        self._controls: dict[str, Trial] = {}
        self.failed: dict[str, str] = {}

    def plant(self, faults: Sequence[Fault]) -> Iterator[Planted]:
        """Plant faults; none of them if the twin itself is not let pass."""
        if self._control(PROMOTION).refused:
            return
        for index, fault in enumerate(faults):
            self._watch(fault.name, index, len(faults))
            yield self._planted(fault)

    def _planted(self, fault: Fault) -> Planted:
        with self._stages.at(fault.begins) as scene:
            if missing := fault.missing(scene):
                absent = Trial(refused=False, verdict=NOT_APPLICABLE, why=missing)
                return _told(fault, Fate.ABSENT, absent)
            control = self._control(fault.control)
            if control.refused:
                why = f"without it, too, the act is refused: {control.why}"
                return _told(fault, Fate.UNCLEAR, control, why=why)
            trial = attempted(partial(fault.plant, scene))
        return self._judged(fault, replace(trial, lines=trial.lines - control.lines))

    def _judged(self, fault: Fault, trial: Trial) -> Planted:
        """Say what became of a fault: refused is not caught, if for another reason."""
        if not trial.refused:
            return _told(fault, Fate.THROUGH, trial)
        own = {placed.condition.id for placed in self._origin.place.bundle.conditions()}
        meant = any(
            name in own or any(_is(name, catcher) for catcher in fault.catchers)
            for line in trial.lines
            for name in line
        )
        return _told(fault, Fate.CAUGHT if meant else Fate.UNCLEAR, trial)

    def _control(self, name: str) -> Trial:
        """Do an act without any fault, once."""
        if name not in self._controls:
            control = CONTROLS[name]
            with self._stages.at(control.begins) as scene:
                trial = attempted(partial(control.act, scene))
            self._controls[name] = trial
            if trial.refused:
                self.failed[name] = trial.why
        return self._controls[name]


def _told(fault: Fault, fate: Fate, trial: Trial, *, why: str = "") -> Planted:
    return Planted(
        name=fault.name,
        family=fault.family,
        says=fault.says,
        fate=fate,
        verdict=trial.verdict,
        lines=tuple(sorted(trial.lines)),
        why=why or trial.why,
        close=fault.close if fate is Fate.THROUGH else (),
    )


def _is(name: str, catcher: str) -> bool:
    """Tell whether something is what should catch: the same, or one of its kind."""
    return name.startswith(catcher)
