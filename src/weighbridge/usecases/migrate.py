"""`registry migrate`: a registry moves; the old one is left as it was, and refuses to be changed.

Most bytes are copied while others still write. Then nobody writes to the old one until the rest is
copied and all of it was found whole at its new place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.errors import RegistryError
from weighbridge.usecases.moving import check_arrived, chunks_of, copy_blob, enter_store, take_over

if TYPE_CHECKING:
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.moving import MovableRegistry
    from weighbridge.model.ports import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What moved, or would move.

    Attributes:
        place: Where it is now, without any password.
        releases: How many releases.
        entries: How many entries of the ledger.
        blobs: How many blobs were copied; in a dry run, how many there are.
    """

    place: str
    releases: int
    entries: int
    blobs: int


def migrate(
    source: MovableRegistry,
    target: MovableRegistry,
    *,
    progress: Progress,
    dry_run: bool = False,
) -> Migrated:
    """Move a registry. Killed at any point, it is finished by doing it again.

    Args:
        source: The registry.
        target: Where it moves: a registry that was never used.
        progress: Who watches.
        dry_run: Whether only to say what there is.

    Raises:
        RegistryError: It has moved elsewhere, or the other holds something already.
        LedgerError: The ledger does not prove its entries.
    """
    moved = source.moved
    if moved not in {"", target.place}:
        message = "this registry has moved already"
        raise RegistryError(message, seen=moved, help=[f"name that one: --registry {moved}"])
    with source.reading() as view:
        count, size = len(view.releases()), view.size
    if dry_run:
        blobs = sum(1 for _ in source.blobs.stored())
        return Migrated(place=target.place, releases=count, entries=size, blobs=blobs)
    copied = 0 if moved else _move(source, target, progress)
    enter_store(target)
    with target.reading() as view:
        count, size = len(view.releases()), view.size
    return Migrated(place=target.place, releases=count, entries=size, blobs=copied)


def _move(source: MovableRegistry, target: MovableRegistry, progress: Progress) -> int:
    """Move all there is, and return how many blobs were copied."""
    before = source.store
    store = target.settle(before)
    shares = before is not None and store is not None and before.address == store.address
    copied = 0 if shares else _copy(source, target, progress)
    log_key = source.log_key

    def transfer(view: LedgerView) -> None:
        nonlocal copied
        if not shares:
            copied += _copy(source, target, progress)
        if view.checkpoint:
            target.take_log_keys(source.log_key_files())
        take_over(target, view, log_key, store)
        check_arrived(target, view, progress)

    source.move_to(target.place, transfer)
    return copied


def _copy(source: MovableRegistry, target: MovableRegistry, progress: Progress) -> int:
    """Copy what is not there yet, and return how many blobs that was."""
    there = {one.name for one in target.blobs.stored()}
    missing = [one for one in source.blobs.stored() if one.name not in there]
    progress.start("copying", sum(one.size for one in missing))
    try:
        for one in missing:
            copy_blob(one.name, chunks_of(one.name, source.blobs), target.blobs, progress)
    finally:
        progress.finish()
    return len(missing)
