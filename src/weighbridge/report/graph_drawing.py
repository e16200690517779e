"""A dependency graph as what a page draws: where boxes and lines go, and how each looks.

Of a large graph that is what was asked for itself, and the ways to what matters: to what is
vulnerable or in conflict, and to what somebody asks about. How a look is coloured is the page's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from weighbridge.model.graph.paths import above, depths, shortest_paths, tops, within
from weighbridge.report.graph_layout import LONGEST, MARGIN, curve, cut, label_width, layout
from weighbridge.report.graph_text import mark_of
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from weighbridge.model.graph import Graph
    from weighbridge.report.graph_layout import Layout

WHOLE: Final = 40
"""Entries up to which a graph is drawn whole."""
MOST: Final = 1_000
"""Entries that are drawn at most, those nearest to what was asked for first."""
_DIRECT: Final = 80
_HEIGHT: Final = 60
_TALLEST: Final = 50
"""Boxes in a column: more than fit on a screen, and few enough to look down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A box.

    Attributes:
        x: Its left edge; all in user units, a letter is 12 high.
        y: Its upper edge.
        width: Its width.
        height: Its height.
        label: What stands in it: `!` is vulnerable, `≠` in conflict; behind `+`, how many it needs
            that are not drawn.
        title: All there is to say of it.
        look: `bad`, `wait`, `chosen`, or empty.
        strong: Whether it was asked for itself.
    """

    x: int
    y: int
    width: int
    height: int
    label: str
    title: str
    look: str
    strong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A link.

    Attributes:
        path: Its path, as SVG has it.
        look: `bad`, `wait` or `chosen` on a way to such a box, else empty.
        dashed: Whether it is there under a marker only.
    """

    path: str
    look: str
    dashed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture.

    Attributes:
        width: Its width.
        height: Its height.
        boxes: Its boxes.
        lines: Its lines.
        drawn: Entries that are drawn.
        total: Entries there are.
    """

    width: int
    height: int
    boxes: tuple[Place, ...]
    lines: tuple[Line, ...]
    drawn: int
    total: int


def draw(
    graph: Graph,
    marks: Mapping[str, str],
    *,
    chosen: Collection[str] = (),
    everything: bool = False,
) -> Drawing:
    """Plan a picture.

    Args:
        graph: The graph.
        marks: What is wrong with a package, by name or id.
        chosen: Ids of entries somebody asks about.
        everything: Whether all is to be drawn.
    """
    looks = {id_: look for id_ in graph.nodes if (look := _look(graph, id_, marks, chosen))}
    kept = _kept(graph, looks, everything=everything)
    return _Picture(graph, within(graph, kept), marks, looks).drawing()


def _look(graph: Graph, id_: str, marks: Mapping[str, str], chosen: Collection[str]) -> str:
    if id_ in chosen:
        return "chosen"
    if mark_of(graph.nodes[id_], marks):
        return "bad"
    return "wait" if any(id_ in {one.node, one.other} for one in graph.conflicts) else ""


def _kept(graph: Graph, looks: Mapping[str, str], *, everything: bool) -> set[str]:
    """Choose what is drawn, so that it hangs together."""
    distance = depths(graph, tops(graph))
    nearest = sorted(graph.nodes, key=lambda id_: (distance[id_], id_))
    if everything or len(graph.nodes) <= WHOLE:
        return set(nearest[:MOST])
    ways = above(graph, looks)
    direct = [id_ for id_ in nearest if id_ in set(graph.roots)]
    return {*[id_ for id_ in nearest if id_ in ways][:MOST], *direct[:_DIRECT]}


class _Picture:
    """One picture."""

    def __init__(
        self, whole: Graph, part: Graph, marks: Mapping[str, str], looks: Mapping[str, str]
    ) -> None:
        self._whole, self._part, self._marks, self._looks = whole, part, marks, looks
        self._plan: Layout = layout(
            part, lambda id_: label_width(self._label(id_)), top=MARGIN, tallest=_TALLEST
        )

    def drawing(self) -> Drawing:
        lines = sorted(self._lines(), key=lambda line: (line.look != "", line.look == "chosen"))
        return Drawing(
            width=self._plan.width,
            height=max(self._plan.height, _HEIGHT),
            boxes=tuple(self._boxes()),
            lines=tuple(lines),
            drawn=len(self._part.nodes),
            total=len(self._whole.nodes),
        )

    def _label(self, id_: str) -> str:
        needs = {link.target for link in self._whole.links.get(id_, ())}
        hidden = len(needs - self._part.nodes.keys())
        signs = "! " if mark_of(self._part.nodes[id_], self._marks) else ""
        signs += "≠ " if self._why(id_) else ""
        return f"{signs}{cut(visible(id_), LONGEST)}" + (f" +{hidden}" if hidden else "")

    def _why(self, id_: str) -> list[str]:
        return [one.why for one in self._whole.conflicts if id_ in {one.node, one.other}]

    def _boxes(self) -> Iterator[Place]:
        for id_, box in self._plan.boxes.items():
            node = self._part.nodes[id_]
            told = [id_, node.marker, mark_of(node, self._marks), *self._why(id_)]
            yield Place(
                x=box.x,
                y=box.y,
                width=box.width,
                height=box.height,
                label=self._label(id_),
                title="; ".join(filter(None, told)),
                look=self._looks.get(id_, ""),
                strong=id_ in self._whole.roots,
            )

    def _lines(self) -> Iterator[Line]:
        ways = self._ways()
        for links in self._part.links.values():
            for link in links:
                path, _ = curve(self._plan, link)
                look = ways.get((link.source, link.target), "")
                yield Line(path=path, look=look, dashed=bool(link.marker))

    def _ways(self) -> dict[tuple[str, str], str]:
        """Name the links on the shortest ways to what matters, the chosen over all others."""
        found: dict[tuple[str, str], str] = {}
        for look in ("wait", "bad", "chosen"):
            targets = [id_ for id_, known in self._looks.items() if known == look]
            there = [id_ for id_ in targets if id_ in self._part.nodes]
            for path in shortest_paths(self._whole, there).paths:
                found.update(dict.fromkeys(pairwise(path), look))
        return found
