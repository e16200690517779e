"""A ledger read from tiles of somebody who is not believed: each is held against the checkpoint.

A full tile is proven by its hash in the tile above it. Those at the right edge, which are not full,
are proven together: the root of the checkpoint is made of nothing else.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.merkle import StoredTree, grow, leaf_hash
from weighbridge.ledger.note import read_note
from weighbridge.ledger.tile_reading import TilesView
from weighbridge.ledger.tiles import HEIGHT, WIDTH, Tile, read_hashes, tile_at
from weighbridge.model.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.model.log_ports import TileFiles

    Hashes = dict[tuple[int, int], bytes]


class ProvenTiles(TilesView):
    """The ledger of one checkpoint, whose signature whoever opens it verifies."""

    def __init__(
        self, files: TileFiles, *, proven: Callable[[Tile], None] = lambda _tile: None
    ) -> None:
        """Read the checkpoint.

        Args:
            files: The tiles.
            proven: Is told of each tile that was proven, before anything of it is used.

        Raises:
            LedgerError: There is no checkpoint.
        """
        super().__init__(files)
        self._proven = proven
        self._root = read_checkpoint(read_note(self.checkpoint).text).root

    def check(self) -> None:
        """Hold the right edge of the tree against the checkpoint's root.

        Raises:
            LedgerError: It is another's.
        """
        if self.size:
            _ = self._edge

    def root(self, size: int) -> bytes:
        """Return the root that the log had at a size.

        Raises:
            TreeError: It never had that.
        """
        return StoredTree(self.size, self.node).root(size)

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry."""
        self._check_range(index, index + 1)
        return super().entry(index)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order."""
        end = self.size if stop is None else stop
        if start < end:
            self._check_range(start, end)
            yield from super().entries(start, end)

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List (level, index, hash) of every node, sorted."""
        for level in range(self.size.bit_length()):
            for index in range(self.size >> level):
                yield level, index, self.node(level, index)

    def _check_range(self, start: int, end: int) -> None:
        if start < 0 or end > self.size:
            missing = start if start < 0 or start >= self.size else self.size
            raise LedgerError(f"the ledger holds no entry {missing}", seen=f"{self.size} entries")

    def _read(self, tile: Tile, read: Callable[[bytes, int], list[bytes]]) -> list[bytes]:
        if tile.level is None:
            found = super()._read(tile, read)
            place = tile_at(0, tile.index, size=self.size)
            leaves = self._nodes(place) if place is not None else {}
            wanted = [leaves.get((0, at)) for at in range(tile.width)]
            if list(map(leaf_hash, found)) != wanted:
                raise self._lies(tile)
        elif tile.width < WIDTH:
            return self._edge[tile.level]
        else:
            found = super()._read(tile, read)
            above = tile_at(tile.level + 1, tile.index // WIDTH, size=self.size)
            nodes = self._nodes(above) if above is not None else {}
            if _nodes_of(found)[HEIGHT, 0] != nodes.get((0, tile.index % WIDTH)):
                raise self._lies(tile)
        self._proven(tile)
        return found

    @cached_property
    def _edge(self) -> dict[int, list[bytes]]:
        """The hashes of the tiles that are not full, by their levels."""
        found: dict[int, list[bytes]] = {}
        nodes: dict[int, Hashes] = {}
        for level in range(self.size.bit_length() // HEIGHT + 1):
            count = self.size >> HEIGHT * level
            if width := count % WIDTH:
                tile = Tile(level=level, index=count // WIDTH, width=width)
                found[level] = super()._read(tile, read_hashes)
                nodes[level] = _nodes_of(found[level])

        def placed(level: int, index: int) -> bytes:
            depth, height = divmod(level, HEIGHT)
            first = (self.size >> HEIGHT * depth) // WIDTH * WIDTH
            return nodes[depth][height, index - (first >> height)]

        if StoredTree(self.size, placed).root() != self._root:
            raise self._lies(
                Tile(level=0, index=self.size // WIDTH, width=self.size % WIDTH or WIDTH)
            )
        for level, hashes in found.items():
            index = (self.size >> HEIGHT * level) // WIDTH
            self._proven(Tile(level=level, index=index, width=len(hashes)))
        return found

    def _lies(self, tile: Tile) -> LedgerError:
        return LedgerError(
            f"{self._files.name}: {tile.path} is not what the checkpoint is over",
            cause="it was changed, or the log shows different entries to different readers",
            help=["keep what you have of it, and tell the owners"],
        )


def _nodes_of(hashes: Sequence[bytes]) -> Hashes:
    grown = grow(0, hashes, lambda _level, _index: b"")
    return {(level, index): node for level, index, node in grown}
