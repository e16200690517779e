from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger import reference
from weighbridge.ledger.merkle import CompactTree, MerkleTree, TreeError, leaf_hash
from weighbridge.ledger.tiles import (
    LARGEST_ENTRY,
    Tile,
    TileError,
    read_bundle,
    read_hashes,
    read_path,
    starts,
    tile_at,
    tiling,
    write_bundle,
)

tiles = st.builds(
    Tile,
    level=st.none() | st.integers(0, 63),
    index=st.integers(0, 2**63) | st.integers(0, 2000),
    width=st.integers(1, 256),
)


# The examples of https://c2sp.org/tlog-tiles.


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, index=1234067), "tile/0/x001/x234/067"),
        (Tile(level=0, index=273, width=112), "tile/0/273.p/112"),
        (Tile(level=2, index=0, width=1), "tile/2/000.p/1"),
        (Tile(level=None, index=1000), "tile/entries/x001/000"),
        (Tile(level=63, index=999), "tile/63/999"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert (tile.path, read_path(path)) == (path, tile)


def test_a_tree_of_70_000_has_the_tiles_the_specification_counts() -> None:
    size = 70_000
    assert tile_at(0, 272, size=size) == Tile(level=0, index=272)
    assert tile_at(0, 273, size=size) == Tile(level=0, index=273, width=112)
    assert tile_at(0, 274, size=size) is None
    assert tile_at(1, 0, size=size) == Tile(level=1, index=0)
    assert tile_at(1, 1, size=size) == Tile(level=1, index=1, width=17)
    assert tile_at(2, 0, size=size) == Tile(level=2, index=0, width=1)
    assert tile_at(3, 0, size=size) is None
    assert tile_at(None, 273, size=size) == Tile(level=None, index=273, width=112)


def test_a_tree_of_256_has_a_full_tile_and_one_hash_above_it() -> None:
    entries = reference.entries(256)
    tree = CompactTree()
    cut = dict(tiling(entries, tree))
    assert [tile.path for tile in cut] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert cut[Tile(level=1, index=0, width=1)] == tree.root() == reference.tree_hash(entries)


def test_a_bundle_is_entries_behind_their_lengths() -> None:
    assert write_bundle([b"ab", b"", b"c" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"c" * 258


@given(tiles)
def test_a_path_is_read_back(tile: Tile) -> None:
    assert read_path(tile.path) == tile
    assert all(part.isdigit() or len(part) < 12 for part in tile.path.split("/"))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p",
        "tile/-1/000",
        "tile/entries/000/",
        "/tile/0/000",
        "tile/0/../0/000",
        "tile/0/\u0661\u0661\u0661",
        "tile/0/000\n",
        "tile/0/" + "x999/" * 7 + "999",
        "tile/0/\udcff",
    ],
)
def test_whatever_is_spelled_otherwise_is_no_path(path: str) -> None:
    with pytest.raises(TileError, match="is no path of a tile"):
        read_path(path)


@given(st.lists(st.binary(max_size=4), max_size=6), st.integers(0, 8))
def test_a_bundle_is_read_back_and_nothing_else_is(entries: list[bytes], width: int) -> None:
    data = write_bundle(entries)
    if width == len(entries):
        assert read_bundle(data, width) == entries
    else:
        with pytest.raises(TileError, match=f"not {width} entries"):
            read_bundle(data, width)


@given(st.binary(max_size=12), st.integers(0, 4))
def test_whatever_is_read_is_written_back_to_the_same_bytes(data: bytes, width: int) -> None:
    try:
        entries = read_bundle(data, width)
    except TileError:
        return
    assert write_bundle(entries) == data


def test_a_bundle_holds_entries_of_65535_bytes_and_no_larger() -> None:
    largest = bytes(LARGEST_ENTRY)
    assert read_bundle(write_bundle([largest]), 1) == [largest]
    with pytest.raises(TileError, match="65536 bytes"):
        write_bundle([largest + b"x"])


def test_a_tile_is_so_many_hashes() -> None:
    assert read_hashes(b"a" * 32 + b"b" * 32, 2) == [b"a" * 32, b"b" * 32]
    for data in (b"a" * 63, b"a" * 65, b"a" * 96, b""):
        with pytest.raises(TileError, match="not 2 hashes"):
            read_hashes(data, 2)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 600])
def test_a_log_is_cut_into_tiles_from_which_it_follows(size: int) -> None:
    entries = reference.entries(size)
    whole, tree = MerkleTree(map(leaf_hash, entries)), CompactTree()
    cut = dict(tiling(entries, tree))
    assert (len(tree), tree.root()) == (size, whole.root())
    for tile, data in cut.items():
        assert tile == tile_at(tile.level, tile.index, size=size)
        assert len(data) <= tile.largest
    hashes = {
        (8 * tile.level, 256 * tile.index + at): found
        for tile, data in cut.items()
        if tile.level is not None
        for at, found in enumerate(read_hashes(data, tile.width))
    }
    assert hashes == {(level, at): found for level, at, found in whole.nodes() if level % 8 == 0}
    bundled = [read_bundle(data, tile.width) for tile, data in cut.items() if tile.level is None]
    assert [entry for bundle in bundled for entry in bundle] == entries


def test_what_comes_later_changes_no_full_tile_and_only_lengthens_others() -> None:
    shorter = dict(tiling(reference.entries(300), CompactTree()))
    longer = dict(tiling(reference.entries(520), CompactTree()))
    for tile, data in shorter.items():
        (grown,) = (one for one in longer if one.place == tile.place)
        assert longer[grown][: starts(grown, longer[grown])[tile.width]] == data


# The tree of which only the edge is kept.


@given(st.integers(0, 70), st.sets(st.integers(1, 70), max_size=3))
def test_an_edge_has_the_roots_of_the_whole_tree(size: int, watched: set[int]) -> None:
    entries = reference.entries(size)
    tree, nodes = CompactTree(), []
    tree.watch(watched)
    for index, entry in enumerate(entries):
        for level, node in enumerate(tree.append(leaf_hash(entry))):
            nodes.append((level, index >> level, node))
    assert tree.root() == tree.root(size) == reference.tree_hash(entries)
    assert sorted(nodes) == list(MerkleTree(map(leaf_hash, entries)).nodes())
    for wanted in watched:
        if wanted <= size:
            assert tree.root(wanted) == reference.tree_hash(entries[:wanted])


def test_a_root_nobody_watched_is_not_known() -> None:
    tree = CompactTree()
    for entry in reference.entries(5):
        tree.append(leaf_hash(entry))
    for size in (0, 3, 6, -1):
        with pytest.raises(TreeError, match="not known"):
            tree.root(size)
