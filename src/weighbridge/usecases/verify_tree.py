"""`verify PATH`: whether the files beside a manifest are those of the release it names."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.resolved import resolved, set_keys
from weighbridge.diffing.compare import differences
from weighbridge.model.errors import UnsealedError
from weighbridge.model.fact import MISSING, ObservedDirectory, Unavailable
from weighbridge.model.release import ModelRelease
from weighbridge.model.verification import Problem
from weighbridge.usecases.observing import observe
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.change import Change, Value
    from weighbridge.model.fact import Facts, ObservedFile, ObservedLock
    from weighbridge.model.listing import ListingEntry
    from weighbridge.model.ports import Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.usecases.references import Named

    Observed = ObservedFile | ObservedDirectory | ObservedLock | Unavailable

_RESTORE = "restore the file, or seal a new version"


def claimed_release(named: Named, registry: Registry) -> tuple[str, str]:
    """Find the sealed release an authored manifest names: `name@version` and its digest.

    Raises:
        UnsealedError: None of that name and version is sealed.
    """
    metadata = named.release.metadata
    title = f"{metadata.name}@{metadata.version}"
    with registry.reading() as view:
        for version, digest in view.versions(metadata.name):
            if version == metadata.version:
                return title, digest
    message = f"{title} is not sealed"
    raise UnsealedError(message, seen=named.document.file, help=["weighbridge seal"])


def tree_problems(
    named: Named,
    digest: str,
    *,
    registry: Registry,
    environ: Mapping[str, str],
    reader: FileReader,
) -> list[Problem]:
    """Say what of a manifest and the files beside it is not what was sealed.

    The commit is not compared: a file may be what it was in many of them.
    """
    sealed = sealed_release(digest, registry).release
    # The files are looked for where the sealed manifest has them, whatever this one says today.
    wanted = replace(named, release=sealed)
    facts = observe(wanted, blobs=registry.blobs, environ=environ, reader=reader)
    problems = list(_file_problems(sealed, facts))
    return problems or [
        _paper_problem(change, named.document.file)
        for change in _changes(named.release, sealed, facts)
    ]


def _file_problems(release: ModelRelease, facts: Facts) -> Iterator[Problem]:
    for _, artifact in release.spec.files():
        if artifact.path is not None:
            found = facts.directories.get(artifact.path) or facts.files.get(artifact.path)
            yield from _file_problem(artifact.path, artifact.digest, found)
    for _, lock in release.spec.dependencies.locks():
        yield from _file_problem(lock.lock, lock.digest, facts.locks.get(lock.lock))


def _file_problem(path: str, wanted: str | None, found: Observed | None) -> Iterator[Problem]:
    if isinstance(found, ObservedDirectory) and not isinstance(found.declared, Unavailable):
        yield from _directory_problems(path, found, found.declared)
    elif found is None or isinstance(found, Unavailable):
        missing = found is None or found.reason == MISSING
        yield Problem(
            code="INT002" if missing else "INT001",
            subject=path,
            message=MISSING if found is None else found.reason,
            wanted=wanted or "",
            remediation=(_RESTORE,),
        )
    elif found.digest != wanted:
        yield _differs(path, found.digest, wanted or "")


def _directory_problems(
    path: str, found: ObservedDirectory, declared: Sequence[ListingEntry]
) -> Iterator[Problem]:
    seen = {entry.path: entry.digest for entry in found.entries}
    wanted = {entry.path: entry.digest for entry in declared}
    for inner in sorted(seen.keys() | wanted.keys()):
        subject = f"{path}/{inner}"
        if inner not in seen:
            yield Problem(code="INT002", subject=subject, message=MISSING, remediation=(_RESTORE,))
        elif inner not in wanted:
            message = "the file is not part of the sealed release"
            help_ = ("remove it, or seal a new version",)
            yield Problem(code="INT003", subject=subject, message=message, remediation=help_)
        elif seen[inner] != wanted[inner]:
            yield _differs(subject, seen[inner], wanted[inner])


def _differs(path: str, seen: str, wanted: str) -> Problem:
    return Problem(
        code="INT001",
        subject=path,
        message="its digest differs from the sealed release",
        seen=seen,
        wanted=wanted,
        remediation=(_RESTORE,),
    )


def _changes(authored: ModelRelease, sealed: ModelRelease, facts: Facts) -> tuple[Change, ...]:
    """Compare a manifest as it would be sealed now, but for the commit, with the sealed one."""
    spec = authored.spec.model_copy(update={"source": sealed.spec.source})
    now = Resolver(facts).resolve(authored.model_copy(update={"spec": spec}))
    return differences(resolved(sealed), resolved(now), keys=set_keys(ModelRelease))


def _paper_problem(change: Change, file: str) -> Problem:
    return Problem(
        code="INT001",
        subject=f"{file}#{change.pointer}",
        message=f"{change.pointer} was {change.kind} since the release was sealed",
        seen=_shown(change.after),
        wanted=_shown(change.before),
        remediation=("put it back, or seal a new version",),
    )


def _shown(value: Value) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
