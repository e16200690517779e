"""A ledger read from tiles, by the same code that reads one from a registry.

Nothing in the files is believed: the checkpoint is held against the log's key, entries and hashes
against the checkpoint. Whoever reads while somebody exports sees the log of the checkpoint he read.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.merkle import CompactTree, grow
from weighbridge.ledger.note import NoteError, read_note
from weighbridge.ledger.tiles import (
    CHECKPOINT,
    HEIGHT,
    WIDTH,
    Tile,
    TileError,
    read_bundle,
    read_hashes,
    read_path,
    starts,
    tile_at,
    tiling,
)
from weighbridge.model.errors import LedgerError
from weighbridge.model.event import BINDING_KINDS, EventError, read_event, topics
from weighbridge.model.listed import ListsReleases, ListsTopics
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import TileFiles

    T = TypeVar("T")

LARGEST_CHECKPOINT = 1 << 20
"""Bytes of a checkpoint with all the signatures it may have, and more."""

_AGAIN = ("get the folder anew: `weighbridge log export DIR`",)
_KEPT = 64


class ExportedLog:
    """A ledger that lies in tiles."""

    def __init__(self, files: TileFiles) -> None:
        """Name the files."""
        self._files = files

    @contextlib.contextmanager
    def reading(self) -> Iterator[TilesView]:
        """Read the checkpoint; what it proves is what there is.

        Raises:
            LedgerError: There is none.
        """
        yield TilesView(self._files)


class TilesView(ListsReleases, ListsTopics):
    """The ledger of one checkpoint; of a file that is missing, the wider one in its place does."""

    def __init__(self, files: TileFiles) -> None:
        """Read the checkpoint, whose signature whoever opens the ledger verifies.

        Raises:
            LedgerError: There is none.
        """
        self._files = files
        self._kept: OrderedDict[Tile, object] = OrderedDict()
        self.checkpoint = files.read(CHECKPOINT, most=LARGEST_CHECKPOINT) or b""
        try:
            self.size = read_checkpoint(read_note(self.checkpoint).text).size
        except NoteError as error:
            message = f"{files.name} holds no checkpoint of a log"
            raise LedgerError(message, cause=str(error), help=_AGAIN) from error

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry."""
        number, at = divmod(index, WIDTH)
        return self._bundle(self._at(None, number, f"no entry {index}"))[at]

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order."""
        end = self.size if stop is None else stop
        for number in range(start // WIDTH, -(-end // WIDTH)):
            first = number * WIDTH
            bundle = self._bundle(self._at(None, number, f"no entry {max(start, first)}"))
            yield from bundle[max(start - first, 0) : end - first]

    def node(self, level: int, index: int) -> bytes:
        """Return the root over leaves `index * 2**level` to `(index + 1) * 2**level`."""
        depth, height = divmod(level, HEIGHT)
        number, at = divmod(index << height, WIDTH)
        missing = f"no node {index} of level {level}"
        nodes = self._nodes(self._at(depth, number, missing))
        if (height, at >> height) not in nodes:
            raise LedgerError(f"the ledger holds {missing}", help=_AGAIN)
        return nodes[height, at >> height]

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the nodes of some levels and indices, in their order."""
        return [self.node(level, index) for level, index in places]

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List (level, index, hash) of every hash in the tiles, sorted."""
        for depth in range(self.size.bit_length() // HEIGHT + 1):
            for index in range(self.size >> HEIGHT * depth):
                yield depth * HEIGHT, index, self.node(depth * HEIGHT, index)

    def found(self, topic: str) -> list[int]:
        """List the indices of entries under a topic; tiles have no index, so all are read."""
        return [index for index, event in self._events() if topic in topics(event)]

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of all entries, sorted."""
        yield from sorted(
            (name, index) for index, event in self._events() for name in topics(event)
        )

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release the entries bind."""
        bound = (event.body for _, event in self._events() if event.kind in BINDING_KINDS)
        return sorted({(body["name"], body["version"], body["digest"]) for body in bound})

    def faults(self) -> list[str]:
        """Say in words where files are not what follows from the entries; empty if nowhere."""
        shelf = Shelf(self._files)
        found = [f"{path} is no file of a log" for path in shelf.strange]
        for tile, data in tiling(self.entries(), CompactTree()):
            if not shelf.has(tile) and not shelf.has(tile.full):
                found.append(f"{tile.path} is missing")
            found.extend(shelf.differing(tile, data))
        return found

    def _events(self) -> Iterator[tuple[int, Event]]:
        for index, data in enumerate(self.entries()):
            try:
                yield index, read_event(data)
            except EventError as error:
                raise LedgerError(f"entry {index} is no event", cause=str(error)) from error

    def _at(self, level: int | None, number: int, missing: str) -> Tile:
        tile = tile_at(level, number, size=self.size) if number >= 0 <= (level or 0) else None
        if tile is None:
            raise LedgerError(f"the ledger holds {missing}", help=_AGAIN)
        return tile

    def _bundle(self, tile: Tile) -> list[bytes]:
        return self._keep(tile, lambda: self._read(tile, read_bundle))

    def _nodes(self, tile: Tile) -> dict[tuple[int, int], bytes]:
        def build() -> dict[tuple[int, int], bytes]:
            hashes = self._read(tile, read_hashes)
            nodes = grow(0, hashes, lambda level, index: hashes[index] if not level else b"")
            return {(level, index): node for level, index, node in nodes}

        return self._keep(tile, build)

    def _keep(self, tile: Tile, make: Callable[[], T]) -> T:
        """Keep what was made of the tiles that were read last."""
        if tile in self._kept:
            self._kept.move_to_end(tile)
        else:
            self._kept[tile] = make()
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        found: T = self._kept[tile]  # type: ignore[assignment] # one kind of thing for a tile
        return found

    def _read(self, tile: Tile, read: Callable[[bytes, int], list[bytes]]) -> list[bytes]:
        """Read a tile, or the full one that has come in its place."""
        for one in dict.fromkeys((tile, tile.full)):
            if (data := self._files.read(one.path, most=one.largest)) is not None:
                try:
                    return read(data, one.width)[: tile.width]
                except TileError as error:
                    message = f"{self._files.name}: {one.path} is damaged"
                    raise LedgerError(message, cause=str(error), help=_AGAIN) from error
        raise LedgerError(f"{self._files.name}: {tile.path} is missing", help=_AGAIN)


class Shelf:
    """The tiles that are there, by their places."""

    def __init__(self, files: TileFiles) -> None:
        """Look at what is there.

        Raises:
            LedgerError: It cannot be listed.
        """
        self._files = files
        self._widths: dict[tuple[int | None, int], list[int]] = {}
        strange = []
        for path in files.paths():
            try:
                tile = read_path(path)
            except TileError:
                strange.append(ascii(path))
            else:
                self._widths.setdefault(tile.place, []).append(tile.width)
        self.strange: tuple[str, ...] = (some_of(strange),) if strange else ()

    def has(self, tile: Tile) -> bool:
        """Tell whether a tile is there, just so wide."""
        return tile.width in self._widths.get(tile.place, ())

    def narrower(self, tile: Tile) -> list[Tile]:
        """List the forerunners of a tile that are there."""
        widths = sorted(self._widths.get(tile.place, ()))
        return [
            Tile(level=tile.level, index=tile.index, width=width)
            for width in widths
            if width < tile.width
        ]

    def differing(self, tile: Tile, data: bytes) -> Iterator[str]:
        """Say which files in a tile's place disagree with its bytes.

        Of a wider one only so much is looked at as the tile holds: more is not known.

        Raises:
            LedgerError: A file cannot be read.
        """
        ends = starts(tile, data)
        for width in sorted(self._widths.get(tile.place, ())):
            there = Tile(level=tile.level, index=tile.index, width=width)
            seen = self._files.read(there.path, most=there.largest) or b""
            known = data[: ends[min(width, tile.width)]]
            if seen[: len(known)] != known or (width <= tile.width and seen != known):
                yield f"{there.path} is not what the entries say"
