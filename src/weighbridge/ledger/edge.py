"""The ragged right edge of a tree that grows leaf by leaf: what its root follows from, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.ledger.merkle import StoredTree, grow

if TYPE_CHECKING:
    from collections.abc import Sequence


class Edge:
    """A tree of which only the nodes are kept that more leaves still need."""

    def __init__(self) -> None:
        """Begin without leaves."""
        self._last: dict[int, tuple[int, bytes]] = {}
        self.size = 0

    def add(self, leaves: Sequence[bytes]) -> list[tuple[int, int, bytes]]:
        """Add leaf hashes and list the nodes, as (level, index, hash), they add to the tree.

        Raises:
            TreeError: One has not 32 bytes.
        """
        nodes = grow(self.size, leaves, self._node)
        self.size += len(leaves)
        for level, index, node in nodes:
            # The last one of a level that has no right neighbour yet, or is the whole tree.
            if index == (self.size >> level) - 1:
                self._last[level] = (index, node)
        return nodes

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        return StoredTree(self.size, self._node).root()

    def _node(self, level: int, index: int) -> bytes:
        at, node = self._last[level]
        if at != index:
            raise LookupError(f"node {index} of level {level} is not on the edge")
        return node
