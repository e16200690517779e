"""`registry fsck`: every stored byte against its digest, and every name against what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import NotFoundError, RegistryError
from weighbridge.model.verification import Problem, StoreCheck
from weighbridge.usecases.verify import stored_files, stored_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import BlobStore, Progress, Registry


def fsck(registry: Registry, *, progress: Progress) -> StoreCheck:
    """Read every stored byte.

    Raises:
        RegistryError: The database is damaged.
    """
    blobs = registry.blobs
    held = list(blobs.digests())
    problems = [
        problem for digest in held for problem in stored_problem(digest, digest, blobs, progress)
    ]
    with registry.reading() as view:
        faults = [
            Problem(code=RegistryError.code, subject="database", message=fault)
            for fault in view.faults()
        ]
        releases = view.releases()
    damaged = {problem.subject for problem in problems}
    missing = [
        problem
        for name, version, digest in releases
        if digest not in damaged
        for problem in _missing(f"{name}@{version}", digest, blobs)
    ]
    return StoreCheck(
        blobs=len(held), leftovers=blobs.leftovers(), problems=(*faults, *problems, *missing)
    )


def _missing(release: str, digest: str, blobs: BlobStore) -> Iterator[Problem]:
    """Name the files of a release that are not stored."""
    try:
        files = {wanted: path for path, wanted in stored_files(digest, blobs)}
    except (RegistryError, NotFoundError) as error:
        yield Problem(code="INT002", subject=release, message=str(error))
        return
    for wanted, path in files.items():
        if not blobs.has(wanted):
            message = f"{path} is not stored"
            help_ = ("seal the release again from its files",)
            yield Problem(
                code="INT002", subject=release, message=message, wanted=wanted, remediation=help_
            )
