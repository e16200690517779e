"""One registry takes over what another held: bytes, the log's keys, entries and releases.

Bytes come first, each held against its digest; what is there already is not copied again. Tables
are made anew from the entries, which are proven before. So whoever is killed runs it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from weighbridge.model.errors import RegistryError
from weighbridge.model.event import Kind, read_event
from weighbridge.model.log_keeping import EntrySource
from weighbridge.usecases.audit import audit
from weighbridge.usecases.audit_deep import read_store
from weighbridge.usecases.fsck import fsck
from weighbridge.usecases.rebuild import Proven

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.log_keeping import Tables
    from weighbridge.model.moving import MovableRegistry
    from weighbridge.model.ports import BlobReader, BlobStore, Progress
    from weighbridge.model.standing import Store

CHUNK = 1 << 20


class Held(EntrySource, Protocol):
    """Entries and releases, wherever they are: in a registry, or in a copy kept aside."""

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""


def copy_blob(digest: str, chunks: Iterable[bytes], blobs: BlobStore, progress: Progress) -> None:
    """Copy bytes into a store, which refuses what has another digest.

    Raises:
        RegistryError: They have.
    """
    incoming = blobs.incoming()
    try:
        for chunk in chunks:
            incoming.write(chunk)
            progress.advance(len(chunk))
        incoming.close()
        incoming.commit(digest)
    finally:
        incoming.discard()


def chunks_of(digest: str, blobs: BlobReader) -> Iterator[bytes]:
    """Read bytes piece by piece."""
    with blobs.open(digest) as source:
        while chunk := source.read(CHUNK):
            yield chunk


def take_over(target: MovableRegistry, held: Held, log_key: str, store: Store | None) -> None:
    """Fill the tables of a registry that is empty, or has them already.

    Args:
        target: The registry.
        held: What it is to hold.
        log_key: The log's public key; empty if there is no ledger.
        store: Where its blobs lie; None if in its own folder, as they are.

    Raises:
        LedgerError: The checkpoint does not prove the entries.
        RegistryError: The registry holds something else.
    """
    releases = held.releases()
    proven = Proven(held, log_key) if held.checkpoint else None
    with target.reading() as view:
        before, there = view.checkpoint, view.releases()
        if before and before == held.checkpoint and there == releases:
            return
        if not set(there) <= set(releases) or not _is_older(view, held):
            raise occupied(target)

    def fill(tables: Tables) -> None:
        if proven is None:
            tables.releases(releases)
        else:
            proven.fill(tables)
        tables.store(store)

    target.rebuild(fill, before=before, log_key="" if proven is None else proven.log_key)


def enter_store(target: MovableRegistry) -> None:
    """Enter into the ledger where blobs lie, if it says something else."""
    store = target.store
    with target.reading() as view:
        said = None
        for event in map(read_event, view.entries()):
            if event.kind is Kind.STORE_SETTLED:
                said = read_store(event)
        is_told = not view.size or said == store
    if not is_told:
        target.enter_store()


def occupied(target: MovableRegistry) -> RegistryError:
    """Return the error that a registry holds something of its own."""
    return RegistryError(
        f"{target.place} holds something already",
        wanted="a registry that was never used",
        help=["name another database or folder"],
    )


def check_arrived(target: MovableRegistry, held: Held, progress: Progress) -> None:
    """See that a registry holds the same log, whole, and every byte its releases need.

    Raises:
        RegistryError: It does not.
    """
    with target.reading() as view:
        is_same = view.checkpoint == held.checkpoint and view.releases() == held.releases()
    problems = [] if is_same else ["its log or its releases are not the same"]
    if is_same and held.checkpoint:
        found = audit(target, log_key=target.log_key)
        problems += [f"{one.subject}: {one.message}" for one in found.problems]
    stored = fsck(target, progress=progress)
    problems += [f"{one.subject}: {one.message}" for one in stored.problems]
    problems += stored.unread
    if problems:
        raise RegistryError(
            f"{target.place} is not what was to arrive there",
            seen="; ".join(problems[:5]),
            help=["run it again; the registry it came from is as it was"],
        )


def _is_older(view: EntrySource, held: EntrySource) -> bool:
    """Tell whether entries are the first of others."""
    there = view.entries()
    ours = iter(held.entries()) if held.checkpoint else iter(())
    return all(one == next(ours, None) for one in there)
