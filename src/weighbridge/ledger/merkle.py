"""Merkle tree of an append-only log (RFC 6962, RFC 9162 section 2.1), hashes in, hashes out.

A node is the root over a complete subtree: node (level, index) covers the leaves from
`index * 2**level` to `(index + 1) * 2**level`, the last excluded. With all of them at hand, roots
and proofs of any earlier size are look-ups and a few hashes of the ragged right edge. Where the
nodes lie is another's business, and so is what a leaf means.

A proof alone does not bind the size of the tree: the same hashes prove leaf 0 of three leaves and
of four. Take sizes and roots from a checkpoint whose signature was verified.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Place = tuple[int, int]
"""Level and index of a node."""

HASH_LENGTH = 32
"""Bytes of a leaf, a node or a root: SHA-256."""

_PAIR = 2 * HASH_LENGTH
_SHIFT = HASH_LENGTH.bit_length() - 1

EMPTY_ROOT = sha256(b"").digest()
"""Root of a tree without leaves (RFC 9162, 2.1.1)."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf; the prefix keeps leaves and nodes apart."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children as their parent."""
    return sha256(b"\x01" + left + right).digest()


class TreeError(ValueError):
    """A size or an index lies outside the tree, or a leaf to add is no hash."""


class Tree(ABC):
    """Roots and proofs of a tree, whoever holds its nodes."""

    @abstractmethod
    def __len__(self) -> int:
        """Count the leaves."""

    @abstractmethod
    def _nodes(self, places: Sequence[Place]) -> Sequence[bytes]:
        """Return nodes of the tree, in the order of their places."""

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, or over all.

        Raises:
            TreeError: The tree is smaller.
        """
        wanted = len(self) if size is None else size
        self._check(wanted)
        return self._roots([_cover(0, wanted)])[0] if wanted else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Prove that leaf `index` is in the tree of `size` leaves (RFC 9162, 2.1.3.1).

        Raises:
            TreeError: The tree is smaller, or holds no such leaf.
        """
        count = len(self) if size is None else size
        self._check(count)
        if not 0 <= index < count:
            raise TreeError(f"leaf {index} is not in a tree of {count}")
        # Down the ragged right edge to a complete subtree; there every sibling is stored.
        path: list[list[Place]] = []
        start = 0
        while count & (count - 1):
            left = _left(count)
            if index - start < left:
                path.append(_cover(start + left, count - left))
                count = left
            else:
                path.append(_cover(start, left))
                start, count = start + left, count - left
        height = count.bit_length() - 1
        complete = [(level, (index >> level) ^ 1) for level in range(height)]
        return self._roots(path[::-1], beside=complete)

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """Prove that the tree of `first` leaves is a prefix of that of `second` (2.1.4.1).

        Raises:
            TreeError: The sizes are out of order, or the tree is smaller.
        """
        count = len(self) if second is None else second
        self._check(count)
        if not 0 < first <= count:
            raise TreeError(f"a tree of {first} is no prefix of one of {count}")
        # Down to the node the first tree ends with; `known` while that is the first tree itself.
        path: list[list[Place]] = []
        start, old, known = 0, first, True
        while old != count:
            left = _left(count)
            if old <= left:
                path.append(_cover(start + left, count - left))
                count = left
            else:
                path.append(_cover(start, left))
                start, old, count, known = start + left, old - left, count - left, False
        if not known:
            path.append(_cover(start, count))
        return self._roots(path[::-1])

    def _check(self, size: int) -> None:
        if not 0 <= size <= len(self):
            raise TreeError(f"the tree holds {len(self)} leaves, not {size}")

    def _roots(
        self, covers: Sequence[Sequence[Place]], *, beside: Sequence[Place] = ()
    ) -> list[bytes]:
        """Return some nodes, then the root over each of some runs; all are looked up at once."""
        nodes = self._nodes([*beside, *(place for cover in covers for place in cover)])
        at = len(beside)
        found = list(nodes[:at])
        for cover in covers:
            found.append(_folded(nodes[at : at + len(cover)]))
            at += len(cover)
        return found


class MerkleTree(Tree):
    """A tree in memory, with a hash for every leaf and every complete subtree."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Begin with some leaf hashes."""
        # _levels[k] holds the nodes of level k, one after the other: a third of what objects take.
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaves)

    def __len__(self) -> int:
        """Count the leaves."""
        return len(self._levels[0]) // HASH_LENGTH

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash.

        Raises:
            TreeError: It has not 32 bytes.
        """
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order; all of them or, if one is no hash, none.

        Raises:
            TreeError: One has not 32 bytes. An entry is added by its `leaf_hash`.
        """
        added = bytearray()
        for leaf in leaves:
            if len(leaf) != HASH_LENGTH:
                _check_leaves((leaf,))
            added += leaf
        row = self._levels[0]
        row += added
        level = 0
        while len(row) >= _PAIR:
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            above = self._levels[level + 1]
            start, stop = 2 * len(above), len(row) - HASH_LENGTH
            for at in range(start, stop, _PAIR):
                above += sha256(b"\x01" + row[at : at + _PAIR]).digest()
            row, level = above, level + 1

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List (level, index, hash) of every node, sorted."""
        for level, row in enumerate(self._levels):
            for index in range(len(row) // HASH_LENGTH):
                yield level, index, self._node(level, index)

    def _nodes(self, places: Sequence[Place]) -> list[bytes]:
        levels = self._levels
        return [
            bytes(levels[level][index << _SHIFT : (index + 1) << _SHIFT]) for level, index in places
        ]

    def _node(self, level: int, index: int) -> bytes:
        return self._nodes([(level, index)])[0]


class StoredTree(Tree):
    """A tree whose nodes lie elsewhere."""

    def __init__(
        self,
        size: int,
        node: Callable[[int, int], bytes],
        *,
        many: Callable[[Sequence[Place]], Sequence[bytes]] | None = None,
    ) -> None:
        """Say how many leaves there are, and how to look up nodes.

        Args:
            size: Number of leaves.
            node: Looks up a node by level and index.
            many: Looks up many at once, where that is cheaper than one by one.
        """
        self._size = size
        self._look_up = node
        self._look_up_many = many

    def __len__(self) -> int:
        """Count the leaves."""
        return self._size

    def _nodes(self, places: Sequence[Place]) -> Sequence[bytes]:
        if self._look_up_many is not None:
            return self._look_up_many(places)
        return [self._look_up(level, index) for level, index in places]


class CompactTree:
    """A tree that grows leaf by leaf, of which only the right edge is at hand.

    That is one hash for every bit of its size that is set: enough for its root, and for the root it
    had at a size somebody asked for beforehand.
    """

    def __init__(self) -> None:
        """Begin without leaves."""
        self._size = 0
        self._edge: list[bytes] = []  # roots of complete subtrees, the largest first
        self._watched = frozenset[int]()
        self._roots: dict[int, bytes] = {}

    def watch(self, sizes: Iterable[int]) -> None:
        """Remember the roots the tree will have at some sizes."""
        self._watched |= {*sizes}

    def __len__(self) -> int:
        """Count the leaves."""
        return self._size

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf hash, and return the nodes that end with it: itself, its parent and so on."""
        at, node, ended, edge = self._size, leaf, [leaf], self._edge
        while at & 1:
            node = sha256(b"\x01" + edge.pop() + node).digest()
            ended.append(node)
            at >>= 1
        edge.append(node)
        self._size += 1
        if self._size in self._watched:
            self._roots[self._size] = self.root()
        return ended

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Add leaf hashes, and list the nodes, as (level, index, hash), they add to the tree."""
        return [
            (level, (self._size >> level) - 1, node)
            for leaf in leaves
            for level, node in enumerate(self.append(leaf))
        ]

    def root(self, size: int | None = None) -> bytes:
        """Return the root over all leaves, or the one it had at a size that was watched.

        Raises:
            TreeError: It has not had that size, or nobody watched.
        """
        if size not in {None, self._size}:
            if size not in self._roots:
                raise TreeError(f"the root over {size} leaves is not known")
            return self._roots[size]
        return _folded(self._edge) if self._edge else EMPTY_ROOT


def grow(
    size: int, leaves: Sequence[bytes], node: Callable[[int, int], bytes]
) -> list[tuple[int, int, bytes]]:
    """List the nodes, as (level, index, hash), that more leaves add to a tree.

    Looks up at most one node a level, all of them of the old tree's right edge.

    Args:
        size: Leaves the tree has.
        leaves: Leaf hashes to add.
        node: Looks up a node of the tree by level and index.

    Raises:
        TreeError: A leaf has not 32 bytes.
    """
    _check_leaves(leaves)
    grown: list[tuple[int, int, bytes]] = []
    row, start, level = list(leaves), size, 0
    while row:
        grown.extend((level, index, added) for index, added in enumerate(row, start))
        if start & 1:  # the first new node is the right child of one there already
            row.insert(0, node(level, start - 1))
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        start, level = start >> 1, level + 1
    return grown


def _cover(start: int, count: int) -> list[Place]:
    """List the complete subtrees over `count` leaves from `start`, the largest first."""
    places = []
    while count:
        level = count.bit_length() - 1
        places.append((level, start >> level))
        start, count = start + (1 << level), count - (1 << level)
    return places


def _folded(nodes: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees, each smaller than the one before it."""
    root = nodes[-1]
    for node in reversed(nodes[:-1]):
        root = node_hash(node, root)
    return root


def _left(count: int) -> int:
    """Return how many of `count` leaves, two or more, stand under the root's left child."""
    return 1 << ((count - 1).bit_length() - 1)


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether a proof shows that a leaf hash is at `index` in the tree of `size` leaves.

    RFC 9162, 2.1.3.2. Whatever the proof holds, it costs at most one hash per bit of `size`.
    """
    if not 0 <= index < size or not _are_hashes((leaf, *path)):
        return False
    node, at, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            at, last = _climb(at, last)
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    first: int, second: int, *, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that the first tree is a prefix of the second.

    RFC 9162, 2.1.4.2. A tree is a prefix of itself, and then the proof is empty.
    """
    if not 0 < first <= second or not _are_hashes((first_root, second_root, *path)):
        return False
    if first == second:
        return not path and first_root == second_root
    # The root of a complete first tree is left out of the proof: whoever verifies has it.
    nodes = list(path) if first & (first - 1) else [first_root, *path]
    if not nodes:
        return False
    at, last = _climb(first - 1, second - 1, past=1)
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            at, last = _climb(at, last)
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _climb(at: int, last: int, *, past: int = 0) -> tuple[int, int]:
    """Go up while the node is a left child (or, with `past` 1, a right one) and not the first."""
    while at and at & 1 == past:
        at, last = at >> 1, last >> 1
    return at, last


def _are_hashes(values: Sequence[bytes]) -> bool:
    return {*map(len, values)} <= {HASH_LENGTH}


def _check_leaves(leaves: Sequence[bytes]) -> None:
    if not _are_hashes(leaves):
        raise TreeError(f"a leaf hash has {HASH_LENGTH} bytes")
