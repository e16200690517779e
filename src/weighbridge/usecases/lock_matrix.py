"""`matrix` of a lock: what of it is to be had on which targets.

Reads the lock and nothing else: no index, no network, and nothing of the host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.codec.locks import LIMITS, READERS, LockSyntaxError, read_lock
from weighbridge.codec.locks.names import lock_format
from weighbridge.codec.target_names import default_targets, read_target
from weighbridge.model.coverage import Matrix
from weighbridge.model.errors import UnreadableError
from weighbridge.rules.versions import admits
from weighbridge.rules.wheels.coverage import DEFAULT, Chosen
from weighbridge.rules.wheels.question import Question, wheel_answers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.lock import Lock
    from weighbridge.rules.wheels.question import Answers

ANSWERS: Final[tuple[Answers, ...]] = (wheel_answers,)
"""Whoever says something of a target; their cells stand in one matrix."""

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
"""Pythons of the targets that nobody named: the first that the lock is for."""

_MANIFESTS: Final = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A matrix, and whether somebody chose its targets.

    Attributes:
        matrix: The matrix.
        guessed: Whether its targets are those that are taken where nobody says which.
    """

    matrix: Matrix
    guessed: bool


def is_lock(name: str) -> bool:
    """Tell the file name of a lock from that of a manifest."""
    return lock_format(name) is not None or not name.lower().endswith(_MANIFESTS)


def lock_matrix(
    name: str, data: bytes, targets: Sequence[str], *, chosen: Chosen = DEFAULT
) -> Asked:
    """Say of a lock what is to be had where.

    Args:
        name: Its path.
        data: Its bytes.
        targets: Targets, each as one word; none for a few common ones.
        chosen: What of it is to be installed.

    Raises:
        UsageError: A word is not a target.
        UnreadableError: It is not a lock.
    """
    lock = _read(name, data)
    found = [read_target(word) for word in dict.fromkeys(targets)]
    question = Question(
        targets=tuple(found or default_targets(_python(lock))),
        path=name,
        lock=lock,
        chosen=chosen,
    )
    return Asked(matrix=answered(question, name, {}), guessed=not found)


def answered(question: Question, about: str, known: Mapping[str, bool]) -> Matrix:
    """Ask everybody who says something of a target."""
    return Matrix(
        about=about,
        targets=tuple(target.name for target in question.targets),
        cells=tuple(cell for answer in ANSWERS for cell in answer(question)),
        validated=known,
    )


def _read(name: str, data: bytes) -> Lock:
    if len(data) > LIMITS.size:
        raise UnreadableError(f"{name} is larger than {LIMITS.size >> 20} MiB")
    format_name = lock_format(name.replace("\\", "/").rpartition("/")[2]) or _format(data)
    if format_name not in READERS:
        known = ", ".join(sorted(READERS))
        message = f"{name} is a {format_name} lock, which this version does not read"
        raise UnreadableError(message, help=[f"locks are read in these formats: {known}"])
    try:
        return read_lock(data, format_name, name)
    except LockSyntaxError as error:
        help_ = ["mend the lock, or make it anew"]
        raise UnreadableError(f"{name} cannot be read: {error}", help=help_) from error


def _format(data: bytes) -> str:
    """Tell the format of a lock by what stands in it."""
    if b"\nlock-version" in b"\n" + data:
        return "pylock"
    return "uv" if b"\n[[package]]" in b"\n" + data else "requirements"


def _python(lock: Lock) -> str:
    """Choose the first Python a lock is for."""
    admitted = (one for one in PYTHONS if admits(lock.requires_python or ">=3", f"{one}.99"))
    return next(admitted, PYTHONS[0])
