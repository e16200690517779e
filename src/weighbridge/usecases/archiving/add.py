"""`registry archive add`: the files of releases move to an archive, and their papers stay.

Copied, read back, entered in the ledger, and only then removed here. Whoever is killed leaves files
in both places; the next run removes what is here, having read the copy again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import RegistryError, UnavailableError
from weighbridge.model.event import Kind
from weighbridge.usecases.archiving.choosing import Bound, moment_of, why_stays
from weighbridge.usecases.archiving.moving import copy, is_sound, needs
from weighbridge.usecases.archiving.refusing import about, refuse, refused
from weighbridge.usecases.refusing import change_or_refuse
from weighbridge.usecases.verify import division_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.ports import BlobStore, Progress, Registry, Transaction
    from weighbridge.usecases.archiving.choosing import Moment, Wish
    from weighbridge.usecases.archiving.moving import Needs

_DONE = ("archived",)
"""Reasons to stay that are none: what was asked for is so already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of archiving.

    Attributes:
        place: The archive.
        archived: Releases that are there now and were not before.
        staying: Releases that were looked at and stay, each with the reason.
        copied: Bytes that were copied.
        removed: How many blobs were removed from the active store.
        young: How many stay there for now, having been put a short time ago.
        unsure: Blobs of archived releases that stay, since their archive does not hold them.
    """

    place: str
    archived: tuple[Bound, ...]
    staying: tuple[tuple[Bound, str], ...] = ()
    copied: int = 0
    removed: int = 0
    young: int = 0
    unsure: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run of archiving."""

    registry: Registry
    place: str
    wish: Wish
    progress: Progress
    archive: BlobStore
    verified: set[str] = field(default_factory=set)
    copied: int = 0

    def take(self, release: Bound) -> bool:
        """Copy the payload of a release and enter it, unless something says no meanwhile."""
        blobs = self.registry.blobs
        for digest in division_of(release.digest, blobs).payload:
            if digest not in self.verified:
                self.copied += copy(
                    digest, blobs, self.archive, place=self.place, progress=self.progress
                )
                self.verified.add(digest)
        return change_or_refuse(
            self.registry, lambda transaction: self._enter(transaction, release)
        )

    def _enter(self, transaction: Transaction, release: Bound) -> bool:
        """Judge again behind the lock: somebody may have held or promoted it meanwhile."""
        moment, now = moment_of(transaction, self.registry), transaction.now
        reason = why_stays(release, moment, self.wish, now=now, blobs=self.registry.blobs)
        if reason is None:
            body = {**about(release), "place": self.place}
            transaction.append(Kind.RELEASE_ARCHIVED, body)
        elif reason[0] not in _DONE:
            refusal = refused(transaction, release, "add", reason)
            if self.wish.named:
                raise refusal
        return reason is None


def add(
    wanted: Sequence[Bound],
    *,
    place: str,
    wish: Wish,
    registry: Registry,
    now: str,
    grace: float,
    progress: Progress,
    dry_run: bool = False,
) -> Added:
    """Move the files of releases to an archive.

    Args:
        wanted: Releases that were named; every one there is if `wish.named` is not set.
        place: The archive: an object store or a folder.
        wish: Which of them may leave.
        registry: The registry.
        now: The time.
        grace: Seconds for which blobs are left alone after somebody put them.
        progress: Who watches.
        dry_run: Say only which would leave.

    Raises:
        OwnerlessError: The registry has no ledger to enter it in.
        CustodyError: A release that was named must stay; the refusal is in the ledger.
        UnavailableError: The archive does not answer, or does not keep what is put there.
        RegistryError: A stored file is damaged, or the archive is another registry's.
    """
    with registry.reading() as view:
        moment = moment_of(view, registry)
    candidates = list(wanted) if wish.named else list(moment.releases)
    leaving: list[Bound] = []
    staying: list[tuple[Bound, str]] = []
    for release in candidates:
        reason = why_stays(release, moment, wish, now=now, blobs=registry.blobs)
        if reason is None:
            leaving.append(release)
        elif wish.named and reason[0] not in _DONE:
            raise refuse(registry, release, "add", reason, dry_run=dry_run)
        else:
            staying.append((release, reason[1]))
    if dry_run:
        return Added(place=place, archived=tuple(leaving), staying=tuple(staying))
    before = registry.blobs.now() - grace
    archive = registry.archive(place, begin=True)
    run = _Run(registry=registry, place=place, wish=wish, progress=progress, archive=archive)
    archived = tuple(release for release in leaving if run.take(release))
    cleared = clear(registry, before=before, sure=run.verified, progress=progress)
    return Added(
        place=place,
        archived=archived,
        staying=tuple(staying),
        copied=run.copied,
        removed=cleared.removed,
        young=cleared.young,
        unsure=cleared.unsure,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What was removed from the active store.

    Attributes:
        removed: How many blobs.
        young: How many were put too short a time ago.
        unsure: Those whose archive does not hold them.
    """

    removed: int
    young: int
    unsure: tuple[str, ...]


def clear(
    registry: Registry, *, before: float, sure: Iterable[str] = (), progress: Progress
) -> Cleared:
    """Remove from the active store what no release there needs and an archive holds, or none may.

    Args:
        registry: The registry.
        before: What was put since stays, by the store's own clock.
        sure: Digests an archive is known to hold, every byte.
        progress: Who watches.
    """
    blobs, known = registry.blobs, set(sure)
    with registry.reading() as view:
        moment = moment_of(view, registry)
        found = needs(view, moment, blobs)
    removed = young = 0
    unsure: list[str] = []
    for digest, places in sorted(_candidates(moment, found).items()):
        if not blobs.has(digest):
            continue
        if places and digest not in known and not _kept_in(places, digest, registry, progress):
            unsure.append(digest)
        elif blobs.remove(digest, before=before):
            removed += 1
        else:
            young += 1
    return Cleared(removed=removed, young=young, unsure=tuple(unsure))


def _candidates(moment: Moment, found: Needs) -> dict[str, set[str]]:
    """Name what need not be in the active store, and the archives that must hold it."""
    places: dict[str, set[str]] = {}
    for release, divisions in found.divisions.items():
        custody = moment.where(release)
        if custody.where is Whereabouts.ACTIVE or release in moment.holds:
            continue
        for digest in divisions.payload.keys() - found.active:
            known = places.setdefault(digest, set())
            if custody.where is Whereabouts.ARCHIVED:
                known.add(custody.place)
    return places


def _kept_in(places: Iterable[str], digest: str, registry: Registry, progress: Progress) -> bool:
    """Tell whether every archive that should holds some bytes, by reading them."""
    try:
        return all(is_sound(digest, registry.archive(place), progress) for place in places)
    except (UnavailableError, RegistryError):
        return False
