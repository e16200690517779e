from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger import reference
from weighbridge.ledger.merkle import (
    EMPTY_ROOT,
    MerkleTree,
    StoredTree,
    TreeError,
    grow,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The leaves of Certificate Transparency's own test data, and the roots it gives for them.
KNOWN_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
KNOWN_PATH = [  # of the sixth leaf, index 5, among eight
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]

MOST = 300
ENTRIES = reference.entries(MOST)
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
TREE = MerkleTree(LEAVES)
ROOTS = [TREE.root(size) for size in range(MOST + 1)]


def flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ (1 << bit)).to_bytes(len(value))


def is_included(index: int, size: int, path: list[bytes], leaf: bytes | None = None) -> bool:
    shown = LEAVES[index] if leaf is None else leaf
    return verify_inclusion(shown, index=index, size=size, path=path, root=ROOTS[size])


def is_consistent(first: int, second: int, path: list[bytes]) -> bool:
    return verify_consistency(
        first, second, first_root=ROOTS[first], second_root=ROOTS[second], path=path
    )


@st.composite
def places(draw: st.DrawFn, most: int = 130) -> tuple[int, int]:
    size = draw(st.integers(1, most))
    return draw(st.integers(0, size - 1)), size


@st.composite
def prefixes(draw: st.DrawFn, most: int = 80) -> tuple[int, int]:
    second = draw(st.integers(1, most))
    return draw(st.integers(1, second)), second


def test_the_roots_are_those_of_certificate_transparency() -> None:
    tree = MerkleTree(leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN_LEAVES)
    assert [tree.root(size).hex() for size in range(9)] == KNOWN_ROOTS
    assert tree.root() == tree.root(8)
    assert [node.hex() for node in tree.inclusion(5)] == KNOWN_PATH


def test_every_root_is_that_of_the_definition() -> None:
    assert [reference.tree_hash(ENTRIES[:size]) for size in range(MOST + 1)] == ROOTS
    assert MerkleTree().root() == EMPTY_ROOT == ROOTS[0]


@given(st.lists(st.integers(0, 40), max_size=8))
def test_leaves_added_in_any_portions_make_the_same_tree(portions: list[int]) -> None:
    tree = MerkleTree()
    for portion in portions:
        start = len(tree)
        tree.extend(LEAVES[start : start + portion])
        if len(tree) < MOST:
            tree.append(LEAVES[len(tree)])
    assert tree.root() == ROOTS[len(tree)]
    assert tree._levels == MerkleTree(LEAVES[: len(tree)])._levels


def test_every_inclusion_proof_is_that_of_the_definition_and_verifies() -> None:
    for size in range(1, 131):
        for index in range(size):
            path = TREE.inclusion(index, size)
            assert is_included(index, size, path)
            if size <= 40:
                assert path == reference.inclusion(index, ENTRIES[:size])


def test_every_consistency_proof_is_that_of_the_definition_and_verifies() -> None:
    for second in range(1, 81):
        for first in range(1, second + 1):
            path = TREE.consistency(first, second)
            assert is_consistent(first, second, path)
            if second <= 40:
                assert path == reference.consistency(first, ENTRIES[:second])


@given(places(most=MOST), prefixes(most=MOST))
def test_larger_proofs_are_those_of_the_definition(
    place: tuple[int, int], prefix: tuple[int, int]
) -> None:
    assert TREE.inclusion(*place) == reference.inclusion(place[0], ENTRIES[: place[1]])
    assert TREE.consistency(*prefix) == reference.consistency(prefix[0], ENTRIES[: prefix[1]])


@pytest.mark.parametrize("size", [1, 2, 7, 8, 13])
def test_every_changed_bit_of_an_inclusion_proof_is_refused(size: int) -> None:
    for index in range(size):
        path, leaf, root = TREE.inclusion(index, size), LEAVES[index], ROOTS[size]
        for bit in range(256):
            assert not is_included(index, size, path, flip(leaf, bit))
            assert not verify_inclusion(
                leaf, index=index, size=size, path=path, root=flip(root, bit)
            )
            for at, node in enumerate(path):
                assert not is_included(index, size, [*path[:at], flip(node, bit), *path[at + 1 :]])


@given(places(), st.data())
def test_a_changed_hash_missing_or_added_is_refused(
    place: tuple[int, int], data: st.DataObject
) -> None:
    path = TREE.inclusion(*place)
    at, bit = data.draw(st.integers(0, len(path))), data.draw(st.integers(0, 255))
    other = data.draw(st.sampled_from([*path, *LEAVES[:4]]))
    assert not is_included(*place, [*path[:at], other, *path[at:]])
    if at < len(path):
        assert not is_included(*place, [*path[:at], flip(path[at], bit), *path[at + 1 :]])
        assert not is_included(*place, [*path[:at], *path[at + 1 :]])


@given(places(), st.integers(0, 8))
def test_every_changed_bit_of_an_index_is_refused(place: tuple[int, int], bit: int) -> None:
    index, size = place
    path, other = TREE.inclusion(index, size), index ^ (1 << bit)
    assert not verify_inclusion(LEAVES[index], index=other, size=size, path=path, root=ROOTS[size])


@given(places(), places())
def test_a_proof_holds_at_the_places_of_its_shape_and_nowhere_else(
    place: tuple[int, int], other: tuple[int, int]
) -> None:
    # Sizes of one shape cannot be told apart by any verifier of RFC 9162: that is why they come
    # from a signed checkpoint.
    accepted = verify_inclusion(
        LEAVES[place[0]],
        index=other[0],
        size=other[1],
        path=TREE.inclusion(*place),
        root=ROOTS[place[1]],
    )
    assert accepted == (reference.inclusion_shape(*place) == reference.inclusion_shape(*other))


@given(places(), st.integers(0, 8))
def test_a_changed_bit_of_a_size_is_refused_where_the_shape_tells(
    place: tuple[int, int], bit: int
) -> None:
    (index, size), path = place, TREE.inclusion(*place)
    other = size ^ (1 << bit)
    same = index < other and (
        reference.inclusion_shape(index, other) == reference.inclusion_shape(index, size)
    )
    leaf = LEAVES[index]
    assert verify_inclusion(leaf, index=index, size=other, path=path, root=ROOTS[size]) == same
    # The root of the other size is another: with both from a checkpoint nothing passes.
    if other <= MOST:
        assert not is_included(index, other, path)


@given(prefixes(), st.data())
def test_an_altered_consistency_proof_is_refused(
    prefix: tuple[int, int], data: st.DataObject
) -> None:
    first, second = prefix
    path, bit = TREE.consistency(first, second), data.draw(st.integers(0, 255))
    at = data.draw(st.integers(0, len(path)))
    roots = {"first_root": ROOTS[first], "second_root": ROOTS[second]}
    for name, root in roots.items():
        assert not verify_consistency(first, second, path=path, **{**roots, name: flip(root, bit)})
    assert not is_consistent(first, second, [*path[:at], LEAVES[at], *path[at:]])
    if at < len(path):
        assert not is_consistent(first, second, [*path[:at], flip(path[at], bit), *path[at + 1 :]])
        assert not is_consistent(first, second, [*path[:at], *path[at + 1 :]])


def test_every_hash_of_a_consistency_proof_counts() -> None:
    for second in range(1, 81):
        for first in range(1, second):
            path = TREE.consistency(first, second)
            for at, node in enumerate(path):
                altered = [*path[:at], flip(node, first), *path[at + 1 :]]
                assert not is_consistent(first, second, altered)


@given(prefixes(), prefixes())
def test_a_consistency_proof_holds_for_the_sizes_of_its_shape_and_no_others(
    prefix: tuple[int, int], other: tuple[int, int]
) -> None:
    accepted = verify_consistency(
        *other,
        first_root=ROOTS[prefix[0]],
        second_root=ROOTS[prefix[1]],
        path=TREE.consistency(*prefix),
    )
    same = reference.consistency_shape(*prefix) == reference.consistency_shape(*other)
    equal_sizes = prefix[0] == prefix[1] and other[0] == other[1]
    assert accepted == (same or equal_sizes)


@given(prefixes(), st.integers(0, 79))
def test_a_tree_whose_past_was_rewritten_is_not_consistent(
    prefix: tuple[int, int], changed: int
) -> None:
    first, second = prefix
    forged = MerkleTree(LEAVES[:second])
    if changed < first:
        forged = MerkleTree(
            [*LEAVES[:changed], leaf_hash(b"forged"), *LEAVES[changed + 1 : second]]
        )
    assert verify_consistency(
        first,
        second,
        first_root=ROOTS[first],
        second_root=forged.root(),
        path=forged.consistency(first),
    ) == (changed >= first)


def test_a_node_is_no_leaf() -> None:
    left, right = LEAVES[:2]
    assert node_hash(left, right) != leaf_hash(left + right)
    # Without prefixes, the two leaves' hashes as one entry would be a tree of the same root.
    forged = leaf_hash(left + right)
    assert not verify_inclusion(forged, index=0, size=1, path=[], root=ROOTS[2])
    assert not is_included(0, 3, [LEAVES[2]], node_hash(left, right))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_what_is_no_hash_is_refused(length: int) -> None:
    tree = MerkleTree(LEAVES[:3])
    with pytest.raises(TreeError, match="32 bytes"):
        tree.extend([LEAVES[3], bytes(length)])
    with pytest.raises(TreeError, match="32 bytes"):
        tree.append(bytes(length))
    assert (len(tree), tree.root()) == (3, ROOTS[3])
    path = TREE.inclusion(0, 3)
    assert not is_included(0, 3, [path[0][:length].ljust(length, b"\0"), path[1]])
    assert not is_included(0, 3, path, bytes(length))
    assert not is_consistent(3, 4, [*TREE.consistency(3, 4)[:-1], bytes(length)])
    root = bytes(length)
    assert not verify_consistency(3, 3, first_root=root, second_root=root, path=[])


def test_the_boundary_of_two_hashes_does_not_move() -> None:
    # node_hash joins its children: 33 + 31 bytes would hash as 32 + 32 do.
    left, right = LEAVES[:2]
    moved = left + right[:1]
    assert node_hash(moved, right[1:]) == ROOTS[2]
    assert not verify_inclusion(right[1:], index=1, size=2, path=[moved], root=ROOTS[2])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 6), (0, -1), (5, 6)])
def test_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(TreeError):
        MerkleTree(LEAVES[:5]).inclusion(index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (-1, 3), (4, 3), (1, 6), (1, -1), (0, 0)])
def test_no_consistency_proof_of_sizes_that_do_not_fit(first: int, second: int) -> None:
    with pytest.raises(TreeError):
        MerkleTree(LEAVES[:5]).consistency(first, second)


@pytest.mark.parametrize("size", [-1, 6])
def test_no_root_of_a_size_that_is_not_there(size: int) -> None:
    with pytest.raises(TreeError, match="holds 5 leaves"):
        MerkleTree(LEAVES[:5]).root(size)


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (0, -1)])
def test_a_proof_for_a_place_outside_the_tree_is_refused(index: int, size: int) -> None:
    assert verify_inclusion(LEAVES[0], index=0, size=1, path=[], root=LEAVES[0])
    assert not verify_inclusion(LEAVES[0], index=index, size=size, path=[], root=LEAVES[0])


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 1), (-1, 1), (2, 1), (3, 4)])
def test_an_empty_consistency_proof_proves_but_equal_trees(first: int, second: int) -> None:
    root = ROOTS[2]
    assert verify_consistency(2, 2, first_root=root, second_root=root, path=[])
    assert not verify_consistency(first, second, first_root=root, second_root=root, path=[])


def test_a_complete_tree_is_told_from_itself_with_an_empty_proof_of_growth() -> None:
    assert not is_consistent(4, 5, [])


def test_an_endless_proof_is_refused() -> None:
    assert not is_included(0, 2, [LEAVES[1]] * 100_000)
    assert not is_consistent(1, 2, [LEAVES[1]] * 100_000)


class Store:
    """Nodes in a dict, which counts how often it is asked."""

    def __init__(self) -> None:
        self.size = 0
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.asked: list[tuple[int, int]] = []

    def node(self, level: int, index: int) -> bytes:
        self.asked.append((level, index))
        return self.nodes[level, index]

    def add(self, leaves: list[bytes]) -> None:
        for level, index, node in grow(self.size, leaves, self.node):
            assert (level, index) not in self.nodes
            self.nodes[level, index] = node
        self.size += len(leaves)

    def tree(self) -> StoredTree:
        return StoredTree(self.size, self.node)


@given(st.lists(st.integers(0, 40), max_size=8))
def test_a_tree_grown_in_any_portions_has_the_nodes_of_one_in_memory(portions: list[int]) -> None:
    store = Store()
    for portion in portions:
        store.add(LEAVES[store.size : store.size + portion])
        nodes = MerkleTree(LEAVES[: store.size]).nodes()
        assert store.nodes == {(level, index): node for level, index, node in nodes}
        assert store.tree().root() == ROOTS[store.size]


@given(places(most=MOST), prefixes(most=MOST))
def test_proofs_over_stored_nodes_are_those_of_the_definition(
    place: tuple[int, int], prefix: tuple[int, int]
) -> None:
    store = Store()
    store.add(LEAVES)
    tree = store.tree()
    assert len(tree) == MOST
    assert tree.root(place[1]) == reference.tree_hash(ENTRIES[: place[1]])
    assert tree.inclusion(*place) == reference.inclusion(place[0], ENTRIES[: place[1]])
    assert tree.consistency(*prefix) == reference.consistency(prefix[0], ENTRIES[: prefix[1]])


def test_growing_asks_for_nothing_but_the_right_edge() -> None:
    store = Store()
    for leaf in LEAVES:
        store.asked.clear()
        store.add([leaf])
        edge, size = set(store.asked), store.size - 1
        assert len(store.asked) == len(edge) <= MOST.bit_length()
        store.asked.clear()
        StoredTree(size, store.node).root()
        assert edge <= set(store.asked)


def test_growing_takes_nothing_but_hashes() -> None:
    with pytest.raises(TreeError, match="32 bytes"):
        grow(0, [LEAVES[0], b"entry"], Store().node)
    assert grow(5, [], Store().node) == []
