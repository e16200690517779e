"""`registry archive erase`: files go for ever, wherever they are; what was proven stays proven.

Owners sign it. The entry comes first, so that nobody relies on the files from then on; whoever is
killed behind it runs it again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import CustodyError, UnavailableError
from weighbridge.model.event import Kind
from weighbridge.usecases.archiving.add import clear
from weighbridge.usecases.archiving.choosing import Bound, moment_of, must_stay
from weighbridge.usecases.archiving.moving import needs
from weighbridge.usecases.archiving.refusing import about, refuse, refused
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.refusing import change_or_refuse

if TYPE_CHECKING:
    from weighbridge.model.ports import Progress, Registry, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What came of erasing.

    Attributes:
        release: The release.
        removed: How many blobs were removed, from the active store and archives together.
        young: How many stay in the active store for now, having been put a short time ago.
        shared: How many stay because another release needs them.
    """

    release: Bound
    removed: int
    young: int
    shared: int


def check_erasable(release: Bound, *, registry: Registry, dry_run: bool = False) -> None:
    """Refuse before anybody signs: what is served stays.

    Raises:
        CustodyError: An environment points to it or would go back to it.
    """
    with registry.reading() as view:
        reason = must_stay(release, moment_of(view, registry))
    if reason is not None and reason[0] == "served":
        raise refuse(registry, release, "erase", reason, dry_run=dry_run)


def erase(release: Bound, *, registry: Registry, grace: float, progress: Progress) -> Erased:
    """Erase the files of a release that owners have said are to be erased.

    Args:
        release: The release.
        registry: The registry.
        grace: Seconds for which blobs of the active store are left alone after somebody put them.
        progress: Who watches.

    Raises:
        CustodyError: Nobody has signed that, or something says no meanwhile.
        UnavailableError: An archive with copies is not there; they are elsewhere gone.
    """
    before = registry.blobs.now() - grace
    change_or_refuse(registry, lambda transaction: _enter(transaction, release, registry))
    with registry.reading() as view:
        moment = moment_of(view, registry)
        found = needs(view, moment, registry.blobs)
    payload = found.divisions[release.digest].payload.keys()
    gone, removed, silent = payload - found.alive, 0, list[UnavailableError]()
    for place in sorted(moment.where(release.digest).places):
        try:
            archive = registry.archive(place)
            removed += sum(archive.remove(digest, before=math.inf) for digest in sorted(gone))
        except UnavailableError as error:
            silent.append(error)
    cleared = clear(registry, before=before, progress=progress)
    if silent:
        raise UnavailableError(
            f"copies of {release.title} may be left: {silent[0]}",
            cause="all others are gone, and the ledger says that it was erased",
            help=["run it again when the archive is there"],
        )
    return Erased(
        release=release,
        removed=removed + cleared.removed,
        young=cleared.young,
        shared=len(payload) - len(gone),
    )


def _enter(transaction: Transaction, release: Bound, registry: Registry) -> None:
    """Enter the erasure owners have signed, if nothing says no by now."""
    log = believe(transaction, log_key=registry.log_key)
    said = control_state(log, registry.blobs).erasures.get(release.digest)
    if said is None:
        raise CustodyError(f"no owner has had {release.title} erased")
    moment = moment_of(transaction, registry)
    if moment.where(release.digest).where is Whereabouts.ERASED:
        return
    if (reason := must_stay(release, moment)) is not None:
        raise refused(transaction, release, "erase", reason)
    signers = log.event(said.entry).body["signers"]
    body = {**about(release), "reason": said.reason, "signers": signers}
    transaction.append(Kind.RELEASE_ERASED, body)
