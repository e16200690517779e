"""What the matrix is asked: a lock, or a release with one, on some targets.

Whoever has more to say of a target than whether wheels fit it answers the same question, with
cells of the same matrix (`Answers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.model.fact import Facts, Unavailable
from weighbridge.rules.indexed import with_files, yanked
from weighbridge.rules.wheels.coverage import DEFAULT, Chosen, wheel_cells
from weighbridge.rules.wheels.systems import system_of

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock
    from weighbridge.model.release.compatibility import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        targets: The targets.
        path: What the lock is called.
        facts: What is known: the lock by its path, the release it belongs to if there is one, what
            its index says, the data that counts and the time.
        chosen: What of the lock is to be installed.
    """

    targets: tuple[Target, ...]
    path: str
    facts: Facts
    chosen: Chosen = DEFAULT

    @property
    def lock(self) -> Lock | Unavailable:
        """The lock, or why there is none."""
        seen = self.facts.locks.get(self.path, _NOT_LOOKED_AT)
        return seen if isinstance(seen, Unavailable) else seen.lock

    @property
    def runtime(self) -> tuple[str, str]:
        """Implementation and version of the release's own Python."""
        if self.facts.release is None:
            return "", ""
        runtime = self.facts.release.spec.environment.runtime
        return runtime.implementation, runtime.version


_NOT_LOOKED_AT = Unavailable("it was not looked at")

Answers = Callable[[Question], Iterable[Cell]]
"""What answers with cells."""


def wheel_answers(question: Question) -> list[Cell]:
    """Say of each package and target whether a wheel fits; all is unknown of no lock."""
    lock = question.lock
    if not isinstance(lock, Unavailable):
        systems = [system_of(target, runtime=question.runtime) for target in question.targets]
        index, gone = question.facts.index, frozenset[tuple[str, str]]()
        if not isinstance(index, Unavailable):
            lock = with_files(lock, index)
            gone = yanked(lock, index)
        return wheel_cells(lock, systems, chosen=question.chosen, yanked=gone)
    return [
        Cell(
            package=question.path,
            version="",
            target=target.name,
            fit=Fit.UNKNOWN,
            cause=Cause.NO_DATA,
            why=lock.reason,
            nearest=lock.hint,
        )
        for target in question.targets
    ]
