"""Work of ledgers of some size: `python bench/ledger_sizes.py VERB FOLDER SIZE COUNT`.

`make` fills the tables of an embedded registry in a folder: entries of 80 bytes that are no events
but for the last, which is read by who appends, under nodes and a checkpoint that are theirs.
`prove` makes proofs of COUNT entries and verifies them; `tree` does the same with a tree in memory,
and looks at no folder. `events` makes a registry whose entries are events.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from weighbridge.adapters.log_key import make_log_key, open_log_key
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.adapters.schema import migrate
from weighbridge.adapters.session import Session
from weighbridge.ledger.merkle import (
    CompactTree,
    MerkleTree,
    StoredTree,
    leaf_hash,
    verify_inclusion,
)
from weighbridge.model.event import Event, Kind, write_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.ledger.merkle import Tree
    from weighbridge.model.ports import Transaction

STRIDE = 7919
"""A prime, so that steps of it visit every leaf in an order that is not the tree's."""

BEGUN = "2026-01-01T00:00:00Z"
ENTRY = "INSERT INTO entry (idx, body) VALUES (?, ?)"
NODE = "INSERT INTO node (leaf, level, hash) VALUES (?, ?, ?)"
CHECKPOINT = "INSERT INTO checkpoint (only, note) VALUES (0, ?)"


def entry(index: int) -> bytes:
    """Return the bytes of an entry."""
    return b"%080d" % index


def last() -> bytes:
    """Return the bytes of an event, which the last entry is."""
    body = {"bundle": f"sha256:{1:064x}", "subjects": [f"sha256:{1:064x}"]}
    return write_event(Event(kind=Kind.EVIDENCE_ADDED, time=BEGUN, control=0, body=body))


def make(folder: Path, size: int) -> None:
    """Fill the tables of a registry."""
    folder.mkdir(parents=True)
    make_log_key(folder, "bench", begun=False)
    session = Session(folder / "registry.db", mode="mode=rwc")
    session.command("BEGIN IMMEDIATE")
    migrate(session)
    end = last()
    session.write_many(ENTRY, ((at, entry(at)) for at in range(size - 1)))
    session.write(ENTRY, (size - 1, end))
    tree = CompactTree()
    nodes = (
        (index, level, node)
        for index in range(size)
        for level, node in enumerate(
            tree.append(leaf_hash(entry(index) if index < size - 1 else end))
        )
    )
    session.write_many(NODE, nodes)
    session.write(CHECKPOINT, (open_log_key(folder).sign(size, tree.root()),))
    session.command("COMMIT")
    session.close()


def make_events(folder: Path, size: int) -> None:
    """Fill a registry with events, all but the first about one statement."""
    registry = EmbeddedRegistry(folder)
    first = {"logKey": registry.make_log_key("bench")}
    digest = f"sha256:{1:064x}"

    def change(transaction: Transaction) -> None:
        transaction.append(Kind.REGISTRY_INITIALISED, first)
        for _ in range(size - 1):
            transaction.append(Kind.EVIDENCE_ADDED, {"bundle": digest, "subjects": [digest]})

    registry.change(change)
    registry.close()


def work(tree: Tree, fetch: Callable[[int], bytes], count: int) -> None:
    """Make proofs and verify them."""
    size, root = len(tree), tree.root()
    for turn in range(count):
        index = turn * STRIDE % size
        path = tree.inclusion(index)
        leaf = leaf_hash(fetch(index))
        if not verify_inclusion(leaf, index=index, size=size, path=path, root=root):
            raise SystemExit(f"the proof of entry {index} does not verify")


def main(verb: str, folder: Path, size: int, count: int) -> None:
    """Do what was asked for."""
    if verb == "make":
        make(folder, size)
    elif verb == "events":
        make_events(folder, size)
    elif verb == "tree":
        work(MerkleTree(leaf_hash(entry(index)) for index in range(size)), entry, count)
    else:
        with EmbeddedRegistry(folder).reading() as view:
            if view.size != size:
                raise SystemExit(f"of {size} entries {view.size} are there")
            work(StoredTree(size, view.node, many=view.nodes_at), view.entry, count)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
