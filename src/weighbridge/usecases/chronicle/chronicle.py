"""The chronicle of one registry, kept in memory and taken further as its ledger grows.

Each entry is proven before it is folded: the tree of all that were taken is a prefix of the one the
log's key signed. What is not is kept by nobody; a registry that was put in another's place is read
from its beginning.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from weighbridge.ledger.merkle import (
    CompactTree,
    StoredTree,
    TreeError,
    leaf_hash,
    verify_consistency,
)
from weighbridge.model.errors import LedgerError, UnavailableError
from weighbridge.usecases.believed import believe
from weighbridge.usecases.chronicle.told import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry

_AT_ONCE: Final = 10_000
"""Entries that are proven and folded together."""
_PATIENCE: Final = 2.0
"""Seconds somebody waits while another reads, or looks."""


class Chronicle:
    """What the ledger of one registry says of everything; several threads may ask."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lock = threading.Lock()
        self._wanted = 0
        self._forget()

    @property
    def size(self) -> int:
        """How many entries were taken so far; another may be taking more just now."""
        return self._told.size

    def _forget(self) -> None:
        self._told = Told()
        self._tree = CompactTree()
        self._signed = b""

    @contextmanager
    def reading(self, registry: Registry) -> Iterator[Told]:
        """Take in what was entered since, and look at all of it; nobody else does meanwhile.

        Raises:
            UnavailableError: Another is still reading: the registry is large, and new here.
            LedgerError: The ledger does not prove what it says.
        """
        if not self._lock.acquire(timeout=_PATIENCE):
            raise UnavailableError(
                "the ledger is still being read",
                seen=f"{self.size:,} of {self._wanted:,} entries",
                cause="the server has just begun",
                help=["ask again in a few seconds"],
            )
        try:
            self._take_in(registry, go_on=lambda: True)
            yield self._told
        finally:
            self._lock.release()

    def take_in(self, registry: Registry, *, go_on: Callable[[], bool] = lambda: True) -> None:
        """Take in what was entered since.

        Args:
            registry: The registry.
            go_on: Says, now and then, whether to go on.

        Raises:
            LedgerError: The ledger does not prove what it says.
        """
        with self._lock:
            self._take_in(registry, go_on=go_on)

    def _take_in(self, registry: Registry, *, go_on: Callable[[], bool]) -> None:
        while go_on():
            with registry.reading() as view:
                if self._is_current(view):
                    return
                self._advance(view, registry.log_key)

    def _is_current(self, view: LedgerView) -> bool:
        """Tell whether everything was taken that a checkpoint covers."""
        if not view.size:
            if self._told.size:
                self._forget()
            return True
        return view.checkpoint == self._signed and self._told.size == self._wanted

    def _advance(self, view: LedgerView, log_key: str) -> None:
        """Prove and fold the next entries."""
        checkpoint = believe(view, log_key=log_key).checkpoint
        if not self._goes_on(checkpoint, view):
            self._forget()
        self._wanted = checkpoint.size
        start = self._told.size
        entries = [*view.entries(start, min(start + _AT_ONCE, checkpoint.size))]
        try:
            self._fold(entries, checkpoint, view)
        except BaseException:
            self._forget()  # half of it may be folded
            raise
        self._signed = view.checkpoint

    def _fold(self, entries: Sequence[bytes], checkpoint: Checkpoint, view: LedgerView) -> None:
        for data in entries:
            self._tree.append(leaf_hash(data))
        if not self._goes_on(checkpoint, view):
            raise LedgerError(
                "the checkpoint does not prove the ledger",
                seen=f"other entries among the {len(self._tree):,} first",
                wanted="those the log's key signed",
                help=["weighbridge log verify --deep"],
            )
        self._told.take(entries)

    def _goes_on(self, checkpoint: Checkpoint, view: LedgerView) -> bool:
        """Tell whether what was taken is how the signed tree begins."""
        size = len(self._tree)
        if not size:
            return True
        if size > checkpoint.size:
            return False
        stored = StoredTree(checkpoint.size, view.node, many=view.nodes_at)
        try:
            path = stored.consistency(size)
        except (LedgerError, TreeError):
            return False
        return verify_consistency(
            size,
            checkpoint.size,
            first_root=self._tree.root(),
            second_root=checkpoint.root,
            path=path,
        )
