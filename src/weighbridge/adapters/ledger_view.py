"""What the tables of a registry hold, at the moment of one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.adapters.schema import LEDGER, MOVED, RELEASES, STORE
from weighbridge.ledger.checkpoint import MOST_ENTRIES
from weighbridge.model.errors import LedgerError
from weighbridge.model.standing import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.adapters.tables import TableSession, Value

DEEP = "weighbridge log verify --deep"

# A join from left to right: `IN` with pairs reads the whole table.
_NODES = """
    SELECT node.leaf, node.level, hash FROM (VALUES {}) AS wanted
    CROSS JOIN node WHERE node.leaf = wanted.column1 AND node.level = wanted.column2
"""
_AT_ONCE = 100
_FEW = 100
_LEVELS = MOST_ENTRIES.bit_length()


class TableView:
    """A registry as one transaction sees it."""

    def __init__(self, session: TableSession, version: int) -> None:
        """Look at a database whose tables are of a version; what that has not yet is empty."""
        self._session = session
        self._version = version

    @property
    def size(self) -> int:
        """Number of entries."""
        # The last index rather than a count: counting reads them all. A gap shows in `entries`.
        query = "SELECT idx + 1 FROM entry ORDER BY idx DESC LIMIT 1"
        return next((int(row[0]) for row in self._rows(LEDGER, (int,), query)), 0)

    @property
    def checkpoint(self) -> bytes:
        """The signed note over all entries, as stored; empty if there are none."""
        query = 'SELECT note FROM checkpoint WHERE "only" = 0'
        return next((bytes(row[0]) for row in self._rows(LEDGER, (bytes,), query)), b"")

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry, as stored."""
        return next(self.entries(index, index + 1))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order, from `start` up to and without `stop`."""
        end = self.size if stop is None else stop
        expected = start
        if 0 <= start < end <= MOST_ENTRIES:
            query = "SELECT idx, body FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
            many = end - start > _FEW
            rows = self._rows(LEDGER, (int, bytes), query, (start, end), many=many)
            for index, body in rows:
                if index != expected:
                    break
                yield body
                expected += 1
        if expected < end:
            raise LedgerError(f"the ledger holds no entry {expected}", help=[DEEP])

    def node(self, level: int, index: int) -> bytes:
        """Return the stored root over leaves `index * 2**level` to `(index + 1) * 2**level`."""
        return self.nodes_at([(level, index)])[0]

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the nodes of some levels and indices, in their order, by as few queries."""
        found: dict[tuple[int, int], bytes] = {}
        for at in range(0, len(places), _AT_ONCE):
            values = list[int]()
            for level, index in places[at : at + _AT_ONCE]:
                if 0 <= level < _LEVELS and 0 <= index <= MOST_ENTRIES >> level:
                    values += (((index + 1) << level) - 1, level)
            if values:
                query = _NODES.format(", ".join(["(?, ?)"] * (len(values) // 2)))
                for row in self._rows(LEDGER, (int, int, bytes), query, tuple(values)):
                    found[row[1], row[0] >> row[1]] = row[2]
        for level, index in places:
            if (level, index) not in found:
                raise LedgerError(f"the ledger holds no node {index} of level {level}", help=[DEEP])
        return [found[place] for place in places]

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List (level, index, hash) of every stored node, sorted."""
        query = "SELECT level, leaf >> level, hash FROM node ORDER BY level, leaf"
        return self._rows(LEDGER, (int, int, bytes), query, many=True)

    def found(self, topic: str) -> list[int]:
        """List the indices of entries under a topic, in their order."""
        query = "SELECT entry FROM topic WHERE name = ? ORDER BY entry"
        return [row[0] for row in self._rows(LEDGER, (int,), query, (topic,))]

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of the whole index, sorted."""
        query = "SELECT name, entry FROM topic ORDER BY name, entry"
        return self._rows(LEDGER, (str, int), query, many=True)

    def topics_after(self, after: tuple[str, int] | None, limit: int) -> list[tuple[str, int]]:
        """List a page of the index, sorted."""
        where, values = ("", ()) if after is None else ("WHERE (name, entry) > (?, ?)", after)
        query = f"SELECT name, entry FROM topic {where} ORDER BY name, entry LIMIT ?"  # noqa: S608 - constants
        rows = self._rows(LEDGER, (str, int), query, (*values, max(limit, 0)))
        return [(row[0], row[1]) for row in rows]

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""
        query = "SELECT name, version, digest FROM release ORDER BY name, version"
        return [(row[0], row[1], row[2]) for row in self._rows(RELEASES, (str, str, str), query)]

    def versions(self, name: str) -> list[tuple[str, str]]:
        """List (version, digest) of every release of a name, sorted."""
        query = "SELECT version, digest FROM release WHERE name = ? ORDER BY version"
        return [(row[0], row[1]) for row in self._rows(RELEASES, (str, str), query, (name,))]

    def names_of(self, digest: str) -> list[tuple[str, str]]:
        """List every (name, version) a release digest is bound to, sorted."""
        query = "SELECT name, version FROM release WHERE digest = ? ORDER BY name, version"
        return [(row[0], row[1]) for row in self._rows(RELEASES, (str, str), query, (digest,))]

    def releases_after(
        self, after: tuple[str, str] | None, limit: int, *, containing: str = ""
    ) -> list[tuple[str, str, str]]:
        """List a page of (name, version, digest), in the order of their names."""
        wanted: list[str] = []
        values: list[Value] = []
        if after is not None:
            wanted.append("(name, version) > (?, ?)")
            values += after
        if containing:
            wanted.append("replace(name, ?, '') <> name")
            values.append(containing)
        where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
        query = f"SELECT name, version, digest FROM release {where} ORDER BY name, version LIMIT ?"  # noqa: S608 - constants
        rows = self._rows(RELEASES, (str, str, str), query, (*values, max(limit, 0)))
        return [(row[0], row[1], row[2]) for row in rows]

    def store(self) -> Store | None:
        """Say where blobs lie; None if in the registry's folder, as they are."""
        query = 'SELECT address, identity, encrypted, conditional FROM store WHERE "only" = 0'
        for address, identity, encrypted, conditional in self._rows(
            STORE, (str, str, int, int), query
        ):
            return Store(
                address=address,
                identity=identity,
                encrypted=bool(encrypted),
                conditional=bool(conditional),
            )
        return None

    def moved(self) -> str:
        """Say where the registry has moved to; empty if it is here."""
        query = 'SELECT place FROM moved WHERE "only" = 0'
        return next((str(row[0]) for row in self._rows(MOVED, (str,), query)), "")

    def faults(self) -> list[str]:
        """Say in words what the database finds wrong with the tables; empty if nothing."""
        return self._session.faults()

    def _rows(
        self,
        since: int,
        types: tuple[type, ...],
        sql: str,
        values: tuple[Value, ...] = (),
        *,
        many: bool = False,
    ) -> Iterator[Any]:
        """Query tables that are there since a version of the schema."""
        if self._version < since:
            return iter(())
        return self._session.rows(types, sql, values, many=many)
