"""What of a graph is drawn: all of a small one; of a large one what matters, and a word on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from weighbridge.model.graph.paths import above, depths, tops, within
from weighbridge.model.wording import plural
from weighbridge.report.graph_text import mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet

    from weighbridge.model.graph import Graph

WHOLE = 80
"""Entries up to which a graph is drawn whole."""

MOST = 400
"""Entries that are drawn at most, unless all are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is drawn.

    Attributes:
        graph: That part of the graph.
        hidden: How many an entry needs that are not drawn, by its id.
        note: What was left out and how to see it, or empty.
    """

    graph: Graph
    hidden: Mapping[str, int]
    note: str = ""


def view(
    graph: Graph,
    marks: Mapping[str, str],
    *,
    depth: int | None = None,
    everything: bool = False,
) -> View:
    """Choose what of a graph is drawn.

    Args:
        graph: The graph.
        marks: How bad what is known of a package is, by name or id.
        depth: How many levels below the first; None leaves it to the size.
        everything: Whether all is to be drawn, however large it is.
    """
    if everything or (depth is None and len(graph.nodes) <= WHOLE):
        return View(graph=graph, hidden={})
    distance = depths(graph, tops(graph))
    marked = _marked(graph, marks)
    if depth is not None:
        kept = _first([id_ for id_, level in distance.items() if level <= depth], distance)
        why = f"to a depth of {depth}"
    elif marked:
        kept = _first(above(graph, marked), distance)
        why = "shortest paths to what is vulnerable or in conflict"
    else:
        kept = _levels(distance)
        why = "the first levels"
    part = within(graph, kept)
    return View(graph=part, hidden=_hidden(graph, kept), note=_note(graph, part, why))


def _note(graph: Graph, part: Graph, why: str) -> str:
    if len(part.nodes) == len(graph.nodes):
        return ""
    return f"{len(part.nodes):,} of {plural(len(graph.nodes), 'package')}: {why}; --all draws all"


def _marked(graph: Graph, marks: Mapping[str, str]) -> set[str]:
    """List what is vulnerable or at odds with something."""
    at_odds = {id_ for one in graph.conflicts for id_ in (one.node, one.other)}
    return {id_ for id_, node in graph.nodes.items() if id_ in at_odds or mark_of(node, marks)}


def _first(ids: Collection[str], distance: Mapping[str, int]) -> set[str]:
    """Take those nearest to the roots, so that what is drawn hangs together."""
    return set(sorted(ids, key=lambda id_: (distance[id_], id_))[:MOST])


def _levels(distance: Mapping[str, int]) -> set[str]:
    """Take whole levels as long as they fit; of the first, as much as does."""
    kept: set[str] = set()
    ordered = sorted(distance, key=lambda id_: (distance[id_], id_))
    for _, level in groupby(ordered, key=distance.__getitem__):
        found = list(level)
        if kept and len(kept) + len(found) > WHOLE:
            break
        kept.update(found[:WHOLE])
    return kept


def _hidden(graph: Graph, kept: AbstractSet[str]) -> dict[str, int]:
    found = {
        source: len({link.target for link in links} - kept)
        for source, links in graph.links.items()
        if source in kept
    }
    return {id_: count for id_, count in found.items() if count}
