"""`replay`: make a build again from its record in the sandbox, and compare."""

from __future__ import annotations

import hashlib
import posixpath
import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.codec.build_record import write_build_record
from weighbridge.model.rebuilding import Budget, Trial, is_set_anew
from weighbridge.model.replay import judge_outputs, reaches
from weighbridge.model.replayed_build import Replay
from weighbridge.usecases.replaying.comparing import Originals, against_record, behaviour
from weighbridge.usecases.replaying.deeds import deeds_of
from weighbridge.usecases.replaying.environment import as_run_here, drift
from weighbridge.usecases.replaying.materials import Places, gather
from weighbridge.usecases.replaying.perturbing import perturb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.rebuilding import Factor, Rebuilder, Rebuilt
    from weighbridge.model.release.build import Tolerance

PREFIX = "weighbridge-replay-"
"""How the folder begins that inputs and outputs lie in; it is removed however a replay ends."""


def _nobody(what: str) -> None:
    del what


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A replay that is asked for.

    Attributes:
        record: The record of the build.
        title: What it is a build of.
        release: The release digest; None if no release was named.
        places: Where inputs and recorded outputs are looked for.
        python: The Python the build is to find; None if it ran none.
        from_wheels: Whether that Python was just filled from wheels.
        known: Folders of this machine that the build finds where they are here.
        budget: What each build may use up.
        perturbed: Whether to change things around it.
        only: Factors to change; all if empty.
        tolerance: How far numbers of predictions and metrics may be off.
    """

    record: BuildRecord
    title: str
    release: str | None = None
    places: Places = field(default_factory=Places)
    python: str | None = None
    from_wheels: bool = False
    known: tuple[str, ...] = ()
    budget: Budget = Budget()  # noqa: RUF009 - frozen
    perturbed: bool = False
    only: tuple[Factor, ...] = ()
    tolerance: Tolerance | None = None


def replay(task: Task, *, rebuilder: Rebuilder, watch: Callable[[str], None] = _nobody) -> Replay:
    """Make a build again from its record, and compare what comes of it.

    Args:
        task: What is asked for.
        rebuilder: Makes builds.
        watch: Is told before each build what it is for.

    Raises:
        UnavailableError: The sandbox cannot be made here.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        return _Replaying(task, rebuilder, folder, watch).replay()


class _Replaying:
    """One replay, with the folder its files lie in."""

    def __init__(
        self, task: Task, rebuilder: Rebuilder, folder: Path, watch: Callable[[str], None]
    ) -> None:
        self._task = task
        self._rebuilder = rebuilder
        self._folder = folder
        self._watch = watch
        self._builds = 0
        self._acts: list[Rebuilt] = []
        record = hashlib.sha256(write_build_record(task.record)).hexdigest()
        self._begun = Replay(
            title=task.title,
            release=task.release,
            record=f"sha256:{record}",
            verdict="could-not-replay",
            drift=tuple(drift(task.record, task.python, wheels=task.from_wheels)),
            perturbed=task.perturbed,
            untold=tuple(_untold(task.record)),
        )

    def replay(self) -> Replay:
        task, record = self._task, self._task.record
        if reason := _impossible(record):
            return replace(self._begun, reason=reason, deeds=deeds_of((), record, ()))
        shelf = self._folder / "shelf"
        shelf.mkdir()
        gathered = gather(record.inputs, task.places, shelf)
        if gathered.missing:
            count = len(gathered.missing)
            named = ", ".join(gathered.missing[:5]) + (", …" if count > 5 else "")  # noqa: PLR2004
            reason = (
                f"{count} of {len(record.inputs)} inputs are not to be had as recorded: {named}"
            )
            return replace(self._begun, reason=reason, deeds=deeds_of((), record, ()))
        trial = Trial(
            command=as_run_here(record, task.python),
            folder=record.working_directory,
            materials=gathered.materials,
            shelf=str(shelf),
            outputs=tuple(one.path for one in (*record.outputs, *record.intermediates)),
            folders=tuple(sorted({posixpath.dirname(one) for one in record.also_written})),
            environment={
                one.name: one.value for one in record.environment if one.value is not None
            },
            umask=record.umask,
            locale=record.locale,
            processors=record.usable,
            moment=int(datetime.fromisoformat(record.started).timestamp()),
            budget=task.budget,
        )
        first = self._build(trial)
        if not first.made:
            return self._failed(first)
        return self._judged(trial, first)

    def _build(self, trial: Trial) -> Rebuilt:
        changed = ", ".join(sorted(trial.perturbed))
        self._watch(f"with {changed} changed" if changed else "as recorded")
        self._builds += 1
        into = self._folder / f"build-{self._builds}"
        into.mkdir()
        rebuilt = self._rebuilder.rebuild(trial, str(into))
        self._acts.append(rebuilt)
        return rebuilt

    def _failed(self, first: Rebuilt) -> Replay:
        reason = first.stopped or f"the command ended with exit code {first.code}"
        return replace(self._done(), reason=reason, said=first.said)

    def _judged(self, trial: Trial, first: Rebuilt) -> Replay:
        task, record = self._task, self._task.record
        copies = self._folder / "recorded"
        copies.mkdir()
        originals = Originals(places=task.places, folder=copies)
        outputs = against_record(record.outputs, first, originals)
        intermediates = against_record(record.intermediates, first, originals)
        near = behaviour(
            outputs,
            (*record.outputs, *record.intermediates),
            first,
            originals=originals,
            tolerance=task.tolerance,
        )
        verdict = judge_outputs(outputs, behaviour=near)
        reason = _copied_all(record)
        done = replace(
            self._done(),
            outputs=tuple(replace(one, verdict=near.get(one.path, one.verdict)) for one in outputs),
            intermediates=intermediates,
            verdict="could-not-replay" if reason else verdict,
            reason=reason,
        )
        if not task.perturbed:
            return done
        same = all(reaches(one.verdict, "stabilised") for one in (*outputs, *intermediates))
        found = perturb(trial, first, build=self._build, record=record, same=same, only=task.only)
        return replace(
            done,
            builds=self._builds,
            factors=tuple(found.factors),
            untried=tuple(found.untried),
            guilty=tuple(found.guilty),
            deeds=self._done().deeds,
        )

    def _done(self) -> Replay:
        """Say what was done so far, and what was seen of it."""
        acts = (act for one in self._acts for act in one.acts)
        traced = all(one.traced for one in self._acts)
        blind = () if traced else ("nobody saw what the build did: there is no strace",)
        return replace(
            self._begun,
            builds=self._builds,
            deeds=deeds_of(acts, self._task.record, self._task.known),
            untold=(*self._begun.untold, *blind),
        )


def _impossible(record: BuildRecord) -> str:
    """Say why a record cannot be replayed by anybody; empty if it may be."""
    if not record.outputs:
        return "the record names no outputs"
    outside = [one.path for one in record.outputs if one.path.startswith("../")]
    return f"the record names {outside[0]}, which lies outside its folder" if outside else ""


def _copied_all(record: BuildRecord) -> str:
    """Say that a build made nothing, if each of its outputs was there before, byte for byte."""
    read = {one.digest for one in record.inputs}
    copied = all(one.digest in read for one in record.outputs)
    return "each output is one of the inputs: nothing was made" if copied else ""


def _untold(record: BuildRecord) -> Iterator[str]:
    if record.partial:
        yield f"the record is partial: its witness was {record.witness.value}"
    masked = [
        one.name for one in record.environment if one.value is None and not is_set_anew(one.name)
    ]
    if masked:
        yield f"values that are not in the record are not set: {', '.join(masked)}"
    yield from (
        f"{one.path} was read and is not in the record: {one.reason}" for one in record.unread
    )
    changed = [one.path for one in record.inputs if one.changed]
    if changed:
        yield f"changed while the recorded build read them: {', '.join(changed)}"
