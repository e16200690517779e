"""`matrix` of a lock: what of it is to be had on which targets.

Reads the lock, the data that counts and what is kept of its index; no network, and nothing of the
host.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.codec.target_names import default_targets, read_target
from weighbridge.model.coverage import Matrix
from weighbridge.rules.compatibility.stack import stack_answers
from weighbridge.rules.versions import admits
from weighbridge.rules.wheels.coverage import DEFAULT, Chosen
from weighbridge.rules.wheels.question import Question, wheel_answers
from weighbridge.usecases.named_locks import lock_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.fact import Facts, ObservedLock
    from weighbridge.model.lock import Lock
    from weighbridge.rules.wheels.question import Answers

ANSWERS: Final[tuple[Answers, ...]] = (wheel_answers, stack_answers)
"""Whoever says something of a target; their cells stand in one matrix."""

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
"""Pythons of the targets that nobody named: the first that the lock is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A matrix, and whether somebody chose its targets.

    Attributes:
        matrix: The matrix.
        guessed: Whether its targets are those that are taken where nobody says which.
    """

    matrix: Matrix
    guessed: bool


def lock_matrix(
    file: ObservedLock, facts: Facts, targets: Sequence[str], *, chosen: Chosen = DEFAULT
) -> Asked:
    """Say of a lock what is to be had where.

    Args:
        file: The lock.
        facts: The data it is held against, and the time.
        targets: Targets, each as one word; none for a few common ones.
        chosen: What of it is to be installed.

    Raises:
        UsageError: A word is not a target.
        UnreadableError: The lock cannot be read.
    """
    lock = lock_of(file.path, file)
    found = [read_target(word) for word in dict.fromkeys(targets)]
    question = Question(
        targets=tuple(found or default_targets(_python(lock))),
        path=file.path,
        facts=replace(facts, locks={file.path: file}),
        chosen=chosen,
    )
    return Asked(matrix=answered(question, file.path, {}), guessed=not found)


def answered(question: Question, about: str, known: Mapping[str, bool]) -> Matrix:
    """Ask everybody who says something of a target."""
    return Matrix(
        about=about,
        targets=tuple(target.name for target in question.targets),
        cells=tuple(cell for answer in ANSWERS for cell in answer(question)),
        validated=known,
    )


def _python(lock: Lock) -> str:
    """Choose the first Python a lock is for."""
    admitted = (one for one in PYTHONS if admits(lock.requires_python or ">=3", f"{one}.99"))
    return next(admitted, PYTHONS[0])
