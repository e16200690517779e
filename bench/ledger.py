"""Work of the ledger for `bench/cells.py`: `python bench/ledger.py append|prove|verify COUNT`.

Prepares the same whatever the count, so that a run with 0 tells what the preparation costs.
"""

from __future__ import annotations

import sys

from weighbridge.ledger.merkle import MerkleTree, leaf_hash, verify_inclusion

SIZE = 100_000
"""Entries of the log."""

STRIDE = 7919
"""A prime, so that steps of it visit every leaf in an order that is not the tree's."""

ENTRIES = [b"%080d" % number for number in range(SIZE)]


def append(count: int) -> None:
    """Add entries to an empty tree, all at once, and take the root."""
    MerkleTree(map(leaf_hash, ENTRIES[:count])).root()


def prove(count: int) -> None:
    """Make inclusion proofs."""
    tree = MerkleTree(map(leaf_hash, ENTRIES))
    for turn in range(count):
        tree.inclusion(turn * STRIDE % SIZE)


def verify(count: int) -> None:
    """Verify inclusion proofs of a thousand leaves, over and over."""
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    tree = MerkleTree(leaves)
    root, places = tree.root(), [turn * STRIDE % SIZE for turn in range(1000)]
    proofs = [(place, tree.inclusion(place)) for place in places]
    for turn in range(count):
        place, path = proofs[turn % len(proofs)]
        if not verify_inclusion(leaves[place], index=place, size=SIZE, path=path, root=root):
            raise SystemExit(f"the proof of leaf {place} does not verify")


if __name__ == "__main__":
    {"append": append, "prove": prove, "verify": verify}[sys.argv[1]](int(sys.argv[2]))
