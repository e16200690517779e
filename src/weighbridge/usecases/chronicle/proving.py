"""A chronicle of which each entry was proven before it was folded.

The tree of all that were taken is a prefix of the one the log's key signed. What is not is kept by
nobody; a registry that was put in another's place is read from its beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.ledger.merkle import (
    CompactTree,
    StoredTree,
    TreeError,
    leaf_hash,
    verify_consistency,
)
from weighbridge.model.errors import LedgerError
from weighbridge.usecases.believed import believe
from weighbridge.usecases.chronicle.told import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry

_AT_ONCE: Final = 10_000
"""Entries that are proven and folded together."""


class Proven:
    """What was told by a ledger, and proven; one thread at a time.

    Attributes:
        told: What was told.
        wanted: How many entries the newest checkpoint is of that was looked at.
    """

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.wanted = 0
        self._forget()

    def _forget(self) -> None:
        self.told = Told()
        self._tree = CompactTree()
        self._signed = b""

    def take_in(self, registry: Registry, *, go_on: Callable[[], bool] = lambda: True) -> None:
        """Take in what was entered since.

        Args:
            registry: The registry.
            go_on: Says, now and then, whether to go on.

        Raises:
            LedgerError: The ledger does not prove what it says.
        """
        while go_on():
            with registry.reading() as view:
                if self._is_current(view):
                    return
                self._advance(view, registry.log_key)

    def _is_current(self, view: LedgerView) -> bool:
        """Tell whether everything was taken that the checkpoint covers."""
        if not view.size:
            if self.told.size:
                self._forget()
            return True
        return view.checkpoint == self._signed and self.told.size == self.wanted

    def _advance(self, view: LedgerView, log_key: str) -> None:
        """Prove and fold the next entries."""
        checkpoint = believe(view, log_key=log_key).checkpoint
        if not self._goes_on(checkpoint, view):
            self._forget()
        self.wanted = checkpoint.size
        start = self.told.size
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
        self.told.take(entries)

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
