"""From a lock to its graph. Resolves nothing: what nobody told is not guessed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from weighbridge.model.graph import Conflict, Graph, Link, Node
from weighbridge.model.graph.installed import known, wishes
from weighbridge.model.graph.together import Budget, applying, overlaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.fact import Distribution
    from weighbridge.model.graph import Origin
    from weighbridge.model.graph.installed import Wish
    from weighbridge.model.lock import Edge, Lock, Pin


LINKS = 100_000
"""Links a graph may have; what names no version means every entry of a name, which multiplies."""


class GraphError(ValueError):
    """A lock has more links than a graph may have."""


def graph_of(lock: Lock, installed: Mapping[str, Distribution] | None = None) -> Graph:
    """Build the graph of a lock.

    Args:
        lock: The lock.
        installed: What is installed beside it, by normalised name. Where the lock does not record
            what its entries need, those of the same version tell it; and what they take is held
            against what the lock pins.

    Raises:
        GraphError: It has more than `LINKS` links.
    """
    return _Building(lock, installed or {}).graph()


class _Building:
    """One lock, on its way to a graph."""

    def __init__(self, lock: Lock, installed: Mapping[str, Distribution]) -> None:
        self._lock = lock
        self._pins = dict(_identified(lock.pins))
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for id_, pin in self._pins.items():
            self._by_name[pin.name].append(id_)
        self._wishes: dict[str, tuple[Wish, ...]] = {
            id_: wishes(found)
            for id_, pin in self._pins.items()
            if (found := known(pin, installed)) is not None
        }
        self._conflicts: set[Conflict] = set()
        self._count = 0

    def graph(self) -> Graph:
        links = self._recorded() if self._lock.records_edges else self._told()
        self._judge_wishes()
        self._conflicts.update(self._together())
        grouped = {
            source: tuple(sorted(found, key=lambda link: (link.target, link.marker, link.extras)))
            for source, found in sorted(links.items())
            if found
        }
        wanted = {id_ for name in self._lock.roots for id_ in self._by_name.get(name, ())}
        return Graph(
            nodes={id_: _node(id_, self._pins[id_]) for id_ in sorted(self._pins)},
            links=grouped,
            roots=tuple(sorted(wanted or _needed_by_nobody(self._pins, grouped))),
            stated=bool(wanted),
            origin=self._origin(),
            untold=() if self._lock.records_edges else self._untold(),
            conflicts=tuple(sorted(self._conflicts, key=lambda c: (c.node, c.kind, c.other))),
        )

    def _origin(self) -> Origin:
        if self._lock.records_edges:
            return "lock"
        return "installed" if self._wishes else "nobody"

    def _untold(self) -> tuple[str, ...]:
        return tuple(id_ for id_ in sorted(self._pins) if id_ not in self._wishes)

    def _recorded(self) -> dict[str, set[Link]]:
        """Take the links the lock records."""
        links: dict[str, set[Link]] = {}
        for id_, pin in self._pins.items():
            links[id_] = {
                Link(source=id_, target=target, marker=edge.marker, extras=edge.extras)
                for edge in pin.edges
                for target in self._targets(id_, edge)
            }
        return links

    def _targets(self, source: str, edge: Edge) -> list[str]:
        """Find the entries an edge means; one that names no version means all of the name."""
        found = self._by_name.get(edge.name, [])
        if edge.version:
            found = [id_ for id_ in found if self._pins[id_].version in (edge.version, None)]
        if not found:
            wanted = f"{edge.name}=={edge.version}" if edge.version else edge.name
            self._missing(source, wanted)
        self._reckon(len(found))
        return found

    def _reckon(self, more: int) -> None:
        self._count += more
        if self._count > LINKS:
            raise GraphError(f"it has more than {LINKS:,} links")

    def _missing(self, source: str, wanted: str) -> None:
        self._conflicts.add(
            Conflict(kind="missing", node=source, other=wanted, why="the lock does not have it")
        )

    def _told(self) -> dict[str, set[Link]]:
        """Take the links installed distributions tell, those of extras where they are asked for."""
        links: dict[str, set[Link]] = defaultdict(set)
        asked = {id_: set(pin.extras) for id_, pin in self._pins.items()}
        waiting = sorted(self._wishes)
        while waiting:
            source = waiting.pop()
            for wish in self._wishes[source]:
                if wish.only_for and not wish.only_for & asked[source]:
                    continue
                targets = self._by_name.get(wish.name, [])
                if not targets and not wish.marker:
                    self._missing(source, str(wish.requirement))
                self._reckon(len(targets))
                for target in targets:
                    link = Link(
                        source=source, target=target, marker=wish.marker, extras=wish.extras
                    )
                    links[source].add(link)
                    if not asked[target].issuperset(wish.extras):
                        asked[target].update(wish.extras)
                        if target in self._wishes:
                            waiting.append(target)
        return links

    def _judge_wishes(self) -> None:
        """Hold what is pinned against what installed distributions take.

        A requirement with a marker may not apply; what does not always apply is not judged here.
        """
        for source, wanted in self._wishes.items():
            for wish in wanted:
                pinned = self._by_name.get(wish.name, []) if not wish.marker else []
                versions = [self._pins[id_].version for id_ in pinned]
                if not versions or any(one is None or wish.admits(one) for one in versions):
                    continue
                for id_ in pinned:
                    why = f"{source} takes {wish.name}{wish.requirement.specifier} alone"
                    self._conflicts.add(Conflict(kind="outside", node=id_, other=source, why=why))

    def _together(self) -> Iterator[Conflict]:
        """Find entries of one name that can both apply."""
        budget = Budget()
        for name, ids in sorted(self._by_name.items()):
            if len(ids) == 1 or _alike([self._pins[id_] for id_ in ids]):
                continue
            masks = applying(
                [self._pins[id_].marker for id_ in ids], self._lock.requires_python, budget
            )
            if masks is None:
                why = "whether they exclude each other is too much to try"
                yield Conflict(kind="together", node=ids[0], other=ids[-1], why=why)
                continue
            for first, second in overlaps(dict(zip(ids, masks, strict=True))):
                why = f"both can apply where {name} is needed"
                yield Conflict(kind="together", node=second, other=first, why=why)


def _alike(pins: Sequence[Pin]) -> bool:
    """Tell whether entries pin one version of one origin: requirements repeat a line that way."""
    return len({(pin.version, pin.source, pin.reference) for pin in pins}) == 1


def _identified(pins: Iterable[Pin]) -> Iterator[tuple[str, Pin]]:
    """Give each entry an id of its own; what includes another file is no entry."""
    seen: dict[str, int] = defaultdict(int)
    for pin in pins:
        if pin.source == "include":
            continue
        called = f"{pin.name}=={pin.version}" if pin.version else pin.name
        seen[called] += 1
        yield (called if seen[called] == 1 else f"{called}#{seen[called]}"), pin


def _node(id_: str, pin: Pin) -> Node:
    return Node(
        id=id_,
        name=pin.name,
        version=pin.version or "",
        reference=pin.reference,
        marker=pin.marker,
        groups=pin.groups,
        line=pin.line,
    )


def _needed_by_nobody(
    pins: Mapping[str, Pin], links: Mapping[str, tuple[Link, ...]]
) -> Iterator[str]:
    needed = {
        link.target for found in links.values() for link in found if link.target != link.source
    }
    return (id_ for id_ in pins if id_ not in needed)
