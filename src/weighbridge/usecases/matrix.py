"""`matrix`: what of a lock, or of a release, is to be had on which targets.

Reads a lock and nothing else; no index, no network, and nothing of the host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.codec.locks import LIMITS, READERS, LockSyntaxError, read_lock
from weighbridge.codec.target_names import closest, default_targets, read_target
from weighbridge.gate.content import TYPES, targets_of
from weighbridge.model.coverage import Matrix
from weighbridge.model.errors import OwnerlessError, UnreadableError, UsageError
from weighbridge.model.fact import Unavailable
from weighbridge.rules.versions import admits
from weighbridge.rules.wheels.coverage import Chosen
from weighbridge.rules.wheels.question import Question, wheel_answers
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.observing import observe_locks_of
from weighbridge.usecases.surveying import lock_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.gate.case import Evidence
    from weighbridge.model.fact import ObservedLock
    from weighbridge.model.lock import Lock
    from weighbridge.model.ports import Registry
    from weighbridge.model.release.compatibility import Target
    from weighbridge.rules.wheels.question import Answers
    from weighbridge.usecases.references import Named

ANSWERS: Final[tuple[Answers, ...]] = (wheel_answers,)
"""Whoever says something of a target; their cells stand in one matrix."""

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
"""Pythons of the targets that nobody named: the first that the lock is for."""

_GOOD: Final = ("PASSED", "WARNED")
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
    name: str, data: bytes, targets: Sequence[str], *, chosen: Chosen | None = None
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
        chosen=chosen or Chosen(),
    )
    return Asked(matrix=_answered(question, name, {}), guessed=not found)


def release_matrix(named: Named, registry: Registry, targets: Sequence[str]) -> Asked:
    """Say of a release what is to be had on its targets, and which of them were validated.

    Args:
        named: The release.
        registry: The registry.
        targets: Names of declared targets, or targets as one word; none for all it declares.

    Raises:
        UsageError: There is no target of such a name.
    """
    release = named.release
    section = release.spec.compatibility
    declared = {target.name: target for target in (section.targets if section else None) or ()}
    found = [_target(name, declared) for name in dict.fromkeys(targets)] or [*declared.values()]
    guessed = not found
    if guessed:
        found = default_targets(".".join(release.spec.environment.runtime.version.split(".")[:2]))
    file = release.spec.dependencies.runtime
    seen = observe_locks_of(named, registry.blobs).get(file.lock, _NOT_LOOKED_AT)
    question = Question(targets=tuple(found), path=file.lock, lock=_lock_of(seen), release=release)
    name = f"{release.metadata.name}@{release.metadata.version}"
    evidence = validated(named, registry) if named.digest else None
    known = {} if evidence is None else {one.name: one.name in evidence for one in found}
    return Asked(matrix=_answered(question, name, known), guessed=guessed)


def validated(named: Named, registry: Registry) -> frozenset[str] | None:
    """List the targets the newest report of a checker was made for, if that one passed.

    None if the registry has no owners, whose trust would say who is a checker. What a policy
    demands of a report is the gate's business.
    """
    newest: Evidence | None = None
    try:
        with registry.reading() as view:
            for one in Gathering(view, registry).evidence(str(named.digest)):
                if one.predicate_type == TYPES["report"] and "checker" in one.roles:
                    newest = one
    except OwnerlessError:
        return None
    if newest is None or newest.predicate.get("result") not in _GOOD:
        return frozenset()
    return frozenset(targets_of(newest.predicate))


_NOT_LOOKED_AT: Final = Unavailable("it was not looked at")


def _answered(question: Question, about: str, known: Mapping[str, bool]) -> Matrix:
    return Matrix(
        about=about,
        targets=tuple(target.name for target in question.targets),
        cells=tuple(cell for answer in ANSWERS for cell in answer(question)),
        validated=known,
    )


def _target(name: str, declared: Mapping[str, Target]) -> Target:
    """Find a declared target, or read one that is written as a word."""
    if name in declared:
        return declared[name]
    try:
        return read_target(name)
    except UsageError:
        near = closest(name, list(declared))
        if not near:
            raise
        raise UsageError(f"the release declares no target {name!r}", help=near) from None


def _lock_of(seen: ObservedLock | Unavailable) -> Lock | Unavailable:
    return seen if isinstance(seen, Unavailable) else seen.lock


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
