"""`log verify --deep`: tables, trust and papers of a registry against its entries, one by one.

The entries come by once and are not kept; of large tables no more than a row is held at a time.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from weighbridge.model.errors import LedgerError, NotFoundError, RegistryError, WeighbridgeError
from weighbridge.model.event import BINDING_KINDS, CONTROL_KINDS, Kind, read_event, topics
from weighbridge.model.standing import Store
from weighbridge.usecases.audit_custody import Movements
from weighbridge.usecases.audit_deliveries import Deliveries
from weighbridge.usecases.audit_papers import Papers
from weighbridge.usecases.audit_problems import ledger_problem, table_problem
from weighbridge.usecases.believed import Fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.model.verification import Problem


class Comparison:
    """What a registry holds besides its entries, held against them."""

    def __init__(
        self, view: LedgerView, registry: Registry, origin: str, *, with_papers: bool = True
    ) -> None:
        """Begin before entry 0.

        Args:
            view: One moment of the registry.
            registry: The registry.
            origin: The log's name.
            with_papers: Whether what owners and others signed is read, or tables only.
        """
        self._view, self._registry = view, registry
        self._fold = Fold(registry.blobs) if with_papers else None
        self._papers = Papers(registry.blobs, origin) if with_papers else None
        self._movements = Movements()
        self._deliveries = Deliveries(registry.blobs)
        self._releases: dict[tuple[str, str], str] = {}
        self._nodes = self._topics = 0
        self._is_node_wrong = False
        self._store: Store | None = None
        self._tells_store = False

    def step(self, index: int, event: Event) -> Iterator[Problem]:
        """Take the next entry."""
        self._topics += len(topics(event))
        if self._papers is not None and self._fold is not None and event.kind in CONTROL_KINDS:
            yield from self._folded(self._fold, self._papers, index, event)
        if event.kind in BINDING_KINDS:
            body = event.body  # whether it says so is looked at by every `log verify`
            named = {key: str(body.get(key)) for key in ("name", "version", "digest")}
            self._releases[named["name"], named["version"]] = named["digest"]
        elif event.kind is Kind.STORE_SETTLED:
            yield from self._settled(index, event)
        if self._papers is not None:
            yield from self._papers.problems(index, event)
            state = None if self._fold is None or self._papers.trust is None else self._fold.state
            yield from self._movements.problems(index, event, bound=self._releases, state=state)
            trust = self._papers.trust
            yield from self._deliveries.problems(index, event, bound=self._releases, trust=trust)

    def _folded(self, fold: Fold, papers: Papers, index: int, event: Event) -> Iterator[Problem]:
        try:
            fold.take(index, event)
        except (LedgerError, RegistryError, NotFoundError) as error:
            # Nobody can tell who is trusted from here on.
            self._fold = papers.trust = None
            yield ledger_problem("control plane", str(error), error.faults[0].cause)
            return
        papers.trust = fold.state.trust

    def _settled(self, index: int, event: Event) -> Iterator[Problem]:
        try:
            self._store, self._tells_store = read_store(event), True
        except (KeyError, TypeError):
            yield ledger_problem(f"entry {index}", "it does not say where blobs lie")

    def grown(self, nodes: Iterable[tuple[int, int, bytes]]) -> Iterator[Problem]:
        """Compare the nodes that entries added with those that are stored."""
        if self._is_node_wrong:
            return
        added = list(nodes)
        self._nodes += len(added)
        if self._stored([(level, index) for level, index, _ in added]) == [n for *_, n in added]:
            return
        self._is_node_wrong = True
        for level, index, node in added:
            found = self._stored([(level, index)])
            if found != [node]:
                seen = f"{level}/{index} {found[0].hex()}" if found else "none"
                yield table_problem("node", seen, f"{level}/{index} {node.hex()}")
                return

    def _stored(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Look up nodes; none if one of them is not there."""
        try:
            return list(self._view.nodes_at(places))
        except (LedgerError, RegistryError):
            return []

    def ended(self, size: int) -> Iterator[Problem]:
        """Compare the tables as a whole, after the last entry.

        Args:
            size: How many entries there were.
        """
        yield from (ledger_problem("database", fault) for fault in self._view.faults())
        yield from self._all_nodes(size)
        yield from self._index()
        bound = [(*name, digest) for name, digest in sorted(self._releases.items())]
        yield from self._compare("release", self._view.releases(), bound)
        yield from self._where()
        if self._papers is not None:
            yield from self._papers.manifests(self._releases)

    def _all_nodes(self, size: int) -> Iterator[Problem]:
        wanted = sum(size >> level for level in range(size.bit_length()))
        if not self._is_node_wrong and (seen := sum(1 for _ in self._view.nodes())) != wanted:
            yield table_problem("node", f"{seen} nodes", f"{wanted} nodes")

    def _index(self) -> Iterator[Problem]:
        """Compare the index: as many rows as topics, all different and each of its entry."""
        before: tuple[str, int] | None = None
        count = 0
        try:
            for row in self._view.topics():
                if row == before or row[0] not in topics(read_event(self._view.entry(row[1]))):
                    yield table_problem("index", row, "no such topic of that entry")
                    return
                before, count = row, count + 1
        except (LedgerError, RegistryError, ValueError) as error:
            yield table_problem("index", str(error), "topics of entries")
            return
        if count != self._topics:
            yield table_problem("index", f"{count} topics", f"{self._topics} topics")

    def _where(self) -> Iterator[Problem]:
        """Compare where blobs lie; older ledgers do not tell."""
        try:
            seen = self._registry.store
        except WeighbridgeError as error:
            yield ledger_problem("store", str(error))
            return
        if self._tells_store and seen != self._store:
            yield table_problem("store", seen, self._store)

    def _compare(
        self, what: str, seen: Iterable[object], wanted: Iterable[object]
    ) -> Iterator[Problem]:
        """Say where two sorted lists part; what follows would only repeat it."""
        for one, other in zip_longest(seen, wanted):
            if one != other:
                yield table_problem(what, one, other)
                return


def read_store(event: Event) -> Store | None:
    """Read where blobs lie from an entry that says so; None if in the folder, as they are.

    Raises:
        KeyError: It does not say.
        TypeError: It does not say it in its form.
    """
    body = event.body
    for name, kind in (("address", str), ("identity", str)):
        if type(body[name]) is not kind:
            raise TypeError(name)
    if type(body["encrypted"]) is not bool or type(body["conditional"]) is not bool:
        raise TypeError("encrypted, conditional")
    if not body["identity"]:
        return None
    return Store(
        address=body["address"],
        identity=body["identity"],
        encrypted=body["encrypted"],
        conditional=body["conditional"],
    )
