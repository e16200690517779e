"""Rows for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.measure import Row, Unit

HEADINGS = ("cell", "ours", "peer", "figure", "wanted", "outcome")


def render(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """Render processor and rows as text; the figures are medians."""
    lines = [f"{key}: {value}" for key, value in machine.items()]
    table = [HEADINGS, *(texts(row) for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADINGS))]
    lines += ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]
    return "\n".join(lines) + "\n"


def texts(row: Row) -> tuple[str, ...]:
    """Return the texts of one row, in the order of the headings."""
    return (
        row.name,
        median(row.ours, row.unit),
        "none" if row.absolute else median(row.peer, row.unit),
        figure(row),
        wanted(row),
        f"{row.outcome} ({row.note})" if row.note else row.outcome,
    )


def figure(row: Row) -> str:
    """Format the figure that is judged, if it is not the seconds themselves."""
    if row.over is not None:
        return f"{row.over:+.1f} MiB"
    if row.rate is not None:
        return f"{row.rate:,.0f} /s"
    return "" if row.ratio is None else f"{row.ratio:.2f}"


def wanted(row: Row) -> str:
    """Format what is wanted."""
    if row.at_least is not None:
        return f">= {row.at_least:,.0f} /s"
    if row.unit == "MiB":
        return f"<= {row.at_most:g} MiB"
    seconds = "CPU s" if row.clock == "cpu" else "s"
    return f"<= {row.at_most:g} {seconds if row.absolute else 'x'}"


def median(value: float | None, unit: Unit) -> str:
    """Format a median."""
    if value is None:
        return "not measured"
    return f"{value:.4f}" if unit == "s" else f"{value:.1f} MiB"
