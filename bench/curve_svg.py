"""Curves as SVG: lines on logarithmic axes, readable in light and dark, and without colours.

Unlike the charts of the dashboard (`report/charts_svg.py`) each is a file that brings its colours
with it: an image sees nothing of those of the page it is on.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.curves import Curve
    from bench.result import Drawn, Point

WIDTH, HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 24, 60, 56
_WIDE, _TALL = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_KEY, _LETTER, _GAP = 42, 7.5, 22
"""Of the names of lines, above: room for the line itself, a letter, and between two."""
_STYLE: Final = """\
svg { font: 14px sans-serif; }
.paper { fill: #ffffff; } .grid { stroke: #d0d4da; } .axis { stroke: #57606a; }
text { fill: #1f2328; }
.a { stroke: #0b5cad; fill: #0b5cad; } .b { stroke: #a43a00; fill: #a43a00; }
.c { stroke: #1a6b3c; fill: #1a6b3c; } .d { stroke: #7a3b9e; fill: #7a3b9e; }
path.line { fill: none; stroke-width: 2; }
.b.line { stroke-dasharray: 8 4; } .c.line { stroke-dasharray: 2 3; }
.d.line { stroke-dasharray: 10 3 2 3; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #15191f; } .grid { stroke: #39414c; } .axis { stroke: #9aa4af; }
  text { fill: #e6e9ec; }
  .a { stroke: #6cb6ff; fill: #6cb6ff; } .b { stroke: #ff9f66; fill: #ff9f66; }
  .c { stroke: #6fd898; fill: #6fd898; } .d { stroke: #d2a8ff; fill: #d2a8ff; }
}"""
_LOOKS: Final = "abcd"
_SHORT: Final = 2
"""Powers of ten up to which what lies between them is written, too."""
_SMALL: Final = 0.001
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PREFIXES: Final = ((1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values stand on an axis.

    Attributes:
        low: What it begins with.
        high: What it ends with.
        ticks: Values that are written at it.
        even: Whether it is not logarithmic.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    even: bool = False

    def part(self, value: float) -> float:
        """Return which part of the axis lies before a value."""
        if self.even:
            return (value - self.low) / (self.high - self.low)
        return math.log(value / self.low) / math.log(self.high / self.low)


def decades(values: Sequence[float]) -> Scale:
    """Return a logarithmic scale from a power of ten to another, with all between."""
    first = math.floor(math.log10(min(values)))
    last = max(math.ceil(math.log10(max(values))), first + 1)
    ticks = [10.0**power for power in range(first, last + 1)]
    if last - first <= _SHORT:
        ticks = sorted([*ticks, *(tick * part for tick in ticks[:-1] for part in (2, 5))])
    return Scale(ticks[0], ticks[-1], tuple(ticks))


def from_nothing(values: Sequence[float]) -> Scale:
    """Return an even scale from 0 to a round number."""
    power = 10.0 ** math.floor(math.log10(max(values)))
    high = next(power * part for part in (1, 2, 4, 6, 8, 10) if max(values) <= power * part)
    return Scale(0.0, high, (0.0, high / 2, high), even=True)


def across(xs: Sequence[int], *, even: bool) -> Scale:
    """Return the scale of amounts, each of which is written."""
    ticks = tuple(map(float, xs))
    if even:
        return Scale(ticks[0] - 0.25, ticks[-1] + 0.25, ticks, even=True)
    room = (ticks[-1] / ticks[0]) ** 0.04
    return Scale(ticks[0] / room, ticks[-1] * room, ticks)


def curve_svg(curve: Curve, drawn: Drawn) -> str:
    """Draw a curve: the same points, the same bytes."""
    values = [point.y for points in drawn.lines.values() for point in points if point.y]
    up = (from_nothing if curve.even else decades)(values or [1.0])
    along = across(curve.xs, even=curve.even)
    told = f"{curve.up} over {curve.across}: {', '.join(drawn.lines)}. The figures are beside it."
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" {size}>',
        f'<title id="t">{_text(curve.title)}</title>',
        f'<desc id="d">{_text(told)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        *_axes(curve, along, up),
    ]
    place = float(_LEFT)
    for look, (name, points) in zip(_LOOKS, drawn.lines.items(), strict=False):
        lines += _legend(place, look, name)
        lines += _line(look, name, points, along, up)
        place += _KEY + _LETTER * len(name) + _GAP
    return "\n".join([*lines, "</svg>"]) + "\n"


def short(value: float) -> str:
    """Write a number of an axis."""
    for size, prefix in _PREFIXES:
        if value >= size:
            return f"{value / size:g}{prefix}"
    if value and value < _SMALL:
        return f"10{str(round(math.log10(value))).translate(_RAISED)}"
    return f"{value:g}"


def _axes(curve: Curve, along: Scale, up: Scale) -> Iterator[str]:
    for tick in up.ticks:
        y = _y(up.part(tick))
        yield f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{WIDTH - _RIGHT}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 8}" y="{float(y) + 5:.1f}" text-anchor="end">{short(tick)}</text>'
    for tick in along.ticks:
        x, low = _x(along.part(tick)), HEIGHT - _BOTTOM
        yield f'<line class="axis" x1="{x}" y1="{low}" x2="{x}" y2="{low + 6}"/>'
        yield f'<text x="{x}" y="{low + 22}" text-anchor="middle">{short(tick)}</text>'
    low = HEIGHT - _BOTTOM
    yield f'<line class="axis" x1="{_LEFT}" y1="{low}" x2="{WIDTH - _RIGHT}" y2="{low}"/>'
    where = f'x="{_LEFT + _WIDE / 2:.1f}" y="{HEIGHT - 10}"'
    yield f'<text {where} text-anchor="middle">{_text(curve.across)}</text>'
    where = f'transform="translate(18 {_TOP + _TALL / 2:.1f}) rotate(-90)"'
    yield f'<text {where} text-anchor="middle">{_text(curve.up)}</text>'


def _legend(x: float, look: str, name: str) -> Iterator[str]:
    yield f'<path class="{look} line" d="M{x:.1f} 26H{x + 34:.1f}"/>'
    yield _mark(look, x + 17, 26)
    yield f'<text x="{x + _KEY:.1f}" y="31">{_text(name)}</text>'


def _line(look: str, name: str, points: Sequence[Point], along: Scale, up: Scale) -> Iterator[str]:
    """Draw a line through points that follow each other, and a mark for each."""
    places = [
        (float(_x(along.part(point.x))), float(_y(up.part(point.y)))) if point.y else None
        for point in points
    ]
    steps = [
        f"M{first[0]:.1f} {first[1]:.1f}L{second[0]:.1f} {second[1]:.1f}"
        for first, second in pairwise(places)
        if first and second
    ]
    if steps:
        yield f'<path class="{look} line" d="{"".join(steps)}"/>'
    for point, place in zip(points, places, strict=True):
        if place:
            told = _text(f"{name}, {point.x:,g}: {point.y:.3g}")
            yield _mark(look, *place).replace("/>", f"><title>{told}</title></path>")


def _mark(look: str, x: float, y: float) -> str:
    """Draw the mark of a line: who sees no colours tells them by their shapes."""
    shape = {
        "a": f"M{x - 4:.1f} {y:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        "b": f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8z",
        "c": f"M{x:.1f} {y - 5:.1f}l5 9h-10z",
        "d": f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z",
    }[look]
    return f'<path class="{look}" d="{shape}"/>'


def _x(part: float) -> str:
    return f"{_LEFT + part * _WIDE:.1f}"


def _y(part: float) -> str:
    return f"{_TOP + (1 - part) * _TALL:.1f}"


def _text(text: str) -> str:
    return html.escape(text)
