"""Dependency graphs as pictures: SVG without script, style sheet or anything from elsewhere.

What colour says, a sign before the name says, too. Every box has a title, so that its whole name
is read out or shown where it was cut.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from weighbridge.model.wording import plural
from weighbridge.report.graph_layout import (
    LONGEST,
    MARGIN,
    PADDING,
    curve,
    cut,
    label_width,
    layout,
)
from weighbridge.report.graph_text import mark_of
from weighbridge.report.graph_view import view
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.graph import Graph, Link
    from weighbridge.report.graph_layout import Box, Layout
    from weighbridge.report.graph_view import View

_HEAD = 84
_LEAST = 760
_FONT = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12"'
_INK, _PALE = "#1f2328", "#57606a"
_PLAIN = ("#f6f8fa", "#8c959f", 1)
_CONFLICT = ("#ffe8d1", "#bc4c00", 2)
_VULNERABLE = ("#ffebe9", "#cf222e", 3)
_LEGEND = (
    (_PLAIN, "package", False),
    (_PLAIN, "asked for itself", True),
    (_CONFLICT, "≠ conflict", False),
    (_VULNERABLE, "! vulnerable", False),
)


def render_graph_svg(
    graph: Graph,
    *,
    title: str,
    marks: Mapping[str, str] | None = None,
    depth: int | None = None,
    everything: bool = False,
) -> str:
    """Draw a graph; of one of more than 80 packages what matters, and a line on what was left out.

    Args:
        graph: The graph.
        title: What it is the graph of.
        marks: How bad what is known of a package is, by name or id.
        depth: How many levels below the first to draw; None leaves it to the size.
        everything: Whether all is to be drawn, however large it is.
    """
    seen = view(graph, marks or {}, depth=depth, everything=everything)
    return _Drawing(seen, marks or {}).svg(title, graph)


class _Drawing:
    """One picture."""

    def __init__(self, seen: View, marks: Mapping[str, str]) -> None:
        self._view, self._graph, self._marks = seen, seen.graph, marks
        self._at_odds = {id_ for one in seen.graph.conflicts for id_ in (one.node, one.other)}
        self._plan: Layout = layout(
            seen.graph, lambda id_: label_width(self._label(id_)), top=_HEAD
        )

    def svg(self, title: str, whole: Graph) -> str:
        width, height = max(self._plan.width, _LEAST), self._plan.height
        about = ", ".join(
            [
                plural(len(whole.nodes), "package"),
                plural(whole.count(), "link"),
                plural(len(whole.conflicts), "conflict"),
            ]
        )
        told = f"{about}. {self._view.note}" if self._view.note else about
        parts = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title about" '
                f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" {_FONT}>'
            ),
            f'<title id="title">{_text(title)}</title>',
            f'<desc id="about">Dependency graph: {_text(told)}</desc>',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            (
                f'<text x="{MARGIN}" y="26" font-size="15" font-weight="bold" fill="{_INK}">'
                f"{_text(cut(title, 90))}</text>"
            ),
            f'<text x="{MARGIN}" y="46" fill="{_PALE}">{_text(told)}</text>',
            *_legend(),
            *self._links(),
            *self._boxes(),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _label(self, id_: str) -> str:
        """Write what stands in a box."""
        hidden = self._view.hidden.get(id_, 0)
        signs = "! " if mark_of(self._graph.nodes[id_], self._marks) else ""
        signs += "≠ " if id_ in self._at_odds else ""
        return f"{signs}{cut(visible(id_), LONGEST)}" + (f" +{hidden}" if hidden else "")

    def _links(self) -> Iterator[str]:
        yield '<g fill="none" stroke-width="1">'
        for links in self._graph.links.values():
            yield from map(self._link, links)
        yield "</g>"

    def _link(self, link: Link) -> str:
        """Draw a link."""
        path, is_back = curve(self._plan, link)
        dashes = ' stroke-dasharray="2 3"' if link.marker else ""
        colour = _CONFLICT[1] if is_back else "#afb8c1"
        return f'<path d="{path}" stroke="{colour}"{dashes}/>'

    def _boxes(self) -> Iterator[str]:
        for id_, box in self._plan.boxes.items():
            yield from self._box(id_, box)

    def _box(self, id_: str, box: Box) -> Iterator[str]:
        node = self._graph.nodes[id_]
        mark = mark_of(node, self._marks)
        look = _VULNERABLE if mark else _CONFLICT if id_ in self._at_odds else _PLAIN
        told = [id_, node.marker, f"vulnerable: {mark}" if mark else ""]
        told += [one.why for one in self._graph.conflicts if one.node == id_]
        yield f"<g><title>{_text('; '.join(filter(None, told)))}</title>"
        yield _rect(box.x, box.y, box.width, box.height, look)
        bold = ' font-weight="bold"' if id_ in self._graph.roots else ""
        x, y = box.x + PADDING // 2, box.y + 15
        yield f'<text x="{x}" y="{y}" fill="{_INK}"{bold}>{_text(self._label(id_))}</text></g>'


def _legend() -> Iterator[str]:
    x = MARGIN
    for look, told, is_bold in _LEGEND:
        yield _rect(x, 56, 14, 14, look)
        bold = ' font-weight="bold"' if is_bold else ""
        yield f'<text x="{x + 20}" y="67" fill="{_INK}"{bold}>{told}</text>'
        x += 20 + label_width(told)
    dashed = f'<path d="M{x} 63h24" stroke="{_PALE}" stroke-dasharray="2 3"/>'
    yield f'{dashed}<text x="{x + 30}" y="67" fill="{_INK}">under a marker</text>'


def _rect(x: int, y: int, width: int, height: int, look: tuple[str, str, int]) -> str:
    fill, stroke, thick = look
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{thick}"/>'
    )


def _text(text: str) -> str:
    return html.escape(visible(text))
