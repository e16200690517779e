"""What is to be had on which targets: for people, for pull requests, and for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.model.wording import plural, some_of
from weighbridge.report.json import SCHEMA_VERSION, long_json_text
from weighbridge.report.markup import code, prose, table
from weighbridge.report.matrix_html import render_matrix_html
from weighbridge.report.matrix_rows import Row, columns, rows, totals
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.coverage import Matrix
    from weighbridge.report.style import Style

SIGNS: Final[Mapping[Fit, str]] = {Fit.YES: ".", Fit.IF: "~", Fit.NO: "x", Fit.UNKNOWN: "?"}
"""What each fit is in a column one letter wide; `-` is what is not needed there."""

_STYLES: Final[Mapping[Fit, Style]] = {
    Fit.YES: "good",
    Fit.IF: "warning",
    Fit.NO: "error",
    Fit.UNKNOWN: "inconclusive",
}
_LEGEND: Final = ". yes  ~ if  x no  ? unknown  - not needed there"
_NAMED: Final = 3


class Renderer(Protocol):
    """What writes a matrix."""

    def __call__(self, matrix: Matrix, *, styled: bool = False, every: bool = False) -> str:
        """Write it; `every` lists what is to be had everywhere, too."""


def render_matrix_text(matrix: Matrix, *, styled: bool = False, every: bool = False) -> str:
    """Write the targets with their totals, a letter a target for each package, and the causes."""
    lines = [paint(visible(matrix.about), "strong", styled=styled), ""]
    width = max((len(visible(name)) for name in matrix.targets), default=0)
    for number, (name, counts) in enumerate(columns(matrix), 1):
        told = f"{number:>4}  {visible(name):<{width}}  {totals(counts)}"
        lines.append(told + _validated(matrix, name))
    found = rows(matrix, every=every)
    if found:
        lines += ["", *_grid(matrix, found, styled=styled), "", _LEGEND]
        for row in found:
            lines += _causes(row, matrix, styled=styled)
    return "\n".join([*lines, "", _summary(matrix)]) + "\n"


def _validated(matrix: Matrix, target: str) -> str:
    if target not in matrix.validated:
        return ""
    return "  validated" if matrix.validated[target] else "  not validated"


def _grid(matrix: Matrix, found: list[Row], *, styled: bool) -> Iterator[str]:
    width = max(len(visible(row.name)) for row in found)
    size = len(str(len(matrix.targets)))
    heads = [f"{number:>{size}}" for number in range(1, len(matrix.targets) + 1)]
    yield " " * width + "  " + " ".join(heads)
    for row in found:
        signs = [_sign(row.cells.get(name), size, styled=styled) for name in matrix.targets]
        yield f"{visible(row.name):<{width}}  {' '.join(signs)}".rstrip()


def _sign(cell: Cell | None, size: int, *, styled: bool) -> str:
    if cell is None or (cell.fit is Fit.YES and cell.cause is Cause.MARKER):
        return f"{'-':>{size}}"
    return paint(f"{SIGNS[cell.fit]:>{size}}", _STYLES[cell.fit], styled=styled)


def _causes(row: Row, matrix: Matrix, *, styled: bool) -> Iterator[str]:
    """Tell each cause once, with the numbers of the targets it stands in the way on."""
    numbers = {name: str(number) for number, name in enumerate(matrix.targets, 1)}
    if row.problems:
        yield ""
        yield paint(visible(row.name), "strong", styled=styled)
    for (fit, why, nearest), targets in row.problems.items():
        places = ", ".join(numbers[target] for target in targets)
        word = paint(f"{fit.value}", _STYLES[fit], styled=styled)
        yield f"  {word} on {places}: {visible(why)}"
        if nearest:
            yield f"      nearest: {visible(nearest)}"


def _summary(matrix: Matrix) -> str:
    counts = Counter(cell.fit for cell in matrix.cells)
    packages = plural(len({cell.package for cell in matrix.cells}), "package")
    head = f"{packages} on {plural(len(matrix.targets), 'target')}"
    return f"{head}: {totals(counts)}"


def render_matrix_markdown(matrix: Matrix, *, styled: bool = False, every: bool = False) -> str:
    """Write tables for a pull request: the targets, then what is not to be had everywhere."""
    del styled
    words = {Fit.YES: "yes", Fit.IF: "if", Fit.NO: "**no**", Fit.UNKNOWN: "?"}
    heads = ["target", *(fit.value for fit in Fit), *(["validated"] if matrix.validated else [])]
    told = [
        [
            code(name),
            *(str(counts[fit]) for fit in Fit),
            *(["yes" if matrix.validated[name] else "no"] if name in matrix.validated else []),
        ]
        for name, counts in columns(matrix)
    ]
    parts = [f"### {code(matrix.about)}", prose(_summary(matrix)), table(heads, told)]
    found = rows(matrix, every=every)
    grid = []
    for row in found:
        whys = [
            f"{some_of([code(target) for target in targets], _NAMED)}: {prose(why)}"
            + (f" (nearest: {prose(nearest)})" if nearest else "")
            for (_, why, nearest), targets in row.problems.items()
        ]
        fits = Counter(cell.fit for cell in row.cells.values())
        shown = ", ".join(f"{words[fit]} {fits[fit]}" for fit in Fit if fits[fit])
        grid.append([code(row.name), shown, "<br>".join(whys)])
    if grid:
        parts.append(table(("package", "targets", "why"), grid))
    return "\n\n".join(parts) + "\n"


def render_matrix_json(matrix: Matrix, *, styled: bool = False, every: bool = False) -> str:
    """Write the `matrix` shape other programs rely on: every cell."""
    del styled, every
    return long_json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "targets": list(matrix.targets),
            "cells": [
                {
                    "package": cell.package,
                    "version": cell.version,
                    "target": cell.target,
                    "ok": cell.fit.value,
                    "cause": cell.cause.value,
                    "nearest": cell.nearest,
                }
                for cell in matrix.cells
            ],
        }
    )


RENDERERS: Final[Mapping[str, Renderer]] = {
    "text": render_matrix_text,
    "json": render_matrix_json,
    "markdown": render_matrix_markdown,
    "html": render_matrix_html,
}
