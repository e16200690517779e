"""Copying blobs from one place to another, believing neither, and removing what nobody needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.mentions import mentioned
from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import UnavailableError
from weighbridge.usecases.verify import CHUNK, division_of, stored_problem

if TYPE_CHECKING:
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobStore, Progress
    from weighbridge.usecases.archiving.choosing import Moment
    from weighbridge.usecases.verify import Division


def copy(
    digest: str, source: BlobStore, target: BlobStore, *, place: str, progress: Progress
) -> int:
    """Copy a blob unless it is there and sound, read it back, and return the bytes copied.

    Args:
        digest: Its digest.
        source: Where it is.
        target: Where it goes.
        place: What the target is called.
        progress: Who watches.

    Raises:
        NotFoundError: It is not where it should be.
        RegistryError: It is damaged there.
        UnavailableError: The target does not hold it afterwards, whatever it answered.
    """
    if target.has(digest) and is_sound(digest, target, progress):
        return 0
    size = 0
    with source.open(digest) as blob:
        incoming = target.incoming()
        progress.start(digest, blob.size)
        try:
            while chunk := blob.read(CHUNK):
                incoming.write(chunk)
                progress.advance(len(chunk))
                size += len(chunk)
            incoming.commit(digest)
        finally:
            incoming.discard()
            progress.finish()
    if not is_sound(digest, target, progress):
        raise UnavailableError(
            f"{place} does not hold {digest}, which was just put there",
            cause="it took the bytes and keeps others, or none; nothing was removed here",
            help=["name another place", "or mend that one, and run it again"],
        )
    return size


def is_sound(digest: str, blobs: BlobStore, progress: Progress) -> bool:
    """Tell whether a place holds bytes of a digest: every one is read.

    Raises:
        UnavailableError: It does not answer.
    """
    return not any(stored_problem(digest, digest, blobs, progress))


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What every release consists of, and what must stay in the active store.

    Attributes:
        divisions: Papers and payload of each release, by release digest.
        active: Digests that are needed there.
        alive: Digests that a release that was not erased consists of, wherever it is.
    """

    divisions: dict[str, Division]
    active: frozenset[str]
    alive: frozenset[str]


def needs(view: LedgerView, moment: Moment, blobs: BlobStore) -> Needs:
    """Read what every release consists of, and what the ledger mentions.

    Raises:
        RegistryError: A manifest or a listing is damaged, so that nobody can say.
        NotFoundError: It is missing.
    """
    divisions = {one.digest: division_of(one.digest, blobs) for one in moment.releases}
    papers = {digest for one in divisions.values() for digest in one.papers}
    for entry in view.entries():
        papers |= mentioned(entry)
    active, alive = set(papers), set(papers)
    for release, one in divisions.items():
        where = moment.where(release).where
        if where is Whereabouts.ACTIVE:
            active |= one.payload.keys()
        if where is not Whereabouts.ERASED:
            alive |= one.payload.keys()
    return Needs(divisions=divisions, active=frozenset(active), alive=frozenset(alive))
