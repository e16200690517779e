"""One moment of a registry behind a server: entries proven against a checkpoint.

The server is not believed: entries and nodes are held against the checkpoint, and what it says
stands under a topic does. That it leaves nothing out of a topic cannot be seen here; `weighbridge
log verify --deep` reads every entry, and compares.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.blobs.names import check_digest
from weighbridge.adapters.remote.connection import segment
from weighbridge.codec.cursor import write_cursor
from weighbridge.ledger.merkle import leaf_hash
from weighbridge.model.errors import LedgerError, NotFoundError, RegistryError, TransferError
from weighbridge.model.event import BINDING_KINDS, EventError, read_event, topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.adapters.remote.connection import Connection
    from weighbridge.ledger.proven_tiles import ProvenTiles
    from weighbridge.model.ports import Reads

    Row = tuple[str, str, str]

PAGE: Final = 1_000


class RemoteView:
    """What a server held when it signed a checkpoint."""

    def __init__(
        self,
        connection: Connection,
        tiles: ProvenTiles | None,
        *,
        blobs: Reads,
        later: Callable[[], RemoteView],
    ) -> None:
        """Look at one moment.

        Args:
            connection: The server.
            tiles: Its log; None if that has no entries.
            blobs: Where manifests lie.
            later: Looks again, now.
        """
        self._connection, self._tiles = connection, tiles
        self._blobs, self._later = blobs, later
        self._read: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """Number of entries."""
        return 0 if self._tiles is None else self._tiles.size

    @property
    def checkpoint(self) -> bytes:
        """The signed note over all entries; empty if there are none."""
        return b"" if self._tiles is None else self._tiles.checkpoint

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry."""
        known = self._read.get(index)
        return self._log(f"entry {index}").entry(index) if known is None else known

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order."""
        if self._tiles is not None:
            yield from self._tiles.entries(start, stop)
        elif stop is not None and start < stop:
            self._log(f"entry {start}")

    def node(self, level: int, index: int) -> bytes:
        """Return the root over leaves `index * 2**level` to `(index + 1) * 2**level`."""
        return self._log(f"node {index} of level {level}").node(level, index)

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the nodes of some levels and indices, in their order."""
        return [self.node(level, index) for level, index in places]

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List (level, index, hash) of every node, sorted."""
        return iter(()) if self._tiles is None else self._tiles.nodes()

    def found(self, topic: str) -> list[int]:
        """List the indices of entries under a topic, in their order."""
        found: list[int] = []
        if not self.size or not topic:
            return found
        path = f"/v1/ledger/topics/{segment(topic)}"
        for row in self._rows(path, "entries", {"size": self.size}):
            index, data = _entry(row, self._connection.address)
            if found and index <= found[-1]:
                raise self._strange(f"the entries under {topic} are not in their order")
            self._check_entry(index, data, topic)
            found.append(index)
        return found

    def _check_entry(self, index: int, data: bytes, topic: str) -> None:
        """Hold an entry against the checkpoint, and against what it was asked for by.

        Raises:
            LedgerError: It is another, or does not stand under the topic.
        """
        if index not in self._read:
            if index >= self.size or self.node(0, index) != leaf_hash(data):
                raise self._lies(f"entry {index} is not what the checkpoint is over")
            self._read[index] = data
        try:
            stands = topic in topics(read_event(self._read[index]))
        except EventError as error:
            raise self._lies(f"entry {index} is no event") from error
        if not stands or self._read[index] != data:
            raise self._lies(f"entry {index} does not stand under {topic}")

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of the whole index, sorted."""
        return self._index(None, PAGE)

    def topics_after(self, after: tuple[str, int] | None, limit: int) -> list[tuple[str, int]]:
        """List a page of the index, sorted."""
        return list(islice(self._index(after, min(limit, PAGE)), max(limit, 0)))

    def _index(self, after: tuple[str, int] | None, page: int) -> Iterator[tuple[str, int]]:
        before, asked = after, {"limit": page} | _behind(after)
        for row in self._rows("/v1/ledger/topics", "rows", asked) if self.size else ():
            match row:
                case [str(topic), int(index)] if index >= 0:
                    now = (topic, index)
                case _:
                    raise self._strange("a row of the index is none")
            if before is not None and now <= before:
                raise self._strange("the index is not in its order")
            before = now
            if index < self.size:
                yield now

    def releases(self) -> list[Row]:
        """List (name, version, digest) of every release, in the order of their names."""
        return list(self._bound({}))

    def versions(self, name: str) -> list[tuple[str, str]]:
        """List (version, digest) of the releases of a name, sorted."""
        if not name:
            return []
        rows = list(self._bound({"name": name}))
        if any(found != name for found, _, _ in rows):
            raise self._strange(f"a release of another name than {name} was told")
        return [(version, digest) for _, version, digest in rows]

    def names_of(self, digest: str) -> list[tuple[str, str]]:
        """List (name, version) that a digest is bound to, sorted.

        A sealed manifest says its own name, and its bytes are what the digest proves.
        """
        try:
            check_digest(digest)
        except RegistryError:
            return []
        try:
            metadata = json.loads(self._blobs.read(digest))["metadata"]
            name, version = str(metadata["name"]), str(metadata["version"])
        except (NotFoundError, ValueError, KeyError, TypeError):
            return [(name, version) for name, version, found in self.releases() if found == digest]
        return [(name, version)] if (version, digest) in self.versions(name) else []

    def releases_after(
        self, after: tuple[str, str] | None, limit: int, *, containing: str = ""
    ) -> list[Row]:
        """List a page of (name, version, digest), in the order of names and versions."""
        asked: dict[str, str | int] = {"limit": min(limit, PAGE)}
        if containing:
            asked["containing"] = containing
        return list(islice(self._bound(asked, after), max(limit, 0)))

    def faults(self) -> list[str]:
        """Say nothing of tables: they are the server's."""
        return []

    def _bound(
        self, params: dict[str, str | int], after: tuple[str, str] | None = None
    ) -> Iterator[Row]:
        """Read releases, without those that were bound since this moment."""
        before = after
        for page in self._pages("/v1/releases", "releases", params | _behind(after)):
            since = self._bound_since(page.get("size"))
            for row in page["releases"]:
                match row:
                    case {"name": str(name), "version": str(version), "digest": str(digest)}:
                        now = (name, version)
                    case _:
                        raise self._strange("a release that was told is none")
                if before is not None and now <= before:
                    raise self._strange("releases are not in the order of their names")
                before = now
                if now not in since:
                    yield (name, version, digest)

    def _bound_since(self, size: object) -> frozenset[tuple[Any, Any]]:
        """List names and versions that were bound between this moment and another."""
        if not self.size or size == self.size:
            return frozenset()
        return frozenset(
            (event.body.get("name"), event.body.get("version"))
            for event in map(read_event, self._later().entries(self.size))
            if event.kind in BINDING_KINDS
        )

    def _rows(
        self, path: str, what: str, params: dict[str, str | int] | None = None
    ) -> Iterator[Any]:
        """Read a list row by row; whoever reads the rows sees to it that they go on."""
        for page in self._pages(path, what, params or {}):
            yield from page[what]

    def _pages(
        self, path: str, what: str, params: dict[str, str | int]
    ) -> Iterator[dict[str, Any]]:
        """Read a list page by page, as far as it is wanted."""
        asked = {"limit": PAGE, **params}
        seen: set[str] = set()
        while True:
            page = self._connection.document(path, params=asked)
            rows, after = page.get(what), page.get("next", "")
            if not isinstance(rows, list) or not isinstance(after, str):
                raise self._strange("a page of a list is none")
            yield page
            if not after:
                return
            if not rows or after in seen:
                raise self._strange("a list has no end")
            seen.add(after)
            asked["after"] = after

    def _log(self, what: str) -> ProvenTiles:
        if self._tiles is None:
            raise LedgerError(f"the ledger holds no {what}", seen="0 entries")
        return self._tiles

    def _strange(self, what: str) -> TransferError:
        message = f"{self._connection.address} answers strangely: {what}"
        return TransferError(message, help=["run it again, and tell who runs the server"])

    def _lies(self, what: str) -> LedgerError:
        return LedgerError(
            f"{self._connection.address}: {what}",
            help=["keep what you have of it, and tell the owners"],
        )


def _behind(row: tuple[str, str | int] | None) -> dict[str, str | int]:
    return {} if row is None else {"after": write_cursor(*row)}


def _entry(row: Any, address: str) -> tuple[int, bytes]:  # noqa: ANN401 - nobody has read it yet
    match row:
        case {"index": int(index), "entry": str(text)} if index >= 0:
            return index, text.encode(errors="surrogatepass")
        case _:
            raise TransferError(f"{address} answers strangely: an entry that was told is none")
