"""Where the boxes of a drawn graph go: columns by longest path, rows by barycentre.

The method is Sugiyama's without its dummy nodes: a link across several columns may pass behind a
box. Integers and sorted order alone, so that the same graph gives the same picture.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.graph.paths import tops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.model.graph import Graph, Link

ROW = 30
BOX = 22
GAP = 90
NEAR = 24
"""Between two parts of a column that was broken."""
MARGIN = 20
LONGEST = 44
"""Characters of a name that are drawn."""
PADDING = 16
_LETTER = 7.25
"""Width of a letter of 12 units in a font whose letters are all as wide."""
_SWEEPS = 6
_SCALE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where an entry is drawn, in user units.

    Attributes:
        x: Its left edge.
        y: Its upper edge.
        width: Its width.
    """

    x: int
    y: int
    width: int
    height: int = BOX


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A drawing's plan.

    Attributes:
        boxes: Where each entry is drawn, by id.
        back: Links that close a cycle: (source, target).
        width: Width of all of it.
        height: Height of all of it.
    """

    boxes: Mapping[str, Box]
    back: frozenset[tuple[str, str]]
    width: int
    height: int


def layout(
    graph: Graph, width_of: Callable[[str], int], *, top: int = 0, tallest: int | None = None
) -> Layout:
    """Plan a drawing.

    Args:
        graph: The graph.
        width_of: How wide the box of an entry has to be.
        top: Where the drawing begins.
        tallest: Boxes in a column at most; one with more is broken into several, side by side.
    """
    back = _closing(graph)
    after = {
        source: sorted({link.target for link in links if (source, link.target) not in back})
        for source, links in graph.links.items()
    }
    columns = _ordered(_columns(graph, after), after)
    broken = [part for column in columns for part in _parts(column, tallest)]
    rows = max((len(part) for part, _ in broken), default=0)
    boxes: dict[str, Box] = {}
    x = MARGIN
    for part, gap in broken:
        width = max(map(width_of, part))
        y = top + (rows - len(part)) * ROW // 2
        for place, id_ in enumerate(part):
            boxes[id_] = Box(x=x, y=y + place * ROW, width=width_of(id_))
        x += width + gap
    return Layout(
        boxes=boxes,
        back=back,
        width=x - GAP + MARGIN if columns else 2 * MARGIN,
        height=top + rows * ROW + MARGIN,
    )


def _parts(column: Sequence[str], tallest: int | None) -> list[tuple[Sequence[str], int]]:
    """Break a column into parts as high as each other, each with the gap behind it."""
    count = 1 if tallest is None else -(-len(column) // tallest)
    height = -(-len(column) // count)
    parts = [column[at : at + height] for at in range(0, len(column), height)]
    return [(part, GAP if part is parts[-1] else NEAR) for part in parts]


def label_width(label: str) -> int:
    """Reckon how wide a box must be; a letter that is no narrow one takes two places."""
    return int(sum(1 + (letter > "\u2e7f") for letter in label) * _LETTER) + PADDING + 2


def cut(text: str, most: int) -> str:
    """Cut a text that has more characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def curve(plan: Layout, link: Link) -> tuple[str, bool]:
    """Lead a link from the right edge of a box to the left edge of another.

    Returns:
        The path as SVG has it, and whether the link closes a cycle.
    """
    source, target = plan.boxes[link.source], plan.boxes[link.target]
    x, y = source.x + source.width, source.y + source.height // 2
    to_x, to_y = target.x, target.y + target.height // 2
    is_back = (link.source, link.target) in plan.back
    bend = 40 if is_back else max((to_x - x) // 2, 20)
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}", is_back


def _closing(graph: Graph) -> frozenset[tuple[str, str]]:
    """Find the links that lead back to where one comes from, depth first."""
    done: set[str] = set()
    back: set[tuple[str, str]] = set()
    for start in tops(graph):
        if start in done:
            continue
        path = {start}
        stack = [(start, iter(graph.links.get(start, ())))]
        while stack:
            id_, left = stack[-1]
            link = next(left, None)
            if link is None:
                stack.pop()
                path.discard(id_)
                done.add(id_)
            elif link.target in path:
                back.add((id_, link.target))
            elif link.target not in done:
                path.add(link.target)
                stack.append((link.target, iter(graph.links.get(link.target, ()))))
    return frozenset(back)


def _columns(graph: Graph, after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Put each entry behind all that need it, as far to the left as that goes."""
    waits = dict.fromkeys(graph.nodes, 0)
    for targets in after.values():
        for target in targets:
            waits[target] += 1
    column = dict.fromkeys(graph.nodes, 0)
    ready = deque(id_ for id_, count in waits.items() if not count)
    while ready:
        id_ = ready.popleft()
        for target in after.get(id_, ()):
            column[target] = max(column[target], column[id_] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    columns: list[list[str]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for id_ in sorted(column):
        columns[column[id_]].append(id_)
    return columns


def _ordered(columns: list[list[str]], after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Bring neighbours close to each other, one sweep to the right, one to the left, and again."""
    before: dict[str, list[str]] = {}
    for source, targets in after.items():
        for target in targets:
            before.setdefault(target, []).append(source)
    place = {id_: at for column in columns for id_, at in _spread(column)}
    for sweep in range(_SWEEPS):
        neighbours = after if sweep % 2 else before
        for column in reversed(columns) if sweep % 2 else columns:
            centre = {id_: _centre(id_, neighbours.get(id_, ()), place) for id_ in column}
            column.sort(key=lambda id_: (centre[id_], id_))
            place.update(_spread(column))
    return columns


def _spread(column: Sequence[str]) -> list[tuple[str, int]]:
    """Say how far down its column each entry stands, whatever the column's height."""
    return [(id_, (2 * at + 1) * _SCALE // (2 * len(column))) for at, id_ in enumerate(column)]


def _centre(id_: str, neighbours: Sequence[str], place: Mapping[str, int]) -> int:
    found = [place[one] for one in neighbours]
    return sum(found) // len(found) if found else place[id_]
