"""Rows for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.measure import Unit
    from bench.weighing import Row

HEADINGS = ("cell", "ours", "peer", "figure", "middle half", "wanted", "outcome")


def render(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """Render the machine and rows as text.

    Figures are medians, and the middle half is that of the figure, turn by turn.
    """
    lines = [f"{key}: {value}" for key, value in machine.items()]
    if rows:
        lines += columns([HEADINGS, *(texts(row) for row in rows)])
    return "\n".join(lines) + "\n"


def columns(table: Sequence[Sequence[str]]) -> Iterable[str]:
    """Put the words of lines under each other."""
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    for line in table:
        yield "  ".join(map(str.ljust, line, widths)).rstrip()


def texts(row: Row) -> tuple[str, ...]:
    """Return the texts of one row, in the order of the headings."""
    return (
        row.name,
        median(row.ours, row.unit),
        "none" if row.absolute else median(row.peer, row.unit),
        figure(row),
        spread(row),
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


def spread(row: Row) -> str:
    """Format where the middle half of the figures lies."""
    if row.lower is None or row.upper is None:
        return ""
    if row.at_least is not None:
        return f"{row.lower:,.0f} to {row.upper:,.0f}"
    if row.unit == "MiB":
        return f"{row.lower:.1f} to {row.upper:.1f}"
    digits = 3 if row.absolute else 2
    return f"{row.lower:.{digits}f} to {row.upper:.{digits}f}"


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


def value(found: float | None) -> str:
    """Format a figure of a curve."""
    return "not measured" if found is None else f"{found:.3g}"
