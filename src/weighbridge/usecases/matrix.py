"""`matrix` of a release: what of its lock is to be had on its targets, and which are validated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.codec.target_names import closest, default_targets, read_target
from weighbridge.gate.content import targets_of
from weighbridge.gate.kinds import TYPES
from weighbridge.model.errors import OwnerlessError, UsageError
from weighbridge.rules.wheels.question import Question
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.lock_matrix import Asked, answered
from weighbridge.usecases.named_locks import locks_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.gate.case import Evidence
    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import Registry
    from weighbridge.model.release.compatibility import Target
    from weighbridge.usecases.references import Named

_GOOD: Final = ("PASSED", "WARNED")


def release_matrix(named: Named, registry: Registry, facts: Facts, targets: Sequence[str]) -> Asked:
    """Say of a release what is to be had on its targets, and which of them were validated.

    Args:
        named: The release.
        registry: The registry.
        facts: The data it is held against, and the time.
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
    seen = locks_of(named, registry.blobs)
    known_of = replace(facts, release=release, document=named.document, locks=seen)
    question = Question(targets=tuple(found), path=file.lock, facts=known_of)
    name = f"{release.metadata.name}@{release.metadata.version}"
    evidence = validated(named, registry) if named.digest else None
    known = {} if evidence is None else {one.name: one.name in evidence for one in found}
    return Asked(matrix=answered(question, name, known), guessed=guessed)


def validated(named: Named, registry: Registry) -> frozenset[str] | None:
    """List the targets the newest report of a checker was made for, if that one passed.

    None if the registry has no owners, whose trust would say who is a checker. What a policy
    demands of a report is the gate's business.
    """
    newest: Evidence | None = None
    try:
        with registry.reading() as view:
            for one in Gathering.of(view, registry).evidence(str(named.digest)):
                if one.predicate_type == TYPES["report"] and "checker" in one.roles:
                    newest = one
    except OwnerlessError:
        return None
    if newest is None or newest.predicate.get("result") not in _GOOD:
        return frozenset()
    return frozenset(targets_of(newest.predicate))


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
