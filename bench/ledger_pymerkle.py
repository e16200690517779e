"""The work of `bench/ledger.py` done by pymerkle, with the interpreter it is installed for.

`python bench/ledger_pymerkle.py append|prove|verify COUNT`. pymerkle counts entries from 1.
"""

from __future__ import annotations

import sys

from pymerkle import (  # type: ignore[import-not-found] # in an environment of its own
    InmemoryTree,
    verify_inclusion,
)

SIZE = 100_000
STRIDE = 7919


def grown(count: int) -> InmemoryTree:
    """Return a tree of so many entries."""
    tree = InmemoryTree(algorithm="sha256")
    for number in range(count):
        tree.append_entry(b"%080d" % number)
    return tree


def main(verb: str, count: int) -> None:
    """Do what was asked for."""
    if verb == "append":
        grown(count).get_root()
        return
    tree = grown(SIZE)
    root = tree.get_root()
    turns = range(count if verb == "prove" else min(count, 100))
    places = [turn * STRIDE % SIZE + 1 for turn in turns]
    proofs = [tree.prove_inclusion(place, SIZE) for place in places]
    if verb == "verify":
        bases = [tree.get_leaf(place) for place in places]
        for turn in range(count):
            verify_inclusion(bases[turn % len(bases)], root, proofs[turn % len(proofs)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
