"""A log as files that never change, as C2SP has them: https://c2sp.org/tlog-tiles.

A tile of level L holds 256 hashes, each the root over `256**L` entries; an entry bundle holds the
entries under one tile of level 0. The last of each level may hold fewer, and then says how many.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from weighbridge.ledger.merkle import HASH_LENGTH, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.ledger.merkle import CompactTree

CHECKPOINT = "checkpoint"
"""Path of the newest checkpoint."""

FOLDER = "tile"
"""Above all tiles and bundles."""

WIDTH = 256
"""Hashes of a tile, and entries of a bundle, that is full."""

HEIGHT = WIDTH.bit_length() - 1
"""Levels of the tree from a tile to the tile above it."""

LARGEST_ENTRY = 65_535
"""Bytes of the largest entry a bundle can hold: it says its length in two bytes."""

_DEEPEST = 63
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


class TileError(ValueError):
    """A path is no tile's, or bytes are not what its path says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A tile's place.

    Attributes:
        level: Its level; None for an entry bundle.
        index: Its number within the level.
        width: How many hashes or entries it holds; fewer than 256 if it is the last of its level.
    """

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies; digits in threes, all but the last with an `x` before them."""
        level = "entries" if self.level is None else self.level
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *folders, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
        suffix = f".p/{self.width}" if self.width < WIDTH else ""
        return "/".join((FOLDER, str(level), *(f"x{three}" for three in folders), last)) + suffix

    @property
    def full(self) -> Tile:
        """The tile it grows into."""
        return replace(self, width=WIDTH)

    @property
    def place(self) -> tuple[int | None, int]:
        """Level and number, which it has in common with the tiles it grows into."""
        return self.level, self.index

    @property
    def largest(self) -> int:
        """The most bytes it can have."""
        return self.width * (HASH_LENGTH if self.level is not None else 2 + LARGEST_ENTRY)


def read_path(path: str) -> Tile:
    """Read the path of a tile or bundle in its one spelling.

    Raises:
        TileError: It is another's.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise TileError(f"{path!a} is no path of a tile")
    level = None if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("x", "").replace("/", "") + match[3])
    tile = Tile(level=level, index=index, width=int(match[4] or WIDTH))
    if tile.path != path or (level or 0) > _DEEPEST:
        raise TileError(f"{path!a} is no path of a tile")
    return tile


def tile_at(level: int | None, index: int, *, size: int) -> Tile | None:
    """Return the tile of a place in a log of so many entries; None if the log has none there."""
    held = (size >> HEIGHT * (level or 0)) - index * WIDTH
    return Tile(level=level, index=index, width=min(held, WIDTH)) if held > 0 else None


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Write entries one after the other, each behind its length.

    Raises:
        TileError: One is larger than a bundle can say.
    """
    return b"".join(_length(entry) + entry for entry in entries)


def _length(entry: bytes) -> bytes:
    if len(entry) > LARGEST_ENTRY:
        raise TileError(f"an entry has {len(entry)} bytes, and no bundle holds more than 65535")
    return len(entry).to_bytes(2, "big")


def read_bundle(data: bytes, width: int) -> list[bytes]:
    """Read the entries of a bundle.

    Raises:
        TileError: They are not so many, byte for byte.
    """
    entries, at = [], 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data):
        raise TileError(f"these are not {width} entries, each behind its length")
    return entries


def read_hashes(data: bytes, width: int) -> list[bytes]:
    """Read the hashes of a tile.

    Raises:
        TileError: They are not so many.
    """
    if len(data) != width * HASH_LENGTH:
        raise TileError(f"these are not {width} hashes of {HASH_LENGTH} bytes")
    return [data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH)]


def starts(tile: Tile, data: bytes) -> list[int]:
    """List where the hashes or entries of a tile begin, and where the last one ends.

    So the bytes of the tile's narrower forerunners are to be had: each is where it begins.
    """
    if tile.level is not None:
        return list(range(0, len(data) + 1, HASH_LENGTH))
    lengths = (2 + len(entry) for entry in read_bundle(data, tile.width))
    return list(accumulate(lengths, initial=0))


def tiling(entries: Iterable[bytes], tree: CompactTree) -> Iterator[tuple[Tile, bytes]]:
    """Cut a log into tiles and bundles, each with its bytes; those that are not full come last.

    Args:
        entries: All entries in their order; one is looked at at a time.
        tree: An empty tree, which grows by them: its root is the log's in the end.

    Raises:
        TileError: An entry is larger than a bundle can say.
    """
    bundle: list[bytes] = []
    rows: list[list[bytes]] = []
    counts: list[int] = []
    for entry in entries:
        bundle.append(_length(entry) + entry)
        for level, node in enumerate(tree.append(leaf_hash(entry))[::HEIGHT]):
            if level == len(rows):
                rows.append([])
                counts.append(0)
            rows[level].append(node)
        if len(bundle) == WIDTH:
            yield Tile(level=None, index=counts[0]), b"".join(bundle)
            bundle = []
        for level, row in enumerate(rows):
            if len(row) < WIDTH:
                break
            yield Tile(level=level, index=counts[level]), b"".join(row)
            rows[level] = []
            counts[level] += 1
    if bundle:
        tile = Tile(level=None, index=counts[0], width=len(bundle))
        yield tile, b"".join(bundle)
    for level, row in enumerate(rows):
        if row:
            yield Tile(level=level, index=counts[level], width=len(row)), b"".join(row)
