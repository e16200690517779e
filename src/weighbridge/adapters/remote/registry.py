"""A registry behind a server (ADR 0035): changes are made here, and taken there.

Neither side believes the other. The server weighs each entry before it takes it; here its log must
be signed by the key it had before or one that leads from it, may only grow, and holds what was
sent once the server says so.
"""

from __future__ import annotations

import contextlib
import random
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from weighbridge.adapters.remote.blobs import RemoteBlobs
from weighbridge.adapters.remote.kept import Kept
from weighbridge.adapters.remote.memory import Known, Memory
from weighbridge.adapters.remote.tile_files import ProvenShelf, RemoteTiles
from weighbridge.adapters.remote.transaction import RemoteTransaction, settled
from weighbridge.adapters.remote.view import RemoteView
from weighbridge.ledger.drafting import placed
from weighbridge.ledger.merkle import TreeError
from weighbridge.ledger.proven_tiles import ProvenTiles
from weighbridge.model.errors import (
    ConflictError,
    LedgerError,
    RegistryError,
    TransferError,
    UnavailableError,
    UsageError,
)
from weighbridge.model.standing import Store
from weighbridge.model.trust import TrustError, check_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.adapters.remote.connection import Connection
    from weighbridge.model.log_keeping import Tables
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobStore, Progress, Transaction
    from weighbridge.model.team.change import RemoteChange

T = TypeVar("T")

TRIES: Final = 20
"""How often a change is made again because what it rests on has changed."""
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 1.0
_ON_SERVER: Final = ("run it where the registry lies: name that with --registry there",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A registry as its server told it, and as far as that can be proven, proven."""

    view: RemoteView
    log_key: str
    next_log_key: str
    store: Store | None
    time: str


class RemoteRegistry:
    """A registry behind a server."""

    def __init__(
        self,
        connection: Connection,
        *,
        folder: Path,
        follow: Callable[[LedgerView, str], str],
        progress: Progress | None = None,
    ) -> None:
        """Name the server; nothing is asked yet.

        Args:
            connection: The server.
            folder: What is kept of it on this machine.
            follow: Returns the key that signed a view's checkpoint, where the key one holds leads
                to it by endorsements.
            progress: Watches what is sent.
        """
        self._connection, self._follow = connection, follow
        self._memory = Memory(folder, connection.address)
        kept = Kept(folder / "cache" / "remote")
        self._shelf = ProvenShelf(kept)
        self._blobs = RemoteBlobs(
            connection, kept=kept, folder=folder / "cache" / "sending", progress=progress
        )

    @property
    def address(self) -> str:
        """Where the server is."""
        return self._connection.address

    @property
    def blobs(self) -> BlobStore:
        """The bytes of releases and evidence, by digest."""
        return self._blobs

    @property
    def store(self) -> Store | None:
        """Where the server says that blobs lie; None if in the registry's folder."""
        return self._look().store

    def archive(self, place: str, *, begin: bool = False) -> BlobStore:
        """Refuse: what is archived is moved where the registry lies.

        Raises:
            UsageError: Always.
        """
        del place, begin
        raise self._elsewhere("files of releases are not archived over a server")

    @property
    def log_key(self) -> str:
        """The log's public key (signed-note verifier key); empty if none was made yet."""
        return self._look().log_key

    def make_log_key(self, origin: str) -> str:
        """Have the server make the log's key, or return the one that was made before."""
        if any("\ud800" <= one <= "\udfff" for one in origin):  # no text: it cannot be sent
            raise RegistryError(f"{origin!r} is no name for a log", wanted="a line of text")
        made = self._connection.post("/v1/log/key", {"origin": origin}).get("logKey")
        key = self._look().log_key
        if made != key:
            raise LedgerError(
                f"{self.address} names two keys of its log", seen=str(made)[:200], wanted=key
            )
        return key

    @property
    def next_log_key(self) -> str:
        """The log's next public key, if owners were asked for one; else empty."""
        return self._look().next_log_key

    def propose_log_key(self, after: int) -> tuple[str, str]:
        """Have the server make the log's next key, and the present one endorse it."""
        found = self._connection.post("/v1/log/next-key", {"after": after})
        match found:
            case {"logKey": str(key), "endorsement": str(endorsement)}:
                return key, endorsement
            case _:
                raise TransferError(f"{self.address} answers with no key")

    def rebuild(self, fill: Callable[[Tables], None], *, before: bytes | None, log_key: str) -> str:
        """Refuse: tables are the server's.

        Raises:
            UsageError: Always.
        """
        del fill, before, log_key
        raise self._elsewhere("a registry is not rebuilt over a server")

    @contextlib.contextmanager
    def reading(self) -> Iterator[LedgerView]:
        """Look at the registry as it is now."""
        yield self._look().view

    def change(self, change: Callable[[Transaction], T]) -> T:
        """Make a change here, and send it; make it again if what it rests on has changed.

        Raises:
            ConflictError: Others were faster each time.
            UnprovenError: The server does not find it borne out by its papers.
        """
        for turn in range(TRIES):
            look = self._look()
            transaction = RemoteTransaction(
                look.view, now=look.time, log_key=look.log_key, next_log_key=look.next_log_key
            )
            result = change(transaction)
            if transaction.is_empty:
                return result
            sent = transaction.change()
            try:
                first = self._send(sent)
            except ConflictError:
                if turn + 1 == TRIES:
                    raise
                _wait(turn)
                continue
            kept: T = settled(result, first - sent.reads.size)
            return kept
        raise AssertionError  # the last turn returns or raises

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""
        return self._look().view.releases()

    def close(self) -> None:
        """Let go of what is held open; the registry may be used again."""
        self._connection.close()

    def _send(self, change: RemoteChange) -> int:
        """Send a change, and return the index of its first entry.

        Raises:
            UnavailableError: Nobody can say whether it was taken.
        """
        dropped = threading.Event()
        try:
            taken = self._connection.post(
                "/v1/changes",
                _document(change),
                headers={"Idempotency-Key": uuid.uuid4().hex},
                dropped=dropped.set,
            )
        except ConflictError:
            # An answer that was lost on its way may have said that it was taken.
            first = self._placed(change, change.reads.size) if dropped.is_set() else None
            if first is None:
                raise
            return first
        except UnavailableError as error:
            if not dropped.is_set():
                raise
            message = f"{self.address} did not say whether it took the change"
            help_ = ["weighbridge log show", "run it again only if it is not there"]
            raise UnavailableError(message, cause=str(error), help=help_) from error
        first = taken.get("first")
        if type(first) is not int or first < change.reads.size:
            raise TransferError(f"{self.address} does not say where the change was entered")
        if change.entries and self._placed(change, first) != first:
            raise LedgerError(
                f"{self.address} says that it took a change which is not in its ledger",
                help=["weighbridge log verify --deep"],
            )
        return first

    def _placed(self, change: RemoteChange, since: int) -> int | None:
        """Find where the entries of a change stand in the ledger, from an index on."""
        return placed(change, self._look().view, since)

    def _look(self) -> _Look:
        """Ask the server how things stand, and hold it against what is known of it.

        Raises:
            LedgerError: It does not go with what it showed before.
        """
        # Recalled before it is asked: what others learn meanwhile may be newer than the answer.
        before = self._memory.recall()
        told = self._connection.document("/v1/registry")
        match told:
            case {
                "logKey": str(key),
                "nextLogKey": str(following),
                "size": int(size),
                "checkpoint": str(note),
                "time": str(time),
            } if bool(size) == bool(note):
                pass
            case _:
                raise TransferError(f"{self.address} is no registry's server of this kind")
        try:
            check_time(time)
        except TrustError as error:
            raise TransferError(f"{self.address} tells no time", cause=str(error)) from error
        tiles = self._proven(note.encode(), key, size) if note else None
        view = RemoteView(
            self._connection, tiles, blobs=self._blobs, later=lambda: self._look().view
        )
        self._believe(view, tiles, key, before)
        return _Look(
            view=view,
            log_key=key,
            next_log_key=following,
            store=_store(told.get("store"), self.address),
            time=time,
        )

    def _proven(self, note: bytes, key: str, size: int) -> ProvenTiles:
        files = RemoteTiles(self._connection, self._shelf, log=key, note=note)
        tiles = ProvenTiles(files, proven=files.proven)
        if tiles.size != size:
            raise LedgerError(
                f"{self.address} says two sizes of its log", seen=str(size), wanted=str(tiles.size)
            )
        return tiles

    def _believe(
        self, view: RemoteView, tiles: ProvenTiles | None, key: str, before: Known | None
    ) -> None:
        """Hold what the server shows against what it showed before, and remember it."""
        if before is not None and before.size > view.size:
            raise LedgerError(
                f"{self.address} shows an older log than before",
                seen=f"{view.size} entries",
                wanted=f"{before.size} entries or more",
                cause="its tables were restored from a backup, or entries are kept from you",
                help=["tell the owners", f"what was seen stands in {self._memory.path}"],
            )
        if tiles is None:
            if before is not None and before.log_key and before.log_key != key:
                raise self._other_key(key, before, "")
            if key and before is None:
                self._memory.remember(Known(log_key=key))
            return
        if before is not None and before.note == tiles.checkpoint and before.log_key == key:
            return
        tiles.check()
        self._check_grown(tiles, before)
        anchor = before.log_key if before is not None and before.log_key else key
        try:
            signed = self._follow(view, anchor)
        except LedgerError as error:
            raise self._other_key(key, before, error.faults[0].cause or str(error)) from error
        if signed != key:
            raise self._other_key(key, before, f"the checkpoint is signed by {signed}")
        self._memory.remember(Known(log_key=key, note=tiles.checkpoint))

    def _check_grown(self, tiles: ProvenTiles, before: Known | None) -> None:
        checkpoint = before.checkpoint if before is not None else None
        if checkpoint is None or not checkpoint.size:
            return
        try:
            root = tiles.root(checkpoint.size)
        except TreeError as error:
            raise LedgerError(f"{self.address} shows a log that does not hold together") from error
        if root != checkpoint.root:
            raise LedgerError(
                f"{self.address} shows another log than before",
                seen=f"root {root.hex()} over {checkpoint.size} entries",
                wanted=f"root {checkpoint.root.hex()}",
                cause="its history was rewritten, or it shows different logs to different readers",
                help=["tell the owners", f"what was seen stands in {self._memory.path}"],
            )

    def _other_key(self, key: str, before: Known | None, cause: str) -> LedgerError:
        return LedgerError(
            f"the log of {self.address} is not signed by a key that can be believed",
            seen=key,
            wanted=before.log_key if before is not None else key,
            cause=cause,
            help=[
                "ask an owner for the log's key (log.pub)",
                f"only if he says that the log was begun anew, remove {self._memory.path}",
            ],
        )

    def _elsewhere(self, message: str) -> UsageError:
        return UsageError(message, seen=self.address, help=_ON_SERVER)


def _wait(turn: int) -> None:
    """Let others finish; not all at the same moment."""
    longest = min(_FIRST_WAIT * 2**turn, _LONGEST_WAIT)
    threading.Event().wait(random.uniform(0, longest))  # noqa: S311 - to keep apart, not secret


def _document(change: RemoteChange) -> dict[str, Any]:
    reads = change.reads
    return {
        "time": change.time,
        "reads": {
            "size": reads.size,
            "control": reads.control,
            "topics": dict(reads.topics),
            "releases": dict(reads.releases),
            "everything": reads.everything,
        },
        "bindings": [
            {"name": one.name, "version": one.version, "digest": one.digest}
            for one in change.bindings
        ],
        "entries": [{"kind": one.kind.value, "body": dict(one.body)} for one in change.entries],
        "rotates": change.rotates,
    }


def _store(told: Any, address: str) -> Store | None:  # noqa: ANN401 - nobody has read it yet
    match told:
        case None:
            return None
        case {
            "address": str(place),
            "identity": str(identity),
            "encrypted": bool(encrypted),
            "conditional": bool(conditional),
        }:
            return Store(
                address=place, identity=identity, encrypted=encrypted, conditional=conditional
            )
        case _:
            raise TransferError(f"{address} answers strangely: it says no place of blobs")
