"""`registry fsck`: every stored byte against its digest, and every name against what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import LedgerError, NotFoundError, RegistryError, UnavailableError
from weighbridge.model.event import EventError
from weighbridge.model.verification import Problem, StoreCheck
from weighbridge.usecases.custody import every_custody
from weighbridge.usecases.verify import division_of, stored_files, stored_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobStore, Progress, Registry


def fsck(registry: Registry, *, progress: Progress) -> StoreCheck:
    """Read every stored byte.

    Raises:
        RegistryError: The database is damaged.
    """
    blobs = registry.blobs
    held: set[str] = set()
    problems: list[Problem] = []
    unread: list[str] = []
    for blob in blobs.stored():
        held.add(blob.name)
        try:
            problems.extend(stored_problem(blob.name, blob.name, blobs, progress))
        except UnavailableError as error:
            unread.append(str(error))
    with registry.reading() as view:
        faults = [
            Problem(code=RegistryError.code, subject="database", message=fault)
            for fault in view.faults()
        ]
        releases = view.releases()
        away = _away(view, faults)
    damaged = {problem.subject for problem in problems}
    missing = [
        problem
        for name, version, digest in releases
        if digest not in damaged
        for problem in _missing(f"{name}@{version}", digest, held, blobs, away=digest in away)
    ]
    return StoreCheck(
        blobs=len(held),
        leftovers=tuple(blobs.leftovers()),
        problems=(*faults, *problems, *missing, *_foreign(blobs)),
        unread=tuple(unread),
    )


def _away(view: LedgerView, faults: list[Problem]) -> set[str]:
    """Name the releases whose files were archived or erased; a fault if that cannot be told."""
    try:
        custody = every_custody(view)
    except (EventError, LedgerError) as error:
        message = f"what was archived cannot be told: {error}"
        faults.append(Problem(code=RegistryError.code, subject="ledger", message=message))
        return set()
    return {digest for digest, one in custody.items() if one.where is not Whereabouts.ACTIVE}


def _missing(
    release: str, digest: str, held: set[str], blobs: BlobStore, *, away: bool
) -> Iterator[Problem]:
    """Name the files of a release that are not stored; its payload may be away."""
    try:
        payload = division_of(digest, blobs).payload if away else {}
        files = {wanted: path for path, wanted in stored_files(digest, blobs)}
    except UnavailableError:
        return  # that it could not be read is said already
    except (RegistryError, NotFoundError) as error:
        yield Problem(code="INT002", subject=release, message=str(error))
        return
    for wanted, path in files.items():
        if wanted not in held and wanted not in payload:
            message = f"{path} is not stored"
            help_ = ("seal the release again from its files",)
            yield Problem(
                code="INT002", subject=release, message=message, wanted=wanted, remediation=help_
            )


def _foreign(blobs: BlobStore) -> Iterator[Problem]:
    """Name what lies among the blobs and is none."""
    for held in blobs.foreign():
        yield Problem(
            code=RegistryError.code,
            subject=held.name,
            message="it lies among the blobs and is none",
            remediation=("move it away; `registry gc` never does",),
        )
