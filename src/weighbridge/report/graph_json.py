"""Dependency graphs for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.graph_text import mark_of
from weighbridge.report.json import SCHEMA_VERSION, json_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.graph import Graph
    from weighbridge.model.graph.changes import PackageChange
    from weighbridge.model.graph.paths import Paths


def render_graph_json(graph: Graph, *, marks: Mapping[str, str] | None = None) -> str:
    """Write a graph: every entry, every link, whatever is at odds."""
    known = marks or {}
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "origin": graph.origin,
            "stated": graph.stated,
            "roots": list(graph.roots),
            "nodes": [
                {
                    "id": node.id,
                    "name": node.name,
                    "version": node.version or None,
                    "marker": node.marker,
                    "groups": list(node.groups),
                    "line": node.line,
                    "vulnerable": mark_of(node, known) or None,
                }
                for node in graph.nodes.values()
            ],
            "links": [
                {
                    "source": link.source,
                    "target": link.target,
                    "marker": link.marker,
                    "extras": list(link.extras),
                }
                for links in graph.links.values()
                for link in links
            ],
            "conflicts": [
                {"kind": one.kind, "node": one.node, "other": one.other, "why": one.why}
                for one in graph.conflicts
            ],
            "untold": list(graph.untold),
        }
    )


def render_paths_json(package: str, paths: Paths) -> str:
    """Write the shortest paths to a package."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "package": package,
            "paths": [list(path) for path in paths.paths],
            "total": paths.total,
        }
    )


def render_changes_json(changes: Sequence[PackageChange]) -> str:
    """Write what differs between two graphs."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "changes": [
                {
                    "name": change.name,
                    "kind": change.kind,
                    "before": list(change.before),
                    "after": list(change.after),
                    "step": change.step,
                    "direct": change.direct,
                    "path": list(change.path),
                }
                for change in changes
            ],
        }
    )
