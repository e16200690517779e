"""Rows for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.measure import Row

HEADINGS = ("cell", "ours", "peer", "figure", "wanted", "outcome")


def render(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """Render processor and rows as text; the figures are medians of seconds."""
    lines = [f"{key}: {value}" for key, value in machine.items()]
    table = [HEADINGS, *(texts(row) for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADINGS))]
    lines += ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]
    return "\n".join(lines) + "\n"


def texts(row: Row) -> tuple[str, ...]:
    """Return the texts of one row, in the order of the headings."""
    return (
        row.name,
        seconds(row.ours),
        "none" if row.absolute else seconds(row.peer),
        figure(row),
        wanted(row),
        f"{row.outcome} ({row.note})" if row.note else row.outcome,
    )


def figure(row: Row) -> str:
    """Format the figure that is judged, if it is not the seconds themselves."""
    if row.rate is not None:
        return f"{row.rate:,.0f} /s"
    return "" if row.ratio is None else f"{row.ratio:.2f}"


def wanted(row: Row) -> str:
    """Format what is wanted."""
    if row.at_least is not None:
        return f">= {row.at_least:,.0f} /s"
    return f"<= {row.at_most:g} {'CPU s' if row.absolute else 'x'}"


def seconds(value: float | None) -> str:
    """Format seconds."""
    return "not measured" if value is None else f"{value:.4f}"
