"""What an entry costs in a ledger of some size: `bench/ledger_growth.py VERB FOLDER SIZE COUNT`.

The tables are those of `bench/ledger_sizes.py make`. `append` appends COUNT events in one
transaction, and takes them back; `prove` makes COUNT proofs, their entries read; `verify` verifies
COUNT. Prints CPU seconds of one.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench.ledger_sizes import STRIDE
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.ledger.merkle import StoredTree, leaf_hash, verify_inclusion
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Transaction

DIGEST = f"sha256:{1:064x}"
BODY = {"statement": DIGEST, "subjects": [DIGEST]}
PROOFS = 200
"""Proofs that are verified over and over."""


class TakenBackError(Exception):
    """What was appended is not kept: the next run finds a ledger of the same size."""


def append(registry: EmbeddedRegistry, count: int) -> float:
    """Append entries, and take them back."""
    taken = 0.0

    def change(transaction: Transaction) -> None:
        nonlocal taken
        begun = time.process_time()
        for _ in range(count):
            transaction.append(Kind.EVIDENCE_ADDED, BODY)
        transaction.nodes_at([(0, 0)])  # so that those of the new entries are stored
        taken = time.process_time() - begun
        raise TakenBackError

    with contextlib.suppress(TakenBackError):
        registry.change(change)
    registry.close()
    return taken / count


def prove(view: LedgerView, size: int, count: int) -> float:
    """Make proofs, and read their entries."""
    tree = StoredTree(size, view.node, many=view.nodes_at)
    begun = time.process_time()
    for turn in range(count):
        index = turn * STRIDE % size
        tree.inclusion(index)
        view.entry(index)
    return (time.process_time() - begun) / count


def verify(view: LedgerView, size: int, count: int) -> float:
    """Verify proofs, over and over."""
    tree = StoredTree(size, view.node, many=view.nodes_at)
    root, places = tree.root(), [turn * STRIDE % size for turn in range(PROOFS)]
    made = [(place, leaf_hash(view.entry(place)), tree.inclusion(place)) for place in places]
    begun = time.process_time()
    for turn in range(count):
        place, leaf, path = made[turn % PROOFS]
        if not verify_inclusion(leaf, index=place, size=size, path=path, root=root):
            raise SystemExit(f"the proof of entry {place} does not verify")
    return (time.process_time() - begun) / count


def measure(verb: str, folder: Path, size: int, count: int) -> float:
    """Do what was asked for.

    Raises:
        SystemExit: The ledger is of another size.
    """
    registry = EmbeddedRegistry(folder)
    with registry.reading() as view:
        if view.size != size:
            raise SystemExit(f"of {size} entries {view.size} are there")
        if verb != "append":
            return (prove if verb == "prove" else verify)(view, size, count)
    return append(registry, count)


if __name__ == "__main__":
    print(measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
