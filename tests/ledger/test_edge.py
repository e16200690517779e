"""The edge of a tree has the tree's root and adds its nodes, however the leaves come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.ledger.edge import Edge
from weighbridge.ledger.merkle import EMPTY_ROOT, MerkleTree, leaf_hash

LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]


@given(st.lists(st.integers(min_value=0, max_value=9), max_size=7))
def test_an_edge_grows_as_the_tree_does(sizes: list[int]) -> None:
    edge, tree, nodes = Edge(), MerkleTree(), list[tuple[int, int, bytes]]()
    assert edge.root() == EMPTY_ROOT
    for size in sizes:
        more = LEAVES[edge.size : edge.size + size]
        nodes += edge.add(more)
        tree.extend(more)
        assert (edge.size, edge.root()) == (len(tree), tree.root())
    assert sorted(nodes) == list(tree.nodes())


def test_an_edge_forgets_what_is_behind_it() -> None:
    edge = Edge()
    edge.add(LEAVES)
    with pytest.raises(LookupError):
        edge._node(0, 3)
