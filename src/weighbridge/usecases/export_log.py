"""`log export`: the ledger as static files that any client of C2SP's tlog-tiles can read.

What is there already is compared and never written again, but for the checkpoint, which comes last:
a reader that has it finds all it is of. Whoever is killed leaves only whole files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.merkle import CompactTree, TreeError
from weighbridge.ledger.note import NoteError, read_note
from weighbridge.ledger.tile_reading import LARGEST_CHECKPOINT, Shelf
from weighbridge.ledger.tiles import CHECKPOINT, TileError, tiling
from weighbridge.model.errors import EntrySizeError, LedgerError
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.tiles import Tile
    from weighbridge.model.log_ports import Ledger, LedgerView, TileStore
    from weighbridge.model.verification import LogState
    from weighbridge.usecases.believed import BelievedLog

_ELSEWHERE = "name an empty folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export did, or would do.

    Attributes:
        log: What the log's key signed.
        written: How many files were not there yet, or are replaced.
        removed: How many files full ones have come in place of.
    """

    log: LogState
    written: int
    removed: int


def export_log(
    ledger: Ledger,
    files: TileStore,
    *,
    log_key: str,
    cosign: Callable[[BelievedLog, bytes], bytes] | None = None,
    dry_run: bool = False,
) -> Exported:
    """Write a ledger into a folder, or what is new of it since it was written there last.

    Args:
        ledger: The ledger.
        files: The folder.
        log_key: The log's public key (signed-note verifier key).
        cosign: Has witnesses sign the checkpoint, given the one there would be without them.
        dry_run: Whether only to say what would be done.

    Raises:
        OwnerlessError: The ledger has no owners yet.
        LedgerError: It does not prove what it says, or the folder is of another.
        UnavailableError: Too few witnesses cosigned; nothing was written.
        EntrySizeError: It has an entry, of before there was a limit, that no bundle can hold.
        StorageError: A file could not be written; run again, it goes on from there.
    """
    with ledger.reading() as view:
        log = believe(view, log_key=log_key)
        if dry_run:
            return _Export(view, files, log.checkpoint).plan(log.state)
        with files.alone():
            export = _Export(view, files, log.checkpoint)
            planned = export.plan(log.state)
            note = plain = export.newest()
            if cosign is not None and (note := cosign(log, plain)) != plain == export.there:
                planned = replace(planned, written=planned.written + 1)
            export.write(note)
            return planned


class _Export:
    """One export: everything is compared and proven before the first file is written."""

    def __init__(self, view: LedgerView, files: TileStore, checkpoint: Checkpoint) -> None:
        self._view = view
        self._files = files
        self._checkpoint = checkpoint
        self._shelf = Shelf(files)
        self.there = files.read(CHECKPOINT, most=LARGEST_CHECKPOINT) or b""

    def plan(self, log: LogState) -> Exported:
        """Compare what is there, and see that what is not will be what the log signed."""
        old, tree = self._old(), CompactTree()
        tree.watch(() if old is None else (old.size,))
        written = removed = 0
        for tile, data in self._tiles(tree):
            written += not self._shelf.has(tile)
            removed += len(self._superseded(tile))
            for fault in self._shelf.differing(tile, data):
                raise self._other(fault)
        if len(tree) != self._checkpoint.size or tree.root() != self._checkpoint.root:
            message = "the entries are not those that were signed; nothing was exported"
            raise LedgerError(message, help=["weighbridge log verify"])
        if old is not None:
            self._check_growth(old, tree)
        written += self.there != self.newest()
        return Exported(log=log, written=written, removed=removed)

    def write(self, checkpoint: bytes) -> None:
        """Write what is not there, the checkpoint last."""
        self._files.clear()
        superseded = []
        for tile, data in self._tiles(CompactTree()):
            if not self._shelf.has(tile):
                self._files.write(tile.path, data)
            superseded.extend(self._superseded(tile))
        if self.there != checkpoint:
            self._files.write(CHECKPOINT, checkpoint)
        for tile in superseded:
            self._files.remove(tile.path)

    def _tiles(self, tree: CompactTree) -> Iterator[tuple[Tile, bytes]]:
        try:
            yield from tiling(self._view.entries(), tree)
        except TileError as error:
            message = f"entry {len(tree)} cannot be exported as tiles: it is too large for a bundle"
            help_ = ["hand over proofs instead: `weighbridge log prove INDEX`"]
            raise EntrySizeError(message, cause=str(error), help=help_) from error

    def _superseded(self, tile: Tile) -> list[Tile]:
        """List the forerunners of a tile that is full; those of others may still be asked for."""
        return self._shelf.narrower(tile) if tile == tile.full else []

    def newest(self) -> bytes:
        """Return the checkpoint to be there: the one that is, if others have signed it, too."""
        ours = read_note(self._view.checkpoint)
        try:
            there = read_note(self.there)
        except NoteError:
            return self._view.checkpoint
        more = there.text == ours.text and {*there.signatures} >= {*ours.signatures}
        return self.there if more else self._view.checkpoint

    def _old(self) -> Checkpoint | None:
        """Read the checkpoint that is there; what it says is compared, signed or not."""
        if not self.there:
            return None
        try:
            old = read_checkpoint(read_note(self.there).text)
        except NoteError as error:
            raise self._other(f"its checkpoint cannot be read: {error}") from error
        if old.origin != self._checkpoint.origin:
            raise self._other(f"its checkpoint is of {old.origin}")
        if old.size > self._checkpoint.size:
            message = f"{self._files.name} holds more of the log than the ledger does"
            seen, wanted = f"{self._checkpoint.size} entries", f"{old.size} or more"
            help_ = [
                "find out who took entries away, or went back to an older registry",
                _ELSEWHERE,
            ]
            raise LedgerError(message, seen=seen, wanted=wanted, help=help_)
        return old

    def _check_growth(self, old: Checkpoint, tree: CompactTree) -> None:
        try:
            same = not old.size or tree.root(old.size) == old.root
        except TreeError:
            same = False
        if not same:
            raise self._other("its checkpoint is not of the entries the ledger begins with")

    def _other(self, cause: str) -> LedgerError:
        message = f"{self._files.name} is of another log, or of another history of this one"
        return LedgerError(message, cause=cause, help=[_ELSEWHERE])
