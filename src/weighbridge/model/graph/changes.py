"""What differs between two dependency graphs: by package, and who brings what is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from weighbridge.model.graph.paths import first_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.graph import Graph

PackageKind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """One package that is not the same in both.

    Attributes:
        name: Normalised name (PEP 503).
        kind: `added`, `removed` or `changed`.
        before: Its versions in the first graph, sorted as texts; for one that is not fixed, the
            address it is taken from.
        after: Its versions in the second.
        step: How far it moved (`major`, `minor`, `patch`, `downgrade` …), or empty.
        direct: Whether it was asked for itself, in either graph.
        path: A shortest path from what was asked for to it, as ids: in the second graph, or, of
            one that was removed, in the first.
    """

    name: str
    kind: PackageKind
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    step: str = ""
    direct: bool = False
    path: tuple[str, ...] = ()


def package_changes(before: Graph, after: Graph) -> Iterator[PackageChange]:
    """Compare two graphs by the versions of each package, in the order of names."""
    old, new = _by_name(before), _by_name(after)
    sides = {
        name: (_versions(before, old, name), _versions(after, new, name)) for name in old | new
    }
    changed = sorted(name for name, (left, right) in sides.items() if left != right)
    if not changed:
        return
    roots = {graph.nodes[id_].name for graph in (before, after) for id_ in graph.roots}
    ways = first_paths(before), first_paths(after)
    for name in changed:
        left, right = sides[name]
        gone = name not in new
        graph, paths = (before, ways[0]) if gone else (after, ways[1])
        ids = (old if gone else new)[name]
        fresh = [id_ for id_ in ids if gone or _version(graph, id_) not in left] or ids
        yield PackageChange(
            name=name,
            kind="removed" if gone else "changed" if name in old else "added",
            before=left,
            after=right,
            direct=name in roots,
            path=paths[min(fresh, key=lambda id_: (len(paths[id_]), id_))],
        )


def _by_name(graph: Graph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for id_, node in graph.nodes.items():
        found.setdefault(node.name, []).append(id_)
    return found


def _versions(graph: Graph, names: dict[str, list[str]], name: str) -> tuple[str, ...]:
    return tuple(sorted(_version(graph, id_) for id_ in names.get(name, ())))


def _version(graph: Graph, id_: str) -> str:
    node = graph.nodes[id_]
    return node.version or node.reference
