"""Rows for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.measure import Row

HEADINGS = ("cell", "ours", "peer", "ratio", "wanted", "outcome")


def render(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """Render processor and rows as text; the figures are medians of CPU seconds."""
    lines = [f"{key}: {value}" for key, value in machine.items()]
    table = [HEADINGS, *(texts(row) for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADINGS))]
    lines += ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]
    return "\n".join(lines) + "\n"


def texts(row: Row) -> tuple[str, ...]:
    """Return the texts of one row, in the order of the headings."""
    unit = "CPU s" if row.absolute else "x"
    return (
        row.name,
        seconds(row.ours),
        "none" if row.absolute else seconds(row.peer),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        f"<= {row.at_most:g} {unit}",
        f"{row.outcome} ({row.note})" if row.note else row.outcome,
    )


def seconds(value: float | None) -> str:
    """Format CPU seconds."""
    return "not measured" if value is None else f"{value:.4f}"
