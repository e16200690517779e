"""The cells of a matrix by package and by target, as every rendering of it needs them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.coverage import Cell, Fit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.coverage import Matrix

    Problem = tuple[Fit, str, str]

_RANKS = {Fit.YES: 0, Fit.IF: 1, Fit.UNKNOWN: 2, Fit.NO: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing, in one version, on all targets.

    Attributes:
        name: Its name and version.
        cells: The worst cell of each target.
        problems: Targets by fit, why and what is nearest, the worst first; plain yes is none.
    """

    name: str
    cells: Mapping[str, Cell]
    problems: Mapping[Problem, list[str]]


def rows(matrix: Matrix, *, every: bool) -> list[Row]:
    """List what is not to be had everywhere, or everything, by name."""
    grouped: dict[tuple[str, str], list[Cell]] = {}
    for cell in matrix.cells:
        grouped.setdefault((cell.package, cell.version), []).append(cell)
    return [
        _row(f"{name} {version}".rstrip(), cells)
        for (name, version), cells in grouped.items()
        if every or any(cell.fit is not Fit.YES for cell in cells)
    ]


def _row(name: str, cells: list[Cell]) -> Row:
    worst: dict[str, Cell] = {}
    problems: dict[Problem, list[str]] = {}
    for cell in sorted(cells, key=lambda one: -_RANKS[one.fit]):
        worst.setdefault(cell.target, cell)
        if cell.fit is not Fit.YES:
            problems.setdefault((cell.fit, cell.why, cell.nearest), []).append(cell.target)
    return Row(name=name, cells=worst, problems=problems)


def columns(matrix: Matrix) -> list[tuple[str, Counter[Fit]]]:
    """Count the cells of each target by how things fit there."""
    counts: dict[str, Counter[Fit]] = {name: Counter() for name in matrix.targets}
    for cell in matrix.cells:
        counts[cell.target][cell.fit] += 1
    return list(counts.items())


def totals(counts: Mapping[Fit, int]) -> str:
    """Write counts, those of nothing left out: `402 yes, 2 no`."""
    told = [f"{counts[fit]:,} {fit.value}" for fit in Fit if counts.get(fit)]
    return ", ".join(told) or "nothing"
