"""Ways through a graph, from what was asked for to what it brings; a cycle ends where it closes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from weighbridge.model.graph import Graph, Link

SHOWN = 100
"""Paths to one package that are listed; there can be more than anybody could read."""


LONGEST = 60
"""Entries of a path that are told where each entry has one; all of a chain would be its square."""

CUT = "…"
"""What such a path begins with if it is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The shortest paths to a package.

    Attributes:
        paths: Each from a root to an entry of the package, as ids; sorted.
        total: How many there are, those left out too.
    """

    paths: tuple[tuple[str, ...], ...] = ()
    total: int = 0


def tops(graph: Graph) -> tuple[str, ...]:
    """List where to begin so that every entry is met: the roots, then what they do not bring."""
    found = list(graph.roots)
    reached = set(_reached(graph, found))
    incoming = {link.target for links in graph.links.values() for link in links}
    # What nobody needs first: of the rest, which stands in a circle, anything will do.
    for id_ in sorted(graph.nodes, key=lambda one: (one in incoming, one)):
        if id_ not in reached:
            found.append(id_)
            reached.update(_reached(graph, [id_], reached))
    return tuple(found)


def _reached(
    graph: Graph, start: Iterable[str], known: Collection[str] = frozenset()
) -> Iterator[str]:
    """Go from some entries to all they bring, breadth first."""
    return iter(depths(graph, start, known))


def depths(
    graph: Graph, start: Iterable[str], known: Collection[str] = frozenset()
) -> dict[str, int]:
    """Say how far each entry is from the nearest of some, which are at 0.

    Args:
        graph: The graph.
        start: The entries to begin at.
        known: Entries not to be gone to.
    """
    found = {id_: 0 for id_ in start if id_ not in known}
    waiting = deque(found)
    while waiting:
        source = waiting.popleft()
        for link in graph.links.get(source, ()):
            if link.target not in found and link.target not in known:
                found[link.target] = found[source] + 1
                waiting.append(link.target)
    return found


def first_paths(graph: Graph) -> dict[str, tuple[str, ...]]:
    """Give one shortest path to each entry, the first of them by name, from the tops.

    Of one of more than 60 entries the end is given, behind a `…`.
    """
    parents: dict[str, str] = {}
    start = tops(graph)
    distance = depths(graph, start)
    for source in sorted(distance, key=lambda one: (distance[one], one)):
        for link in graph.links.get(source, ()):
            if distance[link.target] == distance[source] + 1:
                parents.setdefault(link.target, source)
    return {id_: _path(id_, parents) for id_ in distance}


def _path(id_: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    path = [id_]
    while path[-1] in parents:
        if len(path) == LONGEST:
            path.append(CUT)
            break
        path.append(parents[path[-1]])
    return tuple(reversed(path))


def path_to(graph: Graph, id_: str) -> tuple[str, ...]:
    """Give one shortest path to an entry, the first by name."""
    found = shortest_paths(graph, [id_], shown=1).paths
    return found[0] if found else (id_,)


def shortest_paths(graph: Graph, targets: Collection[str], *, shown: int = SHOWN) -> Paths:
    """Find all shortest paths from what was asked for to some entries.

    Args:
        graph: The graph.
        targets: Ids of the entries.
        shown: How many paths to list at most.
    """
    distance = depths(graph, tops(graph))
    before: dict[str, list[str]] = {}
    for source, links in graph.links.items():
        for target in sorted({link.target for link in links}):
            if distance[target] == distance[source] + 1:
                before.setdefault(target, []).append(source)
    counts = _counts(distance, before)
    paths: list[tuple[str, ...]] = []
    for target in sorted(targets):
        for path in _back(target, before):
            if len(paths) == shown:
                break
            paths.append(path)
    return Paths(paths=tuple(sorted(paths)), total=sum(counts[target] for target in targets))


def _counts(distance: Mapping[str, int], before: Mapping[str, list[str]]) -> dict[str, int]:
    """Count the shortest paths to each entry."""
    counts: dict[str, int] = {}
    for id_ in sorted(distance, key=distance.__getitem__):
        counts[id_] = sum(counts[one] for one in before.get(id_, ())) if distance[id_] else 1
    return counts


def _back(target: str, before: Mapping[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """Walk back from an entry to the roots, every way there is, one after the other."""
    path = [target]
    waiting = [iter(sorted(before.get(target, ())))]
    if target not in before:
        yield (target,)
        return
    while waiting:
        step = next(waiting[-1], None)
        if step is None:
            waiting.pop()
            path.pop()
            continue
        if step not in before:
            yield (step, *reversed(path))
            continue
        path.append(step)
        waiting.append(iter(sorted(before[step])))


def inverted(graph: Graph) -> Graph:
    """Turn every link round: who needs whom becomes who is needed by whom.

    Extras are asked of who is needed; turned round they would be told of who asks.
    """
    links: dict[str, list[Link]] = {}
    for found in graph.links.values():
        for link in found:
            turned = replace(link, source=link.target, target=link.source, extras=())
            links.setdefault(turned.source, []).append(turned)
    ordered = {
        source: tuple(sorted(found, key=lambda link: (link.target, link.marker, link.extras)))
        for source, found in sorted(links.items())
    }
    ends = tuple(sorted(id_ for id_ in graph.nodes if id_ not in graph.links))
    return replace(graph, links=ordered, roots=ends, stated=False)


def within(graph: Graph, kept: Collection[str]) -> Graph:
    """Leave out every entry that is not to be kept, and the links from and to it."""
    links = {
        source: tuple(link for link in found if link.target in kept)
        for source, found in graph.links.items()
        if source in kept
    }
    return replace(
        graph,
        nodes={id_: node for id_, node in graph.nodes.items() if id_ in kept},
        links={source: found for source, found in links.items() if found},
        roots=tuple(id_ for id_ in graph.roots if id_ in kept),
        conflicts=tuple(one for one in graph.conflicts if one.node in kept),
    )


def above(graph: Graph, targets: Collection[str]) -> set[str]:
    """List the entries on the shortest paths to some entries, those themselves included."""
    distance = depths(graph, tops(graph))
    before: dict[str, set[str]] = {}
    for source, links in graph.links.items():
        for link in links:
            if distance[link.target] == distance[source] + 1:
                before.setdefault(link.target, set()).add(source)
    found, waiting = set(targets), list(targets)
    while waiting:
        for source in before.get(waiting.pop(), ()):
            if source not in found:
                found.add(source)
                waiting.append(source)
    return found
