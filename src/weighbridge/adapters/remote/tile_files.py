"""Tiles of a log behind a server; what was proven once is kept, the rest is asked for again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from weighbridge.ledger.tiles import CHECKPOINT, FOLDER, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.adapters.remote.connection import Connection
    from weighbridge.adapters.remote.kept import Kept
    from weighbridge.ledger.tiles import Tile

_IN_MEMORY: Final = 128


class ProvenShelf:
    """Tiles that were proven: the last ones in memory, full ones on this machine's disk."""

    def __init__(self, kept: Kept) -> None:
        """Begin with what is on the disk."""
        self._kept = kept
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, log: str, path: str) -> bytes | None:
        """Return a tile of a log, which its key names, if it is here."""
        name = f"{log} {path}"
        with self._lock:
            if (data := self._held.get(name)) is not None:
                self._held.move_to_end(name)
                return data
        return self._kept.get(name) if ".p/" not in path else None

    def put(self, log: str, tile: Tile, data: bytes) -> None:
        """Keep a tile."""
        name = f"{log} {tile.path}"
        with self._lock:
            is_new = name not in self._held
            self._held[name] = data
            while len(self._held) > _IN_MEMORY:
                self._held.popitem(last=False)
        if is_new and tile.width == WIDTH and self._kept.get(name) != data:
            self._kept.put(name, data)


class RemoteTiles:
    """The files of one checkpoint's log."""

    def __init__(
        self, connection: Connection, shelf: ProvenShelf, *, log: str, note: bytes
    ) -> None:
        """Take the checkpoint.

        Args:
            connection: The server.
            shelf: What was proven before.
            log: The log's key.
            note: The checkpoint.
        """
        self._log = log
        self.name = connection.address
        self._connection, self._shelf, self._note = connection, shelf, note
        self._fetched: dict[str, bytes] = {}

    def read(self, path: str, *, most: int) -> bytes | None:
        """Return the bytes of a file; None if the server has none.

        Raises:
            TransferError: It is larger than that.
        """
        if path == CHECKPOINT:
            return self._note
        if (held := self._shelf.get(self._log, path)) is not None:
            return held
        asked = f"/v1/ledger/tile/{path.removeprefix(f'{FOLDER}/')}"
        data = self._connection.bytes_of(asked, most=most)
        if data is not None:
            self._fetched[path] = data
        return data

    def proven(self, tile: Tile) -> None:
        """Keep a tile that was proven."""
        for one in (tile, tile.full):
            if (data := self._fetched.pop(one.path, None)) is not None and one == tile:
                self._shelf.put(self._log, tile, data)

    def paths(self) -> Iterator[str]:
        """List nothing: nobody asks a server for a list of its tiles."""
        return iter(())
