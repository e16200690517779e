"""`registry archive restore`: files come back, each held against its digest before it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import Fault, NotFoundError, RegistryError
from weighbridge.model.event import Kind
from weighbridge.usecases.archiving.choosing import Bound, moment_of
from weighbridge.usecases.archiving.moving import copy, is_sound
from weighbridge.usecases.archiving.refusing import about, refuse
from weighbridge.usecases.believed import believe
from weighbridge.usecases.custody import absence, custody_in
from weighbridge.usecases.verify import division_of

if TYPE_CHECKING:
    from weighbridge.model.custody import Custody
    from weighbridge.model.ports import BlobStore, Progress, Registry, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of restoring a release.

    Attributes:
        release: The release.
        place: The archive its files were in; empty if they were here already.
        files: How many different files it has.
        copied: Bytes that came back.
    """

    release: Bound
    place: str
    files: int
    copied: int = 0


def restore(
    release: Bound, *, registry: Registry, progress: Progress, dry_run: bool = False
) -> Restored:
    """Bring the files of a release back.

    Raises:
        OwnerlessError: The registry has no ledger.
        CustodyError: They were erased.
        RegistryError: The archive holds some of them no more, or damaged; each is named.
        UnavailableError: The archive is not there.
    """
    with registry.reading() as view:
        custody = moment_of(view, registry).where(release.digest)
    payload = division_of(release.digest, registry.blobs).payload
    if custody.where is Whereabouts.ACTIVE:
        return Restored(release=release, place="", files=len(payload))
    if custody.where is Whereabouts.ERASED:
        reason = "erased", f"it was erased at {custody.at}: {custody.reason}"
        raise refuse(registry, release, "restore", reason, dry_run=dry_run)
    archive = registry.archive(custody.place)
    if dry_run:
        _check_all(payload, archive, custody, registry.blobs, progress)
        return Restored(release=release, place=custody.place, files=len(payload))
    copied = _bring(payload, archive, custody, registry.blobs, progress)
    registry.change(lambda transaction: _enter(transaction, release, registry))
    # Somebody who cleared the store may have taken them before the entry was there to be seen.
    copied += _bring(payload, archive, custody, registry.blobs, progress)
    return Restored(release=release, place=custody.place, files=len(payload), copied=copied)


def _bring(
    payload: dict[str, str],
    archive: BlobStore,
    custody: Custody,
    blobs: BlobStore,
    progress: Progress,
) -> int:
    """Copy what is not here, all that can be, and name what cannot."""
    copied = 0
    faults: list[Fault] = []
    for digest, path in payload.items():
        if blobs.has(digest) and is_sound(digest, blobs, progress):
            continue
        try:
            copied += copy(digest, archive, blobs, place="the registry", progress=progress)
        except (NotFoundError, RegistryError) as error:
            faults.append(_fault(path, digest, custody.place, error))
    _raise(faults)
    return copied


def _check_all(
    payload: dict[str, str],
    archive: BlobStore,
    custody: Custody,
    blobs: BlobStore,
    progress: Progress,
) -> None:
    """Read what would come back, and name what cannot."""
    _raise(
        [
            _fault(path, digest, custody.place, None)
            for digest, path in payload.items()
            if not blobs.has(digest) and not is_sound(digest, archive, progress)
        ]
    )


def _fault(
    path: str, digest: str, place: str, error: NotFoundError | RegistryError | None
) -> Fault:
    what = "lost" if isinstance(error, NotFoundError) else "damaged"
    return Fault(
        RegistryError.code,
        f"the archive's copy of {path} is {what if error else 'lost or damaged'}",
        seen=place,
        wanted=digest,
        cause="" if error is None else error.faults[0].seen,
        help=("bring the archive back to what it was, or seal the release again from its files",),
    )


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise RegistryError.from_faults(faults)


def _enter(transaction: Transaction, release: Bound, registry: Registry) -> None:
    """Enter that the files are back, unless another run has done so or they were erased."""
    log = believe(transaction, log_key=registry.log_key)
    custody = custody_in(log, release.name, release.digest)
    if custody.where is Whereabouts.ERASED and (error := absence(release.title, custody)):
        raise error
    if custody.where is Whereabouts.ARCHIVED:
        body = {**about(release), "place": custody.place}
        transaction.append(Kind.RELEASE_RESTORED, body)
