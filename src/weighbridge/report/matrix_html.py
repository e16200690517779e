"""What is to be had on which targets, as a page that stands for itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from weighbridge.model.coverage import Cause, Fit
from weighbridge.model.wording import plural
from weighbridge.report.html_page import page
from weighbridge.report.matrix_rows import columns, rows, totals
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.coverage import Cell, Matrix
    from weighbridge.report.matrix_rows import Row

_BADGES: Final[Mapping[Fit, str]] = {
    Fit.YES: '<span class="good">yes</span>',
    Fit.IF: "<b>if</b>",
    Fit.NO: '<span class="badge bad">no</span>',
    Fit.UNKNOWN: "<b>unknown</b>",
}


def render_matrix_html(matrix: Matrix, *, styled: bool = False, every: bool = False) -> str:
    """Write a page of HTML (WHATWG HTML, UTF-8): no script, and nothing fetched."""
    del styled
    found = rows(matrix, every=every)
    title = f"What of {matrix.about} is to be had where"
    packages = plural(len({cell.package for cell in matrix.cells}), "package")
    head = (
        f'<header>\n<p class="kicker">Decided from the lock alone, for each target</p>\n'
        f"<h1>{_text(title)}</h1>\n"
        f"<p>{packages} on {plural(len(matrix.targets), 'target')}</p>\n</header>"
    )
    body = [
        head,
        _section("Targets", _targets(matrix)),
    ]
    if found:
        body += [
            _section("Packages", _packages(matrix, found)),
            _section("Why, and what is nearest", _whys(found)),
        ]
    return page(_text(title), "\n".join(body))


def _targets(matrix: Matrix) -> str:
    heads = ["", "Target", "To be had", *(["Validated"] if matrix.validated else [])]
    told = []
    for number, (name, counts) in enumerate(columns(matrix), 1):
        known = matrix.validated.get(name)
        said = [] if known is None else ["yes" if known else '<span class="bad">no</span>']
        told.append([str(number), f"<code>{_text(name)}</code>", totals(counts), *said])
    return _table(heads, told)


def _packages(matrix: Matrix, found: Iterable[Row]) -> str:
    heads = ["Package", *map(str, range(1, len(matrix.targets) + 1))]
    told = [
        [_text(row.name), *(_cell(row.cells.get(name)) for name in matrix.targets)] for row in found
    ]
    return _table(heads, told)


def _cell(cell: Cell | None) -> str:
    if cell is None or (cell.fit is Fit.YES and cell.cause is Cause.MARKER):
        return "–"
    return _BADGES[cell.fit]


def _whys(found: Iterable[Row]) -> str:
    told = [
        [
            _text(row.name),
            _BADGES[fit],
            "<br>".join(f"<code>{_text(target)}</code>" for target in targets),
            _text(why),
            _text(nearest) or "–",
        ]
        for row in found
        for (fit, why, nearest), targets in row.problems.items()
    ]
    return _table(("Package", "", "On", "Why", "Nearest"), told)


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>"


def _table(headings: Iterable[str], told: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    lines = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in told)
    return (
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody>\n</table></div>"
    )


def _text(text: str) -> str:
    return escape(visible(text))
