"""What the matrix is asked: a lock, or a release with one, on some targets.

Whoever has more to say of a target than whether wheels fit it answers the same question, with
cells of the same matrix (`Answers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.model.fact import Unavailable
from weighbridge.rules.wheels.coverage import DEFAULT, Chosen, wheel_cells
from weighbridge.rules.wheels.systems import system_of

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.release.compatibility import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        targets: The targets.
        path: What the lock is called.
        lock: The lock, or why there is none.
        release: The release it belongs to, if there is one.
        chosen: What of the lock is to be installed.
    """

    targets: tuple[Target, ...]
    path: str
    lock: Lock | Unavailable
    release: ModelRelease | None = None
    chosen: Chosen = DEFAULT

    @property
    def runtime(self) -> tuple[str, str]:
        """Implementation and version of the release's own Python."""
        if self.release is None:
            return "", ""
        runtime = self.release.spec.environment.runtime
        return runtime.implementation, runtime.version


Answers = Callable[[Question], Iterable[Cell]]
"""What answers with cells."""


def wheel_answers(question: Question) -> list[Cell]:
    """Say of each package and target whether a wheel fits; all is unknown of no lock."""
    lock = question.lock
    if not isinstance(lock, Unavailable):
        systems = [system_of(target, runtime=question.runtime) for target in question.targets]
        return wheel_cells(lock, systems, chosen=question.chosen)
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
