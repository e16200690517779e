"""Small charts of a few dozen values as SVG: bars on bars, and a line.

Colours are those of the page, by class; a table beside each chart says the same.
"""

from __future__ import annotations

import html
from itertools import pairwise
from typing import TYPE_CHECKING

from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 12, 26
_PLOT, _TALL = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_LABELS = 8
"""Labels beneath at most."""
Series = tuple[str, str, "Sequence[float]"]
"""What it is of, the class it is drawn in, and its values."""


def bars_svg(title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """Draw bars, those of one label on top of each other.

    Args:
        title: What it shows, in a sentence.
        labels: What each bar is of.
        series: What bars are made of, the lowest first, each with as many values as labels.
    """
    most = _round_up(
        max((sum(one) for one in zip(*(row[2] for row in series), strict=True)), default=0)
    )
    step = _PLOT / max(len(labels), 1)
    drawn: list[str] = []
    for at in range(len(labels)):
        low = 0.0
        for name, look, values in series:
            tall = values[at] / most * _TALL
            if values[at]:
                where = f'x="{_LEFT + at * step + step * 0.12:.1f}" y="{_y(low + tall):.1f}"'
                size = f'width="{step * 0.76:.1f}" height="{tall:.1f}"'
                told = _text(f"{labels[at]}: {values[at]:g} {name}")
                drawn.append(f'<rect class="{look}" {where} {size}><title>{told}</title></rect>')
            low += tall
    return _svg(title, labels, most, series, drawn)


def line_svg(title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """Draw lines through values; where there is none (below 0) a line is broken.

    Args:
        title: What it shows, in a sentence.
        labels: What each value is of.
        series: The lines, each with as many values as labels.
    """
    most = _round_up(max((value for row in series for value in row[2]), default=0))
    step = _PLOT / max(len(labels), 1)
    drawn: list[str] = []
    for name, look, values in series:
        points = [
            (at, _LEFT + (at + 0.5) * step, _y(value / most * _TALL))
            for at, value in enumerate(values)
            if value >= 0
        ]
        for (first, *start), (second, *end) in pairwise(points):
            if second == first + 1:
                (x1, y1), (x2, y2) = start, end
                where = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
                drawn.append(f'<line class="{look}" {where}/>')
        for at, x, y in points:
            told = _text(f"{labels[at]}: {values[at]:g} {name}")
            where = f'cx="{x:.1f}" cy="{y:.1f}" r="3"'
            drawn.append(f'<circle class="{look}" {where}><title>{told}</title></circle>')
    return _svg(title, labels, most, series, drawn)


def _svg(
    title: str, labels: Sequence[str], most: float, series: Sequence[Series], drawn: Sequence[str]
) -> str:
    names = ", ".join(name for name, _, _ in series)
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    lines = [
        f'<svg class="chart" role="img" xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<title>{_text(title)}</title>",
        f"<desc>{_text(names)}; the table beside it has the figures.</desc>",
        *_axes(most),
        *drawn,
        *_beneath(labels),
        "</svg>",
    ]
    return "\n".join(lines)


def _axes(most: float) -> Iterator[str]:
    for part in (0, 0.5, 1):
        y = _y(part * _TALL)
        yield f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        where = f'x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end"'
        yield f'<text class="label" {where}>{part * most:g}</text>'


def _beneath(labels: Sequence[str]) -> Iterator[str]:
    step, every = _PLOT / max(len(labels), 1), -(-len(labels) // _LABELS)
    for at in range(0, len(labels), max(every, 1)):
        where = f'x="{_LEFT + (at + 0.5) * step:.1f}" y="{HEIGHT - 8}" text-anchor="middle"'
        yield f'<text class="label" {where}>{_text(labels[at])}</text>'


def _y(tall: float) -> float:
    return _TOP + _TALL - tall


def _round_up(most: float) -> float:
    """Round up to what an axis ends with: 1, 2, 4, 6, 8 or 10, with zeros behind it."""
    end = 1.0
    while end < most:
        end *= 10
    return next(
        (end * part for part in (0.2, 0.4, 0.6, 0.8) if most <= end * part and end > 1), end
    )


def _text(text: str) -> str:
    return html.escape(visible(text))
