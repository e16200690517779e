"""Cells of the matrix as judgements: no is a failure, unknown is inconclusive, if is a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.coverage import Fit
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules.interface import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.coverage import Cell


def judgements(
    cells: Iterable[Cell], remedy: str, *, severity: Severity | None = None
) -> Iterator[Judgement]:
    """Make a judgement of each cell that is not yes.

    Args:
        cells: The cells.
        remedy: What to do where a cell names nothing nearer.
        severity: How much a no weighs, if other than the rule's own.
    """
    for cell in cells:
        if cell.fit is Fit.YES:
            continue
        seen = f"{cell.package} {cell.version}".strip()
        row = f"row {cell.row} of the compatibility data" if cell.row else ""
        if cell.fit is Fit.IF:
            yield Judgement(
                message=f"{cell.target}: {seen} will do if {cell.why}",
                seen=seen,
                wanted=cell.nearest or "the condition to hold",
                cause=row,
                remediation=(f"see to it, or take {cell.nearest}",) if cell.nearest else (remedy,),
                severity=Severity.NOTE,
            )
            continue
        known = cell.fit is Fit.NO
        yield Judgement(
            message=f"{cell.target}: {cell.why}" + ("" if known else "; it is not known to fit"),
            seen=seen,
            wanted=cell.nearest,
            cause=row,
            remediation=(f"take {cell.nearest}", remedy) if cell.nearest else (remedy,),
            verdict=Verdict.FAIL if known else Verdict.INCONCLUSIVE,
            severity=severity if known else None,
        )
