"""The target of the same matrix that is nearest to one with a gap, and has none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.coverage import Cause, Cell, Fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.rules.wheels.systems import System


def with_passing(cells: Sequence[Cell], systems: Sequence[System]) -> list[Cell]:
    """Name, in each `no` of an entry, the target that is most alike and passes.

    Args:
        cells: The cells of one entry.
        systems: The targets, of which some may have no cell.
    """
    if all(cell.fit is not Fit.NO for cell in cells):
        return list(cells)
    by_name = {system.name: system for system in systems}
    passing = [
        by_name[cell.target] for cell in cells if cell.fit is Fit.YES and cell.cause is Cause.NONE
    ]
    if not passing:
        return list(cells)
    found = []
    for cell in cells:
        if cell.fit is Fit.NO:
            own = by_name[cell.target]
            alike = min(passing, key=lambda other: (_distance(own, other), other.name))
            also = f"target {alike.name} has it"
            nearest = f"{cell.nearest}; {also}" if cell.nearest else also
            found.append(replace(cell, nearest=nearest))
        else:
            found.append(cell)
    return found


def _distance(one: System, other: System) -> tuple[bool, bool, bool, bool, int]:
    """Compare two targets: what is hardest to change comes first."""
    pythons = abs((one.python or (0, 0))[1] - (other.python or (0, 0))[1])
    return (
        one.os != other.os,
        one.arch != other.arch,
        one.libc != other.libc,
        one.implementation != other.implementation or one.threaded != other.threaded,
        pythons,
    )
