"""Dependency graphs for people at a terminal: a tree, paths, what differs, and what is at odds.

An entry that was shown with all it brings is not shown so again: `(*)` refers to what stands
above. So cycles end, and a tree has no more lines than the graph has links.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.graph.paths import inverted, tops
from weighbridge.model.wording import plural
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.graph import Graph, Link, Node
    from weighbridge.model.graph.changes import PackageChange
    from weighbridge.model.graph.paths import Paths

DEEPEST = 60
"""Levels a tree has if nobody says how many; no graph of a release is as deep."""

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_TOLD_BY = {
    "lock": "",
    "installed": "what each needs is told by what is installed: the lock does not record it",
    "nobody": "what each needs is not known: the lock does not record it, and nothing of it is "
    "installed beside it",
}


def render_graph_text(
    graph: Graph,
    *,
    marks: Mapping[str, str] | None = None,
    depth: int | None = None,
    styled: bool = False,
) -> str:
    """Write a graph as a tree, then what does not fit together, the totals last.

    Args:
        graph: The graph.
        marks: How bad what is known of a package is, by name or id.
        depth: How many levels to show below the first.
        styled: Whether a terminal that understands colour looks on.
    """
    tree = _Tree(graph, marks or {}, depth=depth, styled=styled)
    return _document([*tree.lines(tops(graph))], graph, marks or {}, styled=styled)


def render_needed_by(
    graph: Graph,
    names: Iterable[str],
    *,
    marks: Mapping[str, str] | None = None,
    depth: int | None = None,
    styled: bool = False,
) -> str:
    """Write who needs some entries, and who needs those, as a tree."""
    tree = _Tree(inverted(graph), marks or {}, depth=depth, styled=styled)
    return "\n".join(tree.lines(sorted(names))) + "\n"


def render_paths_text(
    graph: Graph, paths: Paths, *, marks: Mapping[str, str] | None = None, styled: bool = False
) -> str:
    """Write the shortest paths to a package, a line each."""
    tree = _Tree(graph, marks or {}, depth=None, styled=styled)
    lines = [" -> ".join(map(tree.called, path)) for path in paths.paths]
    left = paths.total - len(paths.paths)
    lines += [f"and {left:,} more"] if left else []
    return "\n".join([*lines, "", plural(paths.total, "shortest path")]) + "\n"


def render_changes_text(changes: Sequence[PackageChange], *, styled: bool = False) -> str:
    """Write what differs between two graphs, a line a package, with the path to it."""
    lines = [_change(change, styled=styled) for change in changes]
    if not lines:
        return "no package differs\n"
    counts = (
        f"{count} {kind}"
        for kind in _SIGNS
        if (count := sum(change.kind == kind for change in changes))
    )
    total = f"{plural(len(changes), 'package')}: {', '.join(counts)}"
    return "\n".join([*lines, "", total]) + "\n"


def _change(change: PackageChange, *, styled: bool) -> str:
    both = " -> ".join(filter(None, map(_versions, (change.before, change.after))))
    told = f"{both} ({change.step})" if change.step else both
    line = f"{_SIGNS[change.kind]} {visible(change.name)}  {told}"
    path = " -> ".join(map(visible, change.path))
    way = "asked for itself" if change.direct else f"by {path}"
    return f"{line}  {paint(way, 'waived', styled=styled)}"


def _versions(versions: Sequence[str]) -> str:
    return ", ".join(visible(version) or "no version" for version in versions)


def _document(lines: list[str], graph: Graph, marks: Mapping[str, str], *, styled: bool) -> str:
    at_odds = [
        f"{paint('conflict', 'warning', styled=styled)} {visible(one.node)}: {visible(one.why)} "
        f"({visible(one.other)})"
        for one in graph.conflicts
    ]
    marked = sum(mark_of(node, marks) != "" for node in graph.nodes.values())
    counts = [
        plural(len(graph.nodes), "package"),
        plural(graph.count(), "link"),
        *([f"{marked:,} vulnerable"] if marked else []),
        *([plural(len(at_odds), "conflict")] if at_odds else []),
    ]
    told = _TOLD_BY[graph.origin]
    if graph.origin == "installed" and graph.untold:
        told += f"; of {plural(len(graph.untold), 'package')} nobody told it"
    blocks = ["\n".join(lines), "\n".join(at_odds), told, ", ".join(counts)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def mark_of(node: Node, marks: Mapping[str, str]) -> str:
    """Say how bad what is known of an entry is, or nothing."""
    return marks.get(node.id) or marks.get(node.name) or ""


class _Tree:
    """One tree being written."""

    def __init__(
        self, graph: Graph, marks: Mapping[str, str], *, depth: int | None, styled: bool
    ) -> None:
        self._graph, self._marks, self._styled = graph, marks, styled
        self._depth = DEEPEST if depth is None else depth
        self._at_odds = {one.node for one in graph.conflicts}
        self._shown: set[str] = set()

    def lines(self, start: Sequence[str]) -> Iterator[str]:
        """Write each entry with all it brings below it."""
        # Each level: what is left to write on it, and what stands before its lines.
        levels: list[tuple[list[tuple[str, Link | None]], str]] = [
            ([(id_, None) for id_ in reversed(start)], "")
        ]
        while levels:
            left, before = levels[-1]
            if not left:
                levels.pop()
                continue
            id_, link = left.pop()
            is_first = len(levels) == 1
            branch = "" if is_first else "├── " if left else "└── "
            inside = before if is_first else before + ("│   " if left else "    ")
            below = self._graph.links.get(id_, ())
            note = self._note(id_, below, len(levels))
            yield f"{before}{branch}{self.called(id_, link)}{note}"
            if below and not note:
                self._shown.add(id_)
                levels.append(([(one.target, one) for one in reversed(below)], inside))

    def _note(self, id_: str, below: Sequence[Link], level: int) -> str:
        """Say why what an entry brings is not shown below it, or nothing."""
        if below and id_ in self._shown:
            return " (*)"
        return " …" if below and level > self._depth else ""

    def called(self, id_: str, link: Link | None = None) -> str:
        """Write what an entry is called, why it is needed, and what is wrong with it."""
        node = self._graph.nodes[id_]
        extras = f"[{','.join(link.extras)}]" if link is not None and link.extras else ""
        plain = visible(f"{node.name}{extras}{node.id[len(node.name) :]}")
        is_root = id_ in self._graph.roots and self._graph.stated
        parts = [paint(plain, "strong", styled=self._styled) if is_root else plain]
        marker = (link.marker if link is not None else "") or node.marker
        if marker:
            parts.append(paint(f"; {visible(marker)}", "waived", styled=self._styled))
        mark = mark_of(node, self._marks)
        if mark:
            parts.append(paint(f"[vulnerable: {visible(mark)}]", "error", styled=self._styled))
        if id_ in self._at_odds:
            parts.append(paint("[conflict]", "warning", styled=self._styled))
        return " ".join(parts)
